"""Position interpolation: RoPE on positions squeezed back into the trained range.

Chen et al. 2023 (arXiv:2306.15595), equation 4. L is the trained length, L' the new
one, s = L'/L the scale.

    f'(x, m) = f(x, m L / L')           f is RoPE: it turns pair i of a query or key x
                                        at position m by m * theta_i
    (m / s) theta_i = m (theta_i / s)   so every speed is divided by s once,
                                        and positions stay whole numbers

Convention: theta_i = base**(-2i/d_h) as in RoPE, and the speeds are divided, not the
positions. Queries and keys take the same speeds, below the trained length too. Nothing
is learned, but the paper tunes the model afterwards.
Shapes: d_h head dimension. Lengths in tokens, speeds in radians a token.
"""

import math

import torch
from torch import Tensor


def interpolated_frequencies(dim: int, scale: float, base: float = 10000.0) -> Tensor:
    """Speed of every pair, RoPE's divided by ``scale``: (d_h/2,), float64, on the CPU.

    scale: the new length over the trained one.
    Raises TypeError, ValueError: a head dimension that is no even int above 0, a scale
    below 1 or without end, a base of 1 or less.
    """
    _check(dim, scale, base)
    return base ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim) / scale


def _check(dim: int, scale: float, base: float) -> None:
    if isinstance(dim, bool) or not isinstance(dim, int):
        raise TypeError(f"dim must be an int, got {dim!r}")
    if dim < 2 or dim % 2:
        why = "since channels turn in pairs"
        raise ValueError(f"dim must be even and above 0, {why}; got {dim}")
    if isinstance(scale, bool) or not isinstance(scale, int | float):
        why = "the new length over the trained one"
        raise TypeError(f"scale must be a number, {why}; got {scale!r}")
    if not 1 <= scale < math.inf:
        why = "since it stretches the trained length"
        raise ValueError(f"scale must be finite and at least 1, {why}; got {scale}")
    if isinstance(base, str) or not 1 < base < math.inf:
        why = "so that later pairs turn more slowly"
        raise ValueError(f"base must be finite and above 1, {why}; got {base!r}")
