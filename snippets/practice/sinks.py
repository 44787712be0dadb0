"""Attention with a learned sink, as in gpt-oss: one number a head that takes part in
the softmax and belongs to no token; and what a cache with first tokens keeps.

    w_mn = exp(a_mn) / (exp(s_h) + sum over seen j of exp(a_mj))
    out_m = sum over seen n of w_mn v_n,    a_mn = q_m . k_n / sqrt(d_h)

Convention: s_h is compared with scores that are divided by sqrt(d_h) already. There is
one for each query head, also where query heads share keys. Nothing of a token changes
it, and s_h = -inf is plain attention.
Shapes: B batch, h heads, T_q queries, T_k keys, d_h head dimension. Sinks in nats.
"""

import torch
from torch import Tensor


def sink_attention(
    q: Tensor, k: Tensor, v: Tensor, sinks: Tensor, seen: Tensor
) -> Tensor:
    """The formula above: (B, h, T_q, d_h), dtype of q.

    q: (B, h, T_q, d_h). k, v: (B, h, T_k, d_h). sinks: (h,). seen: bool, True for a key
    that a query sees, (T_q, T_k) or (B, 1 or h, T_q, T_k). One that sees none gets
    zeros, or nan where its sink is -inf.
    All here raise TypeError, ValueError: what does not fit.
    """
    _check(q, k, v, sinks, seen, q.shape[-2:-1])
    scores = ((q / q.shape[-1] ** 0.5) @ k.mT).masked_fill(~seen, -torch.inf)
    sink = sinks.to(scores.dtype)[:, None, None].expand(*scores.shape[:-1], 1)
    return torch.cat((scores, sink), -1).softmax(-1)[..., :-1] @ v


def as_a_key(
    k: Tensor, v: Tensor, sinks: Tensor, seen: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """The sink as one more key, for ``scaled_dot_product_attention``: k, v, attn_mask.

    That key is zero, so its score is 0 for every query, and the mask lifts it to s_h.
    Its value is zero. Shapes: (B, h, T_k + 1, d_h) twice, (B, h, T_q, T_k + 1).
    """
    _check(k, k, v, sinks, seen, seen.shape[-2:-1])
    zero = torch.zeros_like(k[..., :1, :])
    mask = torch.zeros_like(seen, dtype=k.dtype).masked_fill(~seen, -torch.inf)
    mask = mask.expand(*k.shape[:2], *mask.shape[-2:])
    sink = sinks.to(k.dtype)[:, None, None].expand(*mask.shape[:-1], 1)
    keys, values = torch.cat((k, zero), -2), torch.cat((v, zero), -2)
    return keys, values, torch.cat((mask, sink), -1)


def first_and_last(length: int, first: int, slots: int) -> Tensor:
    """Positions whose keys StreamingLLM keeps after ``length`` tokens, in order.

    The ``first`` ones stay; a ring of the other slots holds the last ones.
    """
    _check_slots(length, first, slots)
    kept = min(first, length)
    last = range(max(kept, length - (slots - first)), length)
    return torch.tensor([*range(kept), *last])


def _check(
    q: Tensor, k: Tensor, v: Tensor, sinks: Tensor, seen: Tensor, rows: torch.Size
) -> None:
    if seen.dtype != torch.bool:
        want = "True for a key that is seen"
        raise TypeError(f"seen must be bool, {want}; got {seen.dtype}")
    if q.ndim != 4 or q.shape[:2] != k.shape[:2] or q.shape[-1:] != k.shape[-1:]:
        want = "(B, h, T, d_h) each; repeat keys that heads share"
        got = f"{tuple(q.shape)} and {tuple(k.shape)}"
        raise ValueError(f"q and k must have shape {want}; got {got}")
    if v.shape[:-1] != k.shape[:-1]:
        want = f"({', '.join(map(str, k.shape[:-1]))}, d_v), a value for every key"
        raise ValueError(f"v must have shape {want}; got {tuple(v.shape)}")
    if sinks.shape != q.shape[1:2]:
        want = f"({k.shape[1]},), one number a head of k: repeat k and v for each "
        want += "query head first"
        raise ValueError(f"sinks must have shape {want}; got {tuple(sinks.shape)}")
    ahead, keys = zip(seen.shape[:-2], k.shape, strict=False), k.shape[-2]
    fits = seen.ndim in (2, 4) and all(a in (1, b) for a, b in ahead)
    if not fits or seen.shape[-2:] not in ((1, keys), (*rows, keys)):
        want = f"(T_q, {keys}) or with B and 1 or h before, a row for every "
        want += "query and a column for every key"
        raise ValueError(f"seen must have shape {want}; got {tuple(seen.shape)}")
    if not q.is_floating_point() or {k.dtype, v.dtype} != {q.dtype}:
        got = f"{q.dtype}, {k.dtype} and {v.dtype}"
        raise TypeError(f"q, k and v must be floating point of one dtype; got {got}")


def _check_slots(length: int, first: int, slots: int) -> None:
    if length < 1 or not 0 <= first < slots:
        want = "length above 0 and 0 <= first < slots, so that a token sees itself"
        raise ValueError(f"needs {want}; got {length}, {first} and {slots}")
