"""What to see: every channel is a wave over positions, and the waves slow down from first to last.

Left, the whole table: fast stripes at the top, almost constant colour at the bottom. Right, the sine of four
pairs: a clock with a fast hand and ever slower ones.
"""

import math

import torch
from matplotlib.figure import Figure

from snippets.figures import style
from snippets.schemes.rope import frequencies
from snippets.schemes.sinusoidal import add_sinusoidal, sinusoidal_table

LENGTH, DIM = 128, 64
PAIRS = (0, 4, 8, 16)


def draw() -> Figure:
    """Left: the table, positions across, channels down. Right: four of its channels as waves."""
    figure, (left, right) = style.subplots(1, 2, height=3.3, width_ratios=(1.15, 1))
    table = sinusoidal_table(LENGTH, DIM)
    colours = style.diverging("position", "sinusoidal")
    image = left.imshow(table.T.numpy(), cmap=colours, aspect="auto", interpolation="nearest")
    left.set(title="the table", xlabel="position $m$", ylabel="channel", xticks=range(0, 129, 32))
    left.set_yticks([0, 16, 32, 48, 63])
    left.grid(False)
    bar = style.colorbar(figure, image, ax=left, ticks=[-1, 0, 1], shrink=0.5, aspect=12, pad=0.02)
    bar.outline.set_visible(False)

    steps = torch.arange(LENGTH)
    waves = add_sinusoidal(torch.zeros(1, LENGTH, DIM), steps)[0]
    for place, pair in enumerate(PAIRS):
        right.axhline(-2.6 * place, color=style.colour("grid"), linewidth=0.8)
        right.plot(steps, waves[:, 2 * pair] - 2.6 * place, color=style.colour("sinusoidal"), linewidth=1.4)
        wavelength = 2 * math.pi / frequencies(DIM)[pair]
        style.label(right, LENGTH, -2.6 * place, f"{wavelength:.0f}", "muted")
    right.set_yticks([-2.6 * place for place in range(len(PAIRS))], [2 * pair for pair in PAIRS])
    right.set(title="four channels", xlabel="position $m$", xticks=range(0, 129, 32), xlim=(0, LENGTH))
    right.set_ylabel("channel")
    right.grid(False)
    right.spines["left"].set_visible(False)
    right.tick_params(axis="y", length=0)
    style.label(right, LENGTH, 1.75, "wavelength", "muted", annotation_clip=False, ha="right")
    return figure
