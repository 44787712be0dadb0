"""A bias by distance that the query's own content mixes out of a few learned profiles
(Inkling, Thinking Machines 2026).

    r[m]    = W_r x[m]                  d_rel numbers for each head
    b[m, n] = r[m] . P[:, m - n]        for 0 <= m - n < E
    b[m, n] = 0                         at every other distance

Convention: a distance is m - n, positive for earlier keys; column 0 is the token itself
and E is the reach. What is added is not scaled. All heads of a layer share P, and each
mixes it by rows of W_r of its own. Both start as normal noise, standard deviation 0.02.
A key after its query gets 0 as a far one does, so a mask has to hide it.
Shapes: B batch, h heads, T_q queries, T_k keys, d model dimension. Distances in tokens.
"""

import torch
from torch import Tensor, nn


class ContentBias(nn.Module):
    """W_r and P of one layer: d h d_rel and d_rel E weights.

    reach: E, how many distances have a number of their own.
    Raises TypeError, ValueError unless all sizes are ints above 0.
    """

    def __init__(self, dim: int, heads: int, reach: int, d_rel: int = 16):
        _check_sizes(dim=dim, heads=heads, reach=reach, d_rel=d_rel)
        super().__init__()
        self.heads = heads
        self.mix = nn.Linear(dim, heads * d_rel, bias=False)  # W_r
        self.profiles = nn.Parameter(torch.empty(d_rel, reach))  # P
        nn.init.normal_(self.mix.weight, std=0.02)
        nn.init.normal_(self.profiles, std=0.02)

    def by_distance(self, x: Tensor) -> Tensor:
        """The bias at distances 0 .. E - 1: (B, T_q, d) -> (B, h, T_q, E).

        x: what the layer makes its queries of. A kernel that looks distances up itself
        needs no more than this.
        Raises TypeError, ValueError: x that is not floating point, or of another shape.
        """
        _check_input(x, self.mix.in_features)
        r = self.mix(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        return r @ self.profiles.to(r.dtype)

    def forward(self, x: Tensor, m: Tensor, n: Tensor) -> Tensor:
        """What is added to the scores: (B, T_q, d) -> (B, h, T_q, T_k).

        m, n: positions of queries (T_q,) and of keys (T_k,), integers, or (B, T) each
        where rows differ; only their differences count.
        Raises TypeError, ValueError: x, m or n of the wrong dtype or shape.
        """
        by_distance = self.by_distance(x)
        _check_positions(x, m, n)
        reach = self.profiles.shape[1]
        distance = (m.long()[..., :, None] - n.long()[..., None, :]).to(x.device)
        distance = distance.unsqueeze(-3)  # all heads alike
        columns = distance.clamp(0, reach - 1).expand(*by_distance.shape[:2], -1, -1)
        outside = (distance < 0) | (distance >= reach)
        return by_distance.gather(-1, columns).masked_fill(outside, 0)


def _check_sizes(**sizes: int) -> None:
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int):
            raise TypeError(f"{name} must be an int, got {size!r}")
        if size < 1:
            why = "since 0 leaves no bias to add"
            raise ValueError(f"{name} must be above 0, {why}; got {size}")


def _check_input(x: Tensor, dim: int) -> None:
    if not x.is_floating_point():
        raise TypeError(f"x must be floating point, got {x.dtype}")
    if x.ndim != 3 or x.shape[-1] != dim:
        want = f"(B, T_q, {dim}), as queries are made of"
        raise ValueError(f"x must have shape {want}; got {tuple(x.shape)}")


def _check_positions(x: Tensor, m: Tensor, n: Tensor) -> None:
    for name, positions in (("m", m), ("n", n)):
        dtype = positions.dtype
        if dtype.is_floating_point or dtype.is_complex or dtype == torch.bool:
            why = "since positions count tokens"
            raise TypeError(f"{name} must hold integers, {why}; got {dtype}")
    batch, queries = x.shape[:2]
    rows = all(p.shape[:-1] in ((), (1,), (batch,)) and p.ndim for p in (m, n))
    if not rows or m.shape[-1] != queries:
        want = f"({queries},) and (T_k,), or those behind {batch} rows"
        got = f"{tuple(m.shape)} and {tuple(n.shape)}"
        raise ValueError(f"m and n must have shapes {want}, got {got}")
