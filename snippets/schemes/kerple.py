"""KERPLE: a learned penalty that grows with distance, as a logarithm or as a power (Chi et al. 2022, arXiv:2205.09921).

Section 4, equation 1 and the two practical choices below equation 4:

    score(m, n) = q_m . k_n / sqrt(d_h) - r1 log(1 + r2 |m - n|)        r1, r2 > 0             (log)
    score(m, n) = q_m . k_n / sqrt(d_h) - r1 |m - n|**r2                r1 > 0, 0 < r2 <= 2    (power)

Convention: as in the authors' code, the penalty is added after the division by sqrt(d_h); equation 1 divides it too.
Positive numbers are learned as logarithms and r2 of the power as a logit, so no step can break the bounds; the authors
set a number that has left them back to 0.01 or 2. Starting values are theirs. One module serves all layers.
Shapes: h heads, T_q queries at positions m, T_k keys at positions n. Positions in tokens, scores in nats.
"""

import torch
from torch import Tensor, nn


def _start(heads: int, high: float) -> Tensor:
    if isinstance(heads, bool) or not isinstance(heads, int) or heads < 1:
        raise ValueError(f"heads must be an int above 0, since each head has its own numbers; got {heads!r}")
    return (high * torch.rand(heads)).clamp(0.01, 1.99)


def _distance(m: Tensor, n: Tensor, dtype: torch.dtype) -> Tensor:
    for name, at in (("m", m), ("n", n)):
        if at.ndim != 1 or at.numel() == 0:
            raise ValueError(f"{name} must have shape (T,) and not be empty, got {tuple(at.shape)}")
        if at.is_floating_point() or at.is_complex() or at.dtype == torch.bool:
            raise TypeError(f"{name} must hold integers, since positions count tokens; got {at.dtype}")
    return (m.long()[:, None] - n.long()).abs().to(torch.promote_types(dtype, torch.float32))


class KerpleLog(nn.Module):
    """-r1 log(1 + r2 |m - n|): two learned numbers a head. Raises ValueError unless heads is an int above 0."""

    def __init__(self, heads: int):
        super().__init__()
        self.log_r1 = nn.Parameter(_start(heads, 2.0).log())
        self.log_r2 = nn.Parameter(_start(heads, 1.0).log())

    def forward(self, m: Tensor, n: Tensor) -> Tensor:
        """What is added to the scores: integer positions (T_q,), (T_k,) -> (h, T_q, T_k), dtype of the parameters."""
        distance = _distance(m, n, self.log_r1.dtype)
        r1, r2 = (r.to(distance.dtype).exp()[:, None, None] for r in (self.log_r1, self.log_r2))
        return (-r1 * (r2 * distance).log1p()).to(self.log_r1.dtype)


class KerplePower(nn.Module):
    """-r1 |m - n|**r2: two learned numbers a head. Raises ValueError unless heads is an int above 0."""

    def __init__(self, heads: int):
        super().__init__()
        self.log_r1 = nn.Parameter(_start(heads, 1.0).log())
        self.logit_r2 = nn.Parameter((_start(heads, 2.0) / 2).logit())

    def forward(self, m: Tensor, n: Tensor) -> Tensor:
        """What is added to the scores: integer positions (T_q,), (T_k,) -> (h, T_q, T_k), dtype of the parameters."""
        distance = _distance(m, n, self.log_r1.dtype)
        r1 = self.log_r1.to(distance.dtype).exp()[:, None, None]
        r2 = 2 * self.logit_r2.to(distance.dtype).sigmoid()[:, None, None]
        return (-r1 * distance**r2).to(self.log_r1.dtype)
