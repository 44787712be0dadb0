"""Transformer-XL's relative positions: the four terms of a score, written for the
distance.

Dai et al. 2019 (arXiv:1901.02860), section 3.3 and appendix B.

    score[m, n] sqrt(d_h) = q_m . k_n          (a) content, which attention has anyway
                          + q_m . W R[m - n]   (b) content of the query, distance
                          + u . k_n            (c) content of the key
                          + v . W R[m - n]     (d) distance

    R[x] = sin(x theta_0), cos(x theta_0), sin(x theta_1), ..   theta_i = 10000**(-2i/d)

Convention: a distance is query minus key, above 0 to the left. Sine and cosine of one
speed are neighbours; the authors' code and XLNet put all sines first. W, the paper's
W_{k,R}, belongs to a layer; u and v have a part for each head, and all start as normal
noise of standard deviation 0.02.
Shapes: B batch, h heads, T sequence length, d model dimension, d_h = d/h. Positions in
tokens, angles in radians.
"""

import torch
from torch import Tensor, nn


class TransformerXL(nn.Module):
    """W, u and v of one layer.

    Raises TypeError, ValueError unless ``dim`` is even and a multiple of ``heads``.
    """

    def __init__(self, dim: int, heads: int):
        _check_sizes(dim, heads)
        super().__init__()
        self.w = nn.Linear(dim, dim, bias=False)
        self.u = nn.Parameter(torch.empty(heads, dim // heads))
        self.v = nn.Parameter(torch.empty(heads, dim // heads))
        for weight in self.parameters():
            nn.init.normal_(weight, std=0.02)

    def forward(self, q: Tensor, k: Tensor, m: Tensor, n: Tensor) -> Tensor:
        """Terms (b), (c), (d) over sqrt(d_h), to be added to (a): (B, h, T_q, T_k).

        q, k: (B, h, T, d_h) each. m, n: their positions (T,) or (B, T), integers that
        count up by one; where a row of them starts is free.
        Raises TypeError, ValueError: a wrong dtype or shape; on the CPU also gaps in m
        or n. Elsewhere and in compiled code the look-up runs out of bounds instead.
        """
        _check(q, k, m, n, self.u.shape)
        m, n = m.long().to(q.device), n.long().to(q.device)
        lowest = m[..., :1] - n[..., -1:]
        run = torch.arange(q.shape[2] + k.shape[2] - 1, device=q.device)
        keys = self._keys(lowest + run).to(q.dtype)  # W R: (h, D, d_h), (B, h, D, d_h)
        q_and_v = q + self.v[:, None].to(q.dtype)
        by_distance = q_and_v @ keys.mT  # (B, h, T_q, D): no vector for every pair
        by_key = (k @ self.u[:, :, None].to(k.dtype)).mT  # (B, h, 1, T_k)
        rows = (m[..., :, None] - n[..., None, :] - lowest[..., None]).unsqueeze(-3)
        by_pair = by_distance.gather(-1, rows.expand(*q.shape[:2], -1, -1))
        return (by_pair + by_key) / q.shape[-1] ** 0.5

    def _keys(self, distances: Tensor) -> Tensor:
        """W R of every distance: (D,) -> (h, D, d_h), (B, D) -> (B, h, D, d_h)."""
        here = "cpu" if distances.is_mps else distances.device  # MPS lacks float64
        even = torch.arange(0, self.w.in_features, 2, dtype=torch.float64, device=here)
        theta = 10000 ** (-even / self.w.in_features)
        angles = distances.to(here, torch.float64)[..., None] * theta
        sinusoids = torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(-2)
        keys = self.w(sinusoids.to(self.u))
        return keys.unflatten(-1, (len(self.u), -1)).transpose(-3, -2)


def _check_sizes(dim: int, heads: int) -> None:
    for name, value in (("dim", dim), ("heads", heads)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} must be an int, got {value!r}")
    if heads < 1 or dim < 2 or dim % heads or dim % 2:
        want = "even (sines, cosines) and a multiple of heads"
        raise ValueError(f"dim must be {want}, got {dim} and {heads} heads")


def _check(q: Tensor, k: Tensor, m: Tensor, n: Tensor, head: tuple[int, ...]) -> None:
    for name, x, positions in (("q", q, m), ("k", k, n)):
        if x.ndim != 4 or 0 in x.shape or x.shape[1::2] != head:
            want = f"(B, {head[0]}, T, {head[1]}) and no empty axis"
            raise ValueError(f"{name} must have shape {want}, got {tuple(x.shape)}")
        if not x.is_floating_point():
            raise TypeError(f"{name} must be floating point, got {x.dtype}")
        _check_positions(f"positions of {name}", positions, x)
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
    if _readable(positions) and (positions.long().diff() != 1).any():
        steps = positions.long().diff().unique().tolist()
        raise ValueError(f"{name} must count up by one, got steps of {steps}")


def _readable(values: Tensor) -> bool:
    """Whether looking at values neither stalls a device nor breaks a graph."""
    plain = type(values) in (Tensor, nn.Parameter) and values.is_cpu
    wrapped = torch._C._functorch.is_functorch_wrapped_tensor  # as vmap does
    return plain and not torch.compiler.is_compiling() and not wrapped(values)
