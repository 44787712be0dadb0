"""FSDP2: each process has half of every weight, and gathers the other half while a
layer's ``forward`` runs.
"""

import torch
from torch import Tensor, nn
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    set_model_state_dict,
)
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard, register_fsdp_forward_method

from snippets.practice.processes import WORLD, off, run, say
from snippets.schemes.rope import frequencies, rotate_halves, rotations
from snippets.schemes.shaw import Shaw

LENGTH, HEAD_DIM = 16, 16


class Query(nn.Module):
    """Keeps speeds in a buffer beside its weights, as many models do."""

    def __init__(self):
        super().__init__()
        self.query = nn.Linear(HEAD_DIM, HEAD_DIM, bias=False)
        self.register_buffer("theta", frequencies(HEAD_DIM), persistent=False)

    def forward(self, x: Tensor, turns: Tensor | None = None) -> Tensor:
        if turns is None:
            turns = rotations(torch.arange(x.shape[2]), self.theta)
        return rotate_halves(self.query(x), turns)


def other_methods(rank: int) -> None:
    shaw, n = Shaw(HEAD_DIM, 4), torch.arange(LENGTH)
    weights = torch.randn(1, 2, LENGTH, LENGTH).softmax(-1)
    whole = shaw.values(weights, n, n)
    fully_shard(shaw, mesh=init_device_mesh("cpu", (WORLD,)))
    try:
        shaw.values(weights, n, n)
    except RuntimeError as error:
        say("values as it is:", str(error).split(",")[0])
    register_fsdp_forward_method(shaw, "values")
    say("values registered:", off(shaw.values(weights, n, n), whole))


def from_meta(rank: int) -> None:
    whole, x = Query(), torch.randn(1, 1, LENGTH, HEAD_DIM)
    with torch.device("meta"):
        layer = Query()
    fully_shard(layer, mesh=init_device_mesh("cpu", (WORLD,)))
    layer.to_empty(device="cpu")
    set_model_state_dict(
        layer, whole.state_dict(), options=StateDictOptions(full_state_dict=True)
    )
    say("speeds in a buffer:", off(layer(x), whole(x)))
    turns = rotations(torch.arange(LENGTH), frequencies(HEAD_DIM))
    say("turns handed in:", off(layer(x, turns), whole(x)))


if __name__ == "__main__":
    run(other_methods, from_meta)
