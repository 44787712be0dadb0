"""FIRE: a small learned function of a normalised distance, added to the attention scores.

Li et al. 2023 (arXiv:2310.04418), section 3.

    b(m, n) = f(psi(m - n) / psi(max(L, m)))    psi(x) = log(c x + 1)

Convention: f is one MLP for all heads of a layer, 1 -> hidden -> heads, with one ReLU layer. c and L are learned:
c as it is, L as threshold * stretch with stretch starting at 1, and both enter by their absolute value. Positions
count from 0 (the paper from 1). A key after its query counts by its distance, |m - n|; causal masks remove it.
Where every m <= L the normaliser is one constant and the bias depends on m - n alone; past L it depends on m too.
Shapes: h heads, T_q queries, T_k keys. Positions, distances and L in tokens; the bias in units of the scores.
"""

import torch
from torch import Tensor, nn


class Fire(nn.Module):
    """The bias of all heads of one layer; 2 + 2 hidden + (hidden + 1) heads parameters.

    c, threshold: where c (per token) and L (tokens) start. The output layer starts as PyTorch starts any layer.
    Raises TypeError, ValueError: sizes that are not ints above 0, c or threshold not above 0.
    """

    def __init__(self, heads: int, hidden: int = 32, c: float = 0.1, threshold: float = 512.0):
        super().__init__()
        for name, size in (("heads", heads), ("hidden", hidden)):
            if isinstance(size, bool) or not isinstance(size, int):
                raise TypeError(f"{name} must be an int, got {size!r}")
            if size < 1:
                raise ValueError(f"{name} must be above 0, got {size}")
        for name, value in (("c", c), ("threshold", threshold)):
            if not 0 < value < float("inf"):
                raise ValueError(f"{name} must be above 0 and finite, or nothing could be normalised; got {value}")
        self.threshold = float(threshold)
        self.c = nn.Parameter(torch.tensor(float(c)))
        self.stretch = nn.Parameter(torch.tensor(1.0))
        self.mlp = nn.Sequential(nn.Linear(1, hidden), nn.ReLU(), nn.Linear(hidden, heads))

    def forward(self, m: Tensor, n: Tensor) -> Tensor:
        """What is added to the scores: query positions (T_q,), key positions (T_k,) -> (h, T_q, T_k).

        Has the dtype of the parameters; the distance is formed in float32 at least.
        Raises TypeError, ValueError: positions that are not integers, not one axis, empty, or (looked at on the
        CPU only, since elsewhere looking would stall the device) negative.
        """
        x = self.normalised(m, n)
        return self.mlp(x[..., None].to(self.c.dtype)).permute(2, 0, 1)

    def normalised(self, m: Tensor, n: Tensor) -> Tensor:
        """psi(|m - n|) / psi(max(L, m)): what f reads, 0 at the query, at most 1 for n <= m. (T_q, T_k)."""
        wide = torch.promote_types(self.c.dtype, torch.float32)
        m, n = (_checked(name, p).to(wide) for name, p in (("m", m), ("n", n)))
        c, reach = self.c.to(wide).abs(), (self.threshold * self.stretch.to(wide)).abs()
        return torch.log1p(c * (m[:, None] - n).abs()) / torch.log1p(c * torch.maximum(m, reach))[:, None]


def _checked(name: str, positions: Tensor) -> Tensor:
    if positions.is_floating_point() or positions.is_complex() or positions.dtype == torch.bool:
        raise TypeError(f"{name} must be integers, since positions count tokens; got {positions.dtype}")
    if positions.ndim != 1 or positions.numel() == 0:
        raise ValueError(f"{name} must have shape (T,) and not be empty, got {tuple(positions.shape)}")
    if positions.device.type == "cpu" and not torch.compiler.is_compiling() and positions.min() < 0:
        raise ValueError(f"{name} must count from 0, got {int(positions.min())}")
    return positions
