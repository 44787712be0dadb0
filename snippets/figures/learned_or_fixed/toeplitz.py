"""Products between rows of the sinusoidal table depend on the distance alone, until weights stand between them.

Left: rows times rows. Middle: with a random matrix between. Right: with a matrix that turns and scales each pair of
components on its own, which keeps every diagonal constant and moves the peak.
"""

import torch
from matplotlib.figure import Figure

from snippets.figures import style
from snippets.schemes.rope import frequencies
from snippets.schemes.sinusoidal import sinusoidal_table

LENGTH, DIM, MOVED = 64, 64, 12


def scores() -> dict[str, torch.Tensor]:
    """The three maps, (64, 64) each: nothing between, random weights, turns of the pairs by 12 tokens."""
    generator = torch.Generator().manual_seed(0)
    rows = sinusoidal_table(LENGTH, DIM).double()
    random = torch.randn(DIM, DIM, generator=generator, dtype=torch.float64) / DIM**0.5
    angles = MOVED * frequencies(DIM)
    hands = torch.polar(torch.ones_like(angles), angles)
    turns = torch.block_diag(*torch.stack((hands.real, -hands.imag, hands.imag, hands.real), dim=1).view(-1, 2, 2))
    between = {"nothing between": torch.eye(DIM).double(), "random weights": random, "turns of pairs": turns}
    return {name: rows @ matrix @ rows.T for name, matrix in between.items()}


def draw() -> Figure:
    """Three maps, query down, key across, each on a scale of its own."""
    figure, axes = style.subplots(1, 3, height=2.75, sharey=True)
    for ax, (name, values) in zip(axes, scores().items(), strict=True):
        low, high = (float(v) for v in (values.min(), values.max()))
        ax.imshow(values.numpy(), cmap=style.ramp("sinusoidal"), vmin=low, vmax=high, interpolation="nearest")
        ax.set(title=name, xlabel="key", xticks=(0, 20, 40, 60), yticks=(0, 20, 40, 60))
        ax.grid(False)
    axes[0].set_ylabel("query")
    return figure
