"""DDP: each process has the whole model and half of the batch, and gradients are
averaged.
"""

import copy

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from snippets.practice.context_parallel import zigzag
from snippets.practice.processes import WORLD, join, off, run, say
from snippets.schemes.rope import frequencies, rotate, rotations
from snippets.schemes.shaw import Shaw

LENGTH, HEAD_DIM = 16, 16


class Shaws(nn.Module):
    """Attention of q to itself, with Shaw's term for values only if it is "used"."""

    def __init__(self, values: str):
        super().__init__()
        self.shaw = Shaw(HEAD_DIM, 4)
        self.shaw.to_values.requires_grad_(values != "frozen")
        self.use = values == "used"

    def forward(self, q: Tensor, n: Tensor) -> Tensor:
        weights = (q @ q.mT / HEAD_DIM**0.5 + self.shaw(q, n, n)).softmax(-1)
        out = weights @ q
        return out + self.shaw.values(weights, n, n) if self.use else out


class Placed(nn.Module):
    """Keeps the positions of its tokens in a buffer."""

    def __init__(self, positions: Tensor):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))
        self.register_buffer("positions", positions, persistent=False)

    def forward(self, x: Tensor, positions: Tensor | None = None) -> Tensor:
        m = self.positions if positions is None else positions
        return rotate(x * self.scale, rotations(m, frequencies(HEAD_DIM)))


def idle_weights(rank: int) -> None:
    q, n = torch.randn(WORLD, 2, LENGTH, HEAD_DIM), torch.arange(LENGTH)
    for values in ("idle", "frozen", "used"):
        alone = Shaws(values)
        model = DistributedDataParallel(copy.deepcopy(alone))
        try:
            for _ in range(2):
                model.zero_grad()
                model(q[rank : rank + 1], n).square().mean().backward()
        except RuntimeError as error:
            say(f"rows for values {values}:", str(error).split(" before")[0])
            continue
        loss = alone(q, n).square().mean()
        right = torch.autograd.grad(loss, alone.shaw.to_keys)[0]
        same = torch.allclose(model.module.shaw.to_keys.grad, right, atol=1e-6)
        say(f"rows for values {values}: gradient of the whole batch: {same}")


def buffers(rank: int) -> None:
    mine, x = zigzag(rank, LENGTH), torch.randn(1, 2, LENGTH // WORLD, HEAD_DIM)
    whole = join(rotate(x, rotations(mine, frequencies(HEAD_DIM))), 2)
    model = DistributedDataParallel(Placed(mine.clone()))
    say("positions in a buffer:", off(join(model(x).detach(), 2), whole))
    say("positions handed in:", off(join(model(x, mine).detach(), 2), whole))


if __name__ == "__main__":
    run(idle_weights, buffers)
