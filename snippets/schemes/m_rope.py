"""M-RoPE: one rotation for text, images and video, each pair turned by time, by row or by column.

Wang et al. 2024 (Qwen2-VL, arXiv:2409.12191), section 2.1; interleaved: Huang et al. 2025 (arXiv:2510.23095), section
2.3.3, and Qwen3-VL (Bai et al. 2025, arXiv:2511.21631), section 2.1. All in words and figures; in the authors' code

    pair i of a token at (t, h, w) is turned by theta_i times t, h or w, whichever ``sections`` gives to pair i
    text has t = h = w, and then this is RoPE; an image keeps t; the token after an image goes on at its largest id + 1

Convention: sections count pairs of time, row and column. ``chunked`` gives them out in three blocks, time first, so
time has the fastest speeds; ``interleaved`` deals t h w t h w, and what remains at the slow end is time. The turns go
into ``rotate_halves`` of rope.py for Qwen weights (or into ``rotate``: neighbours).
Shapes: B batch, T tokens, d_h head dimension. Positions in tokens, frames and patches, angles in radians.
"""

import torch
from torch import Tensor


def chunked(sections: tuple[int, ...]) -> Tensor:
    """Axis of every pair, 0 time, 1 row, 2 column, as in Qwen2-VL: three pair counts -> (d_h/2,)."""
    return torch.arange(3).repeat_interleave(torch.tensor(_checked(sections)), output_size=sum(sections))


def interleaved(sections: tuple[int, ...]) -> Tensor:
    """The same dealt in turn, as in Qwen3-VL. Raises ValueError where rows or columns have too many pairs for that."""
    time, row, column = _checked(sections)
    axes = torch.zeros(time + row + column, dtype=torch.long)
    if max(3 * row - 1, 3 * column) > len(axes):
        raise ValueError(f"rows and columns must have no more pairs than their turns, got {sections}")
    axes[1 : 3 * row : 3], axes[2 : 3 * column : 3] = 1, 2
    return axes


def grid_positions(frames: int, height: int, width: int, start: int = 0) -> Tensor:
    """Ids of an image (frames = 1) or video, frame by frame, row by row: (3, frames * height * width).

    start: the id after the largest one before. Raises TypeError, ValueError: sizes that are not ints above 0.
    """
    for name, size, least in (("frames", frames, 1), ("height", height, 1), ("width", width, 1), ("start", start, 0)):
        if isinstance(size, bool) or not isinstance(size, int):
            raise TypeError(f"{name} must be an int, got {size!r}")
        if size < least:
            raise ValueError(f"{name} must be at least {least}, got {size}")
    patch = torch.arange(frames * height * width)
    return torch.stack((patch // (height * width), patch // width % height, patch % width)) + start


def m_rope_rotations(
    positions: Tensor, theta: Tensor, sections: tuple[int, ...], order=chunked, dtype: torch.dtype = torch.complex64
) -> Tensor:
    """cos + i sin of every angle: (3, T) or (3, B, T), (d_h/2,) -> (T, d_h/2) or (B, 1, T, d_h/2). Make it once.

    order: ``chunked`` or ``interleaved``. Raises TypeError, ValueError: positions of the wrong dtype or shape,
    sections that do not add up to theta.
    """
    if positions.ndim not in (2, 3) or positions.shape[0] != 3 or positions.numel() == 0:
        raise ValueError(f"positions must be (3, T) or (3, B, T), for time, row, column; got {tuple(positions.shape)}")
    if positions.dtype == torch.bool or positions.is_complex():
        raise TypeError(f"positions must be numbers, since they count; got {positions.dtype}")
    axes = order(sections)
    if theta.shape != axes.shape or not theta.is_floating_point():
        got = f"{theta.dtype} {tuple(theta.shape)} and {sections}"
        raise ValueError(f"theta must be floating point, one speed for each pair in sections; got {got}")
    here = "cpu" if positions.is_mps else positions.device  # MPS lacks float64
    own = positions.to(here, torch.float64)[axes.to(here)].movedim(0, -1)  # (T, d_h/2) or (B, T, d_h/2)
    angles = own * theta.to(here, torch.float64)
    turns = torch.polar(torch.ones_like(angles), angles).to(dtype).to(positions.device)
    return turns[:, None] if positions.ndim == 3 else turns


def _checked(sections: tuple[int, ...]) -> tuple[int, ...]:
    if len(sections) != 3 or any(isinstance(n, bool) or not isinstance(n, int) or n < 1 for n in sections):
        raise ValueError(f"sections must be three ints above 0, pairs of time, row, column; got {sections}")
    return sections
