"""Shaw's relative vectors: one learned vector an offset, added to keys and to values.

Shaw et al. 2018 (arXiv:1803.02155), equations 3, 4 and 5.

    score[m, n] = q_m . (k_n + a[clip(n - m)]) / sqrt(d_h)
    out[m]      = sum over n of weight[m, n] (v_n + b[clip(n - m)])
    clip(x)     = max(-K, min(K, x))

Convention: an offset is key minus query, so row 0 is "K or more to the left", row K
"here". All heads share both tables; the paper's base model has tables for each head.
Rows start as normal noise of standard deviation 0.02. No vector a pair is ever stored:
the query meets the 2K + 1 rows, and every pair looks its offset up.
Shapes: B batch, h heads, T sequence length, d_h head dimension. Positions in tokens.
"""

import torch
from torch import Tensor, nn


class Shaw(nn.Module):
    """Two tables of 2 ``clip`` + 1 rows.

    Raises TypeError, ValueError unless both sizes are ints above 0.
    """

    def __init__(self, head_dim: int, clip: int = 16):
        _check_sizes(head_dim, clip)
        super().__init__()
        self.clip = clip
        self.to_keys = nn.Parameter(torch.empty(2 * clip + 1, head_dim))
        self.to_values = nn.Parameter(torch.empty(2 * clip + 1, head_dim))
        nn.init.normal_(self.to_keys, std=0.02)
        nn.init.normal_(self.to_values, std=0.02)

    def forward(self, q: Tensor, m: Tensor, n: Tensor) -> Tensor:
        """What is added to the scores: (B, h, T_q, d_h) -> (B, h, T_q, T_k).

        It is divided by sqrt(d_h) already.
        m, n: positions of queries (T_q,) and of keys (T_k,), integers, or (B, T) each
        where rows differ; only their differences count.
        Raises TypeError, ValueError: q, m or n of the wrong dtype or shape.
        """
        head_dim = self.to_keys.shape[1]
        _check_queries(q, m, n, head_dim)
        rows = self._rows(q, m, n)
        by_row = q @ self.to_keys.to(q.dtype).mT / head_dim**0.5  # (B, h, T_q, 2K + 1)
        return by_row.gather(-1, rows)

    def values(self, weights: Tensor, m: Tensor, n: Tensor) -> Tensor:
        """What is added to the output: (B, h, T_q, T_k) -> (B, h, T_q, d_h).

        m, n: as in ``forward``. FSDP gathers weights for ``forward`` alone; tell it of
        this one: torch.distributed.fsdp.register_fsdp_forward_method(layer, "values").
        """
        _check_weights(weights, m, n)
        rows = self._rows(weights, m, n)
        # many small weights meet in one row, so their sum is formed in float32 at least
        exact = weights if weights.dtype == torch.float64 else weights.float()
        nothing = exact.new_zeros(*weights.shape[:-1], self.to_values.shape[0])
        by_row = nothing.scatter_add(-1, rows, exact)  # (B, h, T_q, 2K + 1)
        return by_row.to(weights.dtype) @ self.to_values.to(weights.dtype)

    def _rows(self, x: Tensor, m: Tensor, n: Tensor) -> Tensor:
        """The row of every pair: (B, h, T_q, T_k), on the device of x."""
        offsets = (n.long()[..., None, :] - m.long()[..., :, None]).to(x.device)
        rows = offsets.clamp(-self.clip, self.clip) + self.clip
        return rows.unsqueeze(-3).expand(*x.shape[:2], -1, -1)


def _check_sizes(head_dim: int, clip: int) -> None:
    for name, value in (("head_dim", head_dim), ("clip", clip)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} must be an int, got {value!r}")
        if value < 1:
            why = "since 0 leaves nothing to tell offsets by"
            raise ValueError(f"{name} must be above 0, {why}; got {value}")


def _check_queries(q: Tensor, m: Tensor, n: Tensor, head_dim: int) -> None:
    if q.ndim != 4 or 0 in q.shape or q.shape[-1] != head_dim:
        want = f"(B, h, T_q, {head_dim}) and no empty axis"
        raise ValueError(f"q must have shape {want}, got {tuple(q.shape)}")
    _check_positions(q, m, n)


def _check_weights(weights: Tensor, m: Tensor, n: Tensor) -> None:
    if weights.ndim != 4 or weights.shape[-1:] != n.shape[-1:]:
        want = f"(B, h, {m.shape[-1]}, {n.shape[-1]}) to match m and n"
        raise ValueError(f"weights must have shape {want}, got {tuple(weights.shape)}")
    _check_positions(weights, m, n)


def _check_positions(x: Tensor, m: Tensor, n: Tensor) -> None:
    if not x.is_floating_point():
        raise TypeError(f"queries and weights must be floating point, got {x.dtype}")
    for name, positions in (("m", m), ("n", n)):
        dtype = positions.dtype
        if dtype.is_floating_point or dtype.is_complex or dtype == torch.bool:
            why = "since positions count tokens"
            raise TypeError(f"{name} must hold integers, {why}; got {dtype}")
    batch, queries = x.shape[0], x.shape[-2]
    rows = all(p.shape[:-1] in ((), (1,), (batch,)) and p.ndim for p in (m, n))
    if not rows or m.shape[-1] != queries or n.shape[-1] == 0:
        want = f"({queries},) and (T_k,), or those behind {batch} rows"
        got = f"{tuple(m.shape)} and {tuple(n.shape)}"
        raise ValueError(f"m and n must have shapes {want}, got {got}")
