"""Concatenated positions: token vector and position vector side by side at the input.

No paper of its own; Perceiver (Jaegle et al. 2021, arXiv:2103.03206) joins its inputs
and positions so.

    x = [e ; p]                        width d + d_p, so the next layer must be wider
    x = W [e ; p] = W_e e + W_p p      width d again, for d (d + d_p) weights more

Convention: token first, position after; no bias in W. A model of width d can also be
*split*: give tokens a table of width d - d_p and use the first form. W_e = W_p makes it
W_e (e + p), which is addition.
Shapes: B batch, T sequence length, d and d_p dimensions of e and p, N table rows.
"""

import torch
from torch import Tensor, nn


def concatenate(x: Tensor, table: Tensor, positions: Tensor | None = None) -> Tensor:
    """Rows of ``table`` (N, d_p) beside token vectors: (B, T, d) -> (B, T, d + d_p).

    positions: integers (T,) or (B, T); 0 .. T-1 if not given. The dtype is that of x.
    Raises IndexError: a position the table has no row for.
    Raises TypeError, ValueError: an argument of the wrong dtype or shape, a negative
    position. Off the CPU and in compiled code the look-up itself fails on either.
    """
    _check(x, table, positions)
    if positions is None:
        positions = torch.arange(x.shape[1], device=table.device)
    m = positions.to(table.device, torch.long, copy=True)  # training keeps it
    p = nn.functional.embedding(m, table).to(x.device, x.dtype)
    return torch.cat((x, p.expand(*x.shape[:2], -1)), dim=-1)


class ConcatenateAndProject(nn.Module):
    """``concatenate``, then one linear map back to width ``dim``.

    Raises TypeError, ValueError: widths that are not ints above 0.
    """

    def __init__(self, dim: int, position_dim: int):
        _check_sizes(dim, position_dim)
        super().__init__()
        self.project = nn.Linear(dim + position_dim, dim, bias=False)

    def forward(
        self, x: Tensor, table: Tensor, positions: Tensor | None = None
    ) -> Tensor:
        """(B, T, d), (N, d_p) -> (B, T, d). Raises also where d + d_p is not W's."""
        _check_widths(x, table, self.project)
        return self.project(concatenate(x, table, positions))


def _check(x: Tensor, table: Tensor, positions: Tensor | None) -> None:
    if x.ndim != 3 or 0 in x.shape:
        want = "(B, T, d) and no empty axis"
        raise ValueError(f"x must have shape {want}, got {tuple(x.shape)}")
    if table.ndim != 2 or 0 in table.shape:
        want = "(N, d_p) and no empty axis"
        raise ValueError(f"table must have shape {want}, got {tuple(table.shape)}")
    for name, value in (("x", x), ("table", table)):
        if not value.is_floating_point():
            want = "vectors (floating point), not ids"
            raise TypeError(f"{name} must hold {want}; got {value.dtype}")
    _check_positions(x, positions, rows=len(table))


def _check_positions(x: Tensor, positions: Tensor | None, rows: int) -> None:
    first, last = 0, x.shape[1] - 1
    if positions is not None:
        dtype = positions.dtype
        if dtype.is_floating_point or dtype.is_complex or dtype == torch.bool:
            why = "since they name rows"
            raise TypeError(f"positions must be integers, {why}; got {dtype}")
        shape = positions.shape
        if shape[-1:] != x.shape[1:2] or shape[:-1] not in ((), (1,), x.shape[:1]):
            want = f"{tuple(x.shape[1:2])} or {tuple(x.shape[:2])} to match x"
            raise ValueError(f"positions must have shape {want}, got {tuple(shape)}")
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


def _check_sizes(dim: int, position_dim: int) -> None:
    for name, value in (("dim", dim), ("position_dim", position_dim)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} must be an int, got {value!r}")
        if value < 1:
            why = "a vector needs a coordinate"
            raise ValueError(f"{name} must be above 0, {why}; got {value}")


def _check_widths(x: Tensor, table: Tensor, project: nn.Linear) -> None:
    widths = (project.out_features, project.in_features - project.out_features)
    if (x.shape[-1], table.shape[-1]) != widths:
        want = f"{widths[0]} and {widths[1]} wide, as at construction"
        got = f"{x.shape[-1]} and {table.shape[-1]}"
        raise ValueError(f"x and table must be {want}; got {got}")
