"""Learned positions, added to the input: one trained vector a position.

Gehring et al. 2017 (arXiv:1705.03122); BERT (Devlin et al. 2019); GPT-2 (Radford et al.
2019).

    x = e + W[m]    W: (N, d), trained with the rest of the model

Convention: the first position is row 0, no row is set aside for padding, rows start as
normal noise of standard deviation 0.02 (BERT's; OpenAI's GPT-2 code has 0.01 here and
0.02 for tokens).
Shapes: B batch, T sequence length, d model dimension, N rows of the table. Positions in
tokens.
"""

import torch
from torch import Tensor, nn


class LearnedPositions(nn.Module):
    """A table of ``rows`` x ``dim`` weights.

    Raises TypeError, ValueError unless both are ints above 0.
    """

    def __init__(self, rows: int, dim: int):
        _check_sizes(rows, dim)
        super().__init__()
        self.weight = nn.Parameter(torch.empty(rows, dim))
        nn.init.normal_(self.weight, std=0.02)

    def forward(self, x: Tensor, positions: Tensor | None = None) -> Tensor:
        """Add its position's row to every vector: (B, T, d) -> (B, T, d), dtype of x.

        positions: integers (T,) or (B, T); 0 .. T-1 if not given.
        Raises IndexError: a position the table has no row for.
        Raises TypeError, ValueError: x or positions of the wrong dtype or shape, a
        negative position. Off the CPU and in compiled code the look-up itself fails.
        """
        _check(x, positions, self.weight)
        if positions is None:
            positions = torch.arange(x.shape[1], device=x.device)
        m = positions.to(self.weight.device, torch.long, copy=True)  # training keeps it
        return x + nn.functional.embedding(m, self.weight).to(x.dtype)


def _check_sizes(rows: int, dim: int) -> None:
    for name, value in (("rows", rows), ("dim", dim)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} must be an int, got {value!r}")
        if value < 1:
            why = "an empty table holds no position"
            raise ValueError(f"{name} must be above 0, {why}; got {value}")


def _check(x: Tensor, positions: Tensor | None, weight: Tensor) -> None:
    rows, dim = weight.shape
    if x.ndim != 3 or 0 in x.shape or x.shape[-1] != dim:
        want = f"(B, T, {dim}) and no empty axis"
        raise ValueError(f"x must have shape {want}, got {tuple(x.shape)}")
    if not x.is_floating_point():
        want = "token vectors (floating point), not token ids"
        raise TypeError(f"x must hold {want}; got {x.dtype}")
    first, last = 0, x.shape[1] - 1
    if positions is not None:
        dtype = positions.dtype
        if dtype.is_floating_point or dtype.is_complex or dtype == torch.bool:
            why = "since they name rows"
            raise TypeError(f"positions must be integers, {why}; got {dtype}")
        batch, length = positions.shape[:-1], positions.shape[-1:]
        if length != x.shape[1:2] or batch not in ((), (1,), x.shape[:1]):
            want = f"{tuple(x.shape[1:2])} or {tuple(x.shape[:2])} to match x"
            got = tuple(positions.shape)
            raise ValueError(f"positions must have shape {want}, got {got}")
        if not _readable(positions):
            return
        first, last = int(positions.min()), int(positions.max())
    if first < 0:
        raise ValueError(f"positions count from 0, got {first}")
    if last >= rows:
        has = f"the table has {rows} rows, 0 to {rows - 1}"
        raise IndexError(f"position {last} has no row: {has}")


def _readable(values: Tensor) -> bool:
    """Whether looking at values neither stalls a device nor breaks a graph."""
    plain = type(values) in (Tensor, nn.Parameter) and values.is_cpu
    wrapped = torch._C._functorch.is_functorch_wrapped_tensor  # as vmap does
    return plain and not torch.compiler.is_compiling() and not wrapped(values)
