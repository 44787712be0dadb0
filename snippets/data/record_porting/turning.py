"""What a library does to vectors that it turns, measured alike for all of them."""

from collections.abc import Callable
from importlib.metadata import version
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor

from snippets.layouts import halves_order
from snippets.schemes.partial_rope import partial_rotate, partial_rotate_halves
from snippets.schemes.rope import frequencies, rotations
from snippets.schemes.yarn import yarn_frequencies

SIZE, TABLE, FAR, FACTOR = 64, 16, 8001, 4
YARN = {"factor": 4.0, "length": 2048, "fast": 32.0, "slow": 1.0}
T = TypeVar("T")
Turn = Callable[[Tensor, Tensor], Tensor]  # vectors in the library's order of axes, positions (B, T)


class Library(NamedTuple):
    """One library: ``make(rows, linear, cast, other, yarn)`` gives a Turn; NotImplementedError says it has no such.

    What it has by an argument of its own is written as one writes it: ``linear`` divides positions by 4, ``other``
    takes the other layout, ``yarn`` stretches.
    """

    library: str
    package: str
    called: str
    make: Callable[..., Turn]
    positions: str
    linear: str | None = None
    other: str | None = None
    yarn: str | None = None


def refuse(*unknown) -> None:
    if any(unknown):
        raise NotImplementedError


def same_for_all(at: Tensor) -> Tensor:
    """The positions (T,) that all sequences share."""
    if not torch.equal(at, at[:1].expand_as(at)):
        raise NotImplementedError
    return at[0]


def first_of(at: Tensor) -> int:
    """The offset of positions that are the same in all sequences and follow each other."""
    shared = same_for_all(at)
    if not torch.equal(shared, shared[0] + torch.arange(len(shared))):
        raise NotImplementedError
    return int(shared[0])


def one_step(turn: Turn) -> Tensor:
    """What a step makes of every basis vector: row j is where channel j goes."""
    return turn(torch.eye(SIZE)[:, None, None], torch.ones(SIZE, 1, dtype=torch.int64))[:, 0, 0]


def pairing(turn: Turn) -> tuple[str, str, Tensor]:
    """Layout, sign and the channels that turn, from one step of all basis vectors.

    "neighbours to halves" takes pairs of neighbours and writes them as halves.
    """
    moved = one_step(turn)
    channels = (moved != torch.eye(SIZE)).any(dim=-1).nonzero().flatten()
    r = len(channels)
    moved = moved[channels][:, channels]
    written = {
        "neighbours": torch.arange(r),
        "halves": torch.arange(r),
        "neighbours to halves": halves_order(r).argsort(),
    }
    partners = {"neighbours": torch.arange(r) ^ 1, "halves": (torch.arange(r) + r // 2) % r}
    for name, columns in written.items():
        partner = partners[name.split()[0]]
        pairs = torch.zeros(r, r).index_put((torch.arange(r), partner), torch.tensor(1.0))
        by_pairs = moved[:, columns]
        if torch.equal(by_pairs * (pairs + torch.eye(r)), by_pairs):
            first = torch.arange(r)[partner > torch.arange(r)]
            signs = by_pairs[first, partner[first]].sign().unique()
            return name, {1.0: "+", -1.0: "-"}[signs.item()], channels
    raise ValueError(f"none of {list(written)}: channel 0 reaches {moved[0].nonzero().flatten().tolist()}")


def stretched(turn: Turn) -> dict:
    """YaRN as a library has it: how many times slower the fastest and slowest pair, the ramp, what multiplies."""
    layout, _, channels = pairing(turn)
    turned, moved = len(channels), one_step(turn).double()
    pairs = torch.arange(turned).view(2, -1).T if layout == "halves" else torch.arange(turned).view(-1, 2)
    a, b = pairs.T
    speeds, lengths = torch.atan2(moved[a, b], moved[a, a]), torch.hypot(moved[a, b], moved[a, a])
    plain, numbers = frequencies(turned), (turned, YARN["factor"], YARN["length"], 10000, YARN["slow"], YARN["fast"])
    ramps = {
        "whole pairs": yarn_frequencies(*numbers),
        "parts of pairs": yarn_frequencies(*numbers, truncate=False),
    }
    kept = {name: ((speeds / want - 1).abs().max() < 1e-3).item() for name, want in ramps.items()}
    return {
        "fastest slowed": float(f"{plain[0] / speeds[0]:.3g}"),
        "slowest slowed": float(f"{plain[-1] / speeds[-1]:.3g}"),
        "ramp": next((name for name, fits in kept.items() if fits), "another"),
        "multiplies": float(f"{lengths[0]:.4g}"),
    }


def attempt(call: Callable[[], T]) -> T | str | None:
    """What a call gives, the name of the error it raises, or None where the library has no such thing."""
    try:
        return call()
    except NotImplementedError:
        return None
    except Exception as error:
        return type(error).__name__


def error(out: Tensor | str | None, want: Tensor) -> float | str | None:
    return out if out is None or isinstance(out, str) else float(f"{(out.double() - want).abs().max():.2g}")


def convention(library: Library) -> dict:
    """All that the tables say of one library that turns."""
    turn = library.make()
    layout, sign, channels = pairing(turn)
    turned = len(channels)
    ones = turn(torch.ones(1, 3, 3, SIZE), torch.arange(3)[None])[0]
    axis = 2 if torch.equal(ones[0], ones[1]) else 1
    ours = partial_rotate if layout == "neighbours" else partial_rotate_halves

    def right(x, position):
        turns = rotations(torch.tensor([position]), frequencies(turned), torch.complex128)
        return ours(x.double(), turns)

    def at(*positions):
        return torch.tensor(positions)[:, None]

    torch.manual_seed(0)
    x = torch.randn(1, 1, 1, SIZE)
    two = attempt(lambda: turn(x.repeat(2, 1, 1, 1), at(0, 7)))
    own = isinstance(two, Tensor) and (two[1:] - right(x, 7)).abs().max() < 1e-4
    past = attempt(lambda: library.make(rows=TABLE)(x, at(TABLE)))
    past = error(past, right(x, TABLE))
    half = x.bfloat16()
    divided = attempt(lambda: library.make(linear=FACTOR)(x, at(8)))
    other = attempt(lambda: library.make(other=True))
    yarn = attempt(lambda: library.make(yarn=True))
    return {
        "library": library.library,
        "version": version(library.package),
        "called": library.called,
        "layout": layout,
        "other layout": library.other if callable(other) else None,
        "its layout": pairing(other)[0] if callable(other) else None,
        "sign": sign,
        "channels of 64": turned,
        "axis of tokens": axis,
        "positions": library.positions,
        "own for each sequence": bool(own),
        "past a table of 16": "right" if isinstance(past, float) and past < 1e-4 else past,
        "bfloat16 queries at 8001": error(attempt(lambda: turn(half, at(FAR))), right(half, FAR)),
        "bfloat16 module at 8001": error(attempt(lambda: library.make(cast=True)(x, at(FAR))), right(x, FAR)),
        "divides by 4": library.linear if error(divided, right(x, 2)) not in (None, "") else None,
        "its error": error(divided, right(x, 2)),
        "YaRN": {"called": library.yarn, **stretched(yarn)} if callable(yarn) else None,
    }
