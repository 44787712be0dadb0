"""Who keeps within the rows of the table: the loader's chunks do, other inputs need not.

A table of 4 rows is a column of four places; the line behind the fourth is the end. Each bar is one input that a
model may get; cells beyond the line have no row. A hollow cell is a row that this input never touches.
"""

from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from snippets.figures import style

ROWS = 4
INPUTS = (  # name, tokens, how many of them are new (made by the model), first token shown
    ("chunk", "max_length = 4", 4, 0, 0),
    ("chunk", "max_length = 2", 2, 0, 0),
    ("prompt", "3 + 3 new", 6, 3, 0),
    ("cropped", "[-4:]", 4, 3, 2),
    ("message", "9 tokens", 9, 0, 0),
    ("truncated", "[:4]", 4, 0, 0),
)

KOREAN = {  # the words of the drawing on Korean pages
    "rows of the table": "표의 행",
    "chunk": "조각",
    "prompt": "프롬프트",
    "3 + 3 new": "3 + 새로 3",
    "cropped": "뒤만 남김",
    "message": "메시지",
    "9 tokens": "토큰 9개",
    "truncated": "앞만 남김",
}


def draw() -> Figure:
    """To see: only the loader's chunk ends where the table ends, and only because both were set to 4."""
    figure, narrow = style.empty(height=3.5, narrow=4.6), style.is_narrow()
    ax = figure.subplots()
    for m in range(ROWS):
        ax.add_patch(Rectangle((m + 0.04, -1.35), 0.92, 0.72, color=style.colour("learned"), alpha=0.85, lw=0))
        ax.text(m + 0.5, -0.99, str(m), ha="center", va="center", color=style.colour("paper"), fontsize=9.5)
    beside: dict[str, Any] = {"x": ROWS + 0.25, "ha": "left"} if narrow else {"x": -0.2, "ha": "right"}
    ax.text(y=-0.99, s="rows of the table", va="center", color=style.colour("learned"), fontsize=9.5, **beside)
    step = 1.6 if narrow else 1
    bottom = step * (len(INPUTS) - 1) + 0.7
    ax.plot([ROWS, ROWS], [-1.5, bottom], color=style.colour("learned"), lw=1.6)
    for row, (name, length, tokens, new, first) in enumerate(INPUTS):
        y = step * row + (0.5 if narrow else 0)
        at = y - 0.68 if narrow else y
        where: dict[str, Any] = {"x": 0, "ha": "left"} if narrow else {"x": -3.1, "ha": "right"}
        ax.text(y=at, s=name, va="center", fontsize=9.5, **where)
        ax.text(y=at, s=length, va="center", fontsize=9, color=style.colour("muted"), **beside)
        for m in range(tokens):
            over = m >= ROWS
            made = m >= tokens - new
            colour = style.colour("alibi" if over else "token" if made else "muted")
            ax.add_patch(
                Rectangle((m + 0.04, y - 0.34), 0.92, 0.68, color=colour, alpha=0.75 if over or made else 0.4, lw=0)
            )
            ink = style.colour("paper" if over or made else "ink")
            ax.text(m + 0.5, y, str(m + first), ha="center", va="center", fontsize=8.5, color=ink)
        for m in range(tokens, ROWS):
            ax.add_patch(
                Rectangle((m + 0.06, y - 0.32), 0.88, 0.64, fill=False, ls=":", color=style.colour("muted"), lw=1)
            )
        if tokens > ROWS:
            ax.text(tokens + 0.2, y, "IndexError", va="center", fontsize=9, color=style.colour("alibi"))
    ax.set(xlim=(-0.1, 11.9) if narrow else (-5.4, 11.2), ylim=(bottom + 0.1, -1.6))
    ax.axis("off")
    return figure
