"""p-RoPE, "proportional": the fast pairs of a whole head turn as in RoPE, the slow ones
stand still (Barbero et al. 2025, arXiv:2410.06205, section 6.1).

    theta_i = base**(-2i/d_h) for i < floor(p d_h/2), 0 for the slower pairs

Partial RoPE reads the same share as r = p d_h channels and divides by r. Where r is an
even number, the two are one formula with different bases:

    base**(-2i/d_h) = (base**p)**(-2i/r)

Convention: p is the share of pairs that *turn*. Hand the speeds to rope.rotations, and
turn the whole head; ``to_front`` is for a library that turns only its first channels.
Shapes: d_h head dimension. Angles in radians, speeds in radians a token.
"""

import torch
from torch import Tensor


def p_rope_frequencies(dim: int, p: float, base: float = 10000.0) -> Tensor:
    """Speed of every pair of the head, 0 for those that stand still: (d_h/2,), float64.

    p = 1 is RoPE, p = 0 has no positions.
    Raises TypeError, ValueError: a dim that is not an even int above 0, a p outside
    0 .. 1, a base of 1 or less.
    """
    _check(dim, p, base)
    theta = base ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)
    theta[int(p * dim // 2) :] = 0
    return theta


def to_front(dim: int, p: float) -> Tensor:
    """An order of channels, (d_h,): those that turn, then those that stand still.

    For heads in halves, pair i in channels i and i + d_h/2. x[..., to_front(d_h, p)] is
    what a library has to get that turns the first r channels, i paired with i + r/2.
    Raises as ``p_rope_frequencies``.
    """
    _check(dim, p)
    turn = int(p * dim // 2)
    halves = torch.arange(dim).unflatten(0, (2, -1))
    return torch.cat((halves[:, :turn].flatten(), halves[:, turn:].flatten()))


def _check(dim: int, p: float, base: float = 10000.0) -> None:
    if isinstance(dim, bool) or not isinstance(dim, int):
        raise TypeError(f"dim must be an int, got {dim!r}")
    if dim < 2 or dim % 2:
        why = "since channels turn in pairs"
        raise ValueError(f"dim must be even and above 0, {why}; got {dim}")
    if not 0 <= p <= 1:
        why = "it is the share of pairs that turn"
        raise ValueError(f"p must lie in 0 .. 1, {why}; got {p}")
    if isinstance(base, str) or not 1 < base < float("inf"):
        why = "so that later pairs turn more slowly"
        raise ValueError(f"base must be finite and above 1, {why}; got {base!r}")
