"""KERPLE: a learned penalty that grows with distance, as a logarithm or as a power.

Chi et al. 2022 (arXiv:2205.09921), section 4, equation 1 and the two practical choices
below equation 4:

    score(m, n) = q_m . k_n / sqrt(d_h) - r1 log(1 + r2 |m - n|)    r1, r2 > 0   (log)
    score(m, n) = q_m . k_n / sqrt(d_h) - r1 |m - n|**r2    r1 > 0, 0 < r2 <= 2  (power)

Convention: as in the authors' code, the penalty is added after the division by
sqrt(d_h); equation 1 divides it too. Positive numbers are learned as logarithms and r2
of the power as a logit, so no step can break the bounds; the authors set a number that
has left them back to 0.01 or 2. Starting values are theirs. One module serves all
layers.
Shapes: h heads, T_q queries at positions m, T_k keys at positions n. Positions in
tokens, scores in nats.
"""

import torch
from torch import Tensor, nn


class KerpleLog(nn.Module):
    """-r1 log(1 + r2 |m - n|): two learned numbers a head.

    Raises ValueError unless heads is an int above 0.
    """

    def __init__(self, heads: int):
        _check_heads(heads)
        super().__init__()
        self.log_r1 = nn.Parameter(_start(heads, 2.0).log())
        self.log_r2 = nn.Parameter(_start(heads, 1.0).log())

    def forward(self, m: Tensor, n: Tensor) -> Tensor:
        """What is added to the scores: (h, T_q, T_k) or (B, h, T_q, T_k).

        m, n: integers (T_q,) and (T_k,), or (B, T) each where rows differ. The result
        has the dtype of the parameters.
        Raises TypeError, ValueError: positions of the wrong dtype or shape.
        """
        _check_positions(m, n)
        distance = _distance(m, n, self.log_r1.dtype)
        r1 = self.log_r1.to(distance.dtype).exp()[:, None, None]
        r2 = self.log_r2.to(distance.dtype).exp()[:, None, None]
        return (-r1 * (r2 * distance).log1p()).to(self.log_r1.dtype)


class KerplePower(nn.Module):
    """-r1 |m - n|**r2: two learned numbers a head.

    Raises ValueError unless heads is an int above 0.
    """

    def __init__(self, heads: int):
        _check_heads(heads)
        super().__init__()
        self.log_r1 = nn.Parameter(_start(heads, 1.0).log())
        self.logit_r2 = nn.Parameter((_start(heads, 2.0) / 2).logit())

    def forward(self, m: Tensor, n: Tensor) -> Tensor:
        """What is added to the scores, as in ``KerpleLog``."""
        _check_positions(m, n)
        distance = _distance(m, n, self.log_r1.dtype)
        r1 = self.log_r1.to(distance.dtype).exp()[:, None, None]
        r2 = 2 * self.logit_r2.to(distance.dtype).sigmoid()[:, None, None]
        here = distance == 0  # where 0**r2 has no second derivative
        penalty = (distance.masked_fill(here, 1) ** r2).masked_fill(here, 0)
        return (-r1 * penalty).to(self.log_r1.dtype)


def _start(heads: int, high: float) -> Tensor:
    """As in the authors' code: (h,), between 0 and ``high``."""
    return (high * torch.rand(heads)).clamp(0.01, 1.99)


def _distance(m: Tensor, n: Tensor, dtype: torch.dtype) -> Tensor:
    """|m - n|: (1, T_q, T_k) or (B, 1, T_q, T_k), in float32 at least."""
    distance = (m.long()[..., :, None] - n.long()[..., None, :]).abs().unsqueeze(-3)
    return distance.to(torch.promote_types(dtype, torch.float32))


def _check_heads(heads: int) -> None:
    if isinstance(heads, bool) or not isinstance(heads, int) or heads < 1:
        why = "since each head has its own numbers"
        raise ValueError(f"heads must be an int above 0, {why}; got {heads!r}")


def _check_positions(m: Tensor, n: Tensor) -> None:
    for name, x in (("m", m), ("n", n)):
        if x.ndim not in (1, 2) or x.numel() == 0:
            want = "(T,) or (B, T) and not be empty"
            raise ValueError(f"{name} must have shape {want}, got {tuple(x.shape)}")
        if x.is_floating_point() or x.is_complex() or x.dtype == torch.bool:
            why = "since positions count tokens"
            raise TypeError(f"{name} must hold integers, {why}; got {x.dtype}")
    if m.ndim == n.ndim == 2 and 1 != m.shape[0] != n.shape[0] != 1:
        raise ValueError(f"m and n must have as many rows, got {len(m)} and {len(n)}")
