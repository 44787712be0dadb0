"""Rotary position embedding, RoPE, on queries and keys
(Su et al. 2021, arXiv:2104.09864, equations 14, 15, 34).

    pair i of a query or key at position m is turned by the angle m * theta_i
    theta_i = base**(-2i/d_h),    i = 0 .. d_h/2 - 1
    (R_m q) . (R_n k) = q . (R_(n-m) k)    so a score depends on the offset alone

Convention: angles are positive (counter-clockwise); values are not turned. Two layouts
of one thing: ``rotate`` pairs neighbours, channels 2i and 2i+1 (the paper, GPT-J);
``rotate_halves`` pairs i with i + d_h/2 (GPT-NeoX, Llama in transformers).
x[..., to_halves(d_h)] takes the first layout to the second.
Shapes: B batch, h heads, T sequence length, d_h head dimension. Positions in tokens,
angles in radians.
"""

import torch
from torch import Tensor


def frequencies(dim: int, base: float = 10000.0) -> Tensor:
    """Speed of every pair in radians a token: (d_h/2,), float64."""
    _check_frequencies(dim, base)
    return base ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)


def rotations(
    positions: Tensor, theta: Tensor, dtype: torch.dtype = torch.complex64
) -> Tensor:
    """cos + i sin of every angle: (T, d_h/2) or (B, 1, T, d_h/2).

    positions: (T,) or (B, T); may be fractional or negative. theta: (d_h/2,).
    Make it once, keep it, not as a buffer. Angles are formed in float64: in float32 one
    of 100,000 radians is wrong by 0.004. All here raise TypeError, ValueError.
    """
    _check_rotations(positions, theta)
    here = "cpu" if positions.is_mps else positions.device  # MPS lacks float64
    m = positions.to(here, torch.float64)[..., None]
    angles = m * theta.to(here, torch.float64)
    turns = torch.polar(torch.ones_like(angles), angles).to(dtype).to(positions.device)
    return turns[:, None] if positions.ndim == 2 else turns


def rotate(x: Tensor, turns: Tensor) -> Tensor:
    """Turn neighbouring channels by ``rotations``: (B, h, T, d_h), dtype of x."""
    _check(x, turns)
    real, imag = _wide(x).unflatten(-1, (-1, 2)).unbind(-1)
    return torch.view_as_real(torch.complex(real, imag) * turns).flatten(-2).to(x.dtype)


def rotate_halves(x: Tensor, turns: Tensor) -> Tensor:
    """Turn channel i with channel i + d_h/2, otherwise as ``rotate``."""
    _check(x, turns)
    a, b = _wide(x).chunk(2, dim=-1)
    cos = turns.real.contiguous()
    sin = turns.imag.contiguous()
    turned_a = torch.addcmul(a * cos, b, sin, value=-1)  # a cos - b sin
    turned_b = torch.addcmul(b * cos, a, sin)  # a sin + b cos
    return torch.cat((turned_a, turned_b), dim=-1).to(x.dtype)


def to_halves(dim: int) -> Tensor:
    """The permutation between the layouts: (d_h,), 0, 2, 4, .. and then 1, 3, 5, .."""
    _check_dim(dim)
    return torch.arange(dim).unflatten(0, (-1, 2)).T.flatten()


def _wide(x: Tensor) -> Tensor:
    return x if x.dtype == torch.float64 else x.float()


def _check_frequencies(dim: int, base: float) -> None:
    if not base > 1:
        why = "so that later pairs turn more slowly"
        raise ValueError(f"base must be above 1, {why}; got {base}")
    _check_dim(dim)


def _check_dim(dim: int) -> None:
    if isinstance(dim, bool) or not isinstance(dim, int):
        raise TypeError(f"dim must be an int, got {dim!r}")
    if dim < 2 or dim % 2:
        why = "since channels turn in pairs"
        raise ValueError(f"dim must be even and above 0, {why}; got {dim}")


def _check_rotations(positions: Tensor, theta: Tensor) -> None:
    if positions.ndim not in (1, 2) or positions.numel() == 0:
        want = "(T,) or (B, T) and not be empty"
        got = tuple(positions.shape)
        raise ValueError(f"positions must have shape {want}, got {got}")
    if positions.dtype == torch.bool or positions.is_complex():
        why = "since they count tokens"
        raise TypeError(f"positions must be numbers, {why}; got {positions.dtype}")
    if theta.ndim != 1 or theta.numel() == 0 or not theta.is_floating_point():
        got = f"{theta.dtype} {tuple(theta.shape)}"
        raise ValueError(f"theta must be floating point of shape (d_h/2,), got {got}")
    if theta.dtype.itemsize < 4:  # a buffer that was cast with its model
        raise TypeError(f"theta must be float32 or float64, got {theta.dtype}")


def _check(x: Tensor, turns: Tensor) -> None:
    if not turns.is_complex() or not x.is_floating_point():
        want = "floating point and turns complex (see rotations)"
        raise TypeError(f"x must be {want}, got {x.dtype}, {turns.dtype}")
    batch = turns.shape[0] if turns.ndim == 4 else 1  # each sequence has its positions
    length, dim = turns.shape[-2], 2 * turns.shape[-1]
    if x.ndim != 4 or x.shape[2:] != (length, dim) or batch not in (1, x.shape[0]):
        want = f"({batch if batch > 1 else 'B'}, h, {length}, {dim})"
        got = tuple(x.shape)
        raise ValueError(f"x must have shape {want} to match turns, got {got}")
