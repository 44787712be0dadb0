"""xPos: RoPE in which every turn also shrinks with distance (Sun et al. 2022, arXiv:2212.10554).

Equations 9 and 10 and algorithm 1; gamma = 0.4 and scale_base = 512 are those of the authors' code, torchscale.

    theta_i = base**(-2i/d_h)    zeta_i = (i/(d_h/2) + gamma) / (1 + gamma)    i = 0 .. d_h/2 - 1
    query at m: pair i is turned by m theta_i and multiplied by zeta_i**((m - c)/scale_base)
    key at n:   pair i is turned by n theta_i and divided    by zeta_i**((n - c)/scale_base)
    so pair i of a score carries zeta_i**((m - n)/scale_base), whatever c is

Convention: channels 2i and 2i+1 form pair i, angles are positive, values are left alone. Causal attention only:
for a key after its query the factor is above 1. Only m - n counts, so positions may start anywhere.
Shapes: B batch, h heads (k may have fewer), T_q queries, T_k keys, d_h head dimension. Positions in tokens.
"""

import math

import torch
from torch import Tensor

GAMMA = 0.4


def decays(dim: int) -> Tensor:
    """zeta, what is left of a pair's score after ``scale_base`` tokens: (d_h/2,), float64, from 0.286 to below 1.

    Raises TypeError, ValueError: a dimension that is not an even int above 0.
    """
    if isinstance(dim, bool) or not isinstance(dim, int):
        raise TypeError(f"dim must be an int, got {dim!r}")
    if dim < 2 or dim % 2:
        raise ValueError(f"dim must be even and above 0, since channels turn in pairs; got {dim}")
    return (torch.arange(0, dim, 2, dtype=torch.float64) / dim + GAMMA) / (1 + GAMMA)


def xpos(
    q: Tensor,
    k: Tensor,
    m: Tensor,
    n: Tensor,
    base: float = 1e4,
    scale_base: float = 512.0,
    centre: float | None = None,
) -> tuple[Tensor, Tensor]:
    """The q and k that meet: (B, h, T_q, d_h), (B, h, T_k, d_h), m (T_q,), n (T_k,) -> both, shapes and dtypes kept.

    centre: c, in tokens; the middle of this call's queries if not given. A cache of transformed keys needs one
    fixed number. Raises TypeError, ValueError: wrong dtypes or shapes, base or scale_base out of range, or more
    queries in one call than the factors have room for (some 36,000 in float32 and bfloat16, 4,532 in float16).
    """
    if not base > 1 or not scale_base > 0:
        raise ValueError(f"base must be above 1 and scale_base, in tokens, above 0; got {base} and {scale_base}")
    for name, x, at in (("q", q, m), ("k", k, n)):
        if not x.is_floating_point() or at.is_floating_point() or at.is_complex() or at.dtype == torch.bool:
            raise TypeError(f"{name} must be floating point and its positions integers, got {x.dtype} and {at.dtype}")
        if x.ndim != 4 or 0 in x.shape or at.shape != x.shape[2:3]:
            got = f"{tuple(x.shape)} and {tuple(at.shape)}"
            raise ValueError(f"{name} must have shape (B, h, T, d_h) and its positions (T,), got {got}")
    room = int(scale_base * math.log(torch.finfo(q.dtype).max) / -math.log(GAMMA / (1 + GAMMA)))
    if q.shape[2] > room:
        raise ValueError(f"at most {room} queries in one call, or factors overflow in {q.dtype}; got {q.shape[2]}")
    m, n = (at.to("cpu" if at.is_mps else at.device, torch.float64) for at in (m, n))  # MPS lacks float64
    c = (m.amin() + m.amax()) / 2 if centre is None else centre
    return _turn(q, m, c, base, scale_base), _turn(k, n, c, base, -scale_base)


def _turn(x: Tensor, at: Tensor, c: Tensor | float, base: float, scale_base: float) -> Tensor:
    zeta = decays(x.shape[3]).to(at.device)
    theta = base ** (-torch.arange(0, x.shape[3], 2, dtype=torch.float64, device=at.device) / x.shape[3])
    turns = torch.polar(zeta ** ((at[:, None] - c) / scale_base), at[:, None] * theta)  # (T, d_h/2)
    wide, pair = (x, torch.complex128) if x.dtype == torch.float64 else (x.float(), torch.complex64)
    pairs = torch.view_as_complex(wide.unflatten(3, (-1, 2)).contiguous())
    return torch.view_as_real(pairs * turns.to(pair).to(x.device)).flatten(3).to(x.dtype)
