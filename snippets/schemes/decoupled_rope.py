"""Decoupled RoPE of multi-head latent attention, MLA (DeepSeek-AI 2024, DeepSeek-V2,
arXiv:2405.04434, equations 9, 10 and 14 to 18).

    k_c = W_uk c            what a head makes of the latent c; it never turns
    score = (q_c . k_c + (R_m q_r) . (R_n k_r)) / sqrt(d_c + d_r)
    q_c . k_c = (W_uk^T q_c) . c      so a cache of c and R_n k_r is enough

Convention: the last d_r channels of a head turn, neighbours paired, by m theta, where
theta is rope.frequencies(d_r). One key k_r serves all heads.
Shapes: B batch, h heads, T_q queries, T_k keys, d_c and d_r the channels of a head that
stand still and that turn, d_l latent dimension. Positions in tokens.
"""

import torch
from torch import Tensor


def rotate_last(x: Tensor, positions: Tensor, theta: Tensor) -> Tensor:
    """Turn the last d_r channels: (B, h, T, d_r or more), dtype of x.

    positions: (T,) or (B, T). theta: speeds in radians a token, (d_r/2,).
    All here raise TypeError, ValueError: wrong dtypes, or shapes that do not fit.
    """
    _check_turn(x, positions, theta)
    here = "cpu" if positions.is_mps else positions.device  # MPS lacks float64
    angles = positions.to(here, torch.float64)[..., None] * theta.to(here).double()
    angles = angles[:, None] if positions.ndim == 2 else angles
    wide = torch.promote_types(x.dtype, torch.float32)
    cos, sin = angles.cos().to(x.device, wide), angles.sin().to(x.device, wide)
    kept = x.shape[-1] - 2 * len(theta)
    a, b = x[..., kept:].to(wide).unflatten(-1, (-1, 2)).unbind(-1)
    turned = torch.stack((a * cos - b * sin, a * sin + b * cos), dim=-1).flatten(-2)
    return torch.cat((x[..., :kept], turned.to(x.dtype)), dim=-1)


def decoupled(
    q: Tensor, k_c: Tensor, k_r: Tensor, m: Tensor, n: Tensor, theta: Tensor
) -> tuple[Tensor, Tensor]:
    """The queries and keys that meet: (B, h, T_q, d_c + d_r), (B, h, T_k, d_c + d_r).

    q: its last d_r channels turn. k_c: (B, h, T_k, d_c). k_r: (B, 1, T_k, d_r).
    m, n: positions of queries and keys.
    """
    _check_keys(k_c, k_r, theta)
    shared = rotate_last(k_r, n, theta).expand(-1, k_c.shape[1], -1, -1)
    return rotate_last(q, m, theta), torch.cat((k_c, shared), dim=-1)


def fold(q_c: Tensor, w_uk: Tensor) -> Tensor:
    """W_uk^T q_c, which meets the latent itself: (B, h, T_q, d_l).

    q_c: (B, h, T_q, d_c). w_uk: (h, d_c, d_l), which makes keys of the latent.
    """
    _check_fold(q_c, w_uk)
    return q_c @ w_uk


def latent_scores(q: Tensor, c: Tensor, k_r: Tensor, w_uk: Tensor) -> Tensor:
    """Scores from what a cache holds: (B, h, T_q, T_k), before the mask.

    q: (B, h, T_q, d_c + d_r), turned. c: latents (B, T_k, d_l). k_r: turned.
    """
    _check_cache(q, c, k_r, w_uk)
    scaled = q / q.shape[-1] ** 0.5  # before the products, or float16 overflows
    q_c, q_r = scaled.tensor_split([q.shape[-1] - k_r.shape[-1]], dim=-1)
    return fold(q_c, w_uk) @ c[:, None].mT + q_r @ k_r.mT


def turn_back(out: Tensor, m: Tensor, theta: Tensor) -> Tensor:
    """Where turned keys serve as values: sum_n w_n R_n v_n to sum_n w_n R_(n-m) v_n."""
    return rotate_last(out, m, -theta)


def _check_turn(x: Tensor, positions: Tensor, theta: Tensor) -> None:
    dtype = positions.dtype
    if dtype in (torch.bool, torch.half, torch.bfloat16) or dtype.is_complex:
        raise TypeError(f"positions must be integers, float32 or float64, got {dtype}")
    if theta.dtype not in (torch.float32, torch.float64) or not x.is_floating_point():
        want = "x must be floating point and theta float32 or float64"
        raise TypeError(f"{want}, got {x.dtype}, {theta.dtype}")
    fits = x.ndim == 4 and theta.ndim == 1 and positions.shape[-1:] == x.shape[2:3]
    fits = fits and positions.shape[:-1] in ((), (1,), x.shape[:1])
    if not fits or not 0 < 2 * len(theta) <= x.shape[3]:
        want = "x (B, h, T, d_r or more), positions (T,) or (B, T), theta (d_r/2,)"
        raise ValueError(f"want {want}; got {_shapes(x, positions, theta)}")


def _check_keys(k_c: Tensor, k_r: Tensor, theta: Tensor) -> None:
    if k_c.ndim != 4 or k_r.shape != (k_c.shape[0], 1, k_c.shape[2], 2 * len(theta)):
        want = "k_c (B, h, T_k, d_c), k_r (B, 1, T_k, d_r): one for all heads"
        raise ValueError(f"want {want}; got {_shapes(k_c, k_r)}")


def _check_fold(q_c: Tensor, w_uk: Tensor) -> None:
    if q_c.ndim != 4 or w_uk.ndim != 3 or w_uk.shape[:2] != q_c.shape[1::2]:
        want = "q_c (B, h, T_q, d_c), w_uk (h, d_c, d_l)"
        raise ValueError(f"want {want}; got {_shapes(q_c, w_uk)}")


def _check_cache(q: Tensor, c: Tensor, k_r: Tensor, w_uk: Tensor) -> None:
    fits = q.ndim == 4 and c.ndim == 3 and k_r.shape[:-1] == (q.shape[0], 1, c.shape[1])
    fits = fits and c.shape[0] == q.shape[0]
    if not fits or w_uk.shape[-2:] != (q.shape[3] - k_r.shape[3], c.shape[2]):
        want = "q (B, h, T_q, d_c + d_r), c (B, T_k, d_l), k_r (B, 1, T_k, d_r), w_uk"
        raise ValueError(f"want {want}; got {_shapes(q, c, k_r, w_uk)}")


def _shapes(*tensors: Tensor) -> str:
    return ", ".join(str(tuple(x.shape)) for x in tensors)
