"""DeBERTa's disentangled attention: content meets content, content meets distance,
distance meets content.

He et al. 2021 (arXiv:2006.03654), section 3.1, equations 3 and 4.

    score[m, n] sqrt(3 d_h) = q_m . k_n                content to content,
                                                       which attention has anyway
                            + q_m . (P Wk)[row(m, n)]  content to position
                            + k_n . (P Wq)[row(n, m)]  position to content
    row(m, n) = 0 if m - n <= -K,  2K - 1 if m - n >= K,  else m - n + K

Convention: the paper's row(n, m) in the last term; the released code reads row(m, n)
there. Distances past K share a row, as in the paper and the first models; later ones
use logarithmic buckets. P, Wk and Wq start as normal noise of standard deviation 0.02,
without biases. P belongs to all layers: assign ``layer.rows = first.rows`` to share it,
after ``to_empty`` where a model is built on the meta device.
Three terms are divided by sqrt(3 d_h), attention divides its own by sqrt(d_h): hand
``shrink`` to it before.
Shapes: B batch, h heads, T sequence length, d model dimension, d_h = d/h, K span.
Positions in tokens.
"""

import torch
from torch import Tensor, nn


def shrink(q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
    """q over sqrt(3), and k: q . k / sqrt(d_h) is the first term, ``DeBERTa`` fits."""
    return q / 3**0.5, k


class DeBERTa(nn.Module):
    """P (2K, d), Wk and Wq.

    Raises TypeError, ValueError unless sizes are ints above 0, dim a multiple of heads.
    """

    def __init__(self, dim: int, heads: int, span: int):
        _check_sizes(dim, heads, span)
        super().__init__()
        self.heads = heads
        self.span = span
        self.rows = nn.Parameter(torch.empty(2 * span, dim))
        self.to_key = nn.Linear(dim, dim, bias=False)
        self.to_query = nn.Linear(dim, dim, bias=False)
        for weight in self.parameters():
            nn.init.normal_(weight, std=0.02)

    def forward(self, q: Tensor, k: Tensor, m: Tensor, n: Tensor) -> Tensor:
        """The two position terms over sqrt(3 d_h): -> (B, h, T_q, T_k).

        q, k: (B, h, T, d_h) each, q of ``shrink``.
        m, n: positions of queries (T_q,) and of keys (T_k,), integers, or (B, T) each
        where rows differ; only their differences count.
        Raises TypeError, ValueError: q, k, m or n of the wrong dtype or shape.
        """
        head_dim = self.rows.shape[1] // self.heads
        _check(q, k, m, n, (self.heads, head_dim))
        keys = self._by_head(self.to_key).to(q.dtype)
        queries = self._by_head(self.to_query).to(q.dtype)
        distances = (m.long()[..., :, None] - n.long()[..., None, :]).to(q.device)
        by_query = self._look_up(q @ keys.mT, distances)
        by_key = self._look_up(k @ queries.mT, -distances.mT).mT / 3**0.5
        return (by_query + by_key) / head_dim**0.5

    def _by_head(self, w: nn.Linear) -> Tensor:
        """P W, made once and not for every pair: (h, 2K, d_h)."""
        return w(self.rows).unflatten(-1, (self.heads, -1)).transpose(0, 1)

    def _look_up(self, products: Tensor, distances: Tensor) -> Tensor:
        """The product of every distance, (T, T') or (B, T, T'): (B, h, T, T')."""
        rows = (distances + self.span).clamp(0, 2 * self.span - 1)
        rows = rows.unsqueeze(-3).expand(*products.shape[:2], -1, -1)
        return products.gather(-1, rows)


def _check_sizes(dim: int, heads: int, span: int) -> None:
    for name, value in (("dim", dim), ("heads", heads), ("span", span)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} must be an int, got {value!r}")
        if value < 1:
            raise ValueError(f"{name} must be above 0, got {value}")
    if dim % heads:
        got = f"{dim} and {heads} heads"
        raise ValueError(f"dim must be a multiple of heads, got {got}")


def _check(q: Tensor, k: Tensor, m: Tensor, n: Tensor, head: tuple[int, ...]) -> None:
    for name, x, positions in (("q", q, m), ("k", k, n)):
        if x.ndim != 4 or 0 in x.shape or x.shape[1::2] != head:
            want = f"(B, {head[0]}, T, {head[1]}) and no empty axis"
            raise ValueError(f"{name} must have shape {want}, got {tuple(x.shape)}")
        if not x.is_floating_point():
            raise TypeError(f"{name} must be floating point, got {x.dtype}")
        _check_positions(f"positions of {name}", positions, x)
    if q.dtype != k.dtype:
        raise TypeError(f"q and k must have one dtype, got {q.dtype} and {k.dtype}")
    if q.shape[0] != k.shape[0]:
        raise ValueError(f"q and k must have one B, got {len(q)} and {len(k)}")


def _check_positions(name: str, positions: Tensor, x: Tensor) -> None:
    dtype = positions.dtype
    if dtype.is_floating_point or dtype.is_complex or dtype == torch.bool:
        why = "since they count tokens"
        raise TypeError(f"{name} must be integers, {why}; got {dtype}")
    batch, length = positions.shape[:-1], positions.shape[-1:]
    if length != x.shape[2:3] or batch not in ((), (1,), x.shape[:1]):
        want = f"({x.shape[2]},) or ({x.shape[0]}, {x.shape[2]})"
        raise ValueError(f"{name} must have shape {want}, got {tuple(positions.shape)}")
