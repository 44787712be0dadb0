"""RoPE in two dimensions, axial: half of the pairs turn by the row, half by the column.

Heo et al. 2024 (arXiv:2403.13298), equation 12; Agrawal et al. 2024 (Pixtral,
arXiv:2410.07073), equation 1.

    the patch at row r and column s:  pairs 0 .. d_h/4 - 1      turn by r theta_j,
                                      pairs d_h/4 .. d_h/2 - 1  turn by s theta_j
    theta_j = base**(-4j/d_h),    j = 0 .. d_h/4 - 1
    so a score depends on (r_q - r_k, s_q - s_k) alone

Convention: rows first, then columns, in two blocks, each with the whole ladder of
speeds (rotary-embedding-torch, Qwen2-VL's vision tower). The turns go into ``rotate``
(neighbours) or ``rotate_halves`` of rope.py.
Shapes: B batch, T patches, d_h head dimension. Positions in patches, angles in radians.
"""

import torch
from torch import Tensor


def axial_frequencies(dim: int, base: float = 10000.0) -> Tensor:
    """Speeds of one axis in radians a patch: (d_h/4,), float64.

    Images are short: 100 is usual as a base, too.
    Raises TypeError, ValueError: a head dimension that is not a multiple of 4, a base
    of 1 or less.
    """
    _check_frequencies(dim, base)
    return base ** (-torch.arange(0, dim, 4, dtype=torch.float64) / dim)


def rotations_2d(
    rows: Tensor,
    columns: Tensor,
    theta: Tensor,
    theta_columns: Tensor | None = None,
    dtype: torch.dtype = torch.complex64,
) -> Tensor:
    """cos + i sin of every angle: (T, d_h/2) or (B, 1, T, d_h/2). Make it once.

    rows, columns: (T,) or (B, T) each; may be fractional or negative.
    theta, theta_columns: speeds, (d_h/4,); those of the rows serve both if alone.
    Raises TypeError, ValueError: positions or speeds of the wrong dtype or shape.
    """
    if theta_columns is None:
        theta_columns = theta
    _check_rotations(rows, columns, theta, theta_columns)
    here = "cpu" if rows.is_mps else rows.device  # MPS lacks float64
    r = rows.to(here, torch.float64)[..., None]
    s = columns.to(here, torch.float64)[..., None]
    by_row = r * theta.to(here, torch.float64)
    by_column = s * theta_columns.to(here, torch.float64)
    angles = torch.cat((by_row, by_column), dim=-1)
    turns = torch.polar(torch.ones_like(angles), angles).to(dtype).to(rows.device)
    return turns[:, None] if rows.ndim == 2 else turns


def grid(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Row and column of every patch of an image, row by row: two of (height * width,).

    Raises TypeError, ValueError: sizes that are not ints above 0.
    """
    _check_grid(height, width)
    patch = torch.arange(height * width)
    return patch // width, patch % width


def _check_frequencies(dim: int, base: float) -> None:
    if isinstance(dim, bool) or not isinstance(dim, int):
        raise TypeError(f"dim must be an int, got {dim!r}")
    if dim < 4 or dim % 4:
        why = "since each axis needs whole pairs"
        raise ValueError(f"dim must be a multiple of 4 above 0, {why}; got {dim}")
    if isinstance(base, str) or not 1 < base < float("inf"):
        why = "so that later pairs turn more slowly"
        raise ValueError(f"base must be finite and above 1, {why}; got {base!r}")


def _check_grid(height: int, width: int) -> None:
    for name, size in (("height", height), ("width", width)):
        if isinstance(size, bool) or not isinstance(size, int):
            raise TypeError(f"{name} must be an int, got {size!r}")
        if size < 1:
            why = "an image has at least one patch"
            raise ValueError(f"{name} must be above 0, {why}; got {size}")


def _check_rotations(
    rows: Tensor, columns: Tensor, theta: Tensor, theta_columns: Tensor
) -> None:
    if rows.shape != columns.shape or rows.ndim not in (1, 2) or rows.numel() == 0:
        want = "one shape, (T,) or (B, T), and not be empty"
        got = f"{tuple(rows.shape)} and {tuple(columns.shape)}"
        raise ValueError(f"rows and columns must have {want}; got {got}")
    for dtype in (rows.dtype, columns.dtype):
        if dtype in (torch.bool, torch.half, torch.bfloat16) or dtype.is_complex:
            want = "integers, float32 or float64"
            raise TypeError(f"rows and columns must be {want}, got {dtype}")
    for speeds in (theta, theta_columns):
        wide = speeds.dtype in (torch.float32, torch.float64)
        if speeds.ndim != 1 or speeds.numel() == 0 or not wide:
            got = f"{speeds.dtype} {tuple(speeds.shape)}"
            raise ValueError(f"speeds must be float32 or float64 (d_h/4,), got {got}")
