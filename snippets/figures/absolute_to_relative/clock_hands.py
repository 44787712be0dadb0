"""What to see: each pair of channels is a hand that turns by the same angle from one token to the next.

One vector stands at positions 0 to 7. Each row is one of its pairs: a fast one, a slower one and one that hardly moves.
The wedge is what the hand has turned through since position 0.
"""

import math

from matplotlib.figure import Figure
from matplotlib.patches import Circle, Wedge

from snippets.figures import style
from snippets.schemes.rope import frequencies

DIM, PAIRS, PLACES = 64, (1, 5, 12), 8


def draw() -> Figure:
    """One row of clocks a pair, one column a position."""
    figure, narrow = style.empty(3.1, narrow=2.75), style.is_narrow()
    ax, theta = figure.subplots(), frequencies(DIM)
    step, label, side = (4.4, (-1.05, 1.75), "left") if narrow else (2.7, (-1.7, 0.28), "right")
    for row, pair in enumerate(PAIRS):
        y, speed = -step * row, theta[pair].item()
        wave = 2 * math.pi / speed
        x, above = label[0], y + label[1]
        ax.text(x, above, f"pair {pair}", ha=side, va="center", fontweight="bold", color=style.colour("rope"))
        x, above = (x + 4, above) if narrow else (x, y - 0.42)
        ax.text(
            x, above, rf"$\lambda$ = {wave:.0f}", ha=side, va="center", fontsize=8.5, color=style.colour("muted")
        )  # fmt: skip
        for place in range(PLACES):
            x, angle = 2.6 * place, place * speed
            ax.add_patch(Circle((x, y), 1.05, facecolor="none", edgecolor=style.colour("grid"), linewidth=1.2))
            turned = math.degrees(angle)
            ax.add_patch(
                Wedge((x, y), 0.6, 0, min(turned, 360), facecolor=style.colour("rope"), alpha=0.28, linewidth=0)
            )
            ax.plot([x, x + 1.05 * math.cos(angle)], [y, y + 1.05 * math.sin(angle)], color=style.colour("rope"), lw=2)
            ax.plot([x], [y], "o", color=style.colour("rope"), markersize=3)
    head = 3.2 if narrow else 1.75
    for place in range(PLACES):
        ax.text(2.6 * place, head, f"{place}", ha="center", va="center", fontweight="bold")
    x, above = (-1.05, 4.6) if narrow else (-1.7, head)
    ax.text(x, above, "position", ha=side, va="center", color=style.colour("muted"))
    ax.set(xlim=(-1.2, 19.4) if narrow else (-4.6, 19.8), ylim=(-2 * step - 1.2, above + 0.5), aspect="equal")
    ax.axis("off")
    return figure
