"""NTK-aware scaling: RoPE with a larger base, which slows slow pairs by s and leaves
fast ones nearly alone.

bloc97 2023 (a Reddit post); Peng et al. 2023 (arXiv:2309.00071v2), equation 16, its
derivation in appendix A.1, and section 3.3 for the dynamic form. L is the trained
length, L' the new one, s = L'/L the scale.

    base'    = base * s**(d_h / (d_h - 2))
    theta'_i = base'**(-2i/d_h) = theta_i / s**(i / (d_h/2 - 1))    i = 0 .. d_h/2 - 1
    dynamic: s = max(1, length / L) for the length read so far, made again when it grows

Convention: theta_i as in RoPE; pair 0 keeps its speed exactly, the last pair is divided
by s exactly. The dynamic form takes ``factor`` as transformers does,
s = factor * length / L - (factor - 1); 1 is the paper.
Shapes: d_h head dimension. Lengths in tokens, speeds in radians a token. Nothing is
learned.
"""

import math

import torch
from torch import Tensor


def ntk_frequencies(dim: int, scale: float, base: float = 10000.0) -> Tensor:
    """Speed of every pair under the stretched base: (d_h/2,), float64, on the CPU.

    scale: the new length over the trained one.
    Raises TypeError, ValueError: a head dimension that is no even int above 2, a scale
    below 1 or without end, a base of 1 or less.
    """
    _check(dim, scale, base)
    stretched = base * scale ** (dim / (dim - 2))
    return stretched ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)


def dynamic_ntk_frequencies(
    dim: int, length: int, trained: int, base: float = 10000.0, factor: float = 1.0
) -> Tensor:
    """The same for ``length`` tokens read so far by a model trained on ``trained``.

    RoPE's speeds until ``length`` exceeds ``trained``.
    Every speed changes when ``length`` grows, so a KV cache must hold keys that are not
    turned yet.
    Raises TypeError, ValueError: as above, and a length that is no int above 0, a
    factor below 1 or without end.
    """
    _check_dynamic(length, trained, factor)
    scale = factor * length / trained - (factor - 1)
    return ntk_frequencies(dim, max(1.0, scale), base)


def _check(dim: int, scale: float, base: float) -> None:
    if isinstance(dim, bool) or not isinstance(dim, int):
        raise TypeError(f"dim must be an int, got {dim!r}")
    if dim < 4 or dim % 2:
        why = "so that a first and a last pair differ"
        raise ValueError(f"dim must be even and above 2, {why}; got {dim}")
    _check_stretch("scale", scale)
    if isinstance(base, str) or not 1 < base < math.inf:
        why = "so that later pairs turn more slowly"
        raise ValueError(f"base must be finite and above 1, {why}; got {base!r}")


def _check_dynamic(length: int, trained: int, factor: float) -> None:
    for name, value in (("length", length), ("trained", trained)):
        if isinstance(value, bool) or not isinstance(value, int):
            why = "since it counts tokens"
            raise TypeError(f"{name} must be an int, {why}; got {value!r}")
        if value < 1:
            why = "since it counts tokens"
            raise ValueError(f"{name} must be above 0, {why}; got {value}")
    _check_stretch("factor", factor)


def _check_stretch(name: str, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number, got {value!r}")
    if not 1 <= value < math.inf:
        why = "since it stretches the trained length"
        raise ValueError(f"{name} must be finite and at least 1, {why}; got {value}")
