"""Situations: a model on several devices."""

import torch
from torch import Tensor, distributed, nn
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel

from snippets.conformance.layer import HEADS, LENGTH, Layer, same, texts


def local_heads(name: str) -> None:
    layer, x, m = Layer(name), texts(), torch.arange(LENGTH)
    q, k, v = layer.split(x, m)
    want = layer.attend(q, k, v, m, m)
    for rank in range(HEADS):
        own = slice(rank, rank + 1)
        q_own, k_own, v_own = q[:, own], k[:, own], v[:, own]
        if layer.scheme.at_qk:
            q_own, k_own = layer.scheme.at_qk(q_own, k_own, m, m)
        bias = layer.bias(q_own, k_own, m, m)
        if bias is not None and bias.ndim == 3:  # of all heads of the model
            bias = bias[own]
        same(layer.meet(q_own, k_own, v_own, m, m, bias), want[:, own])


def data_parallel(name: str) -> None:
    layer, plain, x, m = Layer(name), Layer(name), texts(4), torch.arange(LENGTH)
    _train(DistributedDataParallel(layer), x[distributed.get_rank() :: 2], m)
    _train(plain, x, m)
    same(layer(x, m), plain(x, m))


def fully_sharded(name: str) -> None:
    layer, plain, x, m = Layer(name), Layer(name), texts(4), torch.arange(LENGTH)
    fully_shard(layer)
    _train(layer, x[distributed.get_rank() :: 2], m)
    _train(plain, x, m)
    same(layer(x, m), plain(x, m))


def _train(model: nn.Module, x: Tensor, m: Tensor) -> None:
    """One step of gradient descent."""
    step = torch.optim.SGD(model.parameters(), lr=0.1)
    model(x, m).square().mean().backward()
    step.step()
