"""Figures are drawn while the site is built and never committed.

``snippets/figures/PAGE/NAME.py`` holds ``draw() -> Figure``. It may also hold ``KOREAN``, the words of its drawing in
Korean: Korean pages then show a drawing with those.

Drawings are cached under the hash of everything they are drawn from: the module, the modules of
``snippets`` it imports, the data files that those name, and the versions of the libraries.
"""

import ast
import importlib
import re
from functools import lru_cache
from itertools import product
from pathlib import Path

from tools import LANGUAGES, ROOT, cache, find, palettes, sources

FOLDER = ROOT / "snippets/figures"

_MADE_BY = [Path(__file__).resolve(), Path(palettes.__file__).resolve()]
_PACKAGES = ("matplotlib", "numpy", "pillow", "torch")
_PLACED = re.compile(r' (?:d|x|y|x1|x2|y1|y2|cx|cy|width|height)="[^"]*"|translate\([^)]*\)')
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_PATH = re.compile(r' d="([^"]*)"')
_STEP = re.compile(r"([MLQCz])([^MLQCz]*)")  # all that matplotlib writes
_GLYPH = re.compile(r' d="([^"]*)" transform="scale\(0\.015625\)"')  # in 6400ths of the size of its letters
_PLAIN = re.compile(r"[MLQCz\d.\s-]*")


def names() -> list[str]:
    """Every figure that can be drawn, by the name of its file."""
    return sorted(path.stem for path in FOLDER.glob("*/*.py"))


def path_of(name: str) -> Path:
    """The file that draws figure ``name``. Raises ValueError if there is none."""
    if path := next(FOLDER.glob(f"*/{name}.py"), None):
        return path
    raise ValueError(f"no figure is called {name!r}: snippets/figures has no folder with {name}.py")


def module(name: str):
    """The module that draws figure ``name``, imported."""
    return importlib.import_module(".".join(path_of(name).relative_to(ROOT).with_suffix("").parts))


def korean(name: str) -> dict[str, str]:
    """The words that figure ``name`` has in Korean; none if it looks the same on Korean pages."""
    path = path_of(name)
    return _korean(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1024)
def _korean(path: Path, changed: int) -> dict[str, str]:
    text = path.read_text("utf-8")
    if "KOREAN" not in text:  # to parse every figure would take a while of each build
        return {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "KOREAN":
            return ast.literal_eval(node.value)
    return {}


def kind(language: str, palette: str, narrow: bool = False) -> str:
    """What the address of a drawing ends in."""
    parts = ("" if language == "en" else language, "narrow" if narrow else "", palette)
    return "-".join(filter(None, parts))


def languages(name: str) -> tuple[str, ...]:
    """Those that a figure speaks."""
    return LANGUAGES if korean(name) else LANGUAGES[:1]


def kinds(name: str) -> list[str]:
    """The drawings of a figure: in each language that it speaks, wide and narrow, in each palette."""
    return [kind(*one) for one in product(languages(name), palettes.NAMES, (False, True))]


def of_language(name: str, language: str, narrow: bool = False) -> dict[str, str]:
    """The kind of drawing that the pages of a language show, by palette."""
    own = language if language in languages(name) else "en"
    return {palette: kind(own, palette, narrow) for palette in palettes.NAMES}


def key(name: str) -> str:
    """A hash of everything that can change the drawing of ``name``."""
    fonts = sorted((FOLDER / "fonts").glob("*.ttf")) if korean(name) else []
    return cache.key([*_MADE_BY, *sources.of(path_of(name)), *fonts], _PACKAGES)


def keys() -> dict[str, str]:
    """``key`` of every figure; asked for again only when a file that a figure may hang on has changed."""
    made_by = [*_MADE_BY, Path(sources.__file__).resolve()]

    def of_all() -> str:
        return cache.key([*made_by, *sources.snippets()], _PACKAGES)

    return cache.remembered("keys", of_all, lambda: {name: key(name) for name in names()})


def draw(name: str) -> dict[str, str]:
    """SVG text of figure ``name`` by kind, from the cache if nothing it depends on has changed."""
    return cache.remembered(f"figures/{name}", lambda: key(name), lambda: _draw_now(name))


def place_of(name: str) -> dict[str, str]:
    """What stands in the place of a figure while it is drawn for the first time, as high as its source says."""
    source = path_of(name).read_text("utf-8")
    said = re.search(r"\b(?:height=|empty\()([\d.]+)", source)
    height = float(said[1]) if said else 8.2 if "style.gallery(" in source else 3.2
    wide, narrow = _place(7.2, height), _place(3.4, 1.8 * height)
    return {kind: narrow if "narrow" in kind else wide for kind in kinds(name)}


def _place(width: float, height: float) -> str:
    width, height = 72 * width, 72 * height
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt" viewBox="0 0 {width} {height}">'
        f'<text x="50%" y="50%" text-anchor="middle" font-size="24" fill="#7d8696">…</text></svg>'
    )


def address(name: str, kind: str) -> str:
    """Where the site keeps a drawing."""
    return f"assets/figures/{name}-{kind}.svg"


def _draw_now(name: str) -> dict[str, str]:
    found = {}
    for narrow in (False, True):
        lights, maps = drawn_in(name, "light", narrow)
        darks = {language: palettes.darkened(light, maps) for language, light in lights.items()}
        if None in darks.values():
            darks, _ = drawn_in(name, "dark", narrow)
        for language in lights:
            light, dark = of_language(name, language, narrow).values()
            found |= {light: lights[language], dark: darks[language]}
    return found


def drawn_in(name: str, palette: str, narrow: bool = False) -> tuple[dict[str, str], list[str]]:
    """SVG text of a figure as it is drawn now, by language, and the names of the colour maps that it uses."""
    style, found = importlib.import_module("snippets.figures.style"), {}
    with style.palette(palette, narrow):
        for language, figure in spoken(name):
            found[language] = tidy(style.svg(figure))
        return found, palettes.maps_of(figure)


def spoken(name: str):
    """Figure ``name``, drawn once as ``style`` is set, in each of its languages: its words change between them."""
    style, figure = importlib.import_module("snippets.figures.style"), module(name).draw()
    if style.is_narrow():
        style.settle(figure)
    for language in languages(name):
        yield language, style.in_korean(figure, korean(name)) if language == "ko" else figure


def tidy(svg: str) -> str:
    """What matplotlib wrote, without what no reader needs and what differs between processes."""
    svg = re.sub(r"<\?xml.*?<svg", "<svg", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r"\n\s+", "\n", re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", svg, flags=re.DOTALL))
    return palettes.packed(_PATH.sub(_by_steps, _GLYPH.sub(_in_800ths, _without_last_bits(svg))))


def _without_last_bits(svg: str) -> str:
    """The layout of a figure may differ in its last bit from one process to the next: let no byte hang on it.

    Coordinates are rounded, and ids, which matplotlib makes of unrounded ones, are counted instead.
    """
    svg = _PLACED.sub(lambda attribute: _NUMBER.sub(_rounded, attribute[0]), svg)
    found = dict.fromkeys(re.findall(r'\bid="([a-z]+[0-9a-f]{10})"', svg))
    counted = {old: f"i{number}" for number, old in enumerate(found)}
    return re.sub(r"\b[a-z]+[0-9a-f]{10}\b", lambda match: counted.get(match[0], match[0]), svg)


def _rounded(number: re.Match) -> str:
    """A coordinate to a hundredth of a point, which no screen can show."""
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def _in_800ths(glyph: re.Match) -> str:
    """The outline of a letter to an 800th of its size: a hundredth of a pixel where letters are largest."""
    outline = re.sub(r"-?[\d.]+", lambda number: str(round(float(number[0]) / 8)), glyph[1])
    return f' d="{outline}" transform="scale(.125)"'


def _by_steps(path: re.Match) -> str:
    """The same path by its steps from point to point, which are shorter than the points and more alike."""
    if not _PLAIN.fullmatch(path[1]):
        return path[0]
    steps, here, start, before = [], (0, 0), (0, 0), ""
    for letter, numbers in _STEP.findall(path[1]):
        if letter == "z":
            here, before = start, letter
            steps.append(letter)
            continue
        points = [round(100 * float(number)) for number in numbers.split()]
        moves = [number - here[place % 2] for place, number in enumerate(points)]
        again = " " if letter == before != "M" else letter.lower()
        steps.append((again + " ".join(map(_hundredths, moves))).replace(" -", "-"))
        here, before = (points[-2], points[-1]), letter
        start = here if letter == "M" else start
    return f' d="{"".join(steps)}"'


@lru_cache(maxsize=1 << 16)
def _hundredths(number: int) -> str:
    return re.sub(r"^(-?)0(?=\.)", r"\1", f"{number / 100}".removesuffix(".0"))


def size(svg: str) -> tuple[int, int]:
    """Width and height in CSS pixels, so that the page keeps the room before the drawing arrives."""
    root = find(r"<svg[^>]*>", svg)[0]
    width, height = (float(find(rf'\b{side}="([\d.]+)pt"', root)[1]) for side in ("width", "height"))
    return round(width * 4 / 3), round(height * 4 / 3)
