"""FIRE: a small learned function of a normalised distance, added to the attention
scores.

Li et al. 2023 (arXiv:2310.04418), section 3.

    b(m, n) = f(psi(m - n) / psi(max(L, m)))    psi(x) = log(c x + 1)

Convention: f is one MLP for all heads of a layer, 1 -> hidden -> heads, with one ReLU
layer. c and L are learned: c as it is, L as threshold * stretch with stretch starting
at 1, and both enter by their absolute value. Positions count from 0 (the paper from 1).
A key after its query counts by its distance, |m - n|; causal masks remove it. Where
every m <= L the normaliser is one constant and the bias depends on m - n alone; past L
it depends on m too.
Shapes: h heads, T_q queries, T_k keys. Positions, distances and L in tokens; the bias
in units of the scores.
"""

import torch
from torch import Tensor, nn


class Fire(nn.Module):
    """The bias of all heads of one layer; 2 + 2 hidden + (hidden + 1) heads parameters.

    c, threshold: where c (per token) and L (tokens) start. The output layer starts as
    PyTorch starts any layer.
    Raises TypeError, ValueError: sizes that are not ints above 0, c or threshold not
    above 0.
    """

    def __init__(
        self, heads: int, hidden: int = 32, c: float = 0.1, threshold: float = 512.0
    ):
        _check_start(heads, hidden, c, threshold)
        super().__init__()
        self.threshold = float(threshold)
        self.c = nn.Parameter(torch.tensor([float(c)]))  # FSDP2 shards no scalars
        self.stretch = nn.Parameter(torch.tensor([1.0]))
        self.mlp = nn.Sequential(
            nn.Linear(1, hidden), nn.ReLU(), nn.Linear(hidden, heads)
        )

    def normalised(self, m: Tensor, n: Tensor) -> Tensor:
        """What f reads, psi(|m - n|) / psi(max(L, m)): (T_q, T_k) or (B, T_q, T_k).

        0 at the query, at most 1 for n <= m.
        """
        _check_positions(m, n)
        wide = torch.promote_types(self.c.dtype, torch.float32)
        m = m.to(wide)
        n = n.to(wide)
        c = self.c.to(wide).abs()
        threshold = (self.threshold * self.stretch.to(wide)).abs()
        distance = (m[..., :, None] - n[..., None, :]).abs()
        reach = torch.maximum(m, threshold)[..., :, None]
        return torch.log1p(c * distance) / torch.log1p(c * reach)

    def forward(self, m: Tensor, n: Tensor) -> Tensor:
        """What is added to the scores: (h, T_q, T_k) or (B, h, T_q, T_k).

        m, n: positions of queries (T_q,) and keys (T_k,), or (B, T) each. Each row of a
        padded or packed batch counts from its own first token.
        Has the dtype of the parameters; the distance is formed in float32 at least.
        Raises TypeError, ValueError: positions that are not integers, of another shape,
        empty, or negative (looked at on the CPU only, since elsewhere looking would
        stall the device, and not in compiled code).
        """
        x = self.normalised(m, n)
        return self.mlp(x[..., None].to(self.c.dtype)).movedim(-1, -3)


def _check_start(heads: int, hidden: int, c: float, threshold: float) -> None:
    for name, size in (("heads", heads), ("hidden", hidden)):
        if isinstance(size, bool) or not isinstance(size, int):
            raise TypeError(f"{name} must be an int, got {size!r}")
        if size < 1:
            raise ValueError(f"{name} must be above 0, got {size}")
    for name, value in (("c", c), ("threshold", threshold)):
        if not 0 < value < float("inf"):
            why = "or nothing could be normalised"
            raise ValueError(f"{name} must be above 0 and finite, {why}; got {value}")


def _check_positions(m: Tensor, n: Tensor) -> None:
    for name, x in (("m", m), ("n", n)):
        if x.is_floating_point() or x.is_complex() or x.dtype == torch.bool:
            why = "since positions count tokens"
            raise TypeError(f"{name} must be integers, {why}; got {x.dtype}")
        if x.ndim not in (1, 2) or x.numel() == 0:
            want = "(T,) or (B, T) and not be empty"
            raise ValueError(f"{name} must have shape {want}, got {tuple(x.shape)}")
        if _readable(x) and x.min() < 0:
            raise ValueError(f"{name} must count from 0, got {int(x.min())}")
    if m.ndim == n.ndim == 2 and 1 != m.shape[0] != n.shape[0] != 1:
        raise ValueError(f"m and n must have as many rows, got {len(m)} and {len(n)}")


def _readable(values: Tensor) -> bool:
    """Whether looking at values neither stalls a device nor breaks a graph."""
    plain = type(values) in (Tensor, nn.Parameter) and values.is_cpu
    wrapped = torch._C._functorch.is_functorch_wrapped_tensor  # as vmap does
    return plain and not torch.compiler.is_compiling() and not wrapped(values)
