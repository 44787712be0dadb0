"""Partial RoPE: part of every query and key is turned, the rest meets as it is,
whatever the positions.

    [x_0 .. x_(r-1)] is turned with theta_i = base**(-2i/r), i < r/2
    [x_r .. x_(d_h-1)] is kept
    (Wang and Komatsuzaki 2021, GPT-J; Black et al. 2022, arXiv:2204.06745, section 2.1)

Convention: the *first* r channels turn; r is twice the number of pairs in ``turns``,
which rope.rotations makes of rope.frequencies(r). Layouts as in RoPE:
``partial_rotate`` pairs neighbours (GPT-J, GLM), ``partial_rotate_halves`` pairs i with
i + r/2, inside the part that turns (GPT-NeoX, Phi, Qwen3-Next).
Shapes: B batch, h heads, T sequence length, d_h head dimension. Angles in radians,
speeds in radians a token.
"""

import torch
from torch import Tensor


def partial_rotate(x: Tensor, turns: Tensor) -> Tensor:
    """Turn the first r channels, neighbours paired: (B, h, T, d_h), dtype of x.

    turns: cos + i sin of every angle, complex, (T, r/2) or (B, 1, T, r/2), with r/2 at
    most d_h/2.
    Raises TypeError, ValueError: x is not floating point, turns is not complex, or they
    do not fit.
    """
    _check(x, turns)
    part, rest = _parts(x, turns)
    real, imag = part.unflatten(-1, (-1, 2)).unbind(-1)
    turned = torch.view_as_real(torch.complex(real, imag) * turns).flatten(-2)
    return torch.cat((turned.to(x.dtype), rest), dim=-1)


def partial_rotate_halves(x: Tensor, turns: Tensor) -> Tensor:
    """The same with channel i paired with channel i + r/2, for i < r/2."""
    _check(x, turns)
    part, rest = _parts(x, turns)
    a, b = part.chunk(2, dim=-1)
    cos = turns.real.contiguous()
    sin = turns.imag.contiguous()
    turned_a = torch.addcmul(a * cos, b, sin, value=-1)  # a cos - b sin
    turned_b = torch.addcmul(b * cos, a, sin)  # a sin + b cos
    turned = torch.cat((turned_a, turned_b), dim=-1)
    return torch.cat((turned.to(x.dtype), rest), dim=-1)


def _parts(x: Tensor, turns: Tensor) -> tuple[Tensor, Tensor]:
    """The first r channels, in float32 at least, and the others."""
    r = 2 * turns.shape[-1]
    part = x[..., :r]
    return part if x.dtype == torch.float64 else part.float(), x[..., r:]


def _check(x: Tensor, turns: Tensor) -> None:
    if not turns.is_complex() or not x.is_floating_point():
        got = f"{x.dtype} and {turns.dtype}"
        raise TypeError(f"x must be floating point and turns complex, got {got}")
    if turns.ndim not in (2, 4):  # (B, T, r/2) would go by heads
        want = "(T, r/2) or (B, 1, T, r/2)"
        raise ValueError(f"turns must have shape {want}, got {tuple(turns.shape)}")
    batch = turns.shape[0] if turns.ndim == 4 else 1
    length, r = turns.shape[-2], 2 * turns.shape[-1]
    fits = x.ndim == 4 and x.shape[2] == length and x.shape[3] >= r
    if not fits or batch not in (1, x.shape[0]):
        want = f"({batch if batch > 1 else 'B'}, h, {length}, {r} or more)"
        got = tuple(x.shape)
        raise ValueError(f"x must have shape {want} to match turns, got {got}")
