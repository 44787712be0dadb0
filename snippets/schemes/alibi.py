"""ALiBi, attention with linear biases: every score loses a little for each token of distance.

Press et al. 2022 (arXiv:2108.12409), section 3.

    score(m, n) = q_m . k_n / sqrt(d_h) - slope_j |m - n|
    slope_j = 2**(-8 j / h),    j = 1 .. h,    where the number of heads h is a power of two

Convention: the bias is added after the division by sqrt(d_h) and is not divided itself. It is 0 on the diagonal
and the same on both sides of it; the paper defines n <= m alone. A number of heads that is no power of two gets
what the authors' code gives it, as in BLOOM and MPT: the slopes for the power of two below, then slopes 1, 3, 5 ..
for the power of two above. Nothing is learned.
Shapes: h heads, T_q queries at positions m, T_k keys at positions n. Positions in tokens, scores in nats.
"""

import torch
from torch import Tensor


def slopes(heads: int) -> Tensor:
    """What a token of distance costs in each head, in nats: (h,), float64.

    Raises TypeError, ValueError: a number of heads that is not an int above 0.
    """
    if isinstance(heads, bool) or not isinstance(heads, int):
        raise TypeError(f"heads must be an int, got {heads!r}")
    if heads < 1:
        raise ValueError(f"heads must be above 0, since each head has one slope; got {heads}")
    power = 1 << (heads.bit_length() - 1)
    steps = [j / power for j in range(1, power + 1)]
    between = [(j + 0.5) / power for j in range(heads - power)]
    return 2.0 ** (-8 * torch.tensor(steps + between, dtype=torch.float64))


def alibi_bias(m: Tensor, n: Tensor, heads: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """What is added to the scores, -slope |m - n|: (T_q,), (T_k,) -> (h, T_q, T_k), dtype ``dtype``.

    m, n: integer positions of queries and keys; only their differences matter. It removes no later key: mask those.
    Raises TypeError, ValueError: positions of the wrong dtype or shape, a dtype that is not floating point.
    """
    if not dtype.is_floating_point:
        raise TypeError(f"dtype must be floating point, since slopes are fractions; got {dtype}")
    for name, positions in (("m", m), ("n", n)):
        if positions.ndim != 1 or positions.numel() == 0:
            raise ValueError(f"{name} must have shape (T,) and not be empty, got {tuple(positions.shape)}")
        if positions.is_floating_point() or positions.is_complex() or positions.dtype == torch.bool:
            raise TypeError(f"{name} must hold integers, since positions count tokens; got {positions.dtype}")
    closeness = -(m.long()[:, None] - n.long()).abs()  # (T_q, T_k)
    wide = torch.promote_types(dtype, torch.float32)
    return (closeness * slopes(heads).to(wide).to(closeness.device)[:, None, None]).to(dtype)
