"""No positions, NoPE: causal attention and nothing else (Haviv et al. 2022; Kazemnejad et al. 2023, section 2).

    out[m] = sum over n <= m of softmax(q[m] . k[n] / sqrt(d_h)) v[n]

Convention: the mask is aligned to the end. With T_q < T_k (decoding with a KV cache) the queries are the last T_q
positions: query row i stands at position T_k - T_q + i. No index enters anywhere else, so a cached key is never
turned, shifted or recomputed. Nothing is learned.
Shapes: B batch, h heads, T_q queries, T_k keys, d_h head dimension. Scores are pure numbers, before the softmax.
"""

import torch
from torch import Tensor


def causal_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Causal softmax attention: q (B, h, T_q, d_h), k and v (B, h, T_k, d_h) -> (B, h, T_q, d_h), dtype of q.

    This is the definition; a fused kernel gives the same numbers, if its mask is aligned to the end too.
    Raises TypeError, ValueError: not floating point, dtypes or shapes that differ, more queries than keys.
    """
    for name, x in (("q", q), ("k", k), ("v", v)):
        if not x.is_floating_point():
            raise TypeError(f"{name} must be floating point, got {x.dtype}")
        if x.dtype != q.dtype:
            raise TypeError(f"q, k and v must have one dtype, got {q.dtype} and, for {name}, {x.dtype}")
        if x.ndim != 4 or 0 in x.shape:
            raise ValueError(f"{name} must have shape (B, h, T, d_h) and no empty axis, got {tuple(x.shape)}")
    if k.shape != v.shape:
        raise ValueError(f"every key needs its value: k has shape {tuple(k.shape)}, v {tuple(v.shape)}")
    if q.shape[:2] != k.shape[:2] or q.shape[-1] != k.shape[-1]:
        raise ValueError(f"q and k may differ in length only, got {tuple(q.shape)} and {tuple(k.shape)}")
    queries, keys = q.shape[-2], k.shape[-2]
    if queries > keys:
        raise ValueError(f"{queries} queries need at least as many keys, since a token sees itself; got {keys}")
    scores = q @ k.mT / q.shape[-1] ** 0.5
    later = torch.ones(queries, keys, dtype=torch.bool, device=q.device).triu(keys - queries + 1)
    return scores.masked_fill(later, -torch.inf).softmax(-1) @ v
