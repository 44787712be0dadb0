"""No positions, NoPE: causal attention and nothing else (Haviv et al. 2022; Kazemnejad
et al. 2023, section 2).

    out[m] = sum over n <= m of softmax(q[m] . k[n] / sqrt(d_h)) v[n]

Convention: the mask is aligned to the end. With T_q < T_k (decoding with a KV cache)
the queries are the last T_q positions: query row i stands at position T_k - T_q + i. No
index enters anywhere else, so a cached key is never turned, shifted or recomputed.
Nothing is learned.
Shapes: B batch, h heads, T_q queries, T_k keys, d_h head dimension. Scores are pure
numbers, before the softmax.
"""

import torch
from torch import Tensor


def causal_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Causal softmax attention: (B, h, T_q, d_h), dtype of q.

    q: (B, h, T_q, d_h). k, v: (B, h, T_k, d_h).
    This is the definition; a fused kernel gives the same numbers, if its mask is
    aligned to the end too.
    Raises TypeError, ValueError: not floating point, dtypes or shapes that differ, more
    queries than keys.
    """
    _check(q, k, v)
    scores = q @ k.mT / q.shape[-1] ** 0.5
    cached = k.shape[-2] - q.shape[-2]  # keys before the first query
    pairs = torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device)
    later = pairs.triu(cached + 1)
    return scores.masked_fill(later, -torch.inf).softmax(-1) @ v


def _check(q: Tensor, k: Tensor, v: Tensor) -> None:
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
    if queries > keys:
        want = "at least as many keys, since a token sees itself"
        raise ValueError(f"{queries} queries need {want}; got {keys}")
