"""No positions, NoPE: causal attention and nothing else (Haviv et al. 2022; Kazemnejad
et al. 2023, section 2).

    out[m] = sum over n <= m of softmax(q[m] . k[n] / sqrt(d_h)) v[n]

Convention: the mask is aligned to the end, unless positions are given. With T_q < T_k
(decoding with a KV cache) the queries are the last T_q tokens: query row i stands at
position T_k - T_q + i. Positions serve the mask alone, so a cached key is never turned,
shifted or recomputed. Nothing is learned.
Shapes: B batch, h heads, T_q queries, T_k keys, d_h head dimension. Scores are pure
numbers, before the softmax.
"""

import torch
from torch import Tensor


def causal_attention(
    q: Tensor, k: Tensor, v: Tensor, m: Tensor | None = None, n: Tensor | None = None
) -> Tensor:
    """Causal softmax attention: (B, h, T_q, d_h), dtype of q.

    q: (B, h, T_q, d_h). k, v: (B, h, T_k, d_h). m, n: positions of queries and of keys,
    (T,) or (B, T) integers, where the queries are not the last tokens. A slot of a
    cache that is still empty, or a pad, has any position above every m.
    This is the definition; a fused kernel gives the same numbers, if its mask is
    aligned to the end too. A query that sees no key gets zeros.
    Raises TypeError, ValueError: not floating point, dtypes or shapes that differ, more
    queries than keys without positions, one of m and n alone.
    """
    _check(q, k, v, m, n)
    scores = (q / q.shape[-1] ** 0.5) @ k.mT  # in this order float16 has room
    if m is None or n is None:
        m = torch.arange(k.shape[-2] - q.shape[-2], k.shape[-2], device=q.device)
        n = torch.arange(k.shape[-2], device=q.device)
    later = (n[..., None, :] > m[..., :, None]).unsqueeze(-3).to(q.device)
    scores = scores.masked_fill(later, -torch.inf)
    alone = later.all(-1, keepdim=True)  # softmax would give nan
    weights = scores.masked_fill(alone, 0).softmax(-1).masked_fill(alone, 0)
    return weights @ v


def _check(q: Tensor, k: Tensor, v: Tensor, m: Tensor | None, n: Tensor | None) -> None:
    for name, x in (("q", q), ("k", k), ("v", v)):
        if not x.is_floating_point():
            raise TypeError(f"{name} must be floating point, got {x.dtype}")
        if x.dtype != q.dtype:
            got = f"{q.dtype} and, for {name}, {x.dtype}"
            raise TypeError(f"q, k and v must have one dtype, got {got}")
        if x.ndim != 4 or 0 in x.shape:
            want = "(B, h, T, d_h) and no empty axis"
            raise ValueError(f"{name} must have shape {want}, got {tuple(x.shape)}")
    if k.shape != v.shape:
        got = f"k has shape {tuple(k.shape)}, v {tuple(v.shape)}"
        raise ValueError(f"every key needs its value: {got}")
    if q.shape[:2] != k.shape[:2] or q.shape[-1] != k.shape[-1]:
        got = f"{tuple(q.shape)} and {tuple(k.shape)}"
        raise ValueError(f"q and k may differ in length only, got {got}")
    queries, keys = q.shape[-2], k.shape[-2]
    if (m is None) != (n is None):
        raise ValueError("m and n must be given together, or neither")
    if m is not None and n is not None:
        _check_positions(m, n, q.shape[0], queries, keys)
    elif queries > keys:
        want = "at least as many keys, since a token sees itself"
        raise ValueError(f"{queries} queries need {want}; got {keys}")


def _check_positions(m: Tensor, n: Tensor, batch: int, queries: int, keys: int) -> None:
    for name, x, length in (("m", m, queries), ("n", n, keys)):
        if x.is_floating_point() or x.is_complex() or x.dtype == torch.bool:
            why = "since positions count tokens"
            raise TypeError(f"{name} must hold integers, {why}; got {x.dtype}")
        if x.shape[-1:] != (length,) or x.shape[:-1] not in ((), (1,), (batch,)):
            want = f"({length},) or ({batch}, {length})"
            raise ValueError(f"{name} must have shape {want}, got {tuple(x.shape)}")
