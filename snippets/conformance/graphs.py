"""Situations: what torch does with a function: compile, export, vectorise."""

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from torch.utils.checkpoint import checkpoint

from snippets.conformance.layer import (
    LENGTH,
    Layer,
    later,
    same,
    texts,
)


def compiled(name: str) -> None:
    layer, x, m = Layer(name), texts(), torch.arange(LENGTH)
    torch.compiler.reset()
    same(torch.compile(layer, fullgraph=True)(x, m), layer(x, m))


def exported(name: str) -> None:
    layer, x, m = Layer(name), texts(), torch.arange(LENGTH)
    length = torch.export.Dim("length", min=2, max=30)
    shapes = {1: length}, {0: length}
    program = torch.export.export(layer, (x, m), dynamic_shapes=shapes).module()
    for size in (3, 25):
        x, m = texts(length=size), torch.arange(size)
        same(program(x, m), layer(x, m))


def vmap_over_batch(name: str) -> None:
    layer, x, m = Layer(name), texts(), torch.arange(LENGTH)
    each = torch.vmap(lambda row: layer(row[None], m)[0])
    same(each(x), layer(x, m))


def vmap_over_positions(name: str) -> None:
    layer, x, m = Layer(name), texts(), torch.arange(LENGTH)
    rows = torch.stack((m, m + 7, m + 3))
    each = torch.vmap(lambda row, at: layer(row[None], at)[0])
    want = torch.cat([layer(x[b : b + 1], rows[b]) for b in range(3)])
    same(each(x, rows), want)


def second_derivatives(name: str) -> None:
    layer, x, m = Layer(name), texts(1, 6).requires_grad_(), torch.arange(6)
    weights = [x, *layer.weights.parameters()]
    ways = [torch.randn_like(weight) for weight in weights]

    def penalty(step: float) -> Tensor:
        """The square of the gradient, ``step`` of the way from these weights."""
        with torch.no_grad():
            for weight, way in zip(weights, ways, strict=True):
                weight.add_(way, alpha=step)
        loss = layer(x, m).square().sum()
        parts = torch.autograd.grad(loss, weights, create_graph=True)
        return sum((part.square().sum() for part in parts), torch.zeros(()))

    second = torch.autograd.grad(penalty(0), weights, allow_unused=True)
    slope = torch.zeros(())
    for part, way in zip(second, ways, strict=True):
        if part is not None:
            slope = slope + (part * way).sum()
    ahead, behind = penalty(1e-6), penalty(-2e-6)
    same(slope * 2e-6 / (ahead - behind), torch.ones_like(slope), 1e-4)


def inference_then_training(name: str) -> None:
    layer, x = Layer(name), texts()
    with torch.inference_mode():
        m = torch.arange(LENGTH)  # and whatever the scheme might keep for later
        early = layer(x, m)
    out = layer(x, m)
    out.sum().backward()
    same(early.clone(), out)
    same(out, Layer(name)(x, torch.arange(LENGTH)))


def checkpointing(name: str) -> None:
    layer, plain, x, m = Layer(name), Layer(name), texts(), torch.arange(LENGTH)
    out = checkpoint(layer, x, m, use_reentrant=False)
    found = torch.autograd.grad(out.square().sum(), [*layer.parameters()])
    loss = plain(x, m).square().sum()
    wanted = torch.autograd.grad(loss, [*plain.parameters()])
    for gradient, want in zip(found, wanted, strict=True):
        same(gradient, want)


def fused_attention(name: str) -> None:
    layer, x, m = Layer(name), texts(), torch.arange(LENGTH)
    q, k, v = layer.split(x, m)
    want = layer.attend(q, k, v, m, m)
    if layer.scheme.at_qk:
        q, k = layer.scheme.at_qk(q, k, m, m)
    mask = torch.zeros(LENGTH, LENGTH, dtype=q.dtype)
    mask = mask.masked_fill(later(m, m), -torch.inf)
    bias = layer.bias(q, k, m, m)
    if bias is not None:
        mask = mask + bias
    same(scaled_dot_product_attention(q, k, v, attn_mask=mask), want)
