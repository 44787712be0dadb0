"""What to see: a score of two parts, of which one knows the distance, and what a token leaves in a cache.

Scores: a head of DeepSeek-V3's sizes whose query and key are equal in all channels, so large that the part that stands
still gives 1 and the part that turns 2 at distance 0. Cache: areas are to scale, one square a way of keeping one token
in one layer, with the sizes of ``DeepseekV3Config`` in transformers 5.23.0; what turns is filled.
"""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from snippets.figures import style
from snippets.schemes.decoupled_rope import decoupled
from snippets.schemes.rope import frequencies

HEADS, D_C, D_R, D_L, D_V = 128, 128, 64, 512, 128
FEW, LENGTH = 8, 128


def parts() -> tuple[Tensor, Tensor]:
    """By distance, what the still and the turned channels give to a score: (LENGTH,) each."""
    n = torch.arange(LENGTH)
    still = torch.full((1, 1, LENGTH, D_C), (D_C + D_R) ** 0.25 / D_C**0.5, dtype=torch.float64)
    turned = torch.full((1, 1, LENGTH, D_R), (D_C + D_R) ** 0.25 / D_R**0.5 * 2**0.5, dtype=torch.float64)
    q, k = decoupled(torch.cat((still, turned), -1), still, turned, n, n, frequencies(D_R))
    last = q[0, 0, -1] * k[0, 0].flip(0) / (D_C + D_R) ** 0.5
    return last[:, :D_C].sum(-1), last[:, D_C:].sum(-1)


def kept() -> dict[str, tuple[int, int]]:
    """Channels that one token leaves in the cache of one layer, and how many of them are turned keys."""
    return {
        f"{HEADS} heads": (HEADS * (D_C + D_R + D_V), HEADS * D_R),
        f"{FEW} heads": (FEW * (D_C + D_R + D_V), FEW * D_R),
        "latent": (D_L + D_R, D_R),
    }


def draw() -> Figure:
    """Scores by distance, and squares of cache."""
    figure, (scores, cache) = style.subplots(1, 2, height=3.3)
    still, turned = parts()
    scores.plot(still, **style.line("none"))
    scores.plot(turned, **style.line("decoupled_rope"))
    scores.plot(still + turned, color=style.colour("ink"), linewidth=1.2)
    style.label(scores, 2, 0.84, "still", "none")
    style.label(scores, 42, 0.6, "turned", "decoupled_rope")
    style.label(scores, 8, 2.72, "score", "ink")
    scores.set(title="Scores", xlabel="distance", xlim=(0, LENGTH - 1), ylim=(0, 3.2), yticks=[0, 1, 2, 3])
    _squares(cache)
    return figure


def _squares(ax: Axes) -> None:
    left = 0.0
    for name, (channels, turned) in kept().items():
        side = channels**0.5
        ax.add_patch(Rectangle((left, 0), side, side, color=style.colour("none"), alpha=0.35, linewidth=0))
        ax.add_patch(Rectangle((left, 0), side, turned / side, color=style.colour("decoupled_rope"), linewidth=0))
        ax.text(left, side + 5, f"{channels:,}", va="bottom", fontsize=9)
        ax.text(left, -8, name, va="top", fontsize=9, color=style.colour("muted"))
        left += side + 34
    ax.set(title="Cache", aspect="equal", xlim=(-4, left - 4), ylim=(-28, 226))
    ax.axis("off")
