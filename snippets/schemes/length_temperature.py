"""A temperature for length: the later a query stands, the sharper its softmax, since
more keys share it (Llama 4, 2025, after Nakanishi 2025, arXiv:2501.19399).

    weights of query m = softmax over n <= m of tau_m (q_m . k_n) / sqrt(d_h)

    tau_steps   1 + alpha ln(1 + floor((m + 1) / L))    Llama 4, Ministral 3 with m
    tau_smooth  1 + alpha ln(max(1, (m + 1) / L))       Inkling
    tau_log     max(1, ln(m + 1) / ln L)                "log-n", Qwen-7B

Convention: positions m count from 0, L is the trained length, up to which (in steps, up
to L - 1) tau is 1. Only queries are multiplied: scores grow by tau, not by its square.
Keys in a cache stay as they are. How positions enter is left to another scheme.
Shapes: B batch, h heads, T tokens, d_h head dimension. Lengths in tokens; tau is a pure
number, float64 (on MPS float32).
"""

import math

import torch
from torch import Tensor


def tau_steps(m: Tensor, length: int, alpha: float = 0.1) -> Tensor:
    """A step each time that ``length`` more tokens are read: (T,) or (B, T), as m.

    m: positions of the queries, integers.
    All here raise TypeError, ValueError: positions that are no integers, a length that
    is not an int above 1.
    """
    _check(m, length)
    steps = torch.div(_keys(m), length, rounding_mode="floor")
    return 1 + alpha * torch.log1p(steps)


def tau_smooth(m: Tensor, length: int, alpha: float = 0.1) -> Tensor:
    """The same growth without steps."""
    _check(m, length)
    return 1 + alpha * (_keys(m) / length).clamp(min=1).log()


def tau_log(m: Tensor, length: int) -> Tensor:
    """As if the softmax had always had ``length`` keys: ln(m + 1) over ln(length)."""
    _check(m, length)
    return (_keys(m).log() / math.log(length)).clamp(min=1)


def sharpen(q: Tensor, tau: Tensor) -> Tensor:
    """Queries times tau: (B, h, T, d_h), dtype of q.

    tau: (T,) or (B, T).
    Raises TypeError, ValueError: q is not floating point, or tau does not fit.
    """
    _check_queries(q, tau)
    each = tau[:, None, :, None] if tau.ndim == 2 else tau[:, None]
    wide = torch.promote_types(q.dtype, torch.float32)
    return (q * each.to(wide)).to(q.dtype)


def _keys(m: Tensor) -> Tensor:
    """How many keys each query sees; one where padding stands before the text."""
    keys = (m.long() + 1).clamp(min=1)
    return keys.to(torch.float32 if m.is_mps else torch.float64)


def _check(m: Tensor, length: int) -> None:
    if m.is_floating_point() or m.is_complex() or m.dtype == torch.bool:
        raise TypeError(f"m must hold integers, since it counts tokens; got {m.dtype}")
    if m.ndim not in (1, 2):
        raise ValueError(f"m must have shape (T,) or (B, T), got {tuple(m.shape)}")
    if isinstance(length, bool) or not isinstance(length, int):
        raise TypeError(f"length must be an int, got {length!r}")
    if length < 2:
        raise ValueError(
            f"length must be above 1, since ln 1 divides by 0; got {length}"
        )


def _check_queries(q: Tensor, tau: Tensor) -> None:
    if not q.is_floating_point() or not tau.is_floating_point():
        raise TypeError(f"q and tau must be floating point, got {q.dtype}, {tau.dtype}")
    batch = tau.shape[0] if tau.ndim == 2 else 1
    fits = q.ndim == 4 and tau.ndim in (1, 2) and q.shape[2] == tau.shape[-1]
    if not fits or batch not in (1, q.shape[0]):
        got = f"{tuple(q.shape)} and {tuple(tau.shape)}"
        raise ValueError(f"q (B, h, T, d_h) and tau (T,) or (B, T) must fit, got {got}")
