"""Transformer-XL's relative positions: the four terms of a score, written for the distance.

Dai et al. 2019 (arXiv:1901.02860), section 3.3 and appendix B.

    score[m, n] sqrt(d_h) = q_m . k_n          (a) content, which attention has anyway
                          + q_m . W R[m - n]   (b) content of the query, distance
                          + u . k_n            (c) content of the key
                          + v . W R[m - n]     (d) distance

    R[x] = sin(x theta_0), cos(x theta_0), sin(x theta_1), ..    theta_i = 10000**(-2i/d)

Convention: a distance is query minus key, above 0 to the left. Sine and cosine of one speed are neighbours; the
authors' code and XLNet put all sines first. W, the paper's W_{k,R}, belongs to a layer; u and v have a part for
each head, and all start as normal noise of standard deviation 0.02.
Shapes: B batch, h heads, T sequence length, d model dimension, d_h = d/h. Positions in tokens, angles in radians.
"""

import torch
from torch import Tensor, nn


class TransformerXL(nn.Module):
    """W, u and v of one layer. Raises TypeError, ValueError unless ``dim`` is even and a multiple of ``heads``."""

    def __init__(self, dim: int, heads: int):
        super().__init__()
        for name, value in (("dim", dim), ("heads", heads)):
            if isinstance(value, bool) or not isinstance(value, int):
                raise TypeError(f"{name} must be an int, got {value!r}")
        if heads < 1 or dim < 2 or dim % heads or dim % 2:
            raise ValueError(f"dim must be even (sines, cosines) and a multiple of heads, got {dim} and {heads} heads")
        self.w = nn.Linear(dim, dim, bias=False)
        self.u = nn.Parameter(torch.empty(heads, dim // heads))
        self.v = nn.Parameter(torch.empty(heads, dim // heads))
        for weight in self.parameters():
            nn.init.normal_(weight, std=0.02)

    def forward(self, q: Tensor, k: Tensor, m: Tensor, n: Tensor) -> Tensor:
        """Terms (b), (c), (d) over sqrt(d_h), to be added to (a): q, k (B, h, T, d_h) -> (B, h, T_q, T_k).

        m, n: positions of queries (T_q,) and of keys (T_k,), integers that count up by one; where they start is free.
        Raises TypeError, ValueError: q, k, m or n of the wrong dtype or shape. Positions with gaps raise ValueError
        on the CPU; elsewhere reading them back would stall the device, and the lookup runs out of bounds instead.
        """
        heads, head_dim = self.u.shape
        for name, x, at in (("q", q, m), ("k", k, n)):
            if x.ndim != 4 or 0 in x.shape or x.shape[1::2] != self.u.shape:
                want = f"(B, {heads}, T, {head_dim}) and no empty axis"
                raise ValueError(f"{name} must have shape {want}, got {tuple(x.shape)}")
            if not x.is_floating_point():
                raise TypeError(f"{name} must be floating point, got {x.dtype}")
            if at.is_floating_point() or at.is_complex() or at.dtype == torch.bool:
                raise TypeError(f"positions of {name} must be integers, since they count tokens; got {at.dtype}")
            if at.shape != x.shape[2:3]:
                raise ValueError(f"positions of {name} must have shape ({x.shape[2]},), got {tuple(at.shape)}")
            if at.is_cpu and not torch.compiler.is_compiling() and (at.long().diff() != 1).any():
                steps = at.long().diff().unique().tolist()
                raise ValueError(f"positions of {name} must count up by one, got steps of {steps}")
        m, n = m.long().to(q.device), n.long().to(q.device)
        lowest = m[0] - n[-1]
        rows = (m[:, None] - n - lowest).expand(*q.shape[:2], -1, -1)
        keys = self._keys(lowest + torch.arange(len(m) + len(n) - 1, device=q.device)).to(q.dtype)  # (h, D, d_h)
        by_distance = (q + self.v[:, None].to(q.dtype)) @ keys.mT  # (B, h, T_q, D): no vector for every pair
        by_key = (k @ self.u[:, :, None].to(k.dtype)).mT  # (B, h, 1, T_k)
        return (by_distance.gather(-1, rows) + by_key) / head_dim**0.5

    def _keys(self, distances: Tensor) -> Tensor:
        """W R of every distance: (D,) -> (h, D, d_h)."""
        dim = self.w.in_features
        x = distances.to("cpu" if distances.is_mps else distances.device, torch.float64)  # MPS lacks float64
        angles = x[:, None] * 10000 ** (-torch.arange(0, dim, 2, dtype=torch.float64, device=x.device) / dim)
        sinusoids = torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(-2)
        return self.w(sinusoids.to(self.w.weight)).unflatten(-1, (len(self.u), -1)).transpose(0, 1)
