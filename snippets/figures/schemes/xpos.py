"""What to see: xPos turns the circle of RoPE into a spiral, and the sum over all pairs stops oscillating.

Left, what one pair contributes to a score, followed over 2048 tokens of distance, as a hand on a clock: RoPE goes
round at full length for ever, xPos winds inward, the faster the pair the sooner. Right, the sum over all pairs for
a query and a key that are alike.
"""

import torch
from matplotlib.figure import Figure

from snippets.figures import style
from snippets.schemes.rope import frequencies, rotate, rotations
from snippets.schemes.xpos import xpos

DIM, FAR = 64, 4096
PAIRS, REACH = (12, 16, 22), 2048


def _hands() -> tuple[torch.Tensor, torch.Tensor]:
    """Each pair's (cos, sin) part of a score at every distance: RoPE, xPos, each (FAR + 1, d_h/2, 2)."""
    at = torch.arange(FAR + 1)
    alike = torch.tensor([1.0, 0.0], dtype=torch.float64).repeat(DIM // 2).expand(1, 1, FAR + 1, DIM)
    circle = rotate(alike, rotations(at, frequencies(DIM), torch.complex128))
    spiral, _ = xpos(alike, alike[:, :, :1], at, at[:1], centre=0)
    return circle[0, 0].unflatten(-1, (-1, 2)), spiral[0, 0].unflatten(-1, (-1, 2))


def draw() -> Figure:
    """Three spirals around their circles, and the two sums over distance."""
    figure = style.empty(height=3.5)
    grid = figure.add_gridspec(3, 2, width_ratios=(0.3, 1))
    circle, spiral = _hands()
    for row, pair in enumerate(PAIRS):
        ax = figure.add_subplot(grid[row, 0])
        ax.plot(*circle[: REACH + 1 : 8, pair].T, color=style.colour("rope"), linewidth=1.2)
        ax.plot(*spiral[: REACH + 1 : 8, pair].T, color=style.colour("xpos"), linewidth=1.2)
        ax.plot(*spiral[REACH, pair], "o", color=style.colour("xpos"), markersize=4)
        ax.set(aspect="equal", xlim=(-1.06, 1.06), ylim=(-1.06, 1.06))
        ax.axis("off")
        ax.text(1.3, 0, f"{pair}", ha="left", va="center", color=style.colour("muted"), fontsize=9)
        if row == 0:
            ax.set_title("one pair", loc="center")

    ax = figure.add_subplot(grid[:, 1])
    for name, hands, width in (("rope", circle, 0.7), ("xpos", spiral, 1.9)):
        ax.plot(range(0, FAR + 1, 3), hands[::3, :, 0].mean(1), color=style.colour(name), linewidth=width)
    ax.text(1080, 0.43, "RoPE", color=style.colour("rope"), fontsize=9)
    ax.annotate(
        "xPos",
        (1500, 0.115),
        (1630, -0.33),
        color=style.colour("xpos"),
        fontsize=9,
        arrowprops={"arrowstyle": "-", "color": style.colour("xpos"), "linewidth": 0.8},
    )
    ax.set(title="all pairs", xlabel="distance $m - n$", xlim=(0, FAR), ylim=(-0.4, 1.02))
    ax.set(xticks=range(0, FAR + 1, 1024), yticks=[0, 0.5, 1])
    return figure
