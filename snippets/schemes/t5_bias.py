"""T5's relative position bias: one learned number for each range of distances, added to
the scores.

Raffel et al. 2020 (arXiv:1910.10683), section 2.1; the edges of the ranges stand in the
authors' code alone.

    score(m, n) = q_m . k_n + b[bucket(m - n)]        T5 does not divide by sqrt(d_h)
    k < E:   bucket(k) = k                            E buckets hold one distance each
    k >= E:  bucket(k) = min(E + floor((B - E) log(k / E) / log(D / E)), B - 1)

Convention: a distance is m - n, positive for earlier keys. Causal: B = 32, E = 16,
D = 128, and later keys fall into bucket 0 (mask them). Bidirectional: B = 16 and E = 8
for keys at or before the query, and as many buckets again for keys after it. One table
serves all layers; each head has its own column in it.
Shapes: h heads, T_q queries at positions m, T_k keys at positions n. Distances in
tokens, scores in nats.
"""

import torch
from torch import Tensor, nn


def bucket(
    distance: Tensor, buckets: int = 32, max_distance: int = 128, causal: bool = True
) -> Tensor:
    """Bucket of every distance m - n: integers (...) -> (...), int64, 0 .. buckets - 1.

    Raises TypeError, ValueError: no integers, or numbers of buckets that cannot be.
    """
    _check_integers("distance", distance, "it counts")
    _check_table(buckets, max_distance, causal)
    edges = _edges(buckets, max_distance, causal).to(distance.device)
    if causal:
        return torch.bucketize(distance.long(), edges, right=True)
    side = torch.bucketize(distance.long().abs(), edges, right=True)
    return side + (distance < 0) * (len(edges) + 1)


def _edges(buckets: int, max_distance: int, causal: bool) -> Tensor:
    """Smallest distance of each bucket but the first; no rounding can move one."""
    side = buckets if causal else buckets // 2
    exact = side // 2  # E
    parts = side - exact
    edges = list(range(1, exact + 1))
    for step in range(1, parts):
        edge = int(exact * (max_distance / exact) ** (step / parts))  # or one below
        while edge**parts * exact**step < exact**parts * max_distance**step:
            edge += 1
        edges.append(edge)
    return torch.tensor(edges)


class T5Bias(nn.Module):
    """The table, (buckets, heads) as in T5's checkpoints: one for all layers."""

    def __init__(
        self,
        heads: int,
        buckets: int = 32,
        max_distance: int = 128,
        causal: bool = True,
    ):
        _check_table(buckets, max_distance, causal, heads)
        super().__init__()
        self.causal = causal
        self.weight = nn.Parameter(0.02 * torch.randn(buckets, heads))
        self.max_distance = max_distance

    def forward(self, m: Tensor, n: Tensor) -> Tensor:
        """What is added, (h, T_q, T_k) or (B, h, T_q, T_k); m, n: (T,) or (B, T)."""
        _check_positions(m, n)
        distance = m.long()[..., :, None] - n.long()[..., None, :]
        rows = bucket(distance, len(self.weight), self.max_distance, self.causal)
        return self.weight[rows].movedim(-1, -3)


def _check_integers(name: str, x: Tensor, why: str) -> None:
    if x.is_floating_point() or x.is_complex() or x.dtype == torch.bool:
        raise TypeError(f"{name} must hold integers, since {why} tokens; got {x.dtype}")


def _check_table(buckets: int, max_distance: int, causal: bool, heads: int = 1) -> None:
    if isinstance(heads, bool) or not isinstance(heads, int) or heads < 1:
        why = "since each head has a column"
        raise ValueError(f"heads must be an int above 0, {why}; got {heads!r}")
    for name, value in (("buckets", buckets), ("max_distance", max_distance)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} must be an int, got {value!r}")
    if causal and buckets < 2:
        raise ValueError(f"buckets must be 2 or more; got {buckets}")
    if not causal and (buckets < 4 or buckets % 2):
        want = "even and 4 or more, half of them for each direction"
        raise ValueError(f"buckets must be {want}; got {buckets}")
    exact = (buckets if causal else buckets // 2) // 2
    if max_distance <= exact:
        want = f"{exact}, the buckets of one distance each"
        raise ValueError(f"max_distance must exceed {want}; got {max_distance}")


def _check_positions(m: Tensor, n: Tensor) -> None:
    for name, x in (("m", m), ("n", n)):
        if x.ndim not in (1, 2) or x.numel() == 0:
            want = "(T,) or (B, T) and not be empty"
            raise ValueError(f"{name} must have shape {want}, got {tuple(x.shape)}")
        _check_integers(name, x, "positions count")
    if m.ndim == n.ndim == 2 and 1 != m.shape[0] != n.shape[0] != 1:
        raise ValueError(f"m and n must have as many rows, got {len(m)} and {len(n)}")
