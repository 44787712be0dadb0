"""What to see: every token is the reference point of its own row, and each diagonal holds one number.

Position of the query minus position of the key, for a sentence. Left without a mask, right behind a causal one. The row
of "apple" (violet) is how the others stand as seen from it, its column (amber) how it stands as seen from the others.
"""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from snippets.figures import style

WORDS = ("she", "put", "the", "apple", "on", "the", "table")


def offsets(causal: bool) -> Tensor:
    """Query minus key for the seven words: (7, 7) floats, not a number where a causal mask hides the key."""
    at = torch.arange(len(WORDS), dtype=torch.float64)
    found = at[:, None] - at
    return found.masked_fill(found < 0, torch.nan) if causal else found


def draw() -> Figure:
    """Left: all offsets. Right: those that a causal mask leaves."""
    figure, axes = style.subplots(1, 2, height=3.5)
    for ax, causal, title in zip(axes, (False, True), ("each sees all", "causal"), strict=True):
        _grid(ax, offsets(causal), title)
    return figure


def _grid(ax: Axes, found: Tensor, title: str) -> None:
    size, apple = len(WORDS), WORDS.index("apple")
    ax.imshow(found.abs().numpy(), cmap=style.ramp("rope"), vmin=-1.5, vmax=15, interpolation="none")
    for m in range(size):
        for n in range(size):
            if not found[m, n].isnan():
                ax.text(
                    n, m, f"{int(found[m, n])}".replace("-", "−"), ha="center", va="center", fontsize=10,
                    fontweight="bold" if m == n else "normal",
                )  # fmt: skip
    ax.add_patch(Rectangle((apple - 0.47, -0.47), 0.94, size - 0.06, fill=False, ec=style.colour("position"), lw=2.2))
    ax.add_patch(Rectangle((-0.47, apple - 0.47), size - 0.06, 0.94, fill=False, ec=style.colour("token"), lw=2.2))
    ax.set(xticks=range(size), yticks=range(size), title=title)
    ax.set_xticklabels(WORDS, rotation=45, ha="right", rotation_mode="anchor", fontsize=9.5)
    ax.set_yticklabels(WORDS, fontsize=9.5)
    ax.get_xticklabels()[apple].set(color=style.colour("position"), fontweight="bold")
    ax.get_yticklabels()[apple].set(color=style.colour("token"), fontweight="bold")
    ax.set(xlabel="key", ylabel="query")
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
