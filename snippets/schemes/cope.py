"""Contextual position encoding, CoPE: a key's position is the number of gates open between it and the query.

Golovneva et al. 2024 (arXiv:2405.18719), section 4 and the code of appendix B.

    g[m, n] = sigmoid(q_m . k_n / sqrt(d_h))    for n <= m, and 0 after the query
    p[m, n] = g[m, n] + g[m, n + 1] + .. + g[m, m], at most p_max
    added to the scores: q_m . e[p[m, n]],    e interpolated between the whole numbers on either side

Convention: the gate reads the scaled score (appendix B; the equation leaves the scale out) and what is added is not
scaled. The table has p_max + 1 rows, one for each of 0 .. p_max, is shared by the heads and starts at 0. The query's
own gate counts, so with all gates open p = m - n + 1. Positions above p_max are clipped to it; this is the scheme.
Shapes: B batch, h heads, T_q queries, T_k keys, d_h head dimension. Positions in open gates.
"""

import torch
from torch import Tensor, nn


def positions(q: Tensor, k: Tensor) -> Tensor:
    """p before it is clipped: q (B, h, T_q, d_h), k (B, h, T_k, d_h) -> (B, h, T_q, T_k), float32 or float64.

    The queries are the last T_q of the T_k tokens, so a cache of keys works as it is. 0 for keys after the query.
    Raises TypeError, ValueError: q and k are not floating point of one dtype, or their shapes do not fit.
    """
    for name, x in (("q", q), ("k", k)):
        if not x.is_floating_point() or x.dtype != q.dtype:
            raise TypeError(f"q and k must be floating point of one dtype, got {name} of {x.dtype} and q of {q.dtype}")
        if x.ndim != 4 or 0 in x.shape:
            raise ValueError(f"{name} must have shape (B, h, T, d_h) and no empty axis, got {tuple(x.shape)}")
    if q.shape[:2] != k.shape[:2] or q.shape[-1] != k.shape[-1]:
        raise ValueError(f"q and k must agree in B, h and d_h, got {tuple(q.shape)} and {tuple(k.shape)}")
    queries, keys = q.shape[-2], k.shape[-2]
    if queries > keys:
        raise ValueError(f"queries are the last of the tokens keys stand for, got {queries} queries and {keys} keys")
    scores = q @ k.mT / q.shape[-1] ** 0.5
    gates = scores.to(torch.promote_types(q.dtype, torch.float32)).sigmoid()
    later = torch.ones(queries, keys, dtype=torch.bool, device=q.device).triu(keys - queries + 1)
    return gates.masked_fill(later, 0).flip(-1).cumsum(-1).flip(-1)


class CoPE(nn.Module):
    """The vectors e[0] .. e[p_max], read at positions that the gates decide; (p_max + 1) d_h parameters.

    max_position: p_max. Raises TypeError, ValueError: a size that is not an int above 0.
    """

    def __init__(self, head_dim: int, max_position: int):
        super().__init__()
        for name, size in (("head_dim", head_dim), ("max_position", max_position)):
            if isinstance(size, bool) or not isinstance(size, int):
                raise TypeError(f"{name} must be an int, got {size!r}")
            if size < 1:
                raise ValueError(f"{name} must be above 0, got {size}")
        self.weight = nn.Parameter(torch.zeros(max_position + 1, head_dim))

    def forward(self, q: Tensor, k: Tensor) -> Tensor:
        """What is added to the scores, as ``positions`` takes q and k: -> (B, h, T_q, T_k), dtype of q.

        Raises TypeError, ValueError: as ``positions``, or a head dimension other than the table's.
        """
        if q.shape[-1] != self.weight.shape[1]:
            raise ValueError(f"q must have d_h {self.weight.shape[1]} like the table, got {q.shape[-1]}")
        last = self.weight.shape[0] - 1
        p = positions(q, k).clamp(max=last)
        low = p.floor()
        at_whole, below = q @ self.weight.T, low.long()
        above = at_whole.gather(-1, (below + 1).clamp(max=last))
        return torch.lerp(at_whole.gather(-1, below), above, (p - low).to(q.dtype))
