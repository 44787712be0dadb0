"""Learned positions, added to the input: one trained vector a position.

Gehring et al. 2017 (arXiv:1705.03122); BERT (Devlin et al. 2019); GPT-2 (Radford et al. 2019).

    x = e + W[m]    W: (N, d), trained with the rest of the model

Convention: the first position is row 0, no row is set aside for padding, rows start as normal noise of
standard deviation 0.02 (BERT's; OpenAI's GPT-2 code has 0.01 here and 0.02 for tokens).
Shapes: B batch, T sequence length, d model dimension, N rows of the table. Positions in tokens.
"""

import torch
from torch import Tensor, nn


class LearnedPositions(nn.Module):
    """A table of ``rows`` x ``dim`` weights. Raises TypeError, ValueError unless both are ints above 0."""

    def __init__(self, rows: int, dim: int):
        super().__init__()
        for name, value in (("rows", rows), ("dim", dim)):
            if isinstance(value, bool) or not isinstance(value, int):
                raise TypeError(f"{name} must be an int, got {value!r}")
            if value < 1:
                raise ValueError(f"{name} must be above 0, an empty table holds no position; got {value}")
        self.weight = nn.Parameter(torch.empty(rows, dim))
        nn.init.normal_(self.weight, std=0.02)

    def forward(self, x: Tensor, positions: Tensor | None = None) -> Tensor:
        """Add its position's row to every vector: (B, T, d) -> (B, T, d), dtype of x.

        positions: integers (T,) or (B, T); 0 .. T-1 if not given.
        Raises IndexError: a position the table has no row for.
        Raises TypeError, ValueError: x or positions of the wrong dtype or shape, a negative position.
        """
        rows, dim = self.weight.shape
        if x.ndim != 3 or 0 in x.shape or x.shape[-1] != dim:
            raise ValueError(f"x must have shape (B, T, {dim}) and no empty axis, got {tuple(x.shape)}")
        if not x.is_floating_point():
            raise TypeError(f"x must hold token vectors (floating point), not token ids; got {x.dtype}")
        if positions is None:
            positions, last = torch.arange(x.shape[1], device=x.device), x.shape[1] - 1
        else:
            if positions.is_floating_point() or positions.is_complex() or positions.dtype == torch.bool:
                raise TypeError(f"positions must be integers, since they name rows; got {positions.dtype}")
            if positions.shape not in (x.shape[:2], x.shape[1:2]):
                want = f"{tuple(x.shape[1:2])} or {tuple(x.shape[:2])}"
                raise ValueError(f"positions must have shape {want} to match x, got {tuple(positions.shape)}")
            if int(positions.min()) < 0:
                raise ValueError(f"positions count from 0, got {int(positions.min())}")
            last = int(positions.max())
        if last >= rows:
            raise IndexError(f"position {last} has no row: the table has {rows} rows, 0 to {rows - 1}")
        return x + self.weight[positions.long()].to(x.dtype)
