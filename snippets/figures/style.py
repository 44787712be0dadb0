"""The look of every figure: two palettes, one colour a scheme, one type scale.

A figure module has one public function, ``draw() -> Figure``. It asks this file for
its colours while it draws, so the same code gives the light and the dark version.
"""

import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, overload

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text

WIDTH = 7.2  # inches: the text column of the site
OWN = [
    "Site Sans KR",
    "DejaVu Sans",
]  # the fonts of Korean words and of cards: the first in fonts/, made by tools/fonts.py


@dataclass(frozen=True)
class Mark:
    """How one thing looks in every figure: its name, its colour in each palette, its line."""

    label: str
    light: str
    dark: str
    line: str | tuple = "-"


SOLID, DOT, DASH, DASHDOT = "-", (0, (1, 1.2)), (0, (5, 1.5)), (0, (3, 1.2, 1, 1.2))
LONG, DASHDOTDOT, DOTS = (0, (8, 2)), (0, (5, 1.2, 1, 1.2, 1, 1.2)), (0, (1, 2.5))

# What is drawn in more than one figure has one entry here, and its colour nowhere else.
MARKS = {
    # added to or joined with the input, and nothing
    "none": Mark("no positions", "#5b6472", "#a3adbd", DOT),
    "sinusoidal": Mark("sinusoidal", "#1261a6", "#6cb2f5", SOLID),
    "learned": Mark("learned", "#b0215e", "#ff85b0", DASH),
    "concatenated": Mark("concatenated", "#0b7a55", "#4fcf9f", DASHDOT),
    "concatenated_split": Mark("split", "#5a7d12", "#b5d25c", DOTS),
    # relative vectors and biases
    "shaw": Mark("Shaw", "#7d5f00", "#d9b840", DASH),
    "transformer_xl": Mark("Transformer-XL", "#8a5a2b", "#d8a878", DASHDOT),
    "t5_bias": Mark("T5 bias", "#c05300", "#fe9647", LONG),
    "deberta": Mark("DeBERTa", "#66660a", "#c9c94a", LONG),
    "alibi": Mark("ALiBi", "#c31325", "#fb7269", SOLID),
    "kerple": Mark("KERPLE", "#99354b", "#da8496", DOTS),
    "fire": Mark("FIRE", "#751f00", "#ffb893", DASHDOT),
    "cope": Mark("CoPE", "#8c2c76", "#f390dc", DASHDOTDOT),
    # rotation
    "rope": Mark("RoPE", "#00827f", "#00d2dd", SOLID),
    "partial_rope": Mark("partial RoPE", "#3a6b35", "#8fcf86", DASH),
    "xpos": Mark("xPos", "#4b4fc4", "#a0a4ff", DASHDOT),
    "rope_2d": Mark("RoPE 2-D", "#5e3a91", "#c2a0ee", LONG),
    "m_rope": Mark("M-RoPE", "#8a3ab0", "#d79af2", DASHDOTDOT),
    # stretching rotation
    "position_interpolation": Mark("interpolation", "#357001", "#8ccf56", DASH),
    "ntk_aware": Mark("NTK-aware", "#007cb5", "#4ec4fe", DASHDOT),
    "yarn": Mark("YaRN", "#5e2a9e", "#a874e8", LONG),
    "llama3_scaling": Mark("Llama 3", "#334d8b", "#94b1fa", DASHDOTDOT),
    "longrope": Mark("LongRoPE", "#744c30", "#deaf8d", DOTS),
    # the two parts of an input vector, and what they are compared with
    "token": Mark("token", "#7440b3", "#bfa0f5", "-"),
    "position": Mark("position", "#a4500b", "#f3ae5c", "-"),
    "random": Mark("random", "#5b6472", "#a3adbd", (0, (2, 1.5))),
}

PALETTES = {
    "light": {"ink": "#1b2230", "muted": "#5b6472", "grid": "#dfe3ea", "paper": "#ffffff"},
    "dark": {"ink": "#e8ecf3", "muted": "#a3adbd", "grid": "#343d4d", "paper": "#141a24"},
}

_current = "light"


@contextmanager
def palette(name: str):
    """Draw in palette ``name`` ("light" or "dark"); restores every matplotlib setting after."""
    global _current
    if name not in PALETTES:
        raise ValueError(f"palette must be one of {sorted(PALETTES)}, got {name!r}")
    before, _current = _current, name
    colours = PALETTES[name]
    settings = {
        "svg.hashsalt": "positions",
        "svg.fonttype": "path",
        "font.family": "DejaVu Sans",
        "font.size": 9.5,
        "axes.titlesize": 10,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlepad": 8,
        "axes.labelsize": 9.5,
        "axes.labelcolor": colours["muted"],
        "axes.edgecolor": colours["muted"],
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.facecolor": "none",
        "figure.facecolor": "none",
        "savefig.facecolor": "none",
        "grid.color": colours["grid"],
        "grid.linewidth": 0.7,
        "text.color": colours["ink"],
        "axes.titlecolor": colours["ink"],
        "xtick.color": colours["muted"],
        "ytick.color": colours["muted"],
        "xtick.labelsize": 8.5,
        "ytick.labelsize": 8.5,
        "lines.linewidth": 1.9,
        "lines.markersize": 4,
        "lines.solid_capstyle": "round",
        "legend.frameon": False,
        "legend.fontsize": 9,
        "image.cmap": "viridis",
    }
    try:
        with mpl.rc_context(settings):
            yield
    finally:
        _current = before


def add_fonts() -> None:
    """Let matplotlib know the fonts that this folder brings."""
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for path in sorted(Path(__file__).parent.glob("fonts/*.ttf")):
        if str(path) not in known:
            font_manager.fontManager.addfont(path)


def in_korean(figure: Figure, words: dict[str, str]) -> Figure:
    """The same figure with each text that is a key of ``words`` replaced; ``{}`` in a key stands for any text.

    Numbers, symbols, code and quoted English have no entry and stay as they are.
    """
    add_fonts()
    whole_first = sorted(words.items(), key=lambda item: "{}" in item[0])
    patterns = {re.escape(key).replace(r"\{\}", "(.+)"): word for key, word in whole_first}
    for text in figure.findobj(Text):
        for pattern, word in patterns.items():
            if found := re.fullmatch(pattern, text.get_text()):
                text.set_text(word.format(*found.groups()))
                text.set_fontfamily(OWN)
                break
    return figure


def colour(name: str) -> str:
    """Colour of a mark ("learned", "token") or of a palette entry ("ink", "muted", "grid", "paper")."""
    if name in MARKS:
        return getattr(MARKS[name], _current)
    if name in PALETTES[_current]:
        return PALETTES[_current][name]
    raise KeyError(f"no colour is fixed for {name!r}; known: {sorted(MARKS) + sorted(PALETTES[_current])}")


def line(name: str) -> dict:
    """Keyword arguments that draw mark ``name``: ``ax.plot(x, y, **style.line("learned"))``."""
    return {"color": colour(name), "linestyle": MARKS[name].line}


def ramp(name: str) -> LinearSegmentedColormap:
    """Sequential colour map from the paper to the colour of ``name``."""
    return LinearSegmentedColormap.from_list(f"ramp-{name}", [colour("paper"), colour(name)])


def diverging(low: str = "position", high: str = "token") -> LinearSegmentedColormap:
    """Two-sided colour map: ``low`` for negative, paper for zero, ``high`` for positive."""
    return LinearSegmentedColormap.from_list(f"diverging-{low}-{high}", [colour(low), colour("paper"), colour(high)])


def colour_map(name: str) -> LinearSegmentedColormap:
    """The map that ``ramp`` or ``diverging`` made and named, in the colours of the current palette."""
    kind, *ends = name.removesuffix("_r").split("-")
    made = {"ramp": ramp, "diverging": diverging}[kind](*ends)
    return made.reversed() if name.endswith("_r") else made


@overload
def subplots(rows: Literal[1] = 1, columns: Literal[1] = 1, height: float = 3.2, **kwargs) -> tuple[Figure, Axes]: ...
@overload
def subplots(rows: int = 1, columns: int = 1, height: float = 3.2, **kwargs) -> tuple[Figure, np.ndarray]: ...
def subplots(rows=1, columns=1, height=3.2, **kwargs):
    """A figure of the site's width and its axes, laid out without overlaps (no pyplot state)."""
    figure = empty(height)
    return figure, figure.subplots(rows, columns, **kwargs)


def empty(height: float) -> Figure:
    """A figure of the site's width, ``height`` inches high, without axes."""
    layout = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.06, wspace=0.05, hspace=0.06)
    return Figure(figsize=(WIDTH, height), layout=layout)


def label(ax: Axes, x: float, y: float, text: str, name: str = "ink", **kwargs) -> None:
    """Write ``text`` beside a curve in the curve's own colour, in place of a legend."""
    options: dict[str, Any] = {"color": colour(name), "fontsize": 9, "va": "center", "ha": "left"}
    ax.annotate(text, (x, y), xytext=(5, 0), textcoords="offset points", **options | kwargs)


def label_ends(ax: Axes, x: float, ends: dict[str, float], gap: float, labels: dict[str, str] | None = None) -> None:
    """Write the label of every mark in ``ends`` beside its curve's last value, at least ``gap`` apart.

    ``labels`` names marks that a figure calls otherwise.
    """
    names = sorted(ends, key=lambda name: ends[name])
    heights = [ends[name] for name in names]
    for _ in range(200):
        for low in range(len(names) - 1):
            push = gap - (heights[low + 1] - heights[low])
            if push > 1e-9:
                heights[low], heights[low + 1] = heights[low] - push / 2, heights[low + 1] + push / 2
    for name, height in zip(names, heights, strict=True):
        label(ax, x, height, (labels or {}).get(name, MARKS[name].label), name, fontsize=8.5)


def gallery(groups: dict[str, tuple[str, ...]], panel, height: float = 8.2) -> Figure:
    """One small panel a scheme, at most five a row, group below group; ``panel(ax, name)`` draws one."""
    rows = {group: (len(names) + 4) // 5 for group, names in groups.items()}
    figure = empty(height)
    heights = [count + 0.16 for count in rows.values()]
    parts = figure.subfigures(len(groups), 1, squeeze=False, height_ratios=heights)
    for part, (group, names) in zip(parts.flat, groups.items(), strict=True):
        part.suptitle(group, x=0.012, ha="left", fontsize=9.5, color=colour("muted"))
        axes = part.subplots(rows[group], 5, squeeze=False).flat
        for ax, name in zip(axes, (*names, *[None] * 5), strict=False):
            if name is None:
                ax.axis("off")
                continue
            panel(ax, name)
            ax.set_title(MARKS[name].label, color=colour(name), fontsize=9.5, pad=3)
            ax.tick_params(labelsize=7.5, labelleft=name in names[::5])
    return figure
