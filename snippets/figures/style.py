"""The look of every figure: two palettes, one colour a scheme, one type scale.

A figure module has one public function, ``draw() -> Figure``. It asks this file for
its colours while it draws, so the same code gives the light and the dark version, and for
its axes, so it gives the narrow one for phones: panels that stand side by side are stacked.
"""

import io
import re
import textwrap
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, overload

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.colorbar import Colorbar
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure, SubFigure
from matplotlib.gridspec import SubplotSpec
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

WIDTH = 7.2  # inches: the text column of the site
NARROW = 3.4  # the column of a screen of 360 pixels, which has 328 of them: 96 to an inch
SMALLEST = 8.5  # points, of any text of a narrow drawing: 11.3 pixels
PICTURES = 100  # pixels per inch of what is rasterised
LONGEST = 35  # letters of a label below a narrow drawing
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
    "content_bias": Mark("content bias", "#4a35f0", "#8a7bff", LONG),
    # rotation
    "rope": Mark("RoPE", "#00827f", "#00d2dd", SOLID),
    "partial_rope": Mark("partial RoPE", "#3a6b35", "#8fcf86", DASH),
    "proportional_rope": Mark("p-RoPE", "#be288c", "#ff69d2", DOTS),
    "layer_pattern": Mark("layer pattern", "#0069a8", "#5cc2ff", DASH),
    "decoupled_rope": Mark("MLA RoPE", "#00854a", "#35e08c", LONG),
    "xpos": Mark("xPos", "#4b4fc4", "#a0a4ff", DASHDOT),
    "pope": Mark("PoPE", "#a8452b", "#ff8f6b", LONG),
    "rope_2d": Mark("RoPE 2-D", "#5e3a91", "#c2a0ee", LONG),
    "m_rope": Mark("M-RoPE", "#8a3ab0", "#d79af2", DASHDOTDOT),
    # stretching rotation
    "position_interpolation": Mark("interpolation", "#357001", "#8ccf56", DASH),
    "ntk_aware": Mark("NTK-aware", "#007cb5", "#4ec4fe", DASHDOT),
    "yarn": Mark("YaRN", "#5e2a9e", "#a874e8", LONG),
    "llama3_scaling": Mark("Llama 3", "#334d8b", "#94b1fa", DASHDOTDOT),
    "longrope": Mark("LongRoPE", "#744c30", "#deaf8d", DOTS),
    "length_temperature": Mark("temperature", "#be5046", "#ff9a7a", DASHDOT),
    "drope": Mark("DroPE", "#2333e6", "#3d8bff", DASH),
    # the two parts of an input vector, and what they are compared with
    "token": Mark("token", "#7440b3", "#bfa0f5", "-"),
    "position": Mark("position", "#a4500b", "#f3ae5c", "-"),
    "random": Mark("random", "#5b6472", "#a3adbd", (0, (2, 1.5))),
}

PALETTES = {
    "light": {"ink": "#1b2230", "muted": "#5b6472", "grid": "#dfe3ea", "paper": "#ffffff"},
    "dark": {"ink": "#e8ecf3", "muted": "#a3adbd", "grid": "#343d4d", "paper": "#141a24"},
}

_current, _is_narrow = "light", False


def is_narrow() -> bool:
    """Whether the drawing is for a narrow screen."""
    return _is_narrow


@contextmanager
def palette(name: str, narrow: bool = False):
    """Draw in palette ``name`` ("light" or "dark"), for a narrow screen or not; restores every setting after."""
    global _current, _is_narrow
    if name not in PALETTES:
        raise ValueError(f"palette must be one of {sorted(PALETTES)}, got {name!r}")
    before, (_current, _is_narrow) = (_current, _is_narrow), (name, narrow)
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
        _current, _is_narrow = before


@lru_cache(maxsize=4096)
def _extent(text: str, font: font_manager.FontProperties, is_math: bool) -> tuple[float, float, float]:
    """Width, height and descent of a text in points."""
    return text_to_path.get_text_width_height_descent(text, font, is_math)


@lru_cache(maxsize=256)
def _line(font: font_manager.FontProperties) -> tuple[float, float, float]:
    """How far a line of text reaches above and below its baseline, and the gap to the next, in points, as fonts say."""
    file = font_manager.get_font(font_manager.findfont(font))
    said, head = file.get_sfnt_table("OS/2"), file.get_sfnt_table("head")
    if said is None or head is None:
        raise ValueError(f"figures need fonts with the tables OS/2 and head, unlike {file.fname}")
    scale = 1 / head["unitsPerEm"] * font.get_size_in_points()
    return said["sTypoAscender"] * scale, -said["sTypoDescender"] * scale, said["sTypoLineGap"] * scale


class _Renderer(RendererSVG):
    """Measures a text once for all figures: the same ones stand in wide, narrow and Korean drawings."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._text2path = text_to_path  # which remembers the formulas that it has read

    def get_text_width_height_descent(self, s, prop, ismath):
        return _extent(s, prop.copy(), ismath)

    def _get_font_height_metrics(self, prop):
        return _line(prop.copy())  # or matplotlib reads them from the font for each text that it places


def svg(figure: Figure) -> str:
    """SVG text of a figure, which is laid out once and by the renderer that writes it."""
    buffer, (width, height) = io.StringIO(), figure.get_size_inches()
    writer = _Renderer(72 * width, 72 * height, buffer, image_dpi=PICTURES, metadata={"Date": None, "Creator": None})
    renderer: Any = MixedModeRenderer(figure, width, height, PICTURES, writer)
    canvas: Any = figure.canvas
    canvas.get_renderer = lambda: renderer
    figure.draw(renderer)
    renderer.finalize()
    return buffer.getvalue()


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


Shape = tuple[int, int, float]  # rows, columns, inches of height of a narrow drawing


@overload
def subplots(
    rows: Literal[1] = 1, columns: Literal[1] = 1, height: float = 3.2, narrow: Shape | None = None, **kwargs
) -> tuple[Figure, Axes]: ...
@overload
def subplots(
    rows: int = 1, columns: int = 1, height: float = 3.2, narrow: Shape | None = None, **kwargs
) -> tuple[Figure, np.ndarray]: ...
def subplots(rows=1, columns=1, height=3.2, narrow=None, **kwargs):
    """A figure of the site's width and its axes, laid out without overlaps (no pyplot state).

    On a narrow screen all panels stand one below the other, or in the rows and columns and as high as ``narrow`` says:
    ``(columns, rows, height)`` turns the grid. The array of axes has the same shape as on a wide one.
    """
    shape, turned = [count for count in (rows, columns) if count > 1], False
    if is_narrow() and (narrow or columns > 1):
        turned = narrow is not None and rows > 1 and narrow[:2] == (columns, rows)
        rows, columns, height = narrow or (rows * columns, 1, 0.9 * columns * height)
        kwargs = {key: value for key, value in kwargs.items() if key not in {"width_ratios", "gridspec_kw"}}
    figure = empty(height)
    axes = figure.subplots(rows, columns, **kwargs)
    if turned:
        return figure, axes.T
    return figure, axes.reshape(shape) if shape else axes


def empty(height: float, narrow: float | None = None) -> Figure:
    """A figure of the site's width without axes, ``height`` inches high; on a narrow screen ``narrow``."""
    layout = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.06, wspace=0.05, hspace=0.06)
    size = (NARROW, narrow or height) if is_narrow() else (WIDTH, height)
    return Figure(figsize=size, layout=layout, dpi=72)  # as the renderer measures texts: in points


def colorbar(figure: Figure, image, ax, **kwargs) -> Colorbar:
    """A bar that says what the colours of ``image`` mean, beside its axes; on a narrow screen below them."""
    if is_narrow():
        kwargs |= {"location": "bottom", "shrink": 0.6, "aspect": 24, "pad": 0.02}
    return figure.colorbar(image, ax=ax, **kwargs)


def side_by_side(figure: Figure, widths: Sequence[float], heights: Sequence[float]) -> list[SubplotSpec]:
    """The parts of a figure that stand side by side and, on a narrow screen, one below the other."""
    if is_narrow():
        grid = figure.add_gridspec(len(heights), 1, height_ratios=heights)
    else:
        grid = figure.add_gridspec(1, len(widths), width_ratios=widths)
    return [grid[part] for part in range(len(widths))]


def apart(figure: Figure, heights: Sequence[float]) -> list[Axes]:
    """Axes one below the other, each as wide as its own labels leave it."""
    parts = figure.subfigures(len(heights), 1, squeeze=False, height_ratios=heights).flat
    return [part.subplots() for part in parts]


def three(part: SubFigure) -> list[Axes]:
    """Three small panels in a row; on a narrow screen the third below the first."""
    if not is_narrow():
        return list(part.subplots(1, 3))
    axes = list(part.subplots(2, 2).flat)
    axes.pop().remove()
    return axes


def settle(figure: Figure) -> None:
    """Finish a narrow drawing: no text is too small or too long, stacked panels of one scale have the same labels."""
    for text in figure.findobj(Text):
        if float(text.get_fontsize()) < SMALLEST:
            text.set_fontsize(SMALLEST)
    stacked = [ax for ax in figure.axes if (place := ax.get_subplotspec()) and place.get_gridspec().ncols == 1]
    for ax in stacked:
        same = [other for other in stacked if ax.get_shared_y_axes().joined(ax, other)]
        below = [other for other in stacked if ax.get_shared_x_axes().joined(ax, other)]
        ax.set_ylabel(ax.get_ylabel() or next(filter(None, (other.get_ylabel() for other in same)), ""))
        if len(below) < 2:
            ax.set_xlabel(ax.get_xlabel() or next(filter(None, (other.get_xlabel() for other in same)), ""))
        elif (place := ax.get_subplotspec()) and not place.is_last_row():
            ax.set_xlabel("")
    for ax in figure.axes:
        if len(ax.get_xlabel()) > LONGEST:
            ax.set_xlabel(textwrap.fill(ax.get_xlabel(), 7 * len(ax.get_xlabel()) // 10))


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
    """One small panel a scheme, five a row at most, on a narrow screen two; ``panel(ax, name)`` draws one."""
    across = 2 if is_narrow() else 5
    rows = {group: -(-len(names) // across) for group, names in groups.items()}
    heights = [count + 0.16 for count in rows.values()]
    figure = empty(height, narrow=1.25 * sum(heights))
    if is_narrow() and isinstance(layout := figure.get_layout_engine(), ConstrainedLayoutEngine):
        layout.set(hspace=0.01)
    parts = figure.subfigures(len(groups), 1, squeeze=False, height_ratios=heights)
    for part, (group, names) in zip(parts.flat, groups.items(), strict=True):
        part.suptitle(group, x=0.012, ha="left", fontsize=9.5, color=colour("muted"))
        axes = part.subplots(rows[group], across, squeeze=False).flat
        for ax, name in zip(axes, (*names, *[None] * across), strict=False):
            if name is None:
                ax.axis("off")
                continue
            panel(ax, name)
            ax.set_title(MARKS[name].label, color=colour(name), fontsize=9.5, pad=3)
            ax.tick_params(labelsize=7.5, labelleft=name in names[::across])
    return figure
