"""What to see: two counters, a row and a column, know where a patch stands; one counter along the rows does not.

Four times the scores between the patch in the middle and every patch of a square image, for a query and a key that
are alike. One pair of the row half gives horizontal stripes, one of the column half vertical ones, all pairs
together a cross with its peak in the middle. Under a single index, read line by line, the neighbour above looks far.
"""

import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from snippets.figures import style
from snippets.schemes.rope import frequencies, rotations
from snippets.schemes.rope_2d import axial_frequencies, grid, rotations_2d

SIDE, DIM, BASE, PAIR = 21, 64, 100.0, 4


def draw() -> Figure:
    """One row pair, one column pair, both axes, one index."""
    rows, columns = grid(SIDE, SIDE)
    middle = SIDE * SIDE // 2
    turns = rotations_2d(rows, columns, axial_frequencies(DIM, BASE), dtype=torch.complex128)
    plain = rotations(torch.arange(SIDE * SIDE), frequencies(DIM), torch.complex128)
    both, line = ((t * t[middle].conj()).real for t in (turns, plain))
    panels = (
        ("a row pair", both[:, PAIR]),
        ("a column pair", both[:, DIM // 4 + PAIR]),
        ("all pairs", both.mean(1)),
        ("one index", line.mean(1)),
    )
    figure, axes = style.subplots(1, 4, height=2.05)
    colours = style.diverging("position", "rope_2d")
    for ax, (title, scores) in zip(axes, panels, strict=True):
        ax.imshow(scores.view(SIDE, SIDE).numpy(), cmap=colours, vmin=-1, vmax=1, interpolation="nearest")
        ax.add_patch(
            Rectangle(
                (SIDE // 2 - 0.5, SIDE // 2 - 0.5), 1, 1, fill=False, edgecolor=style.colour("ink"), linewidth=1.2
            )
        )
        ax.set(title=title, xticks=[], yticks=[])
        ax.grid(False)
        for side in ax.spines.values():
            side.set_visible(False)
    axes[0].set(xlabel="column", ylabel="row")
    bar = style.colorbar(figure, axes[-1].images[0], ax=axes, ticks=[-1, 0, 1], shrink=0.7, aspect=13, pad=0.015)
    bar.outline.set_visible(False)
    return figure
