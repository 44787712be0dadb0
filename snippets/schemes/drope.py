"""DroPE: train with RoPE, drop it, train on briefly at the same length, and sharpen the
softmax in longer texts (Gelberg et al. 2025, arXiv:2512.12167, section 5).

    before the drop         (R_m q) . (R_n k) / sqrt(d_h)    as in RoPE
    after it                q . k / sqrt(d_h)                cos = 1, sin = 0
    at s times the length   beta (q . k) / sqrt(d_h)         beta = 1 + c ln(s)

Convention: positions are dropped in all layers at once. beta is one number for a whole
text, the same at every position (appendix C.2). c is fitted to each model and has no
default: the authors found 0.412 and 0.103. Nothing here is learned.
Shapes: B batch, T tokens, d_h head dimension. Steps of training count from 0.
"""

import math

import torch
from torch import Tensor


def rotates(step: int, steps: int, share: float = 14 / 16) -> bool:
    """Whether a step of training comes before the drop.

    share: of all ``steps``; 14 of 16 thousand in the authors' run from scratch.
    Raises ValueError: a step that is not one of them, a share outside 0 to 1.
    """
    _check_step(step, steps, share)
    return step / steps < share


def rotations_without_positions(
    positions: Tensor, dim: int, dtype=torch.complex64
) -> Tensor:
    """1 + 0i for every pair, in the shape of RoPE's ``rotations``: no pair is turned.

    positions: (T,) or (B, T); only shape and device are read. dim: d_h.
    Gives (T, d_h/2) or (B, 1, T, d_h/2).
    Raises TypeError, ValueError: other shapes, positions that RoPE would refuse, a dim
    that is no even int above 0.
    """
    _check_positions(positions, dim)
    shape = (*positions.shape, dim // 2)
    real = torch.float64 if dtype == torch.complex128 else torch.float32
    angles = torch.zeros(shape, dtype=real, device=positions.device)
    turns = torch.polar(torch.ones_like(angles), angles).to(dtype)
    return turns[:, None] if positions.ndim == 2 else turns


def beta(scale: float, c: float) -> float:
    """What a score is multiplied by, 1 at scale 1: multiply queries by it.

    scale: length of the text over the trained length. c: fitted on held-out text.
    Raises TypeError, ValueError: what is no number, a scale below 1 or without end, a c
    below 0 or without end.
    """
    _check_beta(scale, c)
    return 1 + c * math.log(scale)


def _check_step(step: int, steps: int, share: float) -> None:
    if steps < 1:
        raise ValueError(f"steps must be above 0, got {steps}")
    if not 0 <= step < steps:
        raise ValueError(f"step must be one of 0 to {steps - 1}, got {step}")
    if not 0 <= share <= 1:
        want = "from 0, never rotated, to 1, never dropped"
        raise ValueError(f"share must be {want}; got {share}")


def _check_positions(positions: Tensor, dim: int) -> None:
    if positions.ndim not in (1, 2) or positions.numel() == 0:
        want = "shape (T,) or (B, T) and not be empty"
        raise ValueError(f"positions must have {want}, got {tuple(positions.shape)}")
    dtype = positions.dtype
    if dtype in (torch.bool, torch.half, torch.bfloat16) or dtype.is_complex:
        raise TypeError(f"positions must be integers, float32 or float64, got {dtype}")
    if isinstance(dim, bool) or not isinstance(dim, int):
        raise TypeError(f"dim must be an int, got {dim!r}")
    if dim < 2 or dim % 2:
        why = "since channels turn in pairs"
        raise ValueError(f"dim must be even and above 0, {why}; got {dim}")


def _check_beta(scale: float, c: float) -> None:
    for name, least, x in (("scale", 1, scale), ("c", 0, c)):
        if isinstance(x, bool) or not isinstance(x, int | float):
            raise TypeError(f"{name} must be a number, got {x!r}")
        if not least <= x < math.inf:
            why = "since a longer text wants sharper scores"
            raise ValueError(f"{name} must be {least} or above, {why}; got {x}")
