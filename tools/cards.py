"""Cards: what is shown of a link to a page, 1200 by 630 pixels, drawn like the figures and kept in ``.cache/cards``.

A chapter, a scheme, and each of the pages named in ``KINDS`` has a card of its own; measured pages share one, and all
others have that of the home page. The theme asks for ``address``, the build for ``files``.
"""

import importlib
import io
import json
import math
import re
from base64 import b64decode, b64encode
from functools import lru_cache
from pathlib import Path

from tools import LANGUAGES, ROOT, cache, chapters, drawings, find, pages, sources

SIZE = (1200, 630)
FOLDER = "assets/og/"  # where the site keeps them
KINDS = {"index.md": "home", "schemes/index.md": "schemes", "claims.md": "claims", "answers.md": "answers"}
WORDS = {
    "en": {"chapters": "Chapter", "schemes": "Scheme", "measured": "Measured"},
    "ko": {"chapters": "장", "schemes": "인코딩 방식", "measured": "측정"},
}
_FONTS = sorted((drawings.FOLDER / "fonts").glob("*.ttf"))  # bold, regular
_CURVES = drawings.FOLDER / "schemes/gallery_distance.py"


def _name(source: str) -> str:
    """The card of a page by its path from the folder of its language."""
    folder, _, file = source.rpartition("/")
    if source in KINDS:
        return KINDS[source]
    if folder in ("chapters", "schemes") and file.endswith(".md"):
        return f"{folder}-{file.removesuffix('.md')}"
    return folder if folder == "measured" else "home"


def is_card(address: str) -> bool:
    """Whether an address of the site is that of a card; a site that does not know where it will be has none."""
    return address.startswith(FOLDER)


def address(source: str, language: str) -> str:
    """Where the site keeps the card of a page."""
    return f"{FOLDER}{language}/{_name(source)}.png"


def texts(language: str) -> dict[str, tuple[str, str, str]]:
    """What stands on the cards of a language: by name the line above the title, the title, the line below."""
    words, found = WORDS[language], {}
    settings = (ROOT / ("mkdocs.yml" if language == "en" else "mkdocs.ko.yml")).read_text("utf-8")
    site, about = (find(rf"(?m)^{key}: (.+)$", settings)[1] for key in ("site_name", "site_description"))
    for path in pages.markdown(language):
        source = path.relative_to(ROOT / "docs" / language).as_posix()
        name, text = _name(source), path.read_text("utf-8")
        title = find(r"(?m)^# (.+?) *\{ *#", text)[1]
        if name == "home":
            found[name] = "", site, about
        elif name == "measured":
            found[name] = site, words["measured"], ""
        elif name.startswith("chapters-"):
            number, _ = chapters.number(source, language)
            above = f"{words['chapters']} {number}" if language == "en" else f"{number}{words['chapters']}"
            found[name] = f"{site} · {above}" if number else site, title, ""
        elif name.startswith("schemes-"):
            summary = re.search(r"^summary: (.+)$", pages.front_matter(text)[0], re.MULTILINE)
            found[name] = f"{site} · {words['schemes']}", title, summary[1] if summary else ""
        else:
            found[name] = site, title, ""
    return found


def words() -> set[str]:
    """Every character on any card."""
    return {letter for language in LANGUAGES for lines in texts(language).values() for letter in "".join(lines)}


def places(language: str) -> dict[str, str]:
    """What stands in the place of the cards of a language until they are drawn: nothing."""
    return dict.fromkeys(texts(language), "")


def files(language: str) -> dict[str, bytes]:
    """The cards of a language by their address."""
    pictures = cache.remembered(f"cards/{language}", lambda: key(language), lambda: _cards(language))
    return {f"{FOLDER}{language}/{name}.png": b64decode(picture) for name, picture in pictures.items()}


def key(language: str) -> str:
    """A hash of everything that the cards of a language are drawn from."""
    curves = sources.of(_CURVES) if _CURVES.is_file() else []
    made_from = [Path(__file__).resolve(), drawings.FOLDER / "style.py", *_FONTS, *curves]
    return cache.key(made_from, ("matplotlib", "pillow", "torch"), json.dumps(texts(language), sort_keys=True))


def _cards(language: str) -> dict[str, str]:
    return {name: b64encode(draw(name.removeprefix("schemes-"), *of)).decode() for name, of in texts(language).items()}


def _curve(scheme: str) -> list[float] | None:
    """The score of a scheme by distance, as in the figure of all schemes."""
    return _curves().get(scheme) if _CURVES.is_file() else None


@lru_cache(maxsize=1)
def _curves() -> dict[str, list[float]]:
    curves = importlib.import_module("snippets.figures.schemes.gallery_distance").curves()
    return {name: [round(value, 3) for value in curve[curve.isfinite()].tolist()] for name, curve in curves.items()}


def draw(scheme: str, above: str, title: str, below: str) -> bytes:
    """One card as a PNG with few colours: words, and under them the curve of a scheme, or four waves."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # not needed by a build that draws nothing
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import Polygon
    from PIL import Image

    curve = _curve(scheme)
    style = importlib.import_module("snippets.figures.style")
    with style.palette("light"):
        style.add_fonts()
        figure = Figure(figsize=(SIZE[0] / 100, SIZE[1] / 100), dpi=100, facecolor=style.colour("paper"))
        canvas = FigureCanvasAgg(figure)
        colour = style.colour(scheme if scheme in style.MARKS else "sinusoidal")
        for line, fade in _lines(curve):
            across = len(_curves()["none"]) if curve else len(line)  # a window ends before the edge
            places = [(k / (across - 1), y) for k, y in enumerate(line)]
            if curve:
                under = [(0, -0.1), *places, (places[-1][0], -0.1)]
                figure.add_artist(Polygon(under, transform=figure.transFigure, color=colour, alpha=0.14, linewidth=0))
            figure.add_artist(Line2D(*zip(*places, strict=True), color=colour, alpha=fade, linewidth=4.5))
        look = {"fontfamily": style.OWN, "ha": "left", "va": "top", "x": 0.065}
        size = next((size for size in (62, 54, 46, 40) if len(_wrapped(title, size, 1)) < 3), 36)
        y = 0.9
        if above:
            figure.text(y=y, s=above, fontsize=22, color=style.colour("muted"), **look)
            y -= 0.1
        for line in _wrapped(title, size, 1):
            figure.text(y=y, s=line, fontsize=size, fontweight="bold", color=style.colour("ink"), **look)
            y -= 0.0031 * size
        y -= 0.01
        for line in _wrapped(below, 25, 0)[:3]:
            figure.text(y=y, s=line, fontsize=25, color=style.colour("muted"), **look)
            y -= 0.075
        canvas.draw()
        picture = Image.frombytes("RGBA", SIZE, bytes(canvas.buffer_rgba())).convert("RGB")
    buffer = io.BytesIO()
    picture.quantize(32, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(buffer, "PNG")
    return buffer.getvalue()


def _lines(curve: list[float] | None) -> list[tuple[list[float], float]]:
    """What is drawn in the lower third: heights from the left edge to the right, and how strong the line is."""
    if curve:
        low, room = min(curve), max(curve) - min(curve) + 1
        return [([0.08 + 0.22 * (value - low) / room for value in curve], 1)]
    return [
        ([0.29 - 0.078 * place + 0.03 * math.sin(2 * math.pi * k / 100 / wave) for k in range(1201)], 1 - 0.2 * place)
        for place, wave in enumerate((1.2, 2.6, 5.6, 12))
    ]


def _wrapped(text: str, size: float, bold: int) -> list[str]:
    """``text`` in lines that fit the card, broken at spaces."""
    from matplotlib.font_manager import get_font

    font = get_font(str(_FONTS[1 - bold]))
    font.set_size(size, 100)
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        font.set_text(longer)
        if lines[-1] and font.get_width_height()[0] / 64 > 0.87 * SIZE[0]:
            lines.append(word)
        else:
            lines[-1] = longer
    return [line for line in lines if line]
