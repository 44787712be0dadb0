"""What to see: two ways to pair eight channels, and the permutation that leads from one to the other.

Above interleaved, neighbours form a pair; below half-split, channel i goes with i + 4. Colour is the pair, and so its
speed.
Lines between the rows lead each channel to its new place.
"""

from matplotlib.figure import Figure
from matplotlib.patches import Arc, FancyBboxPatch

from snippets.figures import style
from snippets.schemes.rope import to_halves

DIM = 8
COLOURS = ("rope", "position", "token", "learned")
HIGH, LOW = 2.1, 0.0

KOREAN = {  # the words of the drawing on Korean pages
    "interleaved": "번갈아 놓기",
    "half-split": "반씩 놓기",
}


def draw() -> Figure:
    """Above: interleaved. Below: half-split."""
    figure = style.empty(3.2)
    ax = figure.subplots()
    order = to_halves(DIM).tolist()
    for place, channel in enumerate(order):
        name = style.colour(COLOURS[channel // 2])
        ax.plot([channel, place], [HIGH - 0.36, LOW + 0.36], color=name, linewidth=1.1, alpha=0.7)
        _box(ax, channel, HIGH, str(channel), name)
        _box(ax, place, LOW, str(channel), name)
    for pair in range(DIM // 2):
        name = style.colour(COLOURS[pair])
        ax.add_patch(Arc((2 * pair + 0.5, HIGH + 0.38), 1, 0.7, theta1=0, theta2=180, color=name, lw=2))
        ax.text(2 * pair + 0.5, HIGH + 0.95, rf"$\theta_{pair}$", ha="center", va="center", color=name, fontsize=11)
        ax.add_patch(Arc((pair + 2, LOW - 0.38), 4, 1.3, theta1=180, theta2=360, color=name, lw=2))
    ax.text(-0.75, HIGH, "interleaved", ha="right", va="center", fontweight="bold")
    ax.text(-0.75, LOW, "half-split", ha="right", va="center", fontweight="bold")
    ax.set(xlim=(-2.9, 7.6), ylim=(LOW - 1.15, HIGH + 1.25))
    ax.axis("off")
    return figure


def _box(ax, x: float, y: float, text: str, name: str) -> None:
    ax.add_patch(
        FancyBboxPatch(
            (x - 0.3, y - 0.3), 0.6, 0.6, boxstyle="round,pad=0.02,rounding_size=0.1", facecolor=style.colour("paper"),
            edgecolor=name, linewidth=1.7, zorder=3,
        )
    )  # fmt: skip
    ax.text(x, y, text, ha="center", va="center", fontsize=10.5, color=name, fontweight="bold", zorder=4)
