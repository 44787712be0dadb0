"""What to see: which channels of a head turn, and how fast, when a quarter of them does.

Left, one head of 64 channels a strip, each channel in the shade of its wavelength, dark for fast; empty ones stand
still. Right, the wavelengths: partial RoPE squeezes the whole range into 8 pairs, p-RoPE keeps the 8 fastest of 32.
"""

import math

import torch
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from snippets.figures import style
from snippets.schemes.proportional_rope import p_rope_frequencies
from snippets.schemes.rope import frequencies, to_halves

DIM, SHARE, BASE = 64, 0.25, 10000.0


def speeds() -> dict[str, torch.Tensor]:
    """Speed of every pair that a scheme has, in radians a token; 0 where it stands still."""
    part = int(SHARE * DIM)
    return {
        "RoPE": frequencies(DIM, BASE),
        "partial RoPE": torch.cat((frequencies(part, BASE), torch.zeros((DIM - part) // 2, dtype=torch.float64))),
        "p-RoPE": p_rope_frequencies(DIM, SHARE, BASE),
    }


def by_channel(name: str, theta: torch.Tensor) -> dict[str, torch.Tensor]:
    """Speed of every channel in the two layouts; partial RoPE splits only the part that turns."""
    neighbours = theta.repeat_interleave(2)
    split = int(SHARE * DIM) if name == "partial RoPE" else DIM
    return {"interleaved": neighbours, "halves": torch.cat((neighbours[to_halves(split)], neighbours[split:]))}


def draw() -> Figure:
    """Left: strips of channels. Right: the wavelengths of the pairs that turn."""
    figure, (left, right) = style.subplots(1, 2, height=3.2, width_ratios=(1.9, 1))
    shades = style.ramp("partial_rope").reversed()
    norm = LogNorm(2 * math.pi * 0.6, 2 * math.pi * BASE * 6)  # the ends stay apart from paper and from ink
    ticks, labels = [], []
    for group, (name, theta) in enumerate(speeds().items()):
        top = 3.1 * group
        left.text(0, top - 0.72, name, fontsize=9, fontweight="bold", color=style.colour("ink"), va="bottom")
        for line, (layout, channel) in enumerate(by_channel(name, theta).items()):
            y = top + 1.05 * line
            wavelength = torch.where(channel > 0, 2 * math.pi / channel, torch.nan)
            left.imshow(
                wavelength[None].numpy(),
                cmap=shades,
                norm=norm,
                aspect="auto",
                interpolation="nearest",
                extent=(0, DIM, y + 0.4, y - 0.4),
            )
            left.add_patch(
                Rectangle(
                    (0, y - 0.4), DIM, 0.8, fill=False, edgecolor=style.colour("muted"), linewidth=0.8, clip_on=False
                )
            )
            ticks.append(y)
            labels.append(layout)
        moving = 2 * math.pi / theta[theta > 0]
        y = torch.full_like(moving, top + 0.52)
        if style.is_narrow():
            right.text(3.2, top - 0.1, name, fontsize=9, fontweight="bold", va="bottom")
        right.hlines(top + 0.52, 1, 1e6, color=style.colour("grid"), linewidth=0.8, zorder=1)
        right.scatter(
            moving, y, c=moving, cmap=shades, norm=norm, s=34, zorder=2, edgecolor=style.colour("muted"), linewidth=0.5
        )
    for ax in (left, right):
        ax.set_ylim(8.0, -1.5)
        ax.grid(False)
        ax.spines["left"].set_visible(False)
        ax.tick_params(axis="y", length=0)
    left.set(xlim=(0, DIM), xticks=range(0, DIM + 1, 16), xlabel="channel")
    left.set_yticks(ticks, labels)
    right.set(xscale="log", xlim=(3, 1.2e5), xlabel="wavelength", xticks=(10, 100, 1000, 10_000, 100_000), yticks=[])
    right.minorticks_off()
    return figure
