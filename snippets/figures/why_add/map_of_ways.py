"""Where position can enter a transformer: three doors, and a model with none.

Read downwards: the path from a token to its attention weights. Each amber arrow is a door through
which position comes in; beside it stand the schemes that use it, in their colours. The last row has no door: the
causal mask alone tells the order.
"""

from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from snippets.figures import style

ROWS = (
    ("input", "x = e + p", [["sinusoidal"], ["learned"], ["concatenated"]]),
    ("queries, keys", "rotate q, k", [["rope", "partial_rope", "proportional_rope", "xpos", "pope"],
                                      ["decoupled_rope", "rope_2d", "m_rope", "layer_pattern"],
                                      ["length_temperature", "drope"],
                                      ["position_interpolation", "ntk_aware", "yarn", "llama3_scaling", "longrope"]]),
    ("scores", "q · k + b", [["t5_bias", "alibi", "kerple", "fire"], ["shaw", "transformer_xl"],
                               ["deberta", "cope", "content_bias"]]),
    ("no door", "causal mask", [["none"]]),
)  # fmt: skip
SHORT = {"position_interpolation": "PI", "ntk_aware": "NTK", "t5_bias": "T5", "none": "NoPE", "layer_pattern": "layers"}

KOREAN = {  # the words of the drawing on Korean pages
    "input": "입력",
    "queries, keys": "쿼리, 키",
    "rotate q, k": "q, k 회전",
    "scores": "점수",
    "no door": "문 없음",
    "causal mask": "인과 마스크",
    "position": "위치",
    "sinusoidal": "사인파",
    "learned": "학습된 위치",
    "concatenated": "이어붙이기",
    "content bias": "내용 편향",
    "partial RoPE": "부분 RoPE",
    "layers": "층 구성",
    "RoPE 2-D": "2차원 RoPE",
    "temperature": "온도",
}


@dataclass(frozen=True)
class Layout:
    """Where things stand, in units that are 0.79 inches wide, and how large letters are."""

    right: float
    rows: float  # from row to row
    box: tuple[float, float]  # half of its width and height
    down: tuple[float, float]  # where an arrow to the next row stands, and its length
    schemes: tuple[float, float, float]  # the first, seen from the middle of a box; from line to line
    fonts: tuple[float, float, float, float]  # door, formula, position, scheme
    gap: int  # points from scheme to scheme
    height: float  # inches


WIDE = Layout(9.1, 2.1, (1.65, 0.66), (1.75, 0.78), (3.1, 0.0, 0.58), (14.5, 13, 11, 13.5), 12, height=5.6)
NARROW = Layout(4.3, 2.46, (1.2, 0.47), (0.25, 1.45), (-0.75, -1.16, 0.34), (11, 10, 9, 10), 8, height=7.3)


def draw() -> Figure:
    """To see: input, queries and keys, scores: three doors for position, and the schemes at each."""
    at = NARROW if style.is_narrow() else WIDE
    (half, tall), (across, down, line), (bold, plain, small, name_size) = at.box, at.schemes, at.fonts
    figure, ax = style.subplots(height=at.height)
    top, middle, edge = 3.28 * at.rows, 0.1 + half, 0.1 + 2 * half
    ax.set(xlim=(0, at.right), ylim=(-0.55 if at is WIDE else -1.0, top + 1.15 - (0.5 if at is NARROW else 0)))
    ax.axis("off")
    for row, (place, formula, schemes) in enumerate(ROWS):
        y = top - at.rows * row
        door = place != "no door"
        ax.add_patch(
            FancyBboxPatch(
                (0.1, y - tall),
                2 * half,
                2 * tall,
                boxstyle="round,pad=0,rounding_size=0.18",
                linewidth=1.4,
                facecolor="none",
                edgecolor=style.colour("ink" if door else "muted"),
                linestyle="-" if door else (0, (3, 2)),
            )
        )
        ax.text(middle, y + 0.4 * tall, place, ha="center", va="center", fontsize=bold, fontweight="bold")
        ax.text(middle, y - 0.45 * tall, formula, ha="center", va="center", fontsize=plain, color=style.colour("muted"))
        if row < 2:
            x, length = at.down
            _arrow(ax, (x, y - tall - 0.02), (x, y - tall - 0.02 - length), "muted", 1.4, 15)
        if door:
            _arrow(ax, (edge + 1.2, y), (edge + 0.1, y), "position", 3.2, 24)
            ax.text(
                edge + 0.65, y + 0.36, "position", ha="center", va="center", fontsize=small,
                color=style.colour("position"),
            )  # fmt: skip
        for i, names in enumerate(schemes):
            middle_line = (len(schemes) - 1) / 2 if at is WIDE else 1
            y_line, before = y + down + line * (middle_line - i), None
            for name in names:
                where: dict[str, Any] = {"xy": (middle + across, y_line), "xytext": (0, 0)}
                if before:
                    where = {"xy": (1, 0.5), "xycoords": before, "xytext": (at.gap, 0)}
                word = SHORT.get(name, style.MARKS[name].label)
                before = ax.annotate(
                    word,
                    **where,
                    textcoords="offset points",
                    ha="left",
                    va="center",
                    fontsize=name_size,
                    color=style.colour(name),
                )
    return figure


def _arrow(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], name: str, width: float, head: float
) -> None:
    look = {"arrowstyle": "-|>", "color": style.colour(name), "linewidth": width, "mutation_scale": head}
    ax.annotate("", end, start, arrowprops=look)
