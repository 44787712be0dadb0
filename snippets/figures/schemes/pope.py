"""What to see: in RoPE content moves the offset that a pair likes best; in PoPE content sets a height and nothing else.

RoPE: what one pair adds to a score at every offset, for two contents of query and key; a dot marks the best offset.
PoPE: the same for one channel, for two contents and a phase of 0. Empty head: scores of a head whose queries and keys
are all 0, in which softplus leaves a length of ln 2, by distance.
"""

import torch
from matplotlib.figure import Figure
from torch import Tensor

from snippets.figures import style
from snippets.schemes.pope import frequencies, polar
from snippets.schemes.rope import rotate, rotations

SPEED, REACH, SIZE, LENGTH = 0.1, 45, 64, 256
OFFSETS = torch.arange(-REACH, REACH + 1)
CONTENTS = {  # query and key, two channels of each, by the colour of their curve
    "token": ((1.2, 0.4), (0.2, 1.1)),
    "position": ((-0.5, -0.9), (-0.8, 0.4)),
}


def pair(query: tuple[float, ...], key: tuple[float, ...]) -> Tensor:
    """What one pair of RoPE adds to the score of a key at each offset: (91,), float64."""
    q, k = torch.tensor((query, key), dtype=torch.float64)
    turns = rotations(OFFSETS, torch.tensor([SPEED], dtype=torch.float64), torch.complex128)
    return rotate(k.expand(1, 1, len(OFFSETS), 2), turns)[0, 0] @ q


def channel(query: float, key: float) -> Tensor:
    """What one channel of PoPE adds there."""
    theta = torch.tensor([SPEED], dtype=torch.float64)
    q = torch.full((1, 1, 1, 1), query, dtype=torch.float64)
    k = torch.full((1, 1, len(OFFSETS), 1), key, dtype=torch.float64)
    return (polar(q, torch.zeros(1), theta) @ polar(k, OFFSETS, theta).mT).flatten()


def empty() -> Tensor:
    """Scores of a head of 64 channels that are all 0, by distance: (256,), float64."""
    zeros, n = torch.zeros(1, 1, LENGTH, SIZE, dtype=torch.float64), torch.arange(LENGTH)
    turned = polar(zeros, n, frequencies(SIZE))[0, 0]
    return (turned[-1] @ turned.T).flip(0) / SIZE**0.5


def draw() -> Figure:
    """One pair, one channel, and what is there before anything is learned."""
    figure, (pairs, channels, fresh) = style.subplots(1, 3, height=3.1)
    for name, (query, key) in CONTENTS.items():
        for ax, curve in ((pairs, pair(query, key)), (channels, channel(query[0], key[0]))):
            best = curve.argmax()
            ax.plot(OFFSETS, curve, color=style.colour(name))
            ax.plot(OFFSETS[best], curve[best], "o", color=style.colour(name), markersize=6)
    for ax, title in ((pairs, "RoPE, a pair"), (channels, "PoPE, a channel")):
        ax.axvline(0, color=style.colour("muted"), linewidth=1, linestyle=(0, (2, 2)))
        ax.set(title=title, xlabel="offset $n - m$", xlim=(-REACH, REACH), ylim=(-2, 2.2))
        ax.set(xticks=[-40, 0, 40], yticks=[-2, 0, 2])
    fresh.axhline(0, **style.line("rope"))
    fresh.plot(range(LENGTH), empty(), **style.line("pope"))
    fresh.set(title="Empty head", xlabel="distance $m - n$", xlim=(0, LENGTH), ylim=(-0.4, 4.2))
    fresh.set(xticks=[0, 128, 256], yticks=[0, 2, 4])
    style.label(fresh, 40, 2.5, "PoPE", "pope")
    style.label(fresh, 90, 0.15, "RoPE", "rope")
    return figure
