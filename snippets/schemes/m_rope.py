"""M-RoPE: one rotation for text, images and video, each pair turned by time, by row or
by column.

Wang et al. 2024 (Qwen2-VL, arXiv:2409.12191), section 2.1; interleaved: Huang et al.
2025 (arXiv:2510.23095), section 2.3.3, and Qwen3-VL (Bai et al. 2025,
arXiv:2511.21631), section 2.1. All in words and figures; in the authors' code

    pair i of a token at (t, h, w) is turned by theta_i times t, h or w, whichever
    ``sections`` gives to pair i; text has t = h = w, and then this is RoPE;
    an image keeps t; the token after an image goes on at its largest id + 1

Convention: sections count pairs of time, row and column. ``chunked`` gives them out in
three blocks, time first, so time has the fastest speeds; ``interleaved`` deals
t h w t h w, and what remains at the slow end is time. The turns go into
``rotate_halves`` of rope.py for Qwen weights (or into ``rotate``: neighbours).
Shapes: B batch, T tokens, d_h head dimension. Positions in tokens, frames and patches,
angles in radians.
"""

import torch
from torch import Tensor


def chunked(sections: tuple[int, ...]) -> Tensor:
    """Axis of every pair, 0 time, 1 row, 2 column, as in Qwen2-VL: (d_h/2,)."""
    _check_sections(sections)
    counts = torch.tensor(sections)
    return torch.arange(3).repeat_interleave(counts, output_size=sum(sections))


def m_rope_rotations(
    positions: Tensor,
    theta: Tensor,
    sections: tuple[int, ...],
    order=chunked,
    dtype: torch.dtype = torch.complex64,
) -> Tensor:
    """cos + i sin of every angle: (T, d_h/2) or (B, 1, T, d_h/2). Make it once.

    positions: (3, T), (3, B, T). theta: (d_h/2,). order: ``chunked``, ``interleaved``.
    Raises TypeError, ValueError: a wrong dtype or shape, sections that are not theta's.
    """
    _check_positions(positions)
    axes = order(sections)
    _check_theta(theta, axes, sections)
    here = "cpu" if positions.is_mps else positions.device  # MPS lacks float64
    ids = positions.to(here, torch.float64)[axes.to(here)].movedim(0, -1)
    angles = ids * theta.to(here, torch.float64)  # (T, d_h/2) or (B, T, d_h/2)
    turns = torch.polar(torch.ones_like(angles), angles).to(dtype).to(positions.device)
    return turns[:, None] if positions.ndim == 3 else turns


def interleaved(sections: tuple[int, ...]) -> Tensor:
    """The same dealt in turn, as in Qwen3-VL: rows and columns must not run out."""
    _check_turns(sections)
    _, row, column = sections
    axes = torch.zeros(sum(sections), dtype=torch.long)
    axes[1 : 3 * row : 3] = 1
    axes[2 : 3 * column : 3] = 2
    return axes


def grid_positions(frames: int, height: int, width: int, start: int = 0) -> Tensor:
    """Ids of an image (frames = 1) or video, row by row: (3, frames * height * width).

    start: the id after the largest one before. Raises TypeError, ValueError: bad sizes.
    """
    _check_grid(frames, height, width, start)
    patch = torch.arange(frames * height * width)
    row = patch // width % height
    return torch.stack((patch // (height * width), row, patch % width)) + start


def _check_sections(sections: tuple[int, ...]) -> None:
    if len(sections) != 3 or any(type(n) is not int or n < 1 for n in sections):
        want = "three ints above 0, pairs of time, row, column"
        raise ValueError(f"sections must be {want}; got {sections}")


def _check_turns(sections: tuple[int, ...]) -> None:
    _check_sections(sections)
    if max(3 * sections[1] - 1, 3 * sections[2]) > sum(sections):
        want = "no more pairs than their turns"
        raise ValueError(f"rows and columns must have {want}, got {sections}")


def _check_grid(frames: int, height: int, width: int, start: int) -> None:
    sizes = {"frames": frames, "height": height, "width": width, "start": start}
    for name, size in sizes.items():
        least = 0 if name == "start" else 1
        if isinstance(size, bool) or not isinstance(size, int):
            raise TypeError(f"{name} must be an int, got {size!r}")
        if size < least:
            raise ValueError(f"{name} must be at least {least}, got {size}")


def _check_positions(positions: Tensor) -> None:
    shape, dtype = tuple(positions.shape), positions.dtype
    if positions.ndim not in (2, 3) or shape[0] != 3 or positions.numel() == 0:
        want = "(3, T) or (3, B, T), for time, row, column"
        raise ValueError(f"positions must be {want}; got {shape}")
    if dtype in (torch.bool, torch.half, torch.bfloat16) or dtype.is_complex:
        raise TypeError(f"positions must be integers, float32 or float64; got {dtype}")


def _check_theta(theta: Tensor, axes: Tensor, sections: tuple[int, ...]) -> None:
    if theta.shape != axes.shape or theta.dtype not in (torch.float32, torch.float64):
        want = "float32 or float64, one speed for each pair in sections"
        got = f"{theta.dtype} {tuple(theta.shape)} and {sections}"
        raise ValueError(f"theta must be {want}; got {got}")
