"""Where position can enter a transformer: three doors, and a model with none.

Read downwards: the path from a token to its attention weights. Each amber arrow is a door through
which position comes in; beside it stand the schemes that use it, in their colours. The last row has no door: the
causal mask alone tells the order.
"""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from snippets.figures import style

ROWS = (
    ("input", "x = e + p", [["sinusoidal"], ["learned"], ["concatenated"]]),
    ("queries, keys", "rotate q, k", [["rope", "partial_rope", "xpos"], ["rope_2d", "m_rope"],
                                      ["position_interpolation", "ntk_aware", "yarn", "llama3_scaling", "longrope"]]),
    ("scores", "q · k + b", [["t5_bias", "alibi", "kerple", "fire"], ["shaw", "transformer_xl"], ["deberta", "cope"]]),
    ("no door", "causal mask", [["none"]]),
)  # fmt: skip
SHORT = {"position_interpolation": "PI", "ntk_aware": "NTK", "t5_bias": "T5", "none": "NoPE"}

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
    "partial RoPE": "부분 RoPE",
    "RoPE 2-D": "2차원 RoPE",
}


def draw() -> Figure:
    """To see: input, queries and keys, scores: three doors for position, and the schemes at each."""
    figure, ax = style.subplots(height=5.6)
    ax.set(xlim=(0, 9.1), ylim=(-0.55, 8.05))
    ax.axis("off")
    for row, (place, formula, schemes) in enumerate(ROWS):
        y = 6.9 - 2.1 * row
        door = place != "no door"
        ax.add_patch(
            FancyBboxPatch(
                (0.1, y - 0.66),
                3.3,
                1.32,
                boxstyle="round,pad=0,rounding_size=0.18",
                linewidth=1.4,
                facecolor="none",
                edgecolor=style.colour("ink" if door else "muted"),
                linestyle="-" if door else (0, (3, 2)),
            )
        )
        ax.text(1.75, y + 0.26, place, ha="center", va="center", fontsize=14.5, fontweight="bold")
        ax.text(1.75, y - 0.3, formula, ha="center", va="center", fontsize=13, color=style.colour("muted"))
        if row < 2:
            _arrow(ax, (1.75, y - 0.68), (1.75, y - 1.46), "muted", 1.4, 15)
        if door:
            _arrow(ax, (4.6, y), (3.5, y), "position", 3.2, 24)
            ax.text(4.05, y + 0.36, "position", ha="center", va="center", fontsize=11, color=style.colour("position"))
        for i, names in enumerate(schemes):
            y_line, before = y + 0.58 * ((len(schemes) - 1) / 2 - i), None
            for name in names:
                where: dict[str, Any] = {"xy": (4.85, y_line), "xytext": (0, 0)}
                if before:
                    where = {"xy": (1, 0.5), "xycoords": before, "xytext": (12, 0)}
                word = SHORT.get(name, style.MARKS[name].label)
                before = ax.annotate(
                    word,
                    **where,
                    textcoords="offset points",
                    ha="left",
                    va="center",
                    fontsize=13.5,
                    color=style.colour(name),
                )
    return figure


def _arrow(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], name: str, width: float, head: float
) -> None:
    look = {"arrowstyle": "-|>", "color": style.colour(name), "linewidth": width, "mutation_scale": head}
    ax.annotate("", end, start, arrowprops=look)
