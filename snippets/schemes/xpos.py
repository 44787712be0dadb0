"""xPos: RoPE that fades with distance (Sun et al. 2022, arXiv:2212.10554).

Equations 9 and 10 and algorithm 1; gamma = 0.4 and scale_base = 512 are those of the
authors' code, torchscale.

    theta_i = base**(-2i/d_h),    i = 0 .. d_h/2 - 1
    zeta_i  = (i/(d_h/2) + gamma) / (1 + gamma)
    query at m: pair i is turned by m theta_i
                and multiplied by zeta_i**((m - c)/scale_base)
    key at n:   pair i is turned by n theta_i
                and divided by zeta_i**((n - c)/scale_base)
    so pair i of a score carries zeta_i**((m - n)/scale_base), whatever c is

Convention: channels 2i and 2i+1 form pair i, angles are positive, values are left
alone. Causal attention only: for a key after its query the factor is above 1. Only
m - n counts, so positions, in tokens, may start anywhere.
Shapes: B batch, h heads (k may have fewer), T_q queries, T_k keys, d_h head dimension.
"""

import math

import torch
from torch import Tensor

GAMMA = 0.4


def decays(dim: int) -> Tensor:
    """zeta, what ``scale_base`` tokens leave of a pair's score: (d_h/2,), float64."""
    _check_dim(dim)
    return (torch.arange(0, dim, 2, dtype=torch.float64) / dim + GAMMA) / (1 + GAMMA)


def _turn(x: Tensor, m: Tensor, off: Tensor, base: float, scale_base: float) -> Tensor:
    even = torch.arange(0, x.shape[3], 2, dtype=torch.float64, device=m.device)
    theta = base ** (-even / x.shape[3])
    factors = decays(x.shape[3]).to(m.device) ** (off[..., None] / scale_base)
    turns = torch.polar(factors, m[..., None] * theta).unsqueeze(-3)
    wide = x if x.dtype == torch.float64 else x.float()
    pairs = torch.complex(*wide.unflatten(3, (-1, 2)).unbind(-1))
    turned = pairs * turns.to(pairs.dtype).to(x.device)
    return torch.view_as_real(turned).flatten(3).to(x.dtype)


def xpos(
    q: Tensor,
    k: Tensor,
    m: Tensor,
    n: Tensor,
    base: float = 1e4,
    scale_base: float = 512.0,
    centre: float | None = None,
) -> tuple[Tensor, Tensor]:
    """The q and k that meet, shapes and dtypes kept.

    q, k: (B, h, T_q, d_h), (B, h, T_k, d_h). m, n: their positions, (T,) or (B, T).
    centre: c, in tokens; the middle of this call's queries if not given. A key after
    the last of them, which causality hides, then has its factor. A cache of transformed
    keys needs one fixed number. Raises TypeError, ValueError: wrong dtypes or shapes,
    base or scale_base out of range, or queries further apart than factors have room for
    (some 36,000 tokens in float32 and bfloat16, 4,532 in float16).
    """
    _check(q, k, m, n, base, scale_base)
    m, n = _exact(m), _exact(n)
    last = m.amax(-1, True)
    c = (m.amin(-1, True) + last) / 2 if centre is None else centre
    at = n.minimum(last) if centre is None else n
    return _turn(q, m, m - c, base, scale_base), _turn(k, n, at - c, base, -scale_base)


def _exact(positions: Tensor) -> Tensor:
    """In float64, which MPS lacks."""
    return positions.to("cpu" if positions.is_mps else positions.device, torch.float64)


def _check_dim(dim: int) -> None:
    if isinstance(dim, bool) or not isinstance(dim, int):
        raise TypeError(f"dim must be an int, got {dim!r}")
    if dim < 2 or dim % 2:
        why = "since channels turn in pairs"
        raise ValueError(f"dim must be even and above 0, {why}; got {dim}")


def _check(
    q: Tensor, k: Tensor, m: Tensor, n: Tensor, base: float, scale_base: float
) -> None:
    if isinstance(base, str) or not 1 < base < math.inf or not scale_base > 0:
        want = "base must be finite and above 1, scale_base, in tokens, above 0; got"
        raise ValueError(f"{want} {base!r} and {scale_base}")
    for name, x, positions in (("q", q, m), ("k", k, n)):
        dtype = positions.dtype
        whole = not (dtype.is_floating_point or dtype.is_complex or dtype == torch.bool)
        if not x.is_floating_point() or not whole:
            want = "floating point and its positions integers"
            raise TypeError(f"{name} must be {want}, got {x.dtype} and {dtype}")
        b, t = x.shape[:1], x.shape[2:3]
        if x.ndim != 4 or 0 in x.shape or positions.shape not in (t, (1, *t), b + t):
            want = "shape (B, h, T, d_h) and its positions (T,) or (B, T)"
            got = f"{tuple(x.shape)} and {tuple(positions.shape)}"
            raise ValueError(f"{name} must have {want}, got {got}")
    room = scale_base * math.log(torch.finfo(q.dtype).max) / math.log(1 + 1 / GAMMA)
    apart = q.shape[2]  # all that is seen of them where values cannot be read
    plain = type(m) is Tensor and m.is_cpu and not torch.compiler.is_compiling()
    if plain and not torch._C._functorch.is_functorch_wrapped_tensor(m):  # as in vmap
        apart = int((m.long().amax(-1) - m.long().amin(-1)).max()) + 1
    if apart > room:
        why = f"or factors overflow in {q.dtype}; got {apart}"
        raise ValueError(f"queries of one call may span {int(room)} tokens, {why}")
