"""Tensor parallel: each process has some of the heads, and ALiBi has a slope for each
head of the whole model.
"""

import torch
from torch import Tensor

from snippets.practice.processes import WORLD, join, off, run, say
from snippets.schemes.alibi import alibi_bias

HEADS, LENGTH, HEAD_DIM = 8, 16, 16


def tensor_parallel(rank: int) -> None:
    q, k, v = torch.randn(3, 1, HEADS, LENGTH, HEAD_DIM)
    n = torch.arange(LENGTH)
    later = n > n[:, None]

    def attend(heads: slice, bias: Tensor) -> Tensor:
        scores = q[:, heads] @ k[:, heads].mT / HEAD_DIM**0.5 + bias
        return scores.masked_fill(later, -torch.inf).softmax(-1) @ v[:, heads]

    every = alibi_bias(n, n, HEADS)
    whole = attend(slice(HEADS), every)
    local = HEADS // WORLD
    mine = slice(rank * local, (rank + 1) * local)

    wrong = attend(mine, alibi_bias(n, n, local))
    say(f"slopes of a model of {local} heads:", off(join(wrong, 1), whole))
    right = attend(mine, every[mine])
    say(f"its part of the slopes of {HEADS} heads:", off(join(right, 1), whole))


if __name__ == "__main__":
    run(tensor_parallel)
