"""What to see: distances share learned numbers, more and more of them the further back they lie.

Left, the bucket of every query and key of 96 tokens, both directions: bands that widen away from the diagonal, in one
colour for earlier keys and another for later ones. Right, the bucket of every distance in the causal form: a
staircase with 16 steps of one token, then ever longer treads, and one tread without an end.
"""

import torch
from matplotlib.figure import Figure

from snippets.figures import style
from snippets.schemes.t5_bias import bucket

TOKENS, FAR = 96, 176


def draw() -> Figure:
    """Left: the bidirectional buckets as a map. Right: the causal buckets as a staircase."""
    figure, (left, right) = style.subplots(1, 2, height=3.3, width_ratios=(1, 1.55))
    at = torch.arange(TOKENS)
    found = bucket(at[:, None] - at, causal=False)
    signed = torch.where(found < 16, found, 16 - found).float()
    signed += (found % 2 - 0.5) * signed.sign() * 1.6  # neighbours stand out
    left.imshow(
        signed.numpy(),
        cmap=style.diverging("sinusoidal", "t5_bias"),
        vmin=-22,
        vmax=22,
        interpolation="none",
        aspect="auto",
    )
    left.set(title="bidirectional", xlabel="key $n$", ylabel="query $m$", xticks=[0, 32, 64], yticks=[0, 32, 64])
    left.grid(False)
    for x, y, word in ((20, 72, "earlier"), (72, 20, "later")):
        left.text(x, y, word, ha="center", va="center", fontsize=9, color=style.colour("ink"))

    k = torch.arange(FAR)
    steps = bucket(k)
    starts = [0, *((steps.diff() > 0).nonzero()[:, 0] + 1).tolist()]
    for start, end in zip(starts, [*starts[1:], FAR], strict=True):
        level = steps[start].item()
        right.plot([start, end], [level, level], color=style.colour("t5_bias"), linewidth=2.4, solid_capstyle="butt")
        if start:
            right.plot([start, start], [level - 1, level], color=style.colour("t5_bias"), linewidth=0.6, alpha=0.6)
    for start in (16, 113):
        right.plot([start, start], [0, steps[start]], color=style.colour("muted"), linewidth=0.8, linestyle=(0, (2, 2)))
    right.set(title="causal", xlabel="distance $m - n$", ylabel="bucket", xlim=(0, FAR), ylim=(0, 33))
    right.set_xticks([0, 16, 64, 113, 160])
    right.set_yticks([0, 8, 16, 24, 31])
    right.grid(False)
    return figure
