"""YaRN: fast pairs keep their speed, slow pairs are interpolated, a ramp joins them,
and scores are sharpened.

Peng et al. 2023 (arXiv:2309.00071v2), equations 17 to 22. L is the trained length, L'
the new one, s = L'/L.

    theta'_i  = (1 - g_i) theta_i / s + g_i theta_i        theta_i = base**(-2i/d_h)
    g_i       = 1 for pairs that made beta turns in L tokens or more,
                0 for those that made alpha or fewer
    sqrt(1/t) = 0.1 ln(s) + 1       multiplies q and k, so that scores are divided by t

Convention: between the two, g falls in a straight line over the pair number i, as in
the authors' code, transformers and gpt-oss (the paper prints a line over turns: its g
falls sooner). The ends of that line are rounded outwards to whole pairs, as in the
first two; ``truncate=False`` does not round, as in the third. The first is not below
pair 0.
Shapes: d_h head dimension. Lengths in tokens, speeds in radians a token. Nothing is
learned.
"""

import math

import torch
from torch import Tensor


def yarn_frequencies(
    dim: int,
    scale: float,
    trained: int,
    base: float = 10000,
    alpha: float = 1,
    beta: float = 32,
    truncate: bool = True,
) -> Tensor:
    """Speed of every pair: (d_h/2,), float64, on the CPU.

    scale: the new length over the ``trained`` one.
    Raises TypeError, ValueError: as ``yarn_ramp``, and a scale below 1 or without end.
    """
    _check_scale(scale)
    g = yarn_ramp(dim, trained, base, alpha, beta, truncate)
    theta = base ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)
    return (1 - g) * theta / scale + g * theta


def yarn_attention_factor(scale: float) -> float:
    """sqrt(1/t), 1 at scale 1: multiply turned queries and keys by it, or the turns.

    Scores grow by its square.
    Raises TypeError, ValueError: a scale that is no number, below 1 or without end.
    """
    _check_scale(scale)
    return 0.1 * math.log(scale) + 1


def yarn_ramp(
    dim: int,
    trained: int,
    base: float = 10000,
    alpha: float = 1,
    beta: float = 32,
    truncate: bool = True,
) -> Tensor:
    """Share g of its own speed that every pair keeps, from 1 down to 0: (d_h/2,).

    Raises TypeError, ValueError: a head dimension that is no even int above 0, a base
    of 1 or less, not 0 < alpha < beta, no pair that makes alpha turns in ``trained``.
    """
    _check_ramp(dim, trained, base, alpha, beta)
    first = _pair(beta, dim, trained, base)
    last = _pair(alpha, dim, trained, base)
    if truncate:
        first = math.floor(first)
        last = math.ceil(last)
    first = max(first, 0)
    i = torch.arange(dim // 2, dtype=torch.float64)
    return 1 - ((i - first) / (last - first)).clamp(0, 1)


def _pair(turns: float, dim: int, trained: int, base: float) -> float:
    """Number of the pair that makes so many turns in the trained length."""
    return dim * math.log(trained / (2 * math.pi * turns)) / (2 * math.log(base))


def _check_scale(scale: float) -> None:
    if isinstance(scale, bool) or not isinstance(scale, int | float):
        why = "the new length over the trained one"
        raise TypeError(f"scale must be a number, {why}; got {scale!r}")
    if not 1 <= scale < math.inf:
        why = "since it stretches the trained length"
        raise ValueError(f"scale must be finite and at least 1, {why}; got {scale}")


def _check_ramp(dim: int, trained: int, base: float, alpha: float, beta: float) -> None:
    for name, value in (("dim", dim), ("trained", trained)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} must be an int, got {value!r}")
    if dim < 2 or dim % 2:
        why = "since channels turn in pairs"
        raise ValueError(f"dim must be even and above 0, {why}; got {dim}")
    if isinstance(base, str) or not 1 < base < math.inf:
        why = "so that later pairs turn more slowly"
        raise ValueError(f"base must be finite and above 1, {why}; got {base!r}")
    if not 0 < alpha < beta < math.inf:
        want = "count turns, 0 < alpha < beta"
        raise ValueError(f"alpha and beta {want}; got alpha {alpha} and beta {beta}")
    if trained <= 2 * math.pi * alpha:
        want = "2 pi alpha tokens, or no pair makes alpha turns in it"
        raise ValueError(f"trained must exceed {want}; got {trained}")
