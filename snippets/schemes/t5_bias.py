"""T5's relative position bias: one learned number for each range of distances, added to the scores.

Raffel et al. 2020 (arXiv:1910.10683), section 2.1; the edges of the ranges stand in the authors' code alone.

    score(m, n) = q_m . k_n + b[bucket(m - n)]             T5 does not divide by sqrt(d_h)
    k < E:   bucket(k) = k                                 E buckets hold one distance each
    k >= E:  bucket(k) = min(E + floor((B - E) log(k / E) / log(D / E)), B - 1)

Convention: a distance is m - n, positive for earlier keys. Causal: B = 32, E = 16, D = 128, and later keys fall into
bucket 0 (mask them). Bidirectional: B = 16 and E = 8 for keys at or before the query, and as many buckets again for
keys after it. One table serves all layers; each head has its own column in it.
Shapes: h heads, T_q queries at positions m, T_k keys at positions n. Distances in tokens, scores in nats.
"""

import torch
from torch import Tensor, nn


def _edges(buckets: int, max_distance: int, causal: bool) -> Tensor:
    """Smallest distance of each bucket but the first, compared in whole numbers: no rounding can move an edge."""
    for name, value in (("buckets", buckets), ("max_distance", max_distance)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} must be an int, got {value!r}")
    if buckets < (2 if causal else 4) or (buckets % 2 and not causal):
        want = "2 or more" if causal else "even and 4 or more, half of them for each direction"
        raise ValueError(f"buckets must be {want}; got {buckets}")
    side = buckets if causal else buckets // 2
    exact, parts = side // 2, side - side // 2
    if max_distance <= exact:
        raise ValueError(f"max_distance must exceed {exact}, the buckets of one distance each; got {max_distance}")
    edges = list(range(1, exact + 1))
    for step in range(1, parts):
        edge = int(exact * (max_distance / exact) ** (step / parts))
        edges.append(edge if edge**parts * exact**step >= exact**parts * max_distance**step else edge + 1)
    return torch.tensor(edges)


def _find(distance: Tensor, edges: Tensor, causal: bool) -> Tensor:
    if causal:
        return torch.bucketize(distance, edges, right=True)
    return torch.bucketize(distance.abs(), edges, right=True) + (distance < 0) * (len(edges) + 1)


def bucket(distance: Tensor, buckets: int = 32, max_distance: int = 128, causal: bool = True) -> Tensor:
    """Bucket of every distance m - n: integers (...) -> (...), int64, 0 .. buckets - 1.

    Raises TypeError, ValueError: distances that are no integers, numbers of buckets or a distance that cannot be.
    """
    if distance.is_floating_point() or distance.is_complex() or distance.dtype == torch.bool:
        raise TypeError(f"distance must hold integers, since it counts tokens; got {distance.dtype}")
    return _find(distance.long(), _edges(buckets, max_distance, causal).to(distance.device), causal)


class T5Bias(nn.Module):
    """The table, (buckets, heads) as in T5's checkpoints. Make one, and hand its result to every layer."""

    def __init__(self, heads: int, buckets: int = 32, max_distance: int = 128, causal: bool = True):
        super().__init__()
        if isinstance(heads, bool) or not isinstance(heads, int) or heads < 1:
            raise ValueError(f"heads must be an int above 0, since each head has a column; got {heads!r}")
        self.register_buffer("edges", _edges(buckets, max_distance, causal), persistent=False)
        self.weight, self.causal = nn.Parameter(0.02 * torch.randn(buckets, heads)), causal

    def forward(self, m: Tensor, n: Tensor) -> Tensor:
        """What is added to the scores: integer positions (T_q,), (T_k,) -> (h, T_q, T_k), dtype of the table."""
        for name, at in (("m", m), ("n", n)):
            if at.ndim != 1 or at.numel() == 0:
                raise ValueError(f"{name} must have shape (T,) and not be empty, got {tuple(at.shape)}")
            if at.is_floating_point() or at.is_complex() or at.dtype == torch.bool:
                raise TypeError(f"{name} must hold integers, since positions count tokens; got {at.dtype}")
        return self.weight.T[:, _find(m.long()[:, None] - n.long(), self.edges, self.causal)]
