"""Every figure is drawn by code, shown on a page, small, and the same bytes each time."""

import ast
import io
import re
from base64 import b64decode, b64encode
from itertools import combinations

import numpy as np
import pytest
import torch
from bs4 import BeautifulSoup
from matplotlib.text import Text
from mkdocs.exceptions import PluginError
from PIL import Image

from snippets import catalogue
from snippets.figures import style
from snippets.figures.cosines import share_beyond
from tools import LANGUAGES, ROOT, drawings, figures, pages, palettes, sources

NAMES = drawings.names()


def luminance(colour: str) -> float:
    """Relative luminance of a hex colour (WCAG 2.2)."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def pictures(svg: str) -> list[np.ndarray]:
    """The pixels of each picture in a drawing, RGBA."""
    found = re.findall(r'data:image/png;base64,\s*([^"]+)', svg)
    return [np.array(Image.open(io.BytesIO(b64decode(data))).convert("RGBA"), int) for data in found]


def without_pictures(svg: str) -> str:
    return re.sub(r'data:image/png;base64,\s*[^"]+', "", svg)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_is_shown_on_a_page(language):
    shown = {name for path in pages.markdown(language) for name in figures.shown(path.read_text("utf-8"))}
    assert not set(NAMES) - shown, f"no page shows {sorted(set(NAMES) - shown)}: delete the figure or show it"
    assert not shown - set(NAMES), f"no code draws {sorted(shown - set(NAMES))}"


def test_a_figure_stands_in_the_folder_of_the_page_that_shows_it():
    shown_by = {name: set() for name in NAMES}
    for path in pages.markdown("en"):
        for name in figures.shown(path.read_text("utf-8")):
            shown_by[name].add(path.relative_to(ROOT / "docs/en"))
    for name, paths in shown_by.items():
        page = min(paths)
        own = page.stem if page.parts[0] == "chapters" else "home" if len(page.parts) == 1 else page.parts[0]
        wanted = own.replace("-", "_") if len(paths) == 1 else "shared"
        found = drawings.path_of(name).parent.name
        assert found == wanted, f"{name} is shown by {sorted(map(str, paths))}: move it from {found} to {wanted}"
    assert len(NAMES) == len(set(NAMES)), "two figures have one name"


@pytest.mark.parametrize("path", [p for lang in LANGUAGES for p in pages.markdown(lang)], ids=pages.name)
def test_every_image_is_a_figure_drawn_by_code(path):
    text = path.read_text("utf-8")
    images = re.findall(r"!\[[^\]]*\]\([^)]*\)", "".join(piece for is_prose, piece in pages.pieces(text) if is_prose))
    assert len(images) == len(figures.shown(text)), f"{pages.name(path)} has an image line that is no figure: {images}"


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_the_same_bytes_each_time(name, site):
    """The dark ones are drawn here; most that the build keeps are light ones in other colours."""
    drawn, _ = drawings.drawn_in(name, "dark")
    for language, folder in (("en", site), ("ko", site / "ko")):
        light, dark = (
            (folder / drawings.address(name, kind)).read_text("utf-8")
            for kind in drawings.of_language(name, language).values()
        )
        assert light != dark, f"{name} ignores the palette"
        if language in drawn:
            now = drawn[language]
            assert without_pictures(now) == without_pictures(dark), f"{name} ({language}, dark) was drawn otherwise"
            for one, other in zip(pictures(now), pictures(dark), strict=True):
                assert one.shape == other.shape and (one[..., 3] == other[..., 3]).all(), f"{name}: other pixels"
                seen = abs(one - other).max(-1) * one[..., 3] / 255
                assert seen.max() <= 6, f"{name} ({language}): a pixel has another colour"


def test_only_a_drawing_whose_colours_are_all_known_is_darkened_without_drawing_it_again():
    known = '<path style="stroke: #1261a6"/>'
    assert palettes.darkened(known) == '<path style="stroke: #6cb2f5"/>'
    assert palettes.darkened(known + '<path style="stroke: #123456"/>') is None, "a shade between two colours"


def test_a_picture_is_darkened_through_the_colour_maps_that_made_it_and_no_other():
    with style.palette("light"):
        buffer, pixels = io.BytesIO(), style.ramp("rope")(np.linspace(0, 1, 256), bytes=True)[None]
    Image.fromarray(pixels).save(buffer, "PNG")
    svg = f'<image xlink:href="data:image/png;base64,\n{b64encode(buffer.getvalue()).decode()}"/>'
    [dark] = pictures(palettes.darkened(svg, ["ramp-rope"]))
    with style.palette("dark"):
        assert abs(dark - style.ramp("rope")(np.linspace(0, 1, 256), bytes=True)[None].astype(int)).max() <= 2
    assert palettes.darkened(svg, ["ramp-alibi"]) is None, "pixels of another map"
    assert palettes.darkened(svg) is None, "pixels of no map"


def test_the_last_bit_of_a_layout_changes_no_byte():
    one, other = (
        f'<clipPath id="{clip}"><rect x="9.{x}" height="84.797381"/></clipPath><g clip-path="url(#{clip})"'
        f' transform="translate(36.{x} 0) scale(0.015625)">token</g>'
        for clip, x in (("p53f16c7db3", "44130999"), ("p1a03dc0375", "44131"))
    )
    assert drawings._without_last_bits(one) == drawings._without_last_bits(other)
    assert "scale(0.015625)" in drawings._without_last_bits(one), "a scale is no coordinate and keeps its digits"


def points(path: str) -> list[tuple[str, list[float]]]:
    """What a path of either kind does, each step with the points that it names; closed ones begin again."""
    found, here, start = [], (0.0, 0.0), (0.0, 0.0)
    for letter, numbers in re.findall("([MLQCzmlqc])([^MLQCzmlqc]*)", path):
        values, length = [*map(float, re.findall(r"-?(?:\d+(?:\.\d*)?|\.\d+)", numbers))], "zmlqc".find(letter.lower())
        length = (1, 2, 2, 4, 6)[length]
        for first in range(0, len(values) or 1, length):
            step = values[first : first + length]
            if letter.islower():
                step = [value + here[place % 2] for place, value in enumerate(step)]
            here = (step[-2], step[-1]) if step else start
            start = here if letter in "Mm" else start
            found.append((letter.lower(), step))
    return found


def test_a_letter_is_as_large_as_it_was_to_an_800th():
    def glyph(outline: str) -> str:
        return f'<svg><path id="A" d="{outline}" transform="scale(0.015625)"/></svg>'

    outline = "M 794 531 \nL 1825 531 \nL 1825 4091 \nQ 703 3866 703 4441 \nz"
    found = re.search(
        r' d="([^"]*)" transform="scale\(([.\d]+)\)"', drawings._GLYPH.sub(drawings._in_800ths, glyph(outline))
    )
    before, after = ([float(n) for n in re.findall(r"\d+", text)] for text in (outline, found[1]))
    assert len(before) == len(after) and re.sub(r"\d+", "", outline) == re.sub(r"\d+", "", found[1])
    assert all(abs(new * float(found[2]) - old / 64) <= 1 / 16 for old, new in zip(before, after, strict=True))
    assert "scale(.125)" in drawings.tidy(glyph(outline))


def test_a_path_by_steps_leads_to_the_same_points():
    path = "M 10 20.5 \nL 10.25 0.5 \nL 9 20.5 \nL -3.01 7 \nQ 0 0 1 2.5 \nQ 4 4 5.5 5.5 \nz\n"
    path += "M 1 1 \nC 2 2 3 3 4 4 \nL 4 4 \n"
    short = drawings._by_steps(re.fullmatch(' d="([^"]*)"', f' d="{path}"'))
    assert short == ' d="m10 20.5l.25-20-1.25 20-12.01-13.5q3.01-7 4.01-4.5 3 1.5 4.5 3zm-9-19.5c1 1 2 2 3 3l0 0"'
    for (kind, one), (other_kind, other) in zip(points(path), points(short[4:-1]), strict=True):
        assert kind == other_kind and one == pytest.approx(other, abs=1e-9)
    arc = ' d="M 1 2 A 3 3 0 0 1 4 4"'
    assert drawings._by_steps(re.fullmatch(' d="([^"]*)"', arc)) == arc, "a step that is not known"


def test_a_picture_that_is_packed_has_the_same_pixels():
    few = np.zeros((40, 30, 4), np.uint8)
    few[..., 3], few[:9, :, 1], few[20:, 5:, 0] = 255, 200, 90
    many = np.random.default_rng(0).integers(0, 256, (40, 30, 4)).astype(np.uint8)
    for pixels in (few, many, np.dstack([many[..., :3], few[..., 3:]])):
        Image.fromarray(pixels).save(buffer := io.BytesIO(), "PNG")
        svg = f'<image xlink:href="data:image/png;base64,\n{b64encode(buffer.getvalue()).decode()}"/>'
        packed = palettes.packed(svg)
        assert len(packed) <= len(svg)
        assert (pictures(packed)[0] == pixels).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_small_and_says_what_to_see(name):
    for palette, svg in drawings.draw(name).items():
        assert len(svg) <= 150_000, f"{name} ({palette}) has {len(svg)} bytes: rasterise what has many marks"
    path = drawings.path_of(name)
    source = path.read_text("utf-8")
    assert re.match(r'"""\S', source), f"{pages.name(path)} opens with what to see"
    assert "plt" not in source and "savefig" not in source, f"{pages.name(path)} must not hold state or save"


@pytest.mark.parametrize("palette", style.PALETTES)
def test_colours_are_readable_on_their_paper(palette):
    paper = style.PALETTES[palette]["paper"]
    colours = {name: getattr(mark, palette) for name, mark in style.MARKS.items()}
    colours |= {name: style.PALETTES[palette][name] for name in ("ink", "muted")}
    weak = {
        name: round(contrast(colour, paper), 2) for name, colour in colours.items() if contrast(colour, paper) < 4.5
    }
    assert not weak, f"contrast below 4.5 on {paper}: {weak}"


def lab(colour: str) -> np.ndarray:
    """A hex colour in CIELAB (D65), in which CIE76 measures distances."""
    parts = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    parts = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    white = (0.95047, 1.0, 1.08883)
    x, y, z = [[0.41246, 0.35758, 0.18044], [0.21267, 0.71515, 0.07217], [0.01933, 0.11919, 0.9503]] @ parts / white
    x, y, z = (np.cbrt(v) if v > 216 / 24389 else (24389 / 27 * v + 16) / 116 for v in (x, y, z))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def lines(svg: str) -> list[dict[str, str]]:
    """The lines of each axes of a drawing: the dashes of each by its colour."""
    found = []
    for axes in BeautifulSoup(svg, "html.parser").find_all("g", id=re.compile(r"^axes_\d+$")):
        drawn = axes.find_all("g", id=re.compile(r"^line2d_"), recursive=False)
        looks = [path["style"] for line in drawn for path in line.find_all(["path", "use"]) if path.get("style")]
        strokes = [re.search(r"stroke: (#\w{6})", look) for look in looks]
        dashes = [re.search(r"stroke-dasharray: ([\d.,]+)", look) for look in looks]
        found.append({s[1]: d[1] if d else "" for s, d in zip(strokes, dashes, strict=True) if s})
    return found


# Here more schemes meet than there are colours so far apart, and each has its name written beside it.
NAMED = {"timeline": "29 dots, each on a line of its own", "far_or_starved": "14 marks, each on a row of its own"}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NAMED])
def test_lines_that_meet_in_a_figure_are_told_apart_in_both_palettes(name):
    marks = {mark.light: (label, mark) for label, mark in reversed(style.MARKS.items())}
    for drawn in lines(drawings.draw(name)["light"]):
        met = [marks[colour] for colour in drawn if colour in marks]
        for (one, first), (other, second) in combinations(met, 2):
            for palette in style.PALETTES:
                apart = np.linalg.norm(lab(getattr(first, palette)) - lab(getattr(second, palette)))
                assert apart >= 30, f"{name}: {one} and {other} are {apart:.0f} apart ({palette}), not 30"
            if {one, other} <= set(catalogue.NAMES) and (dashes := drawn[first.light]):
                assert dashes != drawn[second.light], f"{name}: {one} and {other} have the same dashes"


def test_every_scheme_has_one_colour_and_one_line_of_its_own():
    schemes = {path.stem for path in (ROOT / "snippets/schemes").glob("*.py")} - {"__init__"}
    assert schemes <= set(style.MARKS), f"no colour is fixed for {sorted(schemes - set(style.MARKS))}"
    looks = [(style.MARKS[name].light, style.MARKS[name].line) for name in schemes]
    assert len(looks) == len(set(looks)), "two schemes look the same"


@pytest.mark.parametrize("path", sorted((ROOT / "snippets").rglob("*.py")), ids=pages.name)
def test_the_imports_that_a_figure_hangs_on_are_those_that_python_reads(path):
    read = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            read |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            read |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    files = {str(ROOT / (name.replace(".", "/") + ".py")) for name in read if name.split(".")[0] == "snippets"}
    missed = files - set(sources._named(str(path), path.stat().st_mtime_ns))
    assert not missed, f"a change of {sorted(missed)} would leave what {pages.name(path)} draws as it was"


def test_a_changed_snippet_or_data_file_changes_the_key(tmp_path, monkeypatch):
    for file, text in {
        "snippets/figures/page/one.py": 'from snippets.schemes import two\nFILE = "snippets/data/three.npz"\n',
        "snippets/schemes/two.py": "X = 1\n",
        "snippets/data/three.npz": "data",
    }.items():
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    monkeypatch.setattr(drawings, "FOLDER", tmp_path / "snippets/figures")
    keys = [drawings.key("one")]
    for file in ("snippets/schemes/two.py", "snippets/data/three.npz", "snippets/figures/page/one.py"):
        (tmp_path / file).write_text("X = 2\n" if file.endswith("two.py") else (tmp_path / file).read_text() + "\n")
        keys.append(drawings.key("one"))
    assert len(set(keys)) == 4


def test_an_unknown_figure_stops_the_build_and_is_named():
    with pytest.raises(PluginError, match=r"page\.md: no figure is called 'gone': .* no folder with gone\.py"):
        figures.expand('![a](../assets/figures/gone.svg "b")', "page.md")


@pytest.mark.parametrize("line", ['![](assets/figures/{}.svg "caption")', "![alt](assets/figures/{}.svg)"])
def test_a_figure_without_alternative_text_or_caption_stops_the_build(line):
    with pytest.raises(PluginError, match="needs an alternative text and a caption"):
        figures.expand(line.format(NAMES[0]), "page.md")


@pytest.mark.parametrize("path", [p for language in LANGUAGES for p in pages.markdown(language)], ids=pages.name)
def test_figures_are_numbered_in_order_and_open_with_one_bold_sentence(path):
    language, text = path.relative_to(ROOT / "docs").parts[0], path.read_text("utf-8")
    names, html = figures.shown(text), figures.expand(text, path.name, language)
    word = {"en": "Figure", "ko": "그림"}[language]
    wanted = [(name, f"{word} {number}") for number, name in enumerate(names, 1)]
    found = re.findall(r'<a class="number" href="#figure-([\w-]+)">([^<]+)</a>', html)
    assert found == wanted, f"{pages.name(path)} numbers its figures {found}"
    captions = re.findall(r"</a> (.*)</figcaption>", html)
    plain = [caption[:60] for caption in captions if not caption.startswith(("<strong>", "**"))]
    assert len(captions) == len(names) and not plain, f"{pages.name(path)}: no bold sentence opens {plain}"


@pytest.mark.parametrize(
    ("caption", "bold"),
    [
        ("One thing. Another.", "One thing."),
        ("One alone", "One alone"),
        ("Is it 3.5? Yes.", "Is it 3.5?"),
        ("The rows (q. v.) of $a. b$ by `x. y` vs. z. More.", "The rows (q. v.) of $a. b$ by `x. y` vs. z."),
        ("Red, by [@he2021, p. 3]. More.", "Red, by [@he2021, p. 3]."),
        ("한 문장입니다. 다음 문장입니다.", "한 문장입니다."),
    ],
)
def test_the_first_sentence_of_a_caption_is_bold(caption, bold):
    assert figures.opened(caption) == f"<strong>{bold}</strong>{caption[len(bold) :]}"


def test_a_caption_that_begins_bold_stays_as_it_is():
    assert figures.opened("**What to see.** The rest.") == "**What to see.** The rest."


def test_a_figure_has_a_large_twin_that_a_button_opens_and_another_closes():
    html = (
        '<figure class="figure" id="figure-a"><p><img alt="x" src="a-light.svg"></p>'
        '<figcaption>A.</figcaption></figure><figure id="figure-b" class="figure">\n<p><img alt="y"></p></figure>'
    )
    soup = BeautifulSoup(figures.openable(html, "en"), "html.parser")
    assert [button["aria-label"] for button in soup.select(".open")] == ["Open figure 1 large", "Open figure 2 large"]
    for figure in soup.select("figure"):
        large, (open_, close) = figure.select_one("[popover]"), figure.select("button")
        assert open_["popovertarget"] == close["popovertarget"] == large["id"], "a button opens another figure"
        assert close["popovertargetaction"] == "hide" and close.get_text() == "Close"
        assert large["aria-label"].startswith("Figure ") and large.img["alt"] == figure.p.img["alt"]
        caption = figure.find("figcaption")
        assert caption is None or caption.find_next_sibling() is None, "HTML has a caption as the last part of a figure"


COLUMN = 328  # CSS pixels that a page of 360 has for a figure


def texts(figure) -> list[Text]:
    """The texts of a figure that can be seen: not those of ticks beyond the axes, nor of axes that are off."""
    hidden = set()
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            beyond = [tick for tick in ticks if not (ax.axison and low - 1e-9 <= tick.get_loc() <= high + 1e-9)]
            hidden |= {label for tick in beyond for label in (tick.label1, tick.label2)}
            hidden |= set() if ax.axison else {axis.label, axis.offsetText}
    found = set(figure.findobj(Text)) - hidden
    return [text for text in found if text.get_visible() and text.get_text().strip()]


@pytest.mark.parametrize("name", NAMES)
def test_a_narrow_drawing_can_be_read_and_nothing_of_it_is_cut(name):
    with style.palette("light", narrow=True):
        for language, figure in drawings.spoken(name):
            style.svg(figure)  # lays it out
            can_be_read(f"{name} ({language})", figure)


def can_be_read(name, figure):
    pixels = 96 / figure.dpi * min(1, COLUMN / (96 * figure.get_figwidth()))  # as a page of 360 pixels shows it
    assert 300 <= 96 * figure.get_figwidth() <= COLUMN, f"{name} is drawn for a column of another width"
    small = {text.get_text(): text.get_fontsize() for text in texts(figure) if text.get_fontsize() * 4 / 3 < 11}
    assert not small, f"{name}: points of texts that are smaller than 11 pixels: {small}"
    whole, cut = figure.bbox.padded(1 / pixels), []
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts(figure)]
    for what, box in [*boxes, *((ax.get_title(loc="left"), ax.get_window_extent()) for ax in figure.axes)]:
        if box.x0 < whole.x0 or box.y0 < whole.y0 or box.x1 > whole.x1 or box.y1 > whole.y1:
            cut.append((what, *np.round(box.extents - figure.bbox.extents)))
    assert not cut, f"{name}: beyond the edges of the narrow drawing: {cut}"


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_has_a_narrow_drawing_in_each_language_and_palette(name):
    drawn = drawings.draw(name)
    assert len(drawn) == 4 * len(drawings.languages(name)) == len(set(drawn.values()))
    for kind in drawings.kinds(name):
        width, _ = drawings.size(drawn[kind])
        assert (width <= COLUMN) == ("narrow" in kind), f"{name} ({kind}) is {width} pixels wide"


PLACES = re.compile(
    r"(?:^|[.?!:;] )(?i:(?:left|middle|right)(?: panel)?(?:[:,]| the\b)|(?:왼쪽|가운데|오른쪽)(?: \w+)?[:은는])"
)


@pytest.mark.parametrize("path", [p for language in LANGUAGES for p in pages.markdown(language)], ids=pages.name)
def test_what_is_said_of_a_figure_is_true_of_panels_side_by_side_and_of_stacked_ones(path):
    placed = [
        f"{name}: {words[max(0, match.start() - 20) : match.end() + 20]}"
        for alt, name, caption in re.findall(
            r'!\[(.*)\]\([./]*assets/figures/([\w-]+)\.svg "([^"\n]*)"', path.read_text("utf-8")
        )
        for words in (alt, caption)
        for match in PLACES.finditer(words)
    ]
    assert not placed, f"{pages.name(path)}: a phone has the panels elsewhere; name each by what it shows: {placed}"


def test_a_narrow_screen_is_shown_the_narrow_drawing_and_opens_the_wide_one():
    text = '![a](../assets/figures/layouts.svg "b")'
    html = figures.expand(text, "page.md", "ko")
    drawn = drawings.draw("layouts")
    for palette in palettes.NAMES:
        width, height = drawings.size(drawn[f"ko-narrow-{palette}"])
        assert f'data-narrow="layouts-ko-narrow-{palette} {width} {height}"' in html
    image = '<img alt="a" src="../../assets/figures/layouts-ko-light.svg#only-light"'
    image += ' data-narrow="layouts-ko-narrow-light 326 307">'
    page = f'<figure id="figure-layouts" class="figure">\n<p>{image}</p>\n<figcaption>b</figcaption></figure>'
    soup = BeautifulSoup(figures.openable(page, "ko"), "html.parser")
    [source] = soup.select("picture source")
    assert source["srcset"] == "../../assets/figures/layouts-ko-narrow-light.svg" and source["media"] == figures.SCREENS
    assert (source["width"], source["height"]) == ("326", "307")
    assert source.find_next_sibling().name == "img" and soup.select_one("p > picture")
    assert not soup.select(".large picture, [data-narrow]") and soup.select_one(".large img")["alt"] == "a"


def test_an_unknown_palette_or_colour_is_refused_by_name():
    with pytest.raises(ValueError, match="'sepia'"), style.palette("sepia"):
        pass
    with pytest.raises(KeyError, match="purple"):
        style.colour("purple")


@pytest.mark.parametrize(("eps", "d", "says"), [(0.1, 1, "at least 2.*got 1"), (1.5, 3, r"\[0, 1\], got 1\.5")])
def test_the_cosine_law_refuses_what_has_no_density(eps, d, says):
    with pytest.raises(ValueError, match=says):
        share_beyond(eps, d)


def test_the_cosine_law_is_the_share_that_sampling_finds():
    a, b = torch.randn(2, 100_000, 8, generator=torch.Generator().manual_seed(0))
    cosines = torch.cosine_similarity(a, b, dim=1)
    assert abs((cosines.abs() > 0.3).double().mean().item() - share_beyond(0.3, 8)) < 0.01
    assert share_beyond(0.0, 8) == 1 and share_beyond(1.0, 8) == 0
