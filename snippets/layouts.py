"""Weights from one rotary layout to the other, neighbours <-> halves (the two layouts
of Su et al. 2021, arXiv:2104.09864, eq. 34, and of GPT-NeoX, arXiv:2204.06745, s. 2.1).

    neighbours   pair i is channels 2i and 2i + 1         (rope.rotate)
    halves       pair i is channels i and i + r/2, i < r/2   (rope.rotate_halves)

Query and key are permuted alike, so every score stays. What makes them is permuted by
rows, head by head: W_q, W_k, their biases, the B of a LoRA on them, and what scales or
shifts the channels of a head, as the gains of a QK-norm do. The sum of squares of a
norm does not see the order, whether it runs over one head or over all. W_v and W_o
stay. The number of heads is rows / d_h, so W_k with fewer heads needs no word.

Convention: only the first r channels of a head turn (r = rotary_dim, all if None), the
others keep their place.
Shapes: h heads of that projection, d_h head dimension, d model dimension.
"""

import torch
from torch import Tensor


def halves_order(head_dim: int, rotary_dim: int | None = None) -> Tensor:
    """Channels of a head from neighbours to halves: (d_h,), int64; argsort goes back.

    x[..., order] is a query or key, or a cached key, in the layout of halves.
    All here raise TypeError and ValueError for sizes that do not fit.
    """
    r = _check_dims(head_dim, rotary_dim)
    turned = torch.arange(r).unflatten(0, (-1, 2)).T.flatten()  # 0, 2 .. 1, 3 ..
    return torch.cat((turned, torch.arange(r, head_dim)))


def to_halves(rows: Tensor, head_dim: int, rotary_dim: int | None = None) -> Tensor:
    """Rows trained with neighbours for code that turns halves; shape and dtype stay.

    rows: a weight (h d_h, d), a bias or gains (h d_h,) or, shared by heads, (d_h,).
    """
    return _reorder(rows, halves_order(head_dim, rotary_dim))


def to_neighbours(rows: Tensor, head_dim: int, rotary_dim: int | None = None) -> Tensor:
    """The inverse: rows trained with halves for code that turns neighbours."""
    return _reorder(rows, halves_order(head_dim, rotary_dim).argsort())


def other_sign(rows: Tensor, head_dim: int, rotary_dim: int | None = None) -> Tensor:
    """Rows in halves for code that turns the other way: by -m theta, or back again.

    The second channel of every pair changes its sign. For weights and biases, which
    make these channels; gains multiply them and stay as they are.
    """
    r = _check_dims(head_dim, rotary_dim)
    sign = torch.ones(head_dim, dtype=rows.dtype, device=rows.device)
    sign[r // 2 : r] = -1
    by_head = _heads(rows, head_dim)
    return (by_head * sign.view(-1, *[1] * (rows.ndim - 1))).flatten(0, 1)


def split_fused(
    rows: Tensor,
    heads: int,
    kv_heads: int,
    head_dim: int,
) -> tuple[Tensor, Tensor, Tensor]:
    """One projection [q | k | v], as Phi-3 has, into its three: views, not copies.

    rows: ((h + 2 h_kv) d_h, ...). Convert the first two, then torch.cat the three.
    """
    _check_fused(rows, heads, kv_heads, head_dim)
    q, k, v = rows.split([heads * head_dim, *2 * [kv_heads * head_dim]])
    return q, k, v


def _reorder(rows: Tensor, order: Tensor) -> Tensor:
    return _heads(rows, len(order))[:, order.to(rows.device)].flatten(0, 1)


def _heads(rows: Tensor, head_dim: int) -> Tensor:
    """(h d_h, ...) -> (h, d_h, ...)."""
    _check_rows(rows, head_dim)
    return rows.unflatten(0, (-1, head_dim))


def _check_dims(head_dim: int, rotary_dim: int | None) -> int:
    r = head_dim if rotary_dim is None else rotary_dim
    for name, size in (("head_dim", head_dim), ("rotary_dim", r)):
        if isinstance(size, bool) or not isinstance(size, int):
            raise TypeError(f"{name} must be an int, got {size!r}")
    if r < 2 or r % 2 or r > head_dim:
        want = f"even, above 0 and at most head_dim, which is {head_dim}"
        raise ValueError(f"the channels that turn must be {want}; got {r}")
    return r


def _check_rows(rows: Tensor, head_dim: int) -> None:
    if rows.ndim == 0 or rows.shape[0] == 0 or rows.shape[0] % head_dim:
        want = f"heads of {head_dim} rows each along its first axis"
        raise ValueError(f"a weight must have {want}, got {tuple(rows.shape)}")


def _check_fused(rows: Tensor, heads: int, kv_heads: int, head_dim: int) -> None:
    if kv_heads < 1 or heads < 1 or heads % kv_heads:
        want = "1 or more, and heads a multiple of kv_heads"
        raise ValueError(f"heads must be {want}; got {heads} and {kv_heads}")
    want = (heads + 2 * kv_heads) * head_dim
    if rows.ndim == 0 or rows.shape[0] != want:
        what = f"{want} rows, (heads + 2 kv_heads) head_dim"
        raise ValueError(f"a fused weight must have {what}; got {tuple(rows.shape)}")
