"""LongRoPE: every pair of RoPE is slowed by a factor of its own, found by search (Ding et al. 2024, arXiv:2402.13753).

    theta'_i = base**(-2i/d_h) / lambda_i,    i = 0 .. d_h/2 - 1        equation 2, with one lambda a pair
    q and k are multiplied by sqrt(1 + ln s / ln L),    s = L' / L      in the authors' code, not in the paper

The factors are data: a published model brings two lists, short for texts up to the length L before stretching and
long for anything beyond. Nothing here can compute them. Convention: lambda divides the speed, so larger is slower
and 1 is RoPE. L' is the length stretched to, a constant of the model, not the length of the text at hand.
Not in this file: equation 3 leaves the first n tokens unscaled; no configuration that we know of uses it.
Shapes: d_h head dimension (its rotated part). Lengths in tokens, speeds in radians a token.
"""

import math

import torch
from torch import Tensor


def longrope_frequencies(dim: int, factors: list[float] | Tensor, base: float = 10000.0) -> Tensor:
    """Speed of every pair in radians a token: (d_h/2,), float64, on the device of ``factors`` if they are a tensor.

    factors: one number a pair, (d_h/2,), above 0; the long list when the text is longer than L, else the short one.
    Raises TypeError, ValueError: an odd or empty dimension, a base of 1 or less, factors of another number than
    pairs, not finite or not above 0 (their values are not looked at while compiling).
    """
    if isinstance(dim, bool) or not isinstance(dim, int):
        raise TypeError(f"dim must be an int, got {dim!r}")
    if dim < 2 or dim % 2:
        raise ValueError(f"dim must be even and above 0, since channels turn in pairs; got {dim}")
    if not 1 < base < math.inf:
        raise ValueError(f"base must be finite and above 1, so that later pairs turn more slowly; got {base}")
    slower = factors if isinstance(factors, Tensor) else torch.tensor(factors, dtype=torch.float64)
    if slower.dtype == torch.bool or slower.is_complex():
        raise TypeError(f"factors must be numbers, since they divide speeds; got {slower.dtype}")
    if slower.shape != (dim // 2,):
        raise ValueError(f"factors must have shape ({dim // 2},), one for each pair; got {tuple(slower.shape)}")
    slower = slower.to("cpu" if slower.is_mps else slower.device, torch.float64)  # MPS lacks float64
    unseen = slower.is_meta or torch.compiler.is_compiling()
    if not unseen and not (slower.isfinite() & (slower > 0)).all():
        raise ValueError(f"factors divide speeds and must be finite and above 0, got {slower.tolist()}")
    return base ** (-torch.arange(0, dim, 2, dtype=torch.float64, device=slower.device) / dim) / slower


def longrope_attention_factor(length: int, trained: int) -> float:
    """What queries and keys are multiplied by, each, for a model stretched from ``trained`` to ``length`` tokens.

    A pure number, 1 where nothing was stretched. Scores grow by its square, which is ln(length) / ln(trained).
    Raises TypeError, ValueError: a length that is not an int above 0, a trained length of 1.
    """
    for name, value in (("length", length), ("trained", trained)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} must be an int, got {value!r}")
    if length < 1:
        raise ValueError(f"length must be above 0, got {length}")
    if trained < 2:
        raise ValueError(f"trained must be above 1, since its logarithm divides; got {trained}")
    return math.sqrt(max(1.0, math.log(length) / math.log(trained)))  # 1 + ln s / ln L
