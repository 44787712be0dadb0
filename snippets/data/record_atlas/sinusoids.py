"""Whether rows are sinusoids of their positions, and of which kind."""

import math

import torch
from torch import Tensor


def describe(rows: Tensor) -> dict | None:
    """Rows of consecutive positions (P, d) -> layout, which of sine and cosine comes first, spacing, first position.

    "halves": sines and cosines stand in two halves; "interleaved": they alternate. spacing: the exponents of 10000
    run over d/2 or over d/2 - 1 steps. None where the rows are no sinusoids.
    """
    rows = rows.detach().double()
    if rows.dim() != 2 or rows.shape[0] < 4 or rows.shape[1] < 8:
        return None
    half = rows.shape[1] // 2
    width = 2 * half
    takes = {
        "halves": (rows[:, :half], rows[:, half:width]),
        "interleaved": (rows[:, 0:width:2], rows[:, 1:width:2]),
    }
    for layout, (first, second) in takes.items():
        if (first**2 + second**2 - 1).abs().max() > 1e-3:
            continue
        for order, (sine, cosine) in {"sin": (first, second), "cos": (second, first)}.items():
            for direction in (1, -1):
                found = _speeds(torch.atan2(sine, cosine), direction)
                if found is None:
                    continue
                step, position = found
                seen = step[step > 1e-3]
                fall = float((seen[0].log() - seen[-1].log()) / (len(seen) - 1))
                count = math.log(10000) / fall
                named = {"d/2": half, "d/2 - 1": half - 1}
                spacing = next((name for name, n in named.items() if abs(count - n) < 0.3), "other")
                record = {"layout": layout, "first": order, "spacing": spacing, "fastest": round(float(step[0]), 4)}
                return record | ({"first_position": position} if direction == 1 else {"descending": True})
    return None


def _turned(angle: Tensor) -> Tensor:
    return torch.remainder(angle + math.pi, 2 * math.pi) - math.pi


def _speeds(angle: Tensor, direction: int) -> tuple[Tensor, int] | None:
    """Speeds and first position that explain all angles (P, pairs) of consecutive positions, or None."""
    step = direction * _turned(angle[2] - angle[1])
    if step.min() <= 0 or (step[:-1] < step[1:] - 1e-9).any() or (step > 1e-3).sum() < 3:
        return None
    slow = int((step > 1e-4).sum()) - 1
    position = round(float(angle[0, slow] / step[slow]))
    expected = (position + direction * torch.arange(4))[:, None] * step
    wrong = _turned(angle[:4] - expected)[:, : slow + 1]
    # float32 tables are exact to about 1e-7 a radian of the angle itself
    return (step, position) if wrong.abs().max() < 2e-2 + 1e-4 * abs(position) else None
