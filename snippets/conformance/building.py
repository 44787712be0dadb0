"""Situations: how a model is built, saved, copied and cast."""

import io
from copy import deepcopy

import torch
from torch import nn

from snippets.conformance.layer import (
    LENGTH,
    TRAINED,
    DoesNotApply,
    Layer,
    needs_weights,
    same,
    texts,
)


def meta_device(name: str) -> None:
    whole, x, m = Layer(name), texts(), torch.arange(LENGTH)
    with torch.device("meta"):
        layer = Layer(name)
    layer.to_empty(device="cpu")
    layer.load_state_dict(whole.state_dict())
    layer.make_speeds()  # after loading, or at every step
    same(layer(x, m), whole(x, m))


def save_and_load(name: str) -> None:
    trained, x, m = Layer(name), texts(), torch.arange(LENGTH)
    needs_weights(trained)
    file = io.BytesIO()
    torch.save(trained.state_dict(), file)
    file.seek(0)
    layer = Layer(name, seed=7)
    layer.load_state_dict(torch.load(file, weights_only=True))
    same(layer(x, m), trained(x, m))


def other_settings(name: str) -> None:
    trained, x, m = Layer(name), texts(), torch.arange(LENGTH)
    needs_weights(trained)
    longer = Layer(name, 2 * TRAINED, seed=7)
    longer.load_state_dict(trained.state_dict())
    want = Layer(name, 2 * TRAINED, seed=9)  # with the weights copied by hand
    with torch.no_grad():
        for weight, old in zip(
            want.parameters(), trained.parameters(), strict=True
        ):
            weight.copy_(old)
    same(longer(x, m), want(x, m))


def deep_copy(name: str) -> None:
    layer, x, m = Layer(name), texts(), torch.arange(LENGTH)
    needs_weights(layer)
    copied = deepcopy(layer.weights)
    want = layer(x, m)
    with torch.no_grad():
        for weight in layer.weights.parameters():
            weight.zero_()  # the copy must not notice
    other = Layer(name, seed=7)
    other.qkv.load_state_dict(layer.qkv.state_dict())
    other.weights.load_state_dict(copied.state_dict())
    same(other(x, m), want)


def shared_weights(name: str) -> None:
    first, second = Layer(name), Layer(name)
    needs_weights(first)
    if first.scheme.door == "input":
        raise DoesNotApply(
            "It enters once, before the first layer, "
            "so no second layer needs its weights."
        )
    x, m = texts(), torch.arange(LENGTH)
    weights = [*first.weights.parameters()]
    alone = torch.autograd.grad(first(x, m).sum(), weights)
    pairs = zip(first.weights.modules(), second.weights.modules(), strict=True)
    for one, other in pairs:
        for part, weight in one.named_parameters(recurse=False):
            setattr(other, part, weight)
    both = nn.ModuleList((first.weights, second.weights))
    copied = [*deepcopy(both).parameters()]
    assert len(copied) == len(weights), "in a copy of the model they are not shared"
    found = torch.autograd.grad((first(x, m) + second(x, m)).sum(), weights)
    for gradient, one in zip(found, alone, strict=True):
        same(gradient, 2 * one)


def cast_and_back(name: str) -> None:
    x, m = texts(), torch.arange(LENGTH)
    for dtype in (torch.bfloat16, torch.float16):
        rounded = Layer(name)  # weights lose digits, and nothing else may
        with torch.no_grad():
            for weight in rounded.parameters():
                weight.copy_(weight.to(dtype))
        same(Layer(name).to(dtype).double()(x, m), rounded(x, m))
