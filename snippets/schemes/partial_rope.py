"""Partial RoPE: part of every query and key is turned, the rest meets as it is, whatever the positions.

    partial   [x_0 .. x_(r-1)] is turned with theta_i = base**(-2i/r), i < r/2;  [x_r .. x_(d_h-1)] is kept
              (Wang and Komatsuzaki 2021, GPT-J; Black et al. 2022, arXiv:2204.06745, section 2.1)
    p-RoPE    theta_i = base**(-2i/d_h) for i < floor(p d_h/2) and 0 for the slower pairs, which stand still
              (Barbero et al. 2025, arXiv:2410.06205, section 6.1)

Convention: the *first* r channels turn; r is twice the number of pairs in ``turns``, which rope.rotations makes of
rope.frequencies(r). Layouts as in RoPE: ``partial_rotate`` pairs neighbours (GPT-J, GLM), ``partial_rotate_halves``
pairs i with i + r/2, inside the part that turns (GPT-NeoX, Phi, Qwen3-Next). p-RoPE goes through RoPE unchanged.
Shapes: B batch, h heads, T sequence length, d_h head dimension. Angles in radians, speeds in radians a token.
"""

import torch
from torch import Tensor


def partial_rotate(x: Tensor, turns: Tensor) -> Tensor:
    """Turn the first r channels, neighbours paired: (B, h, T, d_h) -> (B, h, T, d_h), dtype of x.

    turns: cos + i sin of every angle, complex, (T, r/2) or (B, 1, T, r/2), with r/2 at most d_h/2.
    Raises TypeError, ValueError: x is not floating point, turns is not complex, or they do not fit.
    """
    part, rest = _parts(x, turns)
    real, imag = part.unflatten(-1, (-1, 2)).unbind(-1)
    turned = torch.view_as_real(torch.complex(real, imag) * turns).flatten(-2)
    return torch.cat((turned.to(x.dtype), rest), dim=-1)


def partial_rotate_halves(x: Tensor, turns: Tensor) -> Tensor:
    """Turn channel i with channel i + r/2, for i < r/2, otherwise as ``partial_rotate``."""
    part, rest = _parts(x, turns)
    (a, b), cos, sin = part.chunk(2, dim=-1), turns.real.contiguous(), turns.imag.contiguous()
    turned = torch.addcmul(a * cos, b, sin, value=-1), torch.addcmul(b * cos, a, sin)
    return torch.cat((torch.cat(turned, dim=-1).to(x.dtype), rest), dim=-1)


def p_rope_frequencies(dim: int, p: float, base: float = 10000.0) -> Tensor:
    """Speeds of a whole head of which a share p turns: (d_h/2,), float64; p = 1 is RoPE, p = 0 has no positions.

    Raises TypeError, ValueError: a dim that is not an even int above 0, a p outside 0 .. 1, a base of 1 or less.
    """
    if isinstance(dim, bool) or not isinstance(dim, int):
        raise TypeError(f"dim must be an int, got {dim!r}")
    if dim < 2 or dim % 2:
        raise ValueError(f"dim must be even and above 0, since channels turn in pairs; got {dim}")
    if not 0 <= p <= 1:
        raise ValueError(f"p must lie in 0 .. 1, it is the share of pairs that turn; got {p}")
    if not base > 1:
        raise ValueError(f"base must be above 1, so that later pairs turn more slowly; got {base}")
    theta = base ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)
    theta[int(p * dim // 2) :] = 0
    return theta


def _parts(x: Tensor, turns: Tensor) -> tuple[Tensor, Tensor]:
    if not turns.is_complex() or not x.is_floating_point():
        raise TypeError(f"x must be floating point and turns complex, got {x.dtype} and {turns.dtype}")
    batch, length, r = turns.shape[0] if turns.ndim == 4 else 1, turns.shape[-2], 2 * turns.shape[-1]
    if x.ndim != 4 or x.shape[2] != length or x.shape[3] < r or batch not in (1, x.shape[0]):
        want = f"({batch if batch > 1 else 'B'}, h, {length}, {r} or more)"
        raise ValueError(f"x must have shape {want} to match turns, got {tuple(x.shape)}")
    part = x[..., :r]
    return part if x.dtype == torch.float64 else part.float(), x[..., r:]
