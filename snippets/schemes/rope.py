"""Rotary position embedding, RoPE (Su et al. 2021, arXiv:2104.09864, eqs. 14, 15, 34).

    pair i of a query or key at position m is turned by the angle m * theta_i
    theta_i = base**(-2i/d_h),    i = 0 .. d_h/2 - 1
    (R_m q) . (R_n k) = q . (R_(n-m) k)    so a score depends on the offset alone

Convention: angles are positive (counter-clockwise); values are not turned. Two layouts
of one thing: ``rotate`` pairs neighbours, channels 2i and 2i+1 (the paper, GPT-J);
``rotate_halves`` pairs i with i + d_h/2 (GPT-NeoX, Llama in transformers).
Shapes: B batch, h heads, T tokens, d_h head dimension. Angles in radians.
"""

import torch
from torch import Tensor


def frequencies(dim: int, base: float = 10000.0) -> Tensor:
    """Speed of every pair in radians a token: (d_h/2,), float64."""
    _check_dim(dim, base)
    return base ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)


def rotations(positions: Tensor, theta: Tensor, dtype=torch.complex64) -> Tensor:
    """cos + i sin of every angle: (T, d_h/2) or (B, 1, T, d_h/2).

    positions: (T,) or (B, T); may be fractional or negative. theta: (d_h/2,). Make it
    once, keep it, not as a buffer. All here raise TypeError, ValueError.
    """
    _check_rotations(positions, theta)
    count = positions.shape[-1]
    if count > 2**14 and not torch.compiler.is_compiling():  # in parts: less memory
        turns = rotations(positions[..., :1], theta, dtype).repeat_interleave(count, -2)
        for part in torch.arange(count).split(2**14):
            turns[..., part, :] = rotations(positions[..., part], theta, dtype)
        return turns
    here = "cpu" if positions.is_mps else positions.device  # MPS lacks float64
    m = positions.to(here, torch.float64)[..., None]
    angles = m * theta.to(here, torch.float64)  # float32: 0.004 wrong at 100,000
    turns = torch.polar(torch.ones_like(angles), angles).to(dtype).to(positions.device)
    return turns[:, None] if positions.ndim == 2 else turns


def rotate(x: Tensor, turns: Tensor) -> Tensor:
    """Turn neighbouring channels by ``rotations``: (B, h, T, d_h), dtype of x."""
    _check(x, turns)
    pairs = x.to(torch.promote_types(x.dtype, torch.float32)).unflatten(-1, (-1, 2))
    if not torch.compiler.is_compiling() and _lie_as_complex(pairs):
        turned = torch.view_as_real(torch.view_as_complex(pairs) * turns)
    else:  # compiled, real numbers take one pass and complex ones do not
        turned = torch.stack(_turned(pairs[..., 0], pairs[..., 1], turns), dim=-1)
    return turned.flatten(-2).to(x.dtype)


def rotate_halves(x: Tensor, turns: Tensor) -> Tensor:
    """Turn channel i with channel i + d_h/2, otherwise as ``rotate``."""
    _check(x, turns)
    a, b = x.to(torch.promote_types(x.dtype, torch.float32)).chunk(2, dim=-1)
    return torch.cat(_turned(a, b, turns), dim=-1).to(x.dtype)


def to_halves(dim: int) -> Tensor:
    """x[..., to_halves(d_h)] takes the first layout to the second: 0, 2 .. 1, 3 .."""
    _check_dim(dim)
    return torch.arange(dim).unflatten(0, (-1, 2)).T.flatten()


def _turned(a: Tensor, b: Tensor, turns: Tensor) -> tuple[Tensor, Tensor]:
    """a cos - b sin and a sin + b cos."""
    cos, sin = turns.real.contiguous(), turns.imag.contiguous()
    return torch.addcmul(a * cos, b, sin, value=-1), torch.addcmul(b * cos, a, sin)


def _lie_as_complex(pairs: Tensor) -> bool:
    """Whether neighbours can be read as complex numbers without a copy."""
    *places, last = pairs.storage_offset(), *pairs.stride()
    return last == 1 and not any(place % 2 for place in places)


def _check_dim(dim: int, base: float = 10000.0) -> None:
    if isinstance(base, str) or not 1 < base < float("inf"):
        raise ValueError(f"base must be finite and above 1 to slow pairs; got {base!r}")
    if isinstance(dim, bool) or not isinstance(dim, int):
        raise TypeError(f"dim must be an int, got {dim!r}")
    if dim < 2 or dim % 2:
        why = "since channels turn in pairs"
        raise ValueError(f"dim must be even and above 0, {why}; got {dim}")


def _check_rotations(positions: Tensor, theta: Tensor) -> None:
    if positions.ndim not in (1, 2) or positions.numel() == 0:
        want = "shape (T,) or (B, T) and not be empty"
        raise ValueError(f"positions must have {want}, got {tuple(positions.shape)}")
    dtype = positions.dtype
    if dtype in (torch.bool, torch.half, torch.bfloat16) or dtype.is_complex:
        raise TypeError(f"positions must be integers, float32 or float64, got {dtype}")
    if theta.dtype not in (torch.float32, torch.float64):  # cast with its model, say
        raise TypeError(f"theta must be float32 or float64, got {theta.dtype}")
    if theta.ndim != 1 or theta.numel() == 0:
        raise ValueError(f"theta must have shape (d_h/2,), got {tuple(theta.shape)}")


def _check(x: Tensor, turns: Tensor) -> None:
    if not (turns.is_complex() and turns.ndim in (2, 4) and x.is_floating_point()):
        want = "floating point and turns complex, of 2 or 4 axes (see rotations)"
        raise TypeError(f"x must be {want}, got {x.dtype}, {turns.dtype}, {turns.ndim}")
    batch = turns.shape[0] if turns.ndim == 4 else 1  # each sequence has its positions
    length, dim = turns.shape[-2], 2 * turns.shape[-1]
    if x.ndim != 4 or x.shape[2:] != (length, dim) or batch not in (1, x.shape[0]):
        want = f"({batch if batch > 1 else 'B'}, h, {length}, {dim}) to match turns"
        raise ValueError(f"x must have shape {want}, got {tuple(x.shape)}")
