"""What to see: a small bank of profiles gives every query a curve over distance of its own, and nothing past the reach.

Profiles: the three rows of P, set by hand, each on a line of its own. Mixed: what two queries make of them, a sum with
weights that the content of each decides; past the reach of 16 both are exactly 0. Added: every row is the curve of its
query, slid into place; queries of the two kinds take turns in no order.
"""

import torch
from matplotlib.figure import Figure
from torch import Tensor

from snippets.figures import style
from snippets.schemes.content_bias import ContentBias

REACH, SHOWN, LENGTH = 16, 24, 40
MIXES = {"token": (1.6, -0.3, 0.6), "position": (-0.9, 1.9, -0.3)}  # two queries, each with a colour
KINDS = "ababbaabbabaabbbaababbabaaabbabbaababaab"


def profiles() -> Tensor:
    """P by hand: near tokens, tokens about eight back, and a wave: (3, E), float64."""
    at = torch.arange(REACH, dtype=torch.float64)
    return torch.stack(((-at / 3).exp(), (-((at - 8) ** 2) / 5).exp(), 0.5 * (2 * torch.pi * at / 8).cos()))


def scheme() -> ContentBias:
    """One head that reads the weights of the mix from its input, as it is."""
    made = ContentBias(3, 1, REACH, d_rel=3).double()
    made.load_state_dict({"mix.weight": torch.eye(3).double(), "profiles": profiles()})
    return made.requires_grad_(False)


def draw() -> Figure:
    """Three rows of P, two curves mixed of them, and the matrix that is added."""
    figure, (bank, mixed, added) = style.subplots(1, 3, height=3.1, width_ratios=(1, 1, 1.1))
    for row, curve in enumerate(profiles()):
        bank.axhline(-2 * row, color=style.colour("grid"), linewidth=1)
        bank.plot(range(REACH), curve - 2 * row, color=style.colour("content_bias"), drawstyle="steps-mid")
        style.label(bank, REACH + 1, 0.45 - 2 * row, f"$P_{row}$", "content_bias")
    bank.set(title="Profiles", ylim=(-5, 1.4), xlim=(0, SHOWN), yticks=[])

    distances = torch.arange(SHOWN + 1)
    both = torch.tensor(list(MIXES.values()), dtype=torch.float64)
    curves = scheme()(both[None], torch.full((2,), SHOWN), SHOWN - distances)[0, 0]
    for (name, curve), word, high in zip(zip(MIXES, curves, strict=True), "ab", (2.35, 1.95), strict=True):
        mixed.plot(distances, curve, color=style.colour(name), drawstyle="steps-mid")
        style.label(mixed, 1.2 if word == "a" else 7.0, high, f"query {word}", name)
    mixed.set(title="Mixed", ylim=(-1.5, 2.6), xlim=(0, SHOWN), yticks=[-1, 0, 1, 2])
    for ax in (bank, mixed):
        ax.axvline(REACH, color=style.colour("muted"), linewidth=1, linestyle=(0, (2, 2)))
        ax.set(xlabel="distance $m - n$", xticks=[0, 8, REACH, SHOWN])
        ax.grid(False)
    style.label(mixed, REACH + 0.4, -1.2, "reach", "muted")

    names = dict(zip("ab", MIXES, strict=True))
    x = torch.tensor([MIXES[names[kind]] for kind in KINDS], dtype=torch.float64)
    n = torch.arange(LENGTH)
    matrix = scheme()(x[None], n, n)[0, 0].masked_fill(n > n[:, None], 0)
    image = added.imshow(
        matrix.numpy(),
        cmap=style.diverging("t5_bias", "content_bias"),
        vmin=-2.2,
        vmax=2.2,
        interpolation="nearest",
    )
    added.set(title="Added", xlabel="key $n$", ylabel="query $m$", xticks=[0, 16, 32], yticks=[0, 16, 32])
    added.grid(False)
    for spine in added.spines.values():
        spine.set_visible(False)
    bar = style.colorbar(figure, image, ax=added, ticks=[-2, 0, 2], shrink=0.5, aspect=12, pad=0.02)
    bar.outline.set_visible(False)
    return figure
