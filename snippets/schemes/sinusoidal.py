"""Sinusoidal positions, added to the input
(Vaswani et al. 2017, arXiv:1706.03762, section 3.5).

    PE[m, 2i]   = sin(m / base**(2i/d))
    PE[m, 2i+1] = cos(m / base**(2i/d))    i = 0 .. d/2 - 1

Convention: sine and cosine of one frequency are neighbours (channels 2i and 2i+1), the
exponent is 2i/d as printed in the paper, base is 10000 and the first position is 0.
Nothing is learned.
Shapes: B batch, T sequence length, d model dimension. Positions in tokens, angles in
radians.
"""

import torch
from torch import Tensor


def _rows(positions: Tensor, dim: int, base: float) -> Tensor:
    """PE[m] in float64, on the device of ``positions``: (...) -> (..., d).

    In float64 an angle of 100,000 radians is right to 1e-10, in float32 only to 0.004.
    """
    here = "cpu" if positions.is_mps else positions.device  # MPS lacks float64
    even = torch.arange(0, dim, 2, dtype=torch.float64, device=here)
    theta = base ** (-even / dim)  # (d/2,)
    angles = positions.to(here, torch.float64)[..., None] * theta
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(-2)


def sinusoidal_table(length: int, dim: int, base: float = 10000.0) -> Tensor:
    """The rows of positions 0 .. T-1 as one table: (T, d), float32.

    Raises TypeError, ValueError: a length or dimension that is not an int above 0, an
    odd dimension, a base of 1 or less.
    """
    _check_table(length, dim, base)
    return _rows(torch.arange(length), dim, base).float()


def add_sinusoidal(
    x: Tensor, positions: Tensor | None = None, base: float = 10000.0
) -> Tensor:
    """Add its position's row to every vector: (B, T, d) -> (B, T, d), dtype of x.

    positions: integers (T,) or (B, T); 0 .. T-1 if not given.
    Raises TypeError, ValueError: x or positions of the wrong dtype or shape, an odd d,
    a negative position (looked at on the CPU only, since elsewhere looking would stall
    the device, and not in compiled code).
    """
    _check_input(x, positions, base)
    if positions is None:
        positions = torch.arange(x.shape[1], device=x.device)
    return x + _rows(positions, x.shape[-1], base).to(x.device, x.dtype)


def _check_table(length: int, dim: int, base: float) -> None:
    if isinstance(length, bool) or not isinstance(length, int):
        raise TypeError(f"length must be an int, got {length!r}")
    if length < 1:
        why = "a table needs at least one row"
        raise ValueError(f"length must be above 0, {why}; got {length}")
    _check_frequencies(dim, base)


def _check_input(x: Tensor, positions: Tensor | None, base: float) -> None:
    if x.ndim != 3 or 0 in x.shape:
        want = "(B, T, d) and no empty axis"
        raise ValueError(f"x must have shape {want}, got {tuple(x.shape)}")
    if not x.is_floating_point():
        want = "token vectors (floating point), not token ids"
        raise TypeError(f"x must hold {want}; got {x.dtype}")
    if positions is not None:
        _check_positions(positions, x)
    _check_frequencies(x.shape[-1], base)


def _check_positions(positions: Tensor, x: Tensor) -> None:
    dtype = positions.dtype
    if dtype.is_floating_point or dtype.is_complex or dtype == torch.bool:
        why = "since they count tokens"
        raise TypeError(f"positions must be integers, {why}; got {dtype}")
    batch, length = positions.shape[:-1], positions.shape[-1:]
    if length != x.shape[1:2] or batch not in ((), (1,), x.shape[:1]):
        want = f"{tuple(x.shape[1:2])} or {tuple(x.shape[:2])} to match x"
        got = tuple(positions.shape)
        raise ValueError(f"positions must have shape {want}, got {got}")
    if _readable(positions) and positions.min() < 0:
        raise ValueError(f"positions count from 0, got {int(positions.min())}")


def _check_frequencies(dim: int, base: float) -> None:
    if isinstance(dim, bool) or not isinstance(dim, int):
        raise TypeError(f"dim must be an int, got {dim!r}")
    if dim < 2 or dim % 2:
        why = "since a sine and a cosine form a pair"
        raise ValueError(f"dim must be even and above 0, {why}; got {dim}")
    if isinstance(base, str) or not 1 < base < float("inf"):
        why = "so that later pairs turn more slowly"
        raise ValueError(f"base must be finite and above 1, {why}; got {base!r}")


def _readable(values: Tensor) -> bool:
    """Whether looking at values neither stalls a device nor breaks a graph."""
    plain = type(values) in (Tensor, torch.nn.Parameter) and values.is_cpu
    wrapped = torch._C._functorch.is_functorch_wrapped_tensor  # as vmap does
    return plain and not torch.compiler.is_compiling() and not wrapped(values)
