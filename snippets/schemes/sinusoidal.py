"""Sinusoidal positions, added to the input (Vaswani et al. 2017, arXiv:1706.03762, section 3.5).

    PE[m, 2i] = sin(m / base**(2i/d))    PE[m, 2i+1] = cos(m / base**(2i/d))    i = 0 .. d/2 - 1

Convention: sine and cosine of one frequency are neighbours (channels 2i and 2i+1), the exponent is 2i/d as
printed in the paper, base is 10000 and the first position is 0. Nothing is learned.
Shapes: B batch, T sequence length, d model dimension. Positions in tokens, angles in radians.
"""

import torch
from torch import Tensor


def _rows(positions: Tensor, dim: int, base: float) -> Tensor:
    """Rows PE[m] in float64: (...) -> (..., d), on the device of ``positions`` (MPS lacks float64: CPU).

    In float64 an angle of 100,000 radians is right to 1e-10, in float32 only to 0.004.
    """
    if isinstance(dim, bool) or not isinstance(dim, int):
        raise TypeError(f"dim must be an int, got {dim!r}")
    if dim < 2 or dim % 2:
        raise ValueError(f"dim must be even and above 0, since a sine and a cosine form a pair; got {dim}")
    if not base > 1:
        raise ValueError(f"base must be above 1, so that later pairs turn more slowly; got {base}")
    m = positions.to("cpu" if positions.is_mps else positions.device, torch.float64)
    theta = base ** (-torch.arange(0, dim, 2, dtype=torch.float64, device=m.device) / dim)  # (d/2,)
    angles = m[..., None] * theta
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(-2)


def sinusoidal_table(length: int, dim: int, base: float = 10000.0) -> Tensor:
    """The rows of positions 0 .. T-1 as one table: (T, d), float32.

    Raises TypeError, ValueError: a length or dimension that is not an int above 0, an odd dimension, a base
    of 1 or less.
    """
    if isinstance(length, bool) or not isinstance(length, int):
        raise TypeError(f"length must be an int, got {length!r}")
    if length < 1:
        raise ValueError(f"length must be above 0, a table needs at least one row; got {length}")
    return _rows(torch.arange(length), dim, base).float()


def add_sinusoidal(x: Tensor, positions: Tensor | None = None, base: float = 10000.0) -> Tensor:
    """Add its position's row to every vector: (B, T, d) -> (B, T, d), dtype and device of x.

    positions: integers (T,) or (B, T); 0 .. T-1 if not given.
    Raises TypeError, ValueError: x or positions of the wrong dtype or shape, an odd d, a negative position.
    """
    if x.ndim != 3 or 0 in x.shape:
        raise ValueError(f"x must have shape (B, T, d) and no empty axis, got {tuple(x.shape)}")
    if not x.is_floating_point():
        raise TypeError(f"x must hold token vectors (floating point), not token ids; got {x.dtype}")
    if positions is None:
        positions = torch.arange(x.shape[1], device=x.device)
    else:
        if positions.is_floating_point() or positions.is_complex() or positions.dtype == torch.bool:
            raise TypeError(f"positions must be integers, since they count tokens; got {positions.dtype}")
        if positions.shape not in (x.shape[:2], x.shape[1:2]):
            want = f"{tuple(x.shape[1:2])} or {tuple(x.shape[:2])}"
            raise ValueError(f"positions must have shape {want} to match x, got {tuple(positions.shape)}")
        if int(positions.min()) < 0:
            raise ValueError(f"positions count from 0, got {int(positions.min())}")
    return x + _rows(positions, x.shape[-1], base).to(x.device, x.dtype)
