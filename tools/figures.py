"""Figures are drawn while the site is built and never committed.

``snippets/figures/NAME.py`` holds ``draw() -> Figure``. A page shows it with one image line::

    ![what a reader who cannot see it should know](../assets/figures/NAME.svg "caption: what to see")

A module may also hold ``KOREAN``, the words of its drawing in Korean: Korean pages then show a drawing with those.

Drawings are cached under the hash of everything they are drawn from: the module, the modules of
``snippets`` it imports, the data files that stand beside those, and the versions of the libraries.
"""

import ast
import importlib
import io
import re
import sys
from functools import lru_cache
from pathlib import Path

from mkdocs.exceptions import PluginError

from tools import LANGUAGES, ROOT, cache

FOLDER = ROOT / "snippets/figures"
PALETTES = ("light", "dark")

_IMAGE = re.compile(
    r"^!\[(?P<alt>[^\]\n]*)\]\((?P<up>(?:\.\./)*)assets/figures/(?P<name>[\w-]+)\.svg"
    r"(?:\s+\"(?P<caption>[^\"\n]*)\")?\)[ ]*$",
    re.MULTILINE,
)
_SELF = Path(__file__).resolve()
_PLACED = re.compile(r' (?:d|x|y|x1|x2|y1|y2|cx|cy|width|height)="[^"]*"|translate\([^)]*\)')
_COLOUR = re.compile(r"#[0-9a-f]{6}\b")
_NUMBER = re.compile(r"-?\d+\.\d{3,}")


def names() -> list[str]:
    """Every figure that can be drawn, by the name of its file."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in {"__init__", "style"})


def shown(markdown: str) -> list[str]:
    """The figures that a page's Markdown shows, in order."""
    return [match["name"] for match in _IMAGE.finditer(markdown)]


def korean(name: str) -> dict[str, str]:
    """The words that figure ``name`` has in Korean; none if it looks the same on Korean pages."""
    path = FOLDER / f"{name}.py"
    return _korean(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1024)
def _korean(path: Path, changed: int) -> dict[str, str]:
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "KOREAN":
            return ast.literal_eval(node.value)
    return {}


def kinds(name: str) -> dict[str, tuple[str, str]]:
    """The drawings of a figure by what their addresses end in: language and palette of each."""
    languages = LANGUAGES if korean(name) else LANGUAGES[:1]
    return {
        palette if language == "en" else f"{language}-{palette}": (language, palette)
        for language in languages
        for palette in PALETTES
    }


def of_language(name: str, language: str) -> dict[str, str]:
    """The kind of drawing that the pages of a language show, by palette."""
    own = {palette: kind for kind, (of, palette) in kinds(name).items() if of == language}
    return own or of_language(name, "en")


def sources(name: str) -> list[Path]:
    """Every file that figure ``name`` is drawn from."""
    return sources_of(FOLDER / f"{name}.py")


def sources_of(module: Path) -> list[Path]:
    """``module``, the modules of ``snippets`` it imports, in turn, and the data files beside them."""
    found, waiting = set(), [module]
    while waiting:
        path = waiting.pop()
        if path in found or not path.is_file():
            continue
        found.add(path)
        if path.suffix == ".py":
            waiting += [ROOT / name for name in _named(path, path.stat().st_mtime_ns)]
            waiting += path.parent.glob(f"results/{path.stem}*.json")
            waiting += path.parent.glob(f"results/{path.stem}/**/*.json")
    return sorted(found)


@lru_cache(maxsize=1024)
def _named(path: Path, changed: int) -> tuple[str, ...]:
    """The files that a module imports or reads; read once until it changes, since every figure of a build asks."""
    text, modules = path.read_text("utf-8"), []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    imported = (name.replace(".", "/") + ".py" for name in modules if name.split(".")[0] == "snippets")
    return *imported, *re.findall(r"[\"'](snippets/[\w./-]+\.\w+)[\"']", text)


def key(name: str) -> str:
    """A hash of everything that can change the drawing of ``name``."""
    fonts = sorted((FOLDER / "fonts").glob("*.ttf")) if korean(name) else []
    return cache.key([_SELF, *sources(name), *fonts], ("matplotlib", "numpy", "torch"))


def draw(name: str) -> dict[str, str]:
    """SVG text of figure ``name`` by kind, from the cache if nothing it depends on has changed."""
    if name not in names():
        raise ValueError(f"no figure is called {name!r}: snippets/figures/{name}.py does not exist")
    return cache.remembered(f"figures/{name}", lambda: key(name), lambda: _draw_now(name))


def place_of(name: str) -> dict[str, str]:
    """What stands in the place of a figure while it is drawn for the first time, as high as its source says."""
    source = (FOLDER / f"{name}.py").read_text("utf-8")
    said = re.search(r"\b(?:height=|empty\()([\d.]+)", source)
    height = float(said[1]) if said else 8.2 if "style.gallery(" in source else 3.2
    width, height = 72 * 7.2, 72 * height
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt" viewBox="0 0 {width} {height}">'
        f'<text x="50%" y="50%" text-anchor="middle" font-size="24" fill="#7d8696">…</text></svg>'
    )
    return dict.fromkeys(kinds(name), svg)


def address(name: str, kind: str) -> str:
    """Where the site keeps a drawing."""
    return f"assets/figures/{name}-{kind}.svg"


def files(language: str) -> dict[str, str]:
    """The drawings that the site of a language shows, by their address."""
    found = {}
    for name in names():
        drawings = draw(name)
        found |= {address(name, kind): drawings[kind] for kind in of_language(name, language).values()}
    return found


def forget_snippets() -> None:
    """Import snippets anew from here on: a server that runs for hours must use the files as they are now."""
    for module in [module for module in sys.modules if module.split(".")[0] == "snippets"]:
        del sys.modules[module]
    importlib.invalidate_caches()


def _draw_now(name: str) -> dict[str, str]:
    style = importlib.import_module("snippets.figures.style")
    module = importlib.import_module(f"snippets.figures.{name}")
    found = {}
    for kind, (language, palette) in kinds(name).items():
        light = found.get(kind.replace("dark", "light"), "")
        if palette == "dark" and only_marks(light):
            found[kind] = darkened(light)
        else:
            found[kind] = _drawn_in(module, style, language, palette)
    return found


def _drawn_in(module, style, language: str, palette: str) -> str:
    with style.palette(palette):
        buffer, figure = io.StringIO(), module.draw()
        if language == "ko":
            style.in_korean(figure, module.KOREAN)
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return tidy(buffer.getvalue())


def darkened(svg: str) -> str:
    """A drawing in the light palette's colours, in those of the dark one; other colours stay."""
    colours = _dark_by_light()
    return _COLOUR.sub(lambda colour: colours.get(colour[0], colour[0]), svg)


def only_marks(svg: str) -> bool:
    """Whether each colour of a drawing is one that ``darkened`` knows: no shades between two, no pixels."""
    return "<image" not in svg and _dark_by_light().keys() >= set(_COLOUR.findall(svg))


def _dark_by_light() -> dict[str, str]:
    style = importlib.import_module("snippets.figures.style")
    light, dark = (style.PALETTES[name] for name in PALETTES)
    return {mark.light: mark.dark for mark in style.MARKS.values()} | {light[name]: dark[name] for name in light}


def tidy(svg: str) -> str:
    """What matplotlib wrote, without what no reader needs and what differs between processes."""
    svg = re.sub(r"<\?xml.*?<svg", "<svg", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r"\n\s+", "\n", re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL))
    return _without_last_bits(svg)


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


def size(svg: str) -> tuple[int, int]:
    """Width and height in CSS pixels, so that the page keeps the room before the drawing arrives."""
    root = re.search(r"<svg[^>]*>", svg).group()
    width, height = (float(re.search(rf'\b{side}="([\d.]+)pt"', root).group(1)) for side in ("width", "height"))
    return round(width * 4 / 3), round(height * 4 / 3)


def expand(markdown: str, page: str, language: str = "en") -> str:
    """Each image line of a figure as a ``<figure>``: both palettes, a caption that is Markdown too."""

    def one(match: re.Match) -> str:
        name, alt, caption = match["name"], match["alt"].strip(), (match["caption"] or "").strip()
        if name not in names():
            raise PluginError(f"{page}: no figure is called {name!r}: snippets/figures/{name}.py does not exist")
        if not alt or not caption:
            raise PluginError(f"{page}: the figure {name!r} needs an alternative text and a caption")
        drawings, shown = draw(name), of_language(name, language)
        width, height = size(drawings[shown["light"]])
        images = "\n".join(
            f"![{alt}]({match['up']}{address(name, kind)}#only-{palette})"
            f'{{ width="{width}" height="{height}" loading="lazy" }}'
            for palette, kind in shown.items()
        )
        return (
            f'<figure id="figure-{name}" class="figure" markdown="block">\n{images}\n'
            f'<figcaption markdown="span">{caption}</figcaption>\n</figure>'
        )

    return _IMAGE.sub(one, markdown)
