"""What to see: one number, a quarter, read in two ways, and how far scores are off when the readings are mixed.

Head and base are those of the full-attention layers of Gemma 4: 512 channels, base 1,000,000. Wavelength: p-RoPE is
RoPE for a quarter of the pairs and stops; partial RoPE runs through the whole range in as many pairs. Change: what a
score of random queries and keys moves by, in standard deviations of scores, when a head that was trained as p-RoPE is
read as the other two.
"""

import math

import torch
from matplotlib.figure import Figure
from torch import Tensor

from snippets.figures import style
from snippets.schemes.proportional_rope import p_rope_frequencies
from snippets.schemes.rope import frequencies

DIM, SHARE, BASE = 512, 0.25, 1e6
FARTHEST = 100_000


def speeds() -> dict[str, Tensor]:
    """Speed of every pair of the head in radians a token, by reading; 0 where it stands still: (d_h/2,) each."""
    part = frequencies(int(SHARE * DIM), BASE)
    still = torch.zeros(DIM // 2 - len(part), dtype=torch.float64)
    return {
        "rope": frequencies(DIM, BASE),
        "partial_rope": torch.cat((part, still)),
        "proportional_rope": p_rope_frequencies(DIM, SHARE, BASE),
    }


def change(one: Tensor, other: Tensor, distances: Tensor) -> Tensor:
    """How far two readings put a score apart, over normal random q and k: (distances,), in standard deviations.

    For a pair turned by the angles a and b the squared change is 2 |exp(ia) - exp(ib)|**2 on average, and the square of
    a whole score is d_h.
    """
    angles = distances[:, None] * one, distances[:, None] * other
    apart = 2 - 2 * (angles[0] - angles[1]).cos()
    return (2 * apart.sum(-1) / DIM).sqrt()


def draw() -> Figure:
    """Wavelengths by pair, and the change of a score by distance."""
    figure, (waves, scores) = style.subplots(1, 2, height=3.3)
    found = speeds()
    for name, theta in found.items():
        moving = theta[theta > 0]
        waves.plot(range(len(moving)), 2 * math.pi / moving, **style.line(name))
    waves.lines[-1].set_linewidth(3.5)  # lies on the line of RoPE
    waves.set(yscale="log", ylim=(3, 2e8), xlabel="pair", title="Wavelength")
    waves.set(xlim=(0, 262), xticks=range(0, 257, 64))
    style.label(waves, 195, 3e4, "RoPE", "rope")
    style.label(waves, 44, 3e7, "partial RoPE", "partial_rope")
    style.label(waves, 66, 90, "p-RoPE", "proportional_rope")
    steps = torch.logspace(0, math.log10(FARTHEST), 121, dtype=torch.float64)
    distances = torch.cat((torch.zeros(1, dtype=torch.float64), steps))
    for name in ("rope", "partial_rope"):
        scores.plot(distances, change(found["proportional_rope"], found[name], distances), **style.line(name))
    scores.set_xscale("symlog", linthresh=1, linscale=0.5)
    scores.set(xlim=(0, FARTHEST), ylim=(0, 1.3), xlabel="distance", title="Change of a score")
    scores.set_xticks((0, 1, 10, 100, 1000, 10_000, 100_000), ("0", "1", "10", "100", "1k", "10k", "100k"))
    scores.minorticks_off()
    style.label(scores, 180, 1.05, "as RoPE", "rope")
    style.label(scores, 0.45, 0.85, "as partial RoPE", "partial_rope")
    return figure
