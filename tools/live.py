"""Live figures: ``snippets/live/NAME.js`` takes the place of the figure ``NAME`` where scripts run.

The site keeps the scripts as they are, what ``data()`` of ``snippets/live/NAME.py`` gives as JSON, and the colours and
lines of ``snippets/figures/style.py`` as a style sheet: one copy for both languages.
"""

import importlib
import json
from pathlib import Path

from tools import ROOT, cache, sources

FOLDER = ROOT / "snippets/live"
STYLE = ROOT / "snippets/figures/style.py"
WIDTH = 2  # of a line in CSS pixels; matplotlib's dashes are multiples of it


def names() -> list[str]:
    """Every figure that is live, by its name."""
    return sorted(path.stem for path in FOLDER.glob("*.js") if path.stem not in {"kit", "config"})


def has_data(name: str) -> bool:
    return (FOLDER / f"{name}.py").is_file()


def key(name: str) -> str:
    """A hash of everything that can change the data of ``name``."""
    return cache.key(sources.of(FOLDER / f"{name}.py"), ("numpy", "torch"))


def data(name: str) -> dict:
    """What the figure ``name`` shows and does not compute itself, from the cache if it is made of the same."""
    return cache.remembered(f"live/{name}", lambda: key(name), lambda: _data(name))


def _data(name: str) -> dict:
    return importlib.import_module(f"snippets.live.{name}").data()


def attributes(name: str) -> str:
    """What the ``<figure>`` says of its live figure; nothing if it has none."""
    if name not in names():
        return ""
    return f' data-live="{name}"' + f' data-stored="{name}.json"' * has_data(name)


def files() -> dict[str, str]:
    """What the site keeps of live figures, by address."""
    found = {f"assets/live/{path.name}": path.read_text("utf-8") for path in sorted(FOLDER.glob("*.js"))}
    for name in filter(has_data, names()):
        found[f"assets/live/{name}.json"] = json.dumps(data(name), ensure_ascii=False, separators=(",", ":"))
    return found | {f"assets/live/{name}": text for name, text in style_sheet().items()}


def style_key() -> str:
    """A hash of everything that can change the style sheet."""
    return cache.key([Path(__file__).resolve(), STYLE, FOLDER / "live.css"])


def style_sheet() -> dict[str, str]:
    """The look of controls and drawings, with the colour of every mark in both palettes and its line, by its name."""
    return cache.remembered("live/marks", style_key, _style_sheet)


def _style_sheet() -> dict[str, str]:
    style = importlib.import_module("snippets.figures.style")
    rules = {"light": [], "dark": []}
    for name, mark in style.MARKS.items():
        dashes = "" if mark.line == "-" else f";--dash:{' '.join(f'{WIDTH * part:g}' for part in mark.line[1])}"
        rules["light"].append(f".live .mark-{name}{{--mark:{mark.light}{dashes}}}")
        rules["dark"].append(f".live .mark-{name}{{--mark:{mark.dark}}}")
    for palette, colours in style.PALETTES.items():
        rules[palette] += [f".live .{name}{{--mark:{colour}}}" for name, colour in colours.items()]
    dark = "".join(f'[data-md-color-scheme="slate"] {rule}' for rule in rules["dark"])
    rules = "\n".join([*rules["light"], f"@media screen{{{dark}}}"])
    return {"marks.css": f"{(FOLDER / 'live.css').read_text('utf-8')}\n{rules}\n"}
