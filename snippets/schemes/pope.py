"""Polar coordinate positional embedding, PoPE (Gopalakrishnan et al. 2025,
arXiv:2509.10534, equations 3 to 10).

    mu(x) = ln(1 + e^x)                     softplus: a length, never negative
    score = sum_c mu(q_c) mu(k_c) cos((n - m) theta_c + delta_c) / sqrt(d_h)
    theta_c = base**(-c/d_h),   c = 0 .. d_h - 1

Convention: m is where the query stands and n where the key does. Every channel has a
speed of its own, so twice as many as in RoPE. Queries and keys come out Cartesian,
cosines before sines, and meet in a dot product: 2 d_h wide, yet divided by sqrt(d_h).
delta turns queries back, where the paper turns keys on: scores are the same, and heads
of queries may share a key. The paper prints theta without the minus; packages have it.
Shapes: B batch, h heads, T tokens, d_h head dimension. Angles in radians.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus


def frequencies(dim: int, base: float = 10000.0) -> Tensor:
    """Speed of every channel in radians a token: (d_h,), float64; d_h may be odd.

    Raises TypeError, ValueError: a dim that is no int above 0, a base of 1 or less.
    """
    _check_sizes(base, dim=dim)
    return base ** (-torch.arange(dim, dtype=torch.float64) / dim)


def polar(
    x: Tensor, positions: Tensor, theta: Tensor, phase: Tensor | None = None
) -> Tensor:
    """Lengths mu(x), turned by positions: (B, h, T, 2 d_h), dtype of x.

    x: queries or keys, (B, h, T, d_h). positions: (T,) or (B, T); may be fractional or
    negative. theta: (d_h,). phase: what each head is turned by besides, (h, d_h).
    Raises TypeError, ValueError: wrong dtypes, or shapes that do not fit.
    """
    _check(x, positions, theta, phase)
    here = "cpu" if positions.is_mps else positions.device  # MPS lacks float64
    angles = positions.to(here, torch.float64)[..., None] * theta.to(here).double()
    angles = angles[:, None] if positions.ndim == 2 else angles
    wide = torch.promote_types(x.dtype, torch.float32)
    cos, sin = angles.cos().to(x.device, wide), angles.sin().to(x.device, wide)
    if phase is not None:
        more = phase.to(wide)[:, None]  # all tokens alike
        a, b = more.cos(), more.sin()
        cos, sin = cos * a - sin * b, sin * a + cos * b
    length = softplus(x.to(wide))
    return torch.cat((length * cos, length * sin), dim=-1).to(x.dtype)


class PoPE(nn.Module):
    """delta of one layer, (h, d_h), read between -2 pi and 0.

    dim: d_h. heads: of queries. delta starts at 0, which the authors chose for texts
    longer than the trained ones, or, if ``uniform``, anywhere in its range.
    Raises TypeError, ValueError unless sizes are ints above 0 and base is above 1.
    """

    def __init__(
        self, dim: int, heads: int, base: float = 10000.0, uniform: bool = False
    ):
        _check_sizes(base, dim=dim, heads=heads)
        super().__init__()
        self.base = base
        self.delta = nn.Parameter(torch.zeros(heads, dim))
        if uniform:
            nn.init.uniform_(self.delta, -2 * math.pi, 0)

    def forward(
        self, q: Tensor, k: Tensor, m: Tensor, n: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The q and k whose dot product is to be divided by sqrt(d_h), as ``polar``.

        m, n: positions of queries and of keys, (T,) or (B, T) each.
        """
        theta = frequencies(self.delta.shape[1], self.base)
        delta = self.delta.clamp(-2 * math.pi, 0.0)
        return polar(q, m, theta, -delta), polar(k, n, theta)


def _check_sizes(base: float, **sizes: int) -> None:
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int):
            raise TypeError(f"{name} must be an int, got {size!r}")
        if size < 1:
            raise ValueError(f"{name} must be above 0, got {size}")
    if isinstance(base, str) or not 1 < base < math.inf:
        raise ValueError(f"base must be finite and above 1; got {base!r}")


def _check(x: Tensor, positions: Tensor, theta: Tensor, phase: Tensor | None) -> None:
    dtype = positions.dtype
    if dtype in (torch.bool, torch.half, torch.bfloat16) or dtype.is_complex:
        raise TypeError(f"positions must be integers, float32 or float64, got {dtype}")
    if theta.dtype not in (torch.float32, torch.float64) or not x.is_floating_point():
        want = "x must be floating point and theta float32 or float64"
        raise TypeError(f"{want}, got {x.dtype}, {theta.dtype}")
    fits = x.ndim == 4 and theta.shape == x.shape[3:]
    fits = fits and positions.shape[-1:] == x.shape[2:3]
    fits = fits and positions.shape[:-1] in ((), (1,), x.shape[:1])
    if not fits or (phase is not None and phase.shape != x.shape[1::2]):
        want = "x (B, h, T, d_h), positions (T,), (B, T), theta (d_h,), phase (h, d_h)"
        got = [tuple(y.shape) for y in (x, positions, theta, phase) if y is not None]
        raise ValueError(f"want {want}; got {', '.join(map(str, got))}")
