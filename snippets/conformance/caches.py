"""Situations: queries that are not the whole text, and keys that are kept."""

import torch

from snippets.conformance.layer import (
    LENGTH,
    DoesNotApply,
    Layer,
    later,
    same,
    texts,
)

CAUSAL = {  # why there is no cross-attention
    "none": (
        "Its file is causal attention. "
        "Cross-attention without positions is attention with no mask."
    ),
    "cope": (
        "It counts tokens between a key and a query of one text, "
        "and here the two are of two texts."
    ),
    "xpos": (
        "Its factors grow without end for keys after their query, "
        "so it is for causal attention only."
    ),
}


def one_query(name: str) -> None:
    layer, x, m = Layer(name), texts(), torch.arange(LENGTH)
    want = layer(x, m)
    keys, values = [], []
    for t in range(LENGTH):
        q, k, v = layer.split(x[:, t : t + 1], m[t : t + 1])
        keys.append(k)
        values.append(v)
        k, v = torch.cat(keys, 2), torch.cat(values, 2)
        out = layer.attend(q, k, v, m[t : t + 1], m[: t + 1])
        same(out.transpose(1, 2).flatten(2), want[:, t : t + 1])


def turned_keys(name: str) -> None:
    layer, x, m = Layer(name), texts(), torch.arange(LENGTH)
    if name in ("none", "deberta") or not layer.scheme.at_qk:
        raise DoesNotApply("It does not turn keys: a cache holds them as they are.")
    want = layer(x, m)
    # xPos centres its factors on each call, unless it is told one place for all
    fixed = {"centre": 0.0} if name == "xpos" else {}
    keys, values = [], []
    for t in range(LENGTH):
        here = m[t : t + 1]
        q, k, v = layer.split(x[:, t : t + 1], here)
        q, k = layer.scheme.at_qk(q, k, here, here, **fixed)
        keys.append(k)
        values.append(v)
        k, v = torch.cat(keys, 2), torch.cat(values, 2)
        bias = layer.bias(q, k, here, m[: t + 1])
        out = layer.meet(q, k, v, here, m[: t + 1], bias)
        same(out.transpose(1, 2).flatten(2), want[:, t : t + 1])


def preallocated_cache(name: str) -> None:
    layer, x, m = Layer(name), texts(), torch.arange(LENGTH)
    q, k, v = layer.split(x, m)
    slots = torch.arange(LENGTH + 5)
    empty = torch.full_like(k[:, :, :5], 50.0)  # whatever memory held
    keys, values = torch.cat((k, empty), 2), torch.cat((v, empty), 2)
    out = layer.attend(q[:, :, -3:], keys, values, m[-3:], slots)
    same(out, layer.attend(q, k, v, m, m)[:, :, -3:])


def rolling_cache(name: str) -> None:
    layer, x, m = Layer(name), texts(), torch.arange(LENGTH)
    q, k, v = layer.split(x, m)
    size = 8  # the newest token takes the place of the oldest
    q, k, v, n = q[:, :, -1:], k[:, :, -size:], v[:, :, -size:], m[-size:]
    order = torch.argsort(n % size)
    rolled = layer.attend(q, k[:, :, order], v[:, :, order], m[-1:], n[order])
    same(rolled, layer.attend(q, k, v, m[-1:], n))


def branches(name: str) -> None:
    layer, x = Layer(name), texts(length=9)
    # five tokens, then two drafts of two tokens each, side by side in memory
    m = torch.tensor([0, 1, 2, 3, 4, 5, 6, 5, 6])
    slots = torch.arange(9)
    hidden = later(slots, slots)
    hidden[7:, 5:7] = True  # the second draft does not see the first
    out = layer(x, m, hidden, slots)
    for path in ([0, 1, 2, 3, 4, 5, 6], [0, 1, 2, 3, 4, 7, 8]):
        same(out[:, path], layer(x[:, path], torch.arange(7)))


def first_queries(name: str) -> None:
    layer, x, m = Layer(name), texts(), torch.arange(LENGTH)
    q, k, v = layer.split(x, m)
    out = layer.attend(q[:, :, :4], k, v, m[:4], m)
    same(out, layer.attend(q, k, v, m, m)[:, :, :4])


def zigzag(name: str) -> None:
    layer, x, m = Layer(name), texts(), torch.arange(LENGTH)
    q, k, v = layer.split(x, m)
    mine = torch.cat((m[:3], m[-3:]))  # the first and the last of four chunks
    out = layer.attend(q[:, :, mine], k, v, mine, m)
    same(out, layer.attend(q, k, v, m, m)[:, :, mine])


def cross_lengths(name: str) -> None:
    if reason := CAUSAL.get(name):
        raise DoesNotApply(reason)
    layer, x, m = Layer(name), texts(), torch.arange(LENGTH)
    q, k, v = layer.split(x, m)
    nothing = torch.zeros(LENGTH, LENGTH, dtype=torch.bool)
    out = layer.attend(q[:, :, :4], k, v, m[:4], m, nothing[:4])
    same(out, layer.attend(q, k, v, m, m, nothing)[:, :, :4])
