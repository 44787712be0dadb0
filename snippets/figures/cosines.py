"""The exact law of the cosine between two random directions, for the figures that need it."""

import math

import torch


def share_beyond(eps: float, d: int) -> float:
    """Share of pairs of random directions in d dimensions with |cosine| > eps, from the exact law.

    The density c_d (1 - t^2)^((d-3)/2) of t = sin(a) is c_d cos(a)^(d-2) in the angle a, which has no
    infinite values; it is summed with the midpoint rule. Raises ValueError for d < 2 or eps outside [0, 1].
    """
    if d < 2:
        raise ValueError(f"d must be at least 2, because directions on a line have no density, got {d!r}")
    if not 0 <= eps <= 1:
        raise ValueError(f"eps bounds the size of a cosine and must lie in [0, 1], got {eps!r}")

    def integral(start: float) -> float:
        width = (math.pi / 2 - start) / 4000
        middle = start + width * (torch.arange(4000, dtype=torch.float64) + 0.5)
        return float((middle.cos() ** (d - 2)).sum() * width)

    return integral(math.asin(eps)) / integral(0.0)
