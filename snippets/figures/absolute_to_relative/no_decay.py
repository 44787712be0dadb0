"""What to see: scores of random queries and keys neither fall nor narrow with distance; a peak can stand anywhere.

Left, two dozen random pairs by offset, and the band of one standard deviation over 2000. Right, the mean score of
queries that were aimed: each key is its query turned forward by 0, 32 or 128 places, and there the score is highest.
"""

from functools import lru_cache

import torch
from matplotlib.figure import Figure
from torch import Tensor

from snippets.figures import style
from snippets.schemes.rope import frequencies, rotate, rotations

DIM, OFFSETS, SHOWN = 64, 257, 24
AIMED = {0: "rope", 32: "token", 128: "position"}


@lru_cache
def curves() -> tuple[Tensor, dict[int, Tensor]]:
    """Scores by offset: (2000, 257) of random queries and keys, and the mean (257,) of queries aimed at an offset."""
    q, k = torch.randn(2, 2000, 1, 1, DIM, generator=torch.Generator().manual_seed(0)).double()
    theta, scores = frequencies(DIM), []
    keys = torch.stack([k, *(rotate(q, rotations(torch.tensor([r]), theta)) for r in AIMED)])
    for some_q, some_keys in zip(q.split(200), keys.split(200, dim=1), strict=True):
        turned = rotate(some_q.expand(-1, -1, OFFSETS, -1), rotations(torch.arange(OFFSETS), theta))
        scores.append(torch.stack([(turned * key).sum(-1)[:, 0] / DIM**0.5 for key in some_keys]))
    random, *aimed = torch.cat(scores, dim=1)
    return random, {r: score.mean(0) for r, score in zip(AIMED, aimed, strict=True)}


def draw() -> Figure:
    """Left: random queries and keys. Right: aimed ones."""
    random, aimed = curves()
    figure, (left, right) = style.subplots(1, 2, height=2.9, sharex=True)
    grey = style.colour("random")
    steps = range(0, OFFSETS, 4)
    for curve in random[:SHOWN]:
        left.plot(steps, curve[::4], color=grey, linewidth=0.7, alpha=0.45)
    spread, middle = random.std(0), random.mean(0)
    for edge in (middle - spread, middle + spread, middle):
        left.plot(edge, color=style.colour("rope"), linewidth=1.9)
    left.set(title="random", xlabel="$m - n$", ylabel="score", xlim=(0, OFFSETS - 1), ylim=(-4, 9))
    left.set(xticks=range(0, OFFSETS, 64), yticks=[-4, 0, 4, 8])
    for offset, name in AIMED.items():
        right.plot(aimed[offset], color=style.colour(name))
        right.text(offset + 5, 8.2, f"{offset}", color=style.colour(name), fontweight="bold", va="center")
    right.set(title="aimed", xlabel="$m - n$", ylim=(-4, 9), yticks=[-4, 0, 4, 8])
    return figure
