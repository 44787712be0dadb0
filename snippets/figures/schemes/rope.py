"""What to see: the hands of query and key go round with their own positions, the wedge between them does not.

Left, three pairs of channels as clocks, query and key at positions 7 and 3, below at 1007 and 1003: the hands stand
elsewhere, each wedge is the same. Right, scores by distance: equal vectors lose theirs, random ones have none to lose.
"""

import math
from functools import lru_cache

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Wedge

from snippets.figures import style
from snippets.schemes.rope import frequencies, rotate, rotations

DIM, PAIRS = 64, (0, 4, 10)
PLACES = ((7, 3), (1007, 1003))
DISTANCES = torch.arange(257)


def draw() -> Figure:
    """Left: clocks, one column a pair, one row a place. Right: mean score by distance."""
    figure = style.empty(height=3.3, narrow=5.2)
    left, right = style.side_by_side(figure, (3, 1.9), heights=(1, 1.1))
    grid = left.subgridspec(2, len(PAIRS))
    theta = frequencies(DIM)
    for row, (m, n) in enumerate(PLACES):
        for column, pair in enumerate(PAIRS):
            ax = figure.add_subplot(grid[row, column])
            turns = rotations(torch.tensor([m, n]), theta, torch.complex128)[:, pair]
            _clock(ax, *turns.angle().tolist(), wedge=((m - n) * theta[pair]).item())
            if row == 0:
                ax.set_title(f"pair {pair}", fontsize=9, fontweight="normal", loc="center", pad=4)
            if column == 0:
                ax.text(-1.5, 0, f"$m = {m}$\n$n = {n}$", ha="right", va="center", fontsize=9, linespacing=1.7)
    _scores(figure.add_subplot(right))
    return figure


def _clock(ax: Axes, query: float, key: float, wedge: float) -> None:
    """Hands at the angles of query and key; the wedge from key to query, ``wedge`` radians wide."""
    ax.set(xlim=(-1.3, 1.3), ylim=(-1.3, 1.3), aspect="equal")
    ax.axis("off")
    ax.add_patch(Circle((0, 0), 1, facecolor="none", edgecolor=style.colour("grid"), linewidth=1))
    start = math.degrees(key)
    ax.add_patch(
        Wedge((0, 0), 0.62, start, start + math.degrees(wedge), facecolor=style.colour("rope"), alpha=0.28, linewidth=0)
    )
    room = max(0.0, 0.3 - wedge) / 2  # keeps the letters of a thin wedge apart
    for angle, at, name, letter in ((key, key - room, "position", "k"), (query, query + room, "rope", "q")):
        ax.plot([0, math.cos(angle)], [0, math.sin(angle)], color=style.colour(name), linewidth=2.2)
        ax.plot([math.cos(angle)], [math.sin(angle)], "o", color=style.colour(name), markersize=4)
        ax.text(
            1.2 * math.cos(at), 1.2 * math.sin(at), f"${letter}$", color=style.colour(name), ha="center", va="center"
        )


@lru_cache
def _by_distance() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Scores by distance: mean and spread of random queries and keys, mean of equal ones."""
    generator = torch.Generator().manual_seed(0)
    q, k = torch.randn(2, 1000, 1, 1, DIM, generator=generator).double()
    at = rotations(DISTANCES, frequencies(DIM))
    turned = rotate(q.expand(-1, -1, len(DISTANCES), -1), at)
    apart, equal = ((turned * other).sum(-1)[:, 0] / DIM**0.5 for other in (k, q))
    return apart.mean(0), apart.std(0), equal.mean(0)


def _scores(ax: Axes) -> None:
    middle, spread, equal = _by_distance()
    steps = DISTANCES.numpy()
    ax.fill_between(
        steps, middle - spread, middle + spread, color=style.colour("random"), alpha=0.22, linewidth=0, zorder=1
    )
    ax.plot(steps, middle, **style.line("random"))
    ax.plot(steps, equal, **style.line("rope"))
    ax.set(title="score by distance", xlabel="$m - n$", xlim=(0, 256), ylim=(-2, 8.6))
    ax.set(xticks=range(0, 257, 64), yticks=range(-2, 9, 2))
    style.label(ax, 24, 5.6, "$q = k$", "rope")
    style.label(ax, 24, -1.45, "random", "random")
