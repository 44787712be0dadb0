"""Situations: half precision, autocast, positions that a type cannot count."""

import torch

from snippets.catalogue import shift_invariant
from snippets.conformance.layer import HEADS, LENGTH, Layer, same, texts

MILLION = 1_000_003


def half_precision(name: str) -> None:
    x, m = texts(), torch.arange(LENGTH)
    for dtype, within in ((torch.bfloat16, 0.04), (torch.float16, 0.005)):
        layer, plain = Layer(name).to(dtype), Layer(name)
        out = layer(x.to(dtype), m)
        assert out.dtype == dtype, f"{dtype} became {out.dtype}"
        same(out, plain(x, m), within)


def autocast_and_norm(name: str) -> None:
    layer, plain = Layer(name).float(), Layer(name)
    x, m = texts(), torch.arange(LENGTH)
    norm = torch.nn.functional.rms_norm
    with torch.autocast("cpu", torch.bfloat16):
        q, k, v = layer.split(x.float(), m)
        q, k = norm(q.float(), q.shape[-1:]), norm(k.float(), k.shape[-1:])
        out = layer.attend(q, k, v.float(), m, m)
    q, k, v = plain.split(x, m)
    q, k = norm(q, q.shape[-1:]), norm(k, k.shape[-1:])
    same(out, plain.attend(q, k, v, m, m), 0.05)


def large_scores(name: str) -> None:
    layer, plain, m = Layer(name).half(), Layer(name), torch.arange(LENGTH)
    v = texts().unflatten(-1, (HEADS, -1)).transpose(1, 2).half()
    q = 60 * v  # q . q is above 65,504, the largest number of float16
    want = plain.attend(q.double(), q.double(), v.double(), m, m)
    same(layer.attend(q, q, v, m, m), want, 0.01)


def far_positions(name: str) -> None:
    x, m = texts(), MILLION + torch.arange(LENGTH)
    out = Layer(name).float()(x.float(), m)
    near = m % 64 if shift_invariant(name) else m  # where only distances count
    same(out, Layer(name)(x, near), 1e-4)


def rounded_positions(name: str) -> None:
    layer, x, m = Layer(name), texts(), torch.arange(LENGTH)
    m = m + 300
    narrow = m.bfloat16()  # as a cast buffer holds them: 301 is not among them
    same(layer(x, narrow), layer(x, m))
