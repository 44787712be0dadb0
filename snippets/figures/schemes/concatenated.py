"""What to see: one linear map reads the pair [e ; p] in all three cases, and only its freedom differs.

Columns that meet the token are violet, columns that meet the position are amber. Added: both blocks are the
same matrix. Concatenated: two matrices. Split: two matrices in the width of one.
"""

import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from snippets.figures import style

D, SPLIT = 8, 2


def _block(ax, values: torch.Tensor, column: float, name: str) -> None:
    """One matrix as squares of colour ``name``, opaque where its entry is large, from ``column`` on."""
    rows, columns = values.shape
    for r in range(rows):
        for c in range(columns):
            ax.add_patch(
                Rectangle(
                    (column + c + 0.06, r + 0.06),
                    0.88,
                    0.88,
                    facecolor=style.colour(name),
                    alpha=0.12 + 0.88 * float(values[r, c]),
                    linewidth=0,
                )
            )


def draw() -> Figure:
    """Three maps from [e ; p] to d outputs: tied blocks, free blocks, free blocks in the old width."""
    generator = torch.Generator().manual_seed(1)
    shared, other = (torch.rand(D, D, generator=generator) for _ in range(2))
    panels = (
        ("added", "$W$ and $W$: $d^2$ weights", shared, shared),
        ("concatenated", "$W_e$ and $W_p$: $2d^2$ weights", shared, other),
        ("split", "$W_e$ and $W_p$: $d^2$ weights", shared[:, :-SPLIT], other[:, :SPLIT]),
    )
    figure, axes = style.subplots(1, 3, height=2.2)
    for ax, (title, weights, left, right) in zip(axes, panels, strict=True):
        gap = 1.2
        start = left.shape[1] + gap
        _block(ax, left, 0, "token")
        _block(ax, right, start, "position")
        if left is right:
            ax.text(D + gap / 2, D / 2, "=", ha="center", va="center", fontsize=12)
        for x, name, letter in (
            (left.shape[1] / 2, "token", "$e$"),
            (start + right.shape[1] / 2, "position", "$p$"),
        ):
            ax.text(x, -0.4, letter, color=style.colour(name), ha="center", va="bottom", fontsize=12)
        ax.text(0, D + 0.5, weights, color=style.colour("muted"), ha="left", va="top", fontsize=9)
        ax.set(title=title, xlim=(-0.1, 2 * D + gap + 0.1), ylim=(D + 1.6, -1.6), aspect="equal")
        ax.axis("off")
    return figure
