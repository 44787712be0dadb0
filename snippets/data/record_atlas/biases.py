"""Biases by distance: which distances share a bucket, and what the softmax sees of a bias."""

import re

import torch
from torch import Tensor, nn

from snippets.data.record_atlas.watching import ALIBI, Call, Seen, watching

FARTHEST = 4096  # distances that are asked for, on both sides


def buckets(call: Call) -> dict | None:
    """Ranges of distances (query - key) by bucket, from the function that was called; None if it cannot be asked.

    {"past": {...}, "future": {...}} with "alone": distances from 0 that have a bucket of their own, and "last_from":
    the distance from which all share the last one. A side whose distances all share one bucket is left out.
    """
    steps = torch.arange(FARTHEST + 1)
    found = {}
    for side, sign in (("past", -1), ("future", 1)):  # the argument is key - query
        try:
            out = _asked(call, sign * steps[None])
        except Exception:
            return None
        flat = out.reshape(-1)
        if len(flat) != len(steps):
            return None
        if bool((flat == flat[0]).all()):
            continue
        changes = torch.nonzero(flat.diff() != 0).flatten() + 1  # distances at which a bucket begins
        together = torch.nonzero(flat.diff() == 0).flatten() + 1
        found[side] = {"alone": int(together[0]) - 2 if len(together) else FARTHEST, "last_from": int(changes[-1])}
    return found or None


def _asked(call: Call, distances: Tensor) -> Tensor:
    given = {"done": False}

    def swap(value):
        if isinstance(value, Tensor) and not given["done"]:
            given["done"] = True
            return distances
        return value

    args = [swap(value) for value in call.args]
    kwargs = {key: swap(value) for key, value in call.kwargs.items()}
    return torch.as_tensor(call.function(*args, **kwargs))


def times(model: nn.Module, module, attention: set[type], given: dict, seen: Seen, weight: str) -> dict[str, float]:
    """By path of a softmax, how much larger its scores are when every number of a table of biases is larger by 1.

    1 where the table is added to scores that have been scaled, the scaling where it is added before. A constant on all
    scores leaves the softmax as it is, so later layers do not change.
    """
    named = re.compile(re.escape(weight).replace(r"\*", r"\d+") + "$")
    tables = [table for name, table in model.named_parameters() if named.match(name)]
    if not tables:
        return {}
    found = _larger(model, module, attention, given, seen, tables[:1])  # where one table serves all layers
    if len(tables) > 1:
        found = _larger(model, module, attention, given, seen, tables) | found
    return found


def _larger(model, module, attention, given, seen: Seen, tables: list) -> dict[str, float]:
    for table in tables:
        table.data += 1
    try:
        with torch.no_grad(), watching(model, module, attention) as again:
            model(**given)
    finally:
        for table in tables:
            table.data -= 1
    found = {}
    for path, before in seen.scores.items():
        after = again.scores.get(path)
        if after is None or after.shape != before.shape:
            continue
        change = (after - before)[(before > -1e4) & torch.isfinite(before)]
        if len(change) and float(change.min()) > 1e-4 and float(change.max() - change.min()) < 1e-2:
            found[path] = float(change.median())
    return found


def alibi_times(model: nn.Module, module, attention: set[type], given: dict, seen: Seen) -> float | None:
    """What an ALiBi is multiplied by in the scores of the first attention: 1, or the scaling."""
    kept = {name: value for name, value in vars(module).items() if ALIBI.search(name) and callable(value)}
    slopes = next((out for _, out in seen.alibi.values() if isinstance(out, Tensor)), None)
    if slopes is None or not kept or not seen.scores:
        return None
    for name, function in kept.items():
        setattr(module, name, lambda *args, function=function, **kwargs: _nothing(function(*args, **kwargs)))
    try:
        with torch.no_grad(), watching(model, module, attention) as again:
            model(**given)
    except Exception:
        return None
    finally:
        for name, function in kept.items():
            setattr(module, name, function)
    first = next(iter(seen.scores))
    if first not in again.scores:
        return None
    change = (seen.scores[first] - again.scores[first])[0]
    while change.dim() > 2:
        change = change[0]
    step = float(change[-1, 2] - change[-1, 1])  # a key nearer by one
    body = slopes.double().reshape(-1) if slopes.dim() == 1 else slopes.double().squeeze()
    if body.dim() == 1:
        slope = float(body[0])
    else:
        row = body.reshape(-1, body.shape[-1])[0]
        slope = float(row[2] - row[1])
    return abs(step / slope) if slope else None


def _nothing(out):
    return torch.zeros_like(out) if isinstance(out, Tensor) else out
