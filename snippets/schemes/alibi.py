"""ALiBi, attention with linear biases: every score loses a little for each token of
distance.

Press et al. 2022 (arXiv:2108.12409), section 3.

    score(m, n) = q_m . k_n / sqrt(d_h) - slope_j |m - n|
    slope_j = 2**(-8 j / h),    j = 1 .. h,
                                where the number of heads h is a power of two

Convention: the bias is added after the division by sqrt(d_h) and is not divided itself.
It is 0 on the diagonal and the same on both sides of it; the paper defines n <= m
alone. A number of heads that is no power of two gets what the authors' code gives it,
as in BLOOM and MPT: the slopes for the power of two below, then slopes 1, 3, 5 .. for
the power of two above. Nothing is learned.
Shapes: h heads, T_q queries at positions m, T_k keys at positions n. Positions in
tokens, scores in nats.
"""

import torch
from torch import Tensor


def slopes(heads: int) -> Tensor:
    """What a token of distance costs in each head, in nats: (h,), float64.

    Raises TypeError, ValueError: a number of heads that is not an int above 0.
    """
    _check_heads(heads)
    power = 2 ** (heads.bit_length() - 1)  # the largest power of two not above heads
    each = [j / power for j in range(1, power + 1)]
    odd = [j / (2 * power) for j in range(1, 2 * (heads - power), 2)]
    return 2.0 ** (-8 * torch.tensor(each + odd, dtype=torch.float64))


def alibi_bias(
    m: Tensor, n: Tensor, heads: int, dtype: torch.dtype = torch.float32
) -> Tensor:
    """What is added to the scores, -slope |m - n|: (h, T_q, T_k) or (B, h, T_q, T_k).

    m, n: integer positions of queries (T_q,) and keys (T_k,), or (B, T) each where rows
    differ; only their differences matter. heads: of the whole model; a device that
    holds some of them keeps [start:stop] of the head axis.
    It has dtype ``dtype``, and it removes no later key: mask those.
    Raises TypeError, ValueError: positions of the wrong dtype or shape, a dtype that is
    not floating point, heads as in ``slopes``.
    """
    _check_bias(m, n, dtype)
    minus_distance = -(m.long()[..., :, None] - n.long()[..., None, :]).abs()
    wide = torch.promote_types(dtype, torch.float32)
    slope = slopes(heads).to(wide).to(minus_distance.device)[:, None, None]
    return (minus_distance.unsqueeze(-3) * slope).to(dtype)


def _check_heads(heads: int) -> None:
    if isinstance(heads, bool) or not isinstance(heads, int):
        raise TypeError(f"heads must be an int, got {heads!r}")
    if heads < 1:
        why = "since each head has one slope"
        raise ValueError(f"heads must be above 0, {why}; got {heads}")


def _check_bias(m: Tensor, n: Tensor, dtype: torch.dtype) -> None:
    if not dtype.is_floating_point:
        why = "since slopes are fractions"
        raise TypeError(f"dtype must be floating point, {why}; got {dtype}")
    for name, x in (("m", m), ("n", n)):
        if x.ndim not in (1, 2) or x.numel() == 0:
            want = "(T,) or (B, T) and not be empty"
            raise ValueError(f"{name} must have shape {want}, got {tuple(x.shape)}")
        if x.is_floating_point() or x.is_complex() or x.dtype == torch.bool:
            why = "since positions count tokens"
            raise TypeError(f"{name} must hold integers, {why}; got {x.dtype}")
    if m.ndim == n.ndim == 2 and 1 != m.shape[0] != n.shape[0] != 1:
        raise ValueError(f"m and n must have as many rows, got {len(m)} and {len(n)}")
