"""Concatenated positions: token vector and position vector side by side at the input.

No paper of its own; Perceiver (Jaegle et al. 2021, arXiv:2103.03206) joins its inputs and positions so.

    x = [e ; p]                        width d + d_p, so the next layer must be wider
    x = W [e ; p] = W_e e + W_p p      width d again, for d (d + d_p) weights more

Convention: token first, position after; no bias in W. A model of width d can also be *split*: give tokens a
table of width d - d_p and use the first form. W_e = W_p makes it W_e (e + p), which is addition.
Shapes: B batch, T sequence length, d and d_p dimensions of e and p, N rows of the position table.
"""

import torch
from torch import Tensor, nn


def concatenate(x: Tensor, table: Tensor, positions: Tensor | None = None) -> Tensor:
    """Put rows of ``table`` (N, d_p) beside token vectors x: (B, T, d) -> (B, T, d + d_p), dtype of x.

    positions: integers (T,) or (B, T); 0 .. T-1 if not given.
    Raises IndexError: a position the table has no row for.
    Raises TypeError, ValueError: an argument of the wrong dtype or shape, a negative position.
    """
    if x.ndim != 3 or 0 in x.shape:
        raise ValueError(f"x must have shape (B, T, d) and no empty axis, got {tuple(x.shape)}")
    if table.ndim != 2 or 0 in table.shape:
        raise ValueError(f"table must have shape (N, d_p) and no empty axis, got {tuple(table.shape)}")
    for name, value in (("x", x), ("table", table)):
        if not value.is_floating_point():
            raise TypeError(f"{name} must hold vectors (floating point), not ids; got {value.dtype}")
    if positions is None:
        positions, last = torch.arange(x.shape[1], device=table.device), x.shape[1] - 1
    else:
        if positions.is_floating_point() or positions.is_complex() or positions.dtype == torch.bool:
            raise TypeError(f"positions must be integers, since they name rows; got {positions.dtype}")
        if positions.shape not in (x.shape[:2], x.shape[1:2]):
            want = f"{tuple(x.shape[1:2])} or {tuple(x.shape[:2])}"
            raise ValueError(f"positions must have shape {want} to match x, got {tuple(positions.shape)}")
        if int(positions.min()) < 0:
            raise ValueError(f"positions count from 0, got {int(positions.min())}")
        last = int(positions.max())
    rows = table.shape[0]
    if last >= rows:
        raise IndexError(f"position {last} has no row: the table has {rows} rows, 0 to {rows - 1}")
    p = table[positions.long()].to(x.device, x.dtype).expand(*x.shape[:2], -1)
    return torch.cat((x, p), dim=-1)


class ConcatenateAndProject(nn.Module):
    """Side by side, then one linear map back to width ``dim``. Raises TypeError, ValueError on bad widths."""

    def __init__(self, dim: int, position_dim: int):
        super().__init__()
        for name, value in (("dim", dim), ("position_dim", position_dim)):
            if isinstance(value, bool) or not isinstance(value, int):
                raise TypeError(f"{name} must be an int, got {value!r}")
            if value < 1:
                raise ValueError(f"{name} must be above 0, a vector needs a coordinate; got {value}")
        self.project = nn.Linear(dim + position_dim, dim, bias=False)

    def forward(self, x: Tensor, table: Tensor, positions: Tensor | None = None) -> Tensor:
        """(B, T, d), (N, d_p) -> (B, T, d). Raises as ``concatenate``; ValueError if d + d_p is not W's."""
        d, both = self.project.out_features, self.project.in_features
        if (x.shape[-1], table.shape[-1]) != (d, both - d):
            got = f"{x.shape[-1]} and {table.shape[-1]}"
            raise ValueError(f"x and table must be {d} and {both - d} wide, as at construction; got {got}")
        return self.project(concatenate(x, table, positions))
