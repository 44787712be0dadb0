"""LongRoPE: every pair of RoPE is slowed by a factor of its own, found by search
(Ding et al. 2024, arXiv:2402.13753).

    theta'_i = base**(-2i/d_h) / lambda_i,    i = 0 .. d_h/2 - 1
                                    equation 2, with one lambda a pair
    q and k are multiplied by sqrt(1 + ln s / ln L),    s = L' / L
                                    in the authors' code, not in the paper

The factors are data: a published model brings two lists, short for texts up to the
length L before stretching and long for anything beyond. Nothing here can compute them.
Convention: lambda divides the speed, so larger is slower and 1 is RoPE. L' is the
length stretched to, a constant of the model, not the length of the text at hand.
Not in this file: equation 3 leaves the first n tokens unscaled; no configuration that
we know of uses it.
Shapes: d_h head dimension (its rotated part). Lengths in tokens, speeds in radians a
token.
"""

import math

import torch
from torch import Tensor


def longrope_frequencies(
    dim: int, factors: list[float] | Tensor, base: float = 10000.0
) -> Tensor:
    """Speed of every pair in radians a token: (d_h/2,), float64, on their device.

    factors: one number a pair, (d_h/2,), above 0, a list or a tensor; the long ones
    when the text is longer than L, else the short ones.
    Raises TypeError, ValueError: an odd or empty dimension, a base of 1 or less,
    factors of another number than pairs, not finite or not above 0 (their values are
    looked at on the CPU only, and not in compiled code).
    """
    factors = _checked(dim, factors, base)
    even = torch.arange(0, dim, 2, dtype=torch.float64, device=factors.device)
    return base ** (-even / dim) / factors


def longrope_attention_factor(length: int, trained: int) -> float:
    """What queries and keys are multiplied by, each: a pure number, 1 if not stretched.

    trained, length: tokens before and after stretching. Scores grow by the square of
    the result, which is ln(length) / ln(trained).
    Raises TypeError, ValueError: a length that is not an int above 0, a trained length
    of 1.
    """
    _check_lengths(length, trained)
    return math.sqrt(max(1.0, math.log(length) / math.log(trained)))  # 1 + ln s / ln L


def _checked(dim: int, factors: list[float] | Tensor, base: float) -> Tensor:
    """The factors in float64."""
    if isinstance(dim, bool) or not isinstance(dim, int):
        raise TypeError(f"dim must be an int, got {dim!r}")
    if dim < 2 or dim % 2:
        why = "since channels turn in pairs"
        raise ValueError(f"dim must be even and above 0, {why}; got {dim}")
    if isinstance(base, str) or not 1 < base < math.inf:
        why = "so that later pairs turn more slowly"
        raise ValueError(f"base must be finite and above 1, {why}; got {base!r}")
    if not isinstance(factors, Tensor):
        factors = torch.tensor(factors, dtype=torch.float64)
    if factors.dtype == torch.bool or factors.is_complex():
        why = "since they divide speeds"
        raise TypeError(f"factors must be numbers, {why}; got {factors.dtype}")
    if factors.is_floating_point() and factors.dtype.itemsize < 4:  # cast with a model
        raise TypeError(f"factors must be float32 or float64, got {factors.dtype}")
    if factors.shape != (dim // 2,):
        want = f"({dim // 2},), one for each pair"
        raise ValueError(f"factors must have shape {want}; got {tuple(factors.shape)}")
    on_mps = factors.is_mps  # MPS lacks float64
    factors = factors.to("cpu" if on_mps else factors.device, torch.float64)
    if _readable(factors) and not (factors.isfinite() & (factors > 0)).all():
        want = "divide speeds and must be finite and above 0"
        raise ValueError(f"factors {want}, got {factors.tolist()}")
    return factors


def _check_lengths(length: int, trained: int) -> None:
    for name, value in (("length", length), ("trained", trained)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} must be an int, got {value!r}")
    if length < 1:
        raise ValueError(f"length must be above 0, got {length}")
    if trained < 2:
        why = "since its logarithm divides"
        raise ValueError(f"trained must be above 1, {why}; got {trained}")


def _readable(values: Tensor) -> bool:
    """Whether looking at values neither stalls a device nor breaks a graph."""
    plain = type(values) in (Tensor, torch.nn.Parameter) and values.is_cpu
    wrapped = torch._C._functorch.is_functorch_wrapped_tensor  # as vmap does
    return plain and not torch.compiler.is_compiling() and not wrapped(values)
