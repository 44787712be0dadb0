"""Layers in turn: most of them rotate and look at a window, a few look at everything
and have no positions, or slower ones (Yang et al. 2025, arXiv:2501.18795: "RNoPE-SWA").

    local layer   RoPE, and query m sees key n only if m - n < W
    global layer  every key n <= m; no rotation, or RoPE with a larger base

Convention: layers count from 0, and True marks a global one. "Every nth" counts from
the first layer on, n - 1, 2n - 1 .. (Cohere 2, Llama 4), or from the last one back
(Muse Glimmer). A window of W tokens holds the query itself and the W - 1 before it, as
in transformers. Later keys are left to the causal mask, rotation to another file.
Nothing is learned. A pattern is a list with an entry for every layer.
Shapes: B batch, T_q queries, T_k keys. Windows and reach in tokens.
"""

import torch
from torch import Tensor


def every_from_first(layers: int, n: int) -> list[bool]:
    """Which layers are global if every ``n``-th is, counted from the first.

    The last layer is among them only if ``n`` divides ``layers``. All here raise
    TypeError, ValueError: a count that is not an int above 0.
    """
    _check_counts(layers=layers, n=n)
    return [(layer + 1) % n == 0 for layer in range(layers)]


def every_from_last(layers: int, n: int) -> list[bool]:
    """The same, counted from the last layer, which is always global."""
    _check_counts(layers=layers, n=n)
    return [(layers - 1 - layer) % n == 0 for layer in range(layers)]


def last_too(is_global: list[bool]) -> list[bool]:
    """The same layers, and the last one as well (Gemma 4)."""
    _check_pattern(is_global)
    return [*is_global[:-1], True]


def bases(is_global: list[bool], near: float, far: float | None) -> list[float | None]:
    """The base of each layer's rotation: ``near`` in local layers, ``far`` in global
    ones, where None leaves the rotation out."""
    _check_pattern(is_global)
    return [far if whole else near for whole in is_global]


def window_mask(m: Tensor, n: Tensor, window: int) -> Tensor:
    """True where a key is near enough: (T_q, T_k) or (B, 1, T_q, T_k).

    m, n: integer positions of queries (T_q,) and keys (T_k,), or (B, T) each where rows
    differ. It hides no later key: that is left to the causal mask.
    """
    _check_mask(m, n, window)
    seen = m.long()[..., :, None] - n.long()[..., None, :] < window
    return seen[:, None] if seen.ndim == 3 else seen


def chunk_mask(m: Tensor, n: Tensor, chunk: int) -> Tensor:
    """True where query and key stand in one chunk of so many tokens (Llama 4)."""
    _check_mask(m, n, chunk)
    seen = m.long()[..., :, None] // chunk == n.long()[..., None, :] // chunk
    return seen[:, None] if seen.ndim == 3 else seen


def reach(is_global: list[bool], window: int, length: int) -> list[int]:
    """How many tokens the last of ``length`` has heard of, itself too, by layer.

    Each local layer adds ``window`` - 1, a global one all that are left.
    """
    _check_pattern(is_global)
    _check_counts(window=window, length=length)
    heard, found = 1, []
    for whole in is_global:
        heard = length if whole else min(length, heard + window - 1)
        found.append(heard)
    return found


def keys_held(is_global: list[bool], window: int, length: int) -> list[int]:
    """How many keys the cache of each layer holds after ``length`` tokens."""
    _check_pattern(is_global)
    _check_counts(window=window, length=length)
    return [length if whole else min(length, window) for whole in is_global]


def _check_counts(**counts: int) -> None:
    for name, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, int):
            raise TypeError(f"{name} must be an int, got {count!r}")
        if count < 1:
            why = "since a layer, a window and a text hold at least one"
            raise ValueError(f"{name} must be above 0, {why}; got {count}")


def _check_pattern(is_global: list[bool]) -> None:
    if not isinstance(is_global, list | tuple) or {*map(type, is_global)} != {bool}:
        want = "a list with one bool a layer, True for a global one"
        raise TypeError(f"is_global must be {want}; got {is_global!r}")


def _check_mask(m: Tensor, n: Tensor, window: int) -> None:
    _check_counts(window=window)
    for name, x in (("m", m), ("n", n)):
        if x.is_floating_point() or x.is_complex() or x.dtype == torch.bool:
            why = "since positions count tokens"
            raise TypeError(f"{name} must hold integers, {why}; got {x.dtype}")
        if x.ndim not in (1, 2) or x.numel() == 0:
            want = "(T,) or (B, T) and not be empty"
            raise ValueError(f"{name} must have shape {want}, got {tuple(x.shape)}")
