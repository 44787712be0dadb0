"""What a function does to the channels of a head, read from the linear map that it is."""

import math

import torch
from torch import Tensor

KEPT = 64  # positions looked at


def _tensors(call) -> list[tuple[object, Tensor]]:
    """Real tensors among the arguments: (place, tensor)."""
    places = [*enumerate(call.args), *call.kwargs.items()]
    return [(place, value) for place, value in places if isinstance(value, Tensor) and value.is_floating_point()]


def _again(call, place, value: Tensor) -> list[Tensor]:
    args, kwargs = list(call.args), dict(call.kwargs)
    (args if isinstance(place, int) else kwargs)[place] = value.clone()
    out = call.function(*args, **kwargs)
    return [t for t in (out if isinstance(out, (tuple, list)) else [out]) if isinstance(t, Tensor)]


def turned(call) -> list[tuple[object, int]]:
    """(place of an argument, place of an output) where the output has its shape and is linear in it alone."""
    found = []
    for place, value in _tensors(call):
        if value.dim() < 2 or value.shape[-1] < 4:
            continue
        zero = _again(call, place, torch.zeros_like(value))
        some = torch.randn(value.shape, generator=torch.Generator().manual_seed(0)).to(value.dtype)
        once, twice = _again(call, place, some), _again(call, place, 2 * some)
        for at, out in enumerate(once):
            if out.shape != value.shape or zero[at].abs().max() > 0 or out.abs().max() == 0:
                continue
            if (twice[at] - 2 * out).abs().max() <= 1e-3 * out.abs().max():
                found.append((place, at))
                break
    return found


def map_of(call, place, at: int) -> Tensor:
    """The map from the argument at ``place`` to an output: (positions, channels out, channels in)."""
    value = dict(_tensors(call))[place]
    columns = []
    for channel in range(value.shape[-1]):
        basis = torch.zeros_like(value)
        basis[..., channel] = 1
        column = _again(call, place, basis)[at]
        columns.append(column[tuple(slice(0, KEPT) for _ in column.shape[:-1])].double())
    return _by_position(torch.stack(columns, -1))


def _by_position(whole: Tensor) -> Tensor:
    """(..., D, D) -> (P, D, D): the axis along which the map changes; other axes are read at their first entry."""
    lead = whole.dim() - 2
    changes = [float((whole - whole.narrow(axis, 0, 1)).abs().max()) for axis in range(lead)]
    axis = max(range(lead), key=lambda each: (changes[each] > 0, whole.shape[each] * (changes[each] > 0)))
    for other in reversed(range(lead)):
        if other != axis:
            whole = whole.select(other, 0)
    return whole


def pairs_of(turn: Tensor) -> list[tuple[tuple[int, int], tuple[int, int]]] | None:
    """Which two channels are read together and which two are written, or None where that is no sum of planes."""
    touched = turn.abs().amax(0) > 0
    rows = [tuple(torch.nonzero(touched[:, i]).flatten().tolist()) for i in range(turn.shape[-1])]
    planes: dict[tuple, list[int]] = {}
    for channel, written in enumerate(rows):
        if len(written) == 2:
            planes.setdefault(written, []).append(channel)
        elif len(written) > 2:
            return None
    if any(len(read) != 2 for read in planes.values()):
        return None
    return sorted(((read[0], read[1]), (out[0], out[1])) for out, read in planes.items())


def layout(pairs: list[tuple[int, int]], channels: int | None = None) -> str:
    """How the two channels of a pair lie: "neighbours" (2i, 2i + 1), "halves", or how far apart.

    Halves: half of the channels that turn apart, or half of all that the function is given.
    """
    apart = sorted({b - a for a, b in pairs})
    if apart == [1] and len(pairs) > 1:
        return "neighbours"
    if apart in ([len(pairs)], [(channels or 0) // 2]):
        return "halves"
    return "other: " + ", ".join(str(each) for each in apart) + " apart"


def spans(channels: list[int]) -> list[list[int]]:
    """Sorted channels as ranges [first, last]."""
    found: list[list[int]] = []
    for channel in sorted(channels):
        if found and channel == found[-1][1] + 1:
            found[-1][1] = channel
        else:
            found.append([channel, channel])
    return found


def angles_of(turn: Tensor, pairs) -> tuple[Tensor, Tensor, float]:
    """Angles (P, pairs), lengths (P, pairs) and how far the maps are from being rotations times a length."""
    read = torch.tensor([r for r, _ in pairs])
    out = torch.tensor([w for _, w in pairs])
    aa, ab = turn[:, out[:, 0], read[:, 0]], turn[:, out[:, 0], read[:, 1]]
    ba, bb = turn[:, out[:, 1], read[:, 0]], turn[:, out[:, 1], read[:, 1]]
    wrong = float(torch.maximum((aa - bb).abs(), (ab + ba).abs()).max())
    return torch.atan2(ba, aa), torch.hypot(aa, ba), wrong


def steps(angle: Tensor) -> Tensor:
    """Angles (P, pairs) -> change from one position to the next, in (-pi, pi].

    The first change that comes twice in a row: what stands before the positions, such as a class token, is not turned.
    """
    change = torch.remainder(angle.diff(dim=0) + math.pi, 2 * math.pi) - math.pi
    moved = [p for p in range(len(change)) if change[p].abs().max() > 0]
    twice = [p for p in moved if p + 1 in moved and (change[p + 1] - change[p]).abs().max() < 1e-3]
    for p in (*twice[:1], *moved[:1]):
        return change[p]
    return torch.zeros(angle.shape[1], dtype=angle.dtype)


def fitted_base(speeds: Tensor, pairs: float) -> float | None:
    """Base b of speeds b^(-i / pairs) that fall by one ratio, from the pairs that turn visibly; None if they do not."""
    seen = speeds.abs()
    seen = seen[seen > 2e-4]
    if len(seen) < 3:
        return None
    logs = seen.log()
    falls = logs[:-1] - logs[1:]
    if falls.min() <= 1e-4 or (falls - falls.median()).abs().max() > 0.02 * falls.median():
        return None
    return float(math.exp(pairs * float((logs[0] - logs[-1]) / (len(logs) - 1))))
