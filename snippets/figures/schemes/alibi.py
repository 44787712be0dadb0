"""What to see: one straight penalty, eight strengths, so eight reaches.

Left, what is added to each score, in units of the slope: nothing on the diagonal, one more for every token back.
Right, the weight a key keeps among equals, head by head. On a doubling axis all eight curves have one shape, and
each head reaches twice as far as the one before it.
"""

import math

import torch
from matplotlib.figure import Figure

from snippets.figures import style
from snippets.schemes.alibi import alibi_bias, slopes

TOKENS, HEADS = 6, 8


def draw() -> Figure:
    """Left: the bias of six tokens. Right: exp(-slope distance) of eight heads, and where it is one half."""
    figure, (left, right) = style.subplots(1, 2, height=3.2, width_ratios=(1, 1.75))
    at = torch.arange(TOKENS)
    bias = alibi_bias(at, at, 1)[0] * 256
    seen = bias.masked_fill(at > at[:, None], torch.nan)
    left.imshow(-seen.numpy(), cmap=style.ramp("alibi"), vmin=0, vmax=1.6 * TOKENS, aspect="equal")
    for m in range(TOKENS):
        for n in range(m + 1):
            left.text(n, m, f"{seen[m, n]:.0f}".replace("-", "−"), ha="center", va="center", fontsize=9)
    left.set(title="bias / slope", xlabel="key $n$", ylabel="query $m$", xticks=range(TOKENS), yticks=range(TOKENS))
    left.grid(False)
    left.tick_params(length=0)
    for spine in left.spines.values():
        spine.set_visible(False)

    distance = torch.logspace(-2, 11, 300, base=2.0, dtype=torch.float64)
    for head, slope in enumerate(slopes(HEADS)):
        right.plot(distance, (-slope * distance).exp(), color=style.colour("alibi"), linewidth=1.5)
        half = math.log(2) / slope.item()
        right.plot([half, half], [0.5, 1.06], color=style.colour("grid"), linewidth=0.9, zorder=0)
        right.plot(half, 0.5, "o", color=style.colour("alibi"), markeredgecolor=style.colour("paper"))
        right.text(half, 1.11, f"$2^{{-{head + 1}}}$", ha="center", va="center", fontsize=9)
    right.text(0.28, 1.11, "slope", va="center", fontsize=8.5, color=style.colour("muted"))
    right.set_xscale("log", base=2)
    right.set_xticks([2**e for e in range(0, 11, 2)], [f"{2**e:,}" for e in range(0, 11, 2)])
    right.set(title="weight among equal keys", xlabel="distance $m - n$", xlim=(0.25, 2048), ylim=(0, 1.18))
    right.grid(False)
    right.set_yticks([0, 0.5, 1])
    right.minorticks_off()
    return figure
