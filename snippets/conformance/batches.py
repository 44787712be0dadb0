"""Situations: rows of a batch that differ, and batches of odd shapes."""

import torch

from snippets.conformance.layer import DIM, HEADS, LENGTH, Layer, later, same, texts


def own_positions(name: str) -> None:
    layer, x, m = Layer(name), texts(), torch.arange(LENGTH)
    rows = torch.stack((m, m + 7, m + 3))
    want = torch.cat([layer(x[b : b + 1], rows[b]) for b in range(3)])
    same(layer(x, rows), want)


def one_row_of_positions(name: str) -> None:
    layer, x, m = Layer(name), texts(), torch.arange(LENGTH)
    same(layer(x, m[None]), layer(x, m))


def left_padding(name: str) -> None:
    layer, again = Layer(name), Layer(name, seed=7)
    x, slots = texts().requires_grad_(), torch.arange(LENGTH)
    pads = torch.tensor([0, 5, 2])
    m = (slots - pads[:, None]).clamp(min=0)
    is_pad = slots < pads[:, None]
    hidden = later(slots, slots) | is_pad[:, None, None]  # a pad sees nothing
    out = again(layer(x, m, hidden, slots), m, hidden, slots)
    for b, start in enumerate(pads):
        alone, own = x[b : b + 1, start:], slots[: LENGTH - start]
        same(out[b : b + 1, start:], again(layer(alone, own), own))
    gradient = torch.autograd.grad(out.square().sum(), x)[0]
    assert out.isfinite().all() and gradient.isfinite().all(), "pads give nan"


def packing(name: str) -> None:
    layer, x, slots = Layer(name), texts(), torch.arange(LENGTH)
    text = torch.tensor([0] * 5 + [1] * 7)
    m = torch.cat((torch.arange(5), torch.arange(7)))  # each text counts from 0
    hidden = later(slots, slots) | (text[:, None] != text)
    want = torch.cat((layer(x[:, :5], m[:5]), layer(x[:, 5:], m[5:])), dim=1)
    same(layer(x, m, hidden, slots), want)


def running_positions(name: str) -> None:
    layer, x, m = Layer(name), texts(), torch.arange(LENGTH)
    text = torch.tensor([0] * 5 + [1] * 7)
    hidden = later(m, m) | (text[:, None] != text)
    want = torch.cat((layer(x[:, :5], m[:5]), layer(x[:, 5:], m[:7])), dim=1)
    same(layer(x, m, hidden), want)


def empty_batch(name: str) -> None:
    layer, m = Layer(name), torch.arange(LENGTH)
    out = layer(texts()[:0], m)
    same(out, torch.empty(0, LENGTH, DIM))


def grouped_keys(name: str) -> None:
    layer, x, m = Layer(name), texts(), torch.arange(LENGTH)
    q, k, v = layer.split(x, m)
    k, v = k[:, :1], v[:, :1]  # one head of keys for all heads of queries
    wide_k, wide_v = (part.repeat_interleave(HEADS, dim=1) for part in (k, v))
    same(layer.attend(q, k, v, m, m), layer.attend(q, wide_k, wide_v, m, m))
