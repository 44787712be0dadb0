"""What to see: without positions training has nothing to begin with where tokens are alike, and RoPE has.

Pull: the gradient, by W_q, of the share that a head gives to the token before, when the tokens of a text differ by
little. With RoPE it does not depend on how much they differ; without positions it goes to 0 with that. Scores: what the
recipe multiplies them by in a longer text, with the two coefficients that its authors found; beside them the number of
YaRN.
"""

from functools import lru_cache

import torch
from matplotlib.figure import Figure
from torch import Tensor

from snippets.figures import style
from snippets.schemes.drope import beta, rotations_without_positions
from snippets.schemes.none import causal_attention
from snippets.schemes.rope import frequencies, rotate, rotations
from snippets.schemes.yarn import yarn_attention_factor

LENGTH = DIM = 16
SPREADS = torch.logspace(-4, 0, 17, dtype=torch.float64)
SCALES = torch.logspace(0, 4, 33, 2, dtype=torch.float64)


def pull(turns: Tensor, spread: float) -> float:
    """Norm of the gradient by W_q of the mean share of the token before, where tokens differ by ``spread``."""
    drawn = torch.Generator().manual_seed(0)
    one, noise = torch.randn(2, LENGTH, DIM, dtype=torch.float64, generator=drawn)
    w_q, w_k = torch.randn(2, DIM, DIM, dtype=torch.float64, generator=drawn) / DIM**0.5
    w_q.requires_grad_()
    x = (one[:1] + spread * noise)[None, None]
    same = torch.eye(LENGTH, dtype=torch.float64)[None, None]
    weights = causal_attention(rotate(x @ w_q, turns), rotate(x @ w_k, turns), same)[0, 0]
    return torch.autograd.grad(weights.diagonal(-1).mean(), w_q)[0].norm().item()


@lru_cache
def pulls() -> dict[str, list[float]]:
    """With and without rotation, for every spread, to three digits, since the small ones are differences of shares."""
    at = torch.arange(LENGTH)
    turns = {
        "rope": rotations(at, frequencies(DIM), torch.complex128),
        "drope": rotations_without_positions(at, DIM, torch.complex128),
    }
    return {name: [float(f"{pull(turn, spread):.3g}") for spread in SPREADS.tolist()] for name, turn in turns.items()}


def draw() -> Figure:
    """How hard training can pull at queries, and what scores are multiplied by."""
    figure, (left, right) = style.subplots(1, 2, height=3.3)
    for name, found in pulls().items():
        left.plot(SPREADS, found, **style.line(name))
    left.set(xscale="log", yscale="log", xlabel="how much tokens differ", title="Pull")
    left.set(xlim=(1e-4, 1), ylim=(1e-6, 1))
    left.minorticks_off()
    style.label(left, 1.5e-4, 0.27, "RoPE", "rope")
    style.label(left, 2e-3, 2e-5, "dropped", "drope")
    scales = SCALES.tolist()
    for c, width in ((0.412, 2.4), (0.103, 1.4)):
        right.plot(scales, [beta(scale, c) for scale in scales], **style.line("drope") | {"linewidth": width})
    right.plot(scales, [yarn_attention_factor(scale) ** 2 for scale in scales], **style.line("yarn"))
    right.set(xscale="log", xlim=(1, 16), ylim=(0.95, 2.2), xlabel="times the trained length", title="Scores")
    right.set_xticks([1, 2, 4, 8, 16], ["1", "2", "4", "8", "16"])
    right.minorticks_off()
    style.label(right, 2.3, 1.78, "c = 0.412", "drope")
    style.label(right, 6.5, 1.09, "c = 0.103", "drope")
    style.label(right, 8.5, 1.41, "YaRN", "yarn")
    return figure
