"""DeBERTa's disentangled attention: content meets content, content meets distance, distance meets content.

He et al. 2021 (arXiv:2006.03654), section 3.1, equations 3 and 4.

    score[m, n] sqrt(3 d_h) = q_m . k_n                            content to content, which attention has anyway
                            + q_m . (P Wk)[row(m, n)]              content to position
                            + k_n . (P Wq)[row(n, m)]              position to content
    row(m, n) = 0 if m - n <= -K,  2K - 1 if m - n >= K,  else m - n + K

Convention: the paper's row(n, m) in the last term; the released code reads row(m, n) there. Distances past K share
a row, as in the paper and the first models; later ones use logarithmic buckets. P, Wk and Wq start as normal noise
of standard deviation 0.02, without biases. P belongs to all layers: assign ``layer.rows = first.rows`` to share it.
Three terms are divided by sqrt(3 d_h), attention divides its own by sqrt(d_h): hand ``shrink`` to it before.
Shapes: B batch, h heads, T sequence length, d model dimension, d_h = d/h, K span. Positions in tokens.
"""

import torch
from torch import Tensor, nn


def shrink(q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
    """q over sqrt(3), and k: then q . k / sqrt(d_h) is the first term, and ``DeBERTa`` expects this q."""
    return q / 3**0.5, k


class DeBERTa(nn.Module):
    """P (2K, d), Wk and Wq. Raises TypeError, ValueError unless sizes are ints above 0, dim a multiple of heads."""

    def __init__(self, dim: int, heads: int, span: int):
        super().__init__()
        for name, value in (("dim", dim), ("heads", heads), ("span", span)):
            if isinstance(value, bool) or not isinstance(value, int):
                raise TypeError(f"{name} must be an int, got {value!r}")
            if value < 1:
                raise ValueError(f"{name} must be above 0, got {value}")
        if dim % heads:
            raise ValueError(f"dim must be a multiple of heads, got {dim} and {heads} heads")
        self.heads, self.span = heads, span
        self.rows = nn.Parameter(torch.empty(2 * span, dim))
        self.to_key, self.to_query = nn.Linear(dim, dim, bias=False), nn.Linear(dim, dim, bias=False)
        for weight in self.parameters():
            nn.init.normal_(weight, std=0.02)

    def forward(self, q: Tensor, k: Tensor, m: Tensor, n: Tensor) -> Tensor:
        """The two position terms over sqrt(3 d_h): q of ``shrink``, k, each (B, h, T, d_h) -> (B, h, T_q, T_k).

        m, n: positions of queries (T_q,) and of keys (T_k,), integers; only their differences count.
        Raises TypeError, ValueError: q, k, m or n of the wrong dtype or shape.
        """
        head_dim = self.rows.shape[1] // self.heads
        for name, x, at in (("q", q, m), ("k", k, n)):
            if x.ndim != 4 or 0 in x.shape or x.shape[1::2] != (self.heads, head_dim):
                want = f"(B, {self.heads}, T, {head_dim}) and no empty axis"
                raise ValueError(f"{name} must have shape {want}, got {tuple(x.shape)}")
            if not x.is_floating_point():
                raise TypeError(f"{name} must be floating point, got {x.dtype}")
            if at.is_floating_point() or at.is_complex() or at.dtype == torch.bool:
                raise TypeError(f"positions of {name} must be integers, since they count tokens; got {at.dtype}")
            if at.shape != x.shape[2:3]:
                raise ValueError(f"positions of {name} must have shape ({x.shape[2]},), got {tuple(at.shape)}")
        keys, queries = (  # (h, 2K, d_h) each: made once, not for every pair
            w(self.rows).unflatten(-1, (self.heads, head_dim)).transpose(0, 1).to(q.dtype)
            for w in (self.to_key, self.to_query)
        )
        ahead = (m.long()[:, None] - n.long()).to(q.device)  # (T_q, T_k)
        by_query = self._look_up(q @ keys.mT, ahead)
        by_key = self._look_up(k @ queries.mT, -ahead.T).mT / 3**0.5
        return (by_query + by_key) / head_dim**0.5

    def _look_up(self, products: Tensor, distances: Tensor) -> Tensor:
        """(B, h, T, 2K), (T, T') -> (B, h, T, T'), the product with the row of every distance."""
        rows = (distances + self.span).clamp(0, 2 * self.span - 1)
        return products.gather(-1, rows.expand(*products.shape[:2], -1, -1))
