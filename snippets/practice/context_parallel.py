"""Context parallel: each process has some of the tokens, turns its own keys, and
gathers those of the others.
"""

import torch
from torch import Tensor

from snippets.practice.processes import WORLD, join, off, run, say
from snippets.schemes.none import causal_attention
from snippets.schemes.rope import frequencies, rotate, rotations

LENGTH, HEAD_DIM = 16, 16


def zigzag(rank: int, length: int, world: int = WORLD) -> Tensor:
    """Positions of a rank: 2 x ``world`` chunks, dealt from both ends.

    So every rank has as many pairs of query and key behind the causal mask.
    Raises ValueError: a length that is no multiple of the number of chunks.
    """
    if length % (2 * world) or length < 1:
        want = f"a multiple of {2 * world}, or chunks differ: pad the text to one"
        raise ValueError(f"length must be {want}; got {length}")
    chunks = torch.arange(length).chunk(2 * world)
    return torch.cat((chunks[rank], chunks[2 * world - 1 - rank]))


def context_parallel(rank: int) -> None:
    q, k, v = torch.randn(3, 1, 2, LENGTH, HEAD_DIM)
    theta = frequencies(HEAD_DIM)
    turns = rotations(torch.arange(LENGTH), theta)
    mine = zigzag(rank, LENGTH)
    whole = causal_attention(rotate(q, turns), rotate(k, turns), v)[:, :, mine]

    n = join(mine, 0)
    values = join(v[:, :, mine], 2)
    for name, counted in (
        ("its own count", torch.arange(len(mine))),
        ("true positions", mine),
    ):
        turns = rotations(counted, theta)
        keys = join(rotate(k[:, :, mine], turns), 2)
        part = causal_attention(rotate(q[:, :, mine], turns), keys, values, mine, n)
        say(f"turned by {name}:", off(join(part, 2), join(whole, 2)))


if __name__ == "__main__":
    run(context_parallel)
