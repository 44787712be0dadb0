"""Contextual position encoding, CoPE: a key's position is the number of gates open
between it and the query.

Golovneva et al. 2024 (arXiv:2405.18719), section 4 and the code of appendix B.

    g[m, n] = sigmoid(q_m . k_n / sqrt(d_h))    for n <= m, and 0 after the query
    p[m, n] = g[m, n] + g[m, n + 1] + .. + g[m, m], at most p_max
    added to the scores: q_m . e[p[m, n]],
                         e interpolated between the whole numbers on either side

Convention: the gate reads the scaled score (appendix B; the equation leaves the scale
out) and what is added is not scaled. The table has p_max + 1 rows, is shared by the
heads and starts at 0. The query's own gate counts: with all gates open p = m - n + 1.
Shapes: B batch, h heads, T_q queries, T_k keys, d_h head dimension. Unit: open gates.
"""

import torch
from torch import Tensor, nn


def positions(
    q: Tensor, k: Tensor, m: Tensor | None = None, n: Tensor | None = None
) -> Tensor:
    """p before it is clipped: (B, h, T_q, d_h), (B, h, T_k, d_h) -> (B, h, T_q, T_k).

    The queries are the last T_q of the T_k tokens, so a cache of keys works as it is,
    unless m and n say where queries and keys stand: integers (T,) or (B, T), in any
    order, empty slots of a cache and pads above every m. 0 for keys after the query.
    Raises TypeError, ValueError: q, k, m or n of dtypes or shapes that do not fit.
    """
    _check(q, k, m, n)
    scores = (q / q.shape[-1] ** 0.5) @ k.mT  # in this order float16 has room
    gates = scores.to(torch.promote_types(q.dtype, torch.float32)).sigmoid()
    if m is None or n is None:
        seen = gates.tril(k.shape[-2] - q.shape[-2])
        return seen.flip(-1).cumsum(-1).flip(-1)
    later = (n[..., None, :] > m[..., :, None]).unsqueeze(-3).to(q.device)
    last_first = torch.atleast_2d(n).to(q.device).argsort(descending=True, stable=True)
    order = last_first[:, None, None].expand(gates.shape)
    counts = gates.masked_fill(later, 0).gather(-1, order).cumsum(-1)
    return torch.empty_like(counts).scatter(-1, order, counts)


class CoPE(nn.Module):
    """The vectors e[0] .. e[p_max], read at positions that the gates decide.

    max_position: p_max. Raises TypeError, ValueError: a size that is no int above 0.
    """

    def __init__(self, head_dim: int, max_position: int):
        _check_sizes(head_dim, max_position)
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(max_position + 1, head_dim))

    def forward(
        self, q: Tensor, k: Tensor, m: Tensor | None = None, n: Tensor | None = None
    ) -> Tensor:
        """What is added to the scores, of ``positions``: (B, h, T_q, T_k), dtype of q.

        Raises TypeError, ValueError: also a head dimension other than the table's.
        """
        _check_head_dim(q, self.weight)
        last = len(self.weight) - 1
        p = positions(q, k, m, n).clamp(max=last)
        below = p.nan_to_num().floor()  # nan must not look up a row
        by_row = (q @ self.weight.T.to(q.dtype)).to(q.dtype)  # (B, h, T_q, p_max + 1)
        at_below = by_row.gather(-1, below.long())
        at_above = by_row.gather(-1, (below.long() + 1).clamp(max=last))
        return torch.lerp(at_below, at_above, (p - below).to(q.dtype))


def _check(q: Tensor, k: Tensor, m: Tensor | None, n: Tensor | None) -> None:
    for name, x in (("q", q), ("k", k)):
        if not x.is_floating_point() or x.dtype != q.dtype:
            got = f"{name} of {x.dtype} and q of {q.dtype}"
            raise TypeError(f"q and k must be floating point of one dtype, got {got}")
        if x.ndim != 4 or 0 in x.shape:
            want = "(B, h, T, d_h) and no empty axis"
            raise ValueError(f"{name} must have shape {want}, got {tuple(x.shape)}")
    if q.shape[:2] != k.shape[:2] or q.shape[-1] != k.shape[-1]:
        got = f"{tuple(q.shape)} and {tuple(k.shape)}"
        raise ValueError(f"q and k must agree in B, h and d_h, got {got}")
    if (m is None) != (n is None):
        raise ValueError("m and n must be given together, or neither")
    for name, at, x in (("m", m, q), ("n", n, k)):
        if at is not None and (at.is_floating_point() or at.dtype == torch.bool):
            raise TypeError(f"{name} must hold integers, got {at.dtype}")
        fits = (x.shape[2:3], (1, *x.shape[2:3]), x.shape[::2])
        if at is not None and at.shape not in fits:
            want = f"({x.shape[2]},) or ({x.shape[0]}, {x.shape[2]})"
            raise ValueError(f"{name} must have shape {want}, got {tuple(at.shape)}")
    if m is None and q.shape[-2] > k.shape[-2]:
        got = f"got {q.shape[-2]} queries and {k.shape[-2]} keys"
        raise ValueError(f"queries are the last of the tokens keys stand for, {got}")


def _check_sizes(head_dim: int, max_position: int) -> None:
    for name, size in (("head_dim", head_dim), ("max_position", max_position)):
        if isinstance(size, bool) or not isinstance(size, int):
            raise TypeError(f"{name} must be an int, got {size!r}")
        if size < 1:
            raise ValueError(f"{name} must be above 0, got {size}")


def _check_head_dim(q: Tensor, table: Tensor) -> None:
    head_dim = table.shape[1]
    if q.shape[-1] != head_dim:
        want = f"d_h {head_dim} like the table"
        raise ValueError(f"q must have {want}, got {q.shape[-1]}")
