"""Llama 3 scaling: slow pairs of RoPE are slowed down further, fast ones are left alone
(Llama 3.1, 2024).

No paper has the formula; it is ``apply_scaling`` in Meta's code and ``rope_type:
llama3`` in configurations.

    theta_i  = base**(-2i/d_h)
    r_i      = trained theta_i / (2 pi)           turns of pair i in the trained length
    share_i  = clamp((r_i - low) / (high - low), 0, 1)
                                                  1: kept as it is, 0: divided by scale
    theta'_i = (share_i + (1 - share_i) / scale) theta_i

This is "NTK-by-parts" (Peng et al. 2023, arXiv:2309.00071, section 3.2) with alpha =
low and beta = high, and without YaRN's temperature. Convention: both factors count
turns. A pair that turns more than ``high`` times within the trained length keeps its
speed, one that turns less than ``low`` times is interpolated. high = low is a step.
Hand the result to ``rotations`` of RoPE in place of its own frequencies; nothing else
changes.
Shapes: d_h head dimension (its rotated part). Lengths in tokens, angles in radians,
speeds in radians a token.
"""

import math

import torch
from torch import Tensor


def llama3_frequencies(
    dim: int,
    base: float = 500000.0,
    scale: float = 8,
    low: float = 1,
    high: float = 4,
    trained: int = 8192,
) -> Tensor:
    """Speed of every pair in radians a token: (d_h/2,), float64.

    The defaults are those of Llama 3.1.
    scale: by how much the slow pairs are slowed (8 in Llama 3.1, 32 in the
    configurations of Llama 3.2 1B and 3B).
    low, high: turns within ``trained`` tokens, the length before stretching, that bound
    the blend.
    Raises TypeError, ValueError: an odd or empty dimension, a base of 1 or less, a
    scale below 1, low and high that are not 0 < low <= high, a length that is not an
    int above 0.
    """
    _check(dim, base, scale, low, high, trained)
    theta = base ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)
    turns = trained * theta / (2 * math.pi)
    share = (turns >= low).double()  # a step, where high = low
    if low < high:
        share = ((turns - low) / (high - low)).clamp(0, 1)
    return (share + (1 - share) / scale) * theta


def _check(
    dim: int, base: float, scale: float, low: float, high: float, trained: int
) -> None:
    for name, value in (("dim", dim), ("trained", trained)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} must be an int, got {value!r}")
    if dim < 2 or dim % 2:
        why = "since channels turn in pairs"
        raise ValueError(f"dim must be even and above 0, {why}; got {dim}")
    if trained < 1:
        why = "since it counts the tokens of the length trained on"
        raise ValueError(f"trained must be above 0, {why}; got {trained}")
    if isinstance(base, str) or not 1 < base < math.inf:
        why = "so that later pairs turn more slowly"
        raise ValueError(f"base must be finite and above 1, {why}; got {base!r}")
    if not 1 <= scale < math.inf:
        why = "since it divides the speed of slow pairs"
        raise ValueError(f"scale must be finite and at least 1, {why}; got {scale}")
    if not 0 < low <= high < math.inf:
        want = "count turns and must be 0 < low <= high"
        raise ValueError(f"low and high {want}, got {low} and {high}")
