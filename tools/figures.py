"""Figures are drawn while the site is built and never committed.

``snippets/figures/NAME.py`` holds ``draw() -> Figure``. A page shows it with one image line::

    ![what a reader who cannot see it should know](../assets/figures/NAME.svg "caption: what to see")

A module may also hold ``KOREAN``, the words of its drawing in Korean: Korean pages then show a drawing with those.

Drawings are cached under the hash of everything they are drawn from: the module, the modules of
``snippets`` it imports, the data files that stand beside those, and the versions of the libraries.
"""

import ast
import hashlib
import importlib
import io
import re
import sys
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path

from mkdocs.exceptions import PluginError

from tools import LANGUAGES, ROOT, write_whole

FOLDER = ROOT / "snippets/figures"
CACHE = ROOT / ".cache/figures"
PALETTES = ("light", "dark")

_IMAGE = re.compile(
    r"^!\[(?P<alt>[^\]\n]*)\]\((?P<up>(?:\.\./)*)assets/figures/(?P<name>[\w-]+)\.svg"
    r"(?:\s+\"(?P<caption>[^\"\n]*)\")?\)[ ]*$",
    re.MULTILINE,
)
MEANWHILE: dict[str, dict[str, str]] = {}  # what tools/serve.py shows of a figure that is being drawn again
_version = cache(version)
_PLACED = re.compile(r' (?:d|x|y|x1|x2|y1|y2|cx|cy|width|height)="[^"]*"|translate\([^)]*\)')
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
        if path in found:
            continue
        found.add(path)
        if path.suffix == ".py":
            waiting += [module for module in _imports(path) if module.is_file()]
            waiting += [
                ROOT / file for file in re.findall(r"[\"'](snippets/[\w./-]+\.\w+)[\"']", path.read_text("utf-8"))
            ]
            waiting += path.parent.glob(f"results/{path.stem}*.json")
            waiting += path.parent.glob(f"results/{path.stem}/**/*.json")
    return sorted(path for path in found if path.is_file())


def _imports(path: Path) -> list[Path]:
    modules = _modules(path, path.stat().st_mtime_ns)
    return [ROOT / (module.replace(".", "/") + ".py") for module in modules if module.split(".")[0] == "snippets"]


@lru_cache(maxsize=1024)
def _modules(path: Path, changed: int) -> tuple[str, ...]:
    """What a module imports; read once until it changes, since every figure of a build asks."""
    modules = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(modules)


def key(name: str) -> str:
    """A hash of everything that can change the drawing of ``name``."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for package in ("matplotlib", "numpy", "torch"):
        digest.update(f"{package} {_version(package)}\n".encode())
    for path in sources(name) + (sorted((FOLDER / "fonts").glob("*.ttf")) if korean(name) else []):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def draw(name: str) -> dict[str, str]:
    """SVG text of figure ``name`` by kind, from the cache if nothing it depends on has changed."""
    if name not in names():
        raise ValueError(f"no figure is called {name!r}: snippets/figures/{name}.py does not exist")
    found = MEANWHILE.get(name) or drawn(name)
    if found is None:
        cached, found = _cached(name), _draw_now(name)
        if cached != _cached(name):
            return draw(name)  # its sources were edited while it was being drawn
        for kind, svg in found.items():
            write_whole(cached[kind], svg)
        for path in CACHE.glob(f"{name}-*.svg"):
            if re.fullmatch(rf"{name}-[0-9a-f]{{16}}-[\w-]+\.svg", path.name) and path not in cached.values():
                path.unlink(missing_ok=True)
    return found


def drawn(name: str) -> dict[str, str] | None:
    """SVG text of figure ``name`` by kind if it has been drawn from its sources as they are now."""
    cached = _cached(name)
    if all(path.is_file() for path in cached.values()):
        return {kind: path.read_text(encoding="utf-8") for kind, path in cached.items()}


def _cached(name: str) -> dict[str, Path]:
    stem = f"{name}-{key(name)}"
    return {kind: CACHE / f"{stem}-{kind}.svg" for kind in kinds(name)}


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
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))


def _draw_now(name: str) -> dict[str, str]:
    forget_snippets()
    style = importlib.import_module("snippets.figures.style")
    module = importlib.import_module(f"snippets.figures.{name}")
    drawn = {}
    for kind, (language, palette) in kinds(name).items():
        with style.palette(palette):
            buffer, figure = io.StringIO(), module.draw()
            if language == "ko":
                style.in_korean(figure, korean(name))
            figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        drawn[kind] = tidy(buffer.getvalue())
    return drawn


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
        if not drawings.keys() >= set(shown.values()):
            shown = of_language(name, "en")  # while the server draws it in Korean for the first time
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
