"""Lists of tokens and places, their sums, and what is read from them: the live figure of chapter 1.

The script draws its random numbers from the generator below, number k of which is known without those before it; so a
list keeps its vectors when it grows, and a vector its coordinates.
"""

from functools import cache
from math import cos, log, pi, sqrt

import torch
from torch import Tensor

from snippets.experiments.decode_from_sum import dot_product, exhaustive

TOKENS = {"apple": (1, 3, 2), "pear": (5, 0, 1), "plum": (0, 2, 2), "fig": (2, 2, 3)}
PLACES = {"third": (1, 2, 3), "fourth": (2, 1, 4)}
SUM = (3, 4, 6)

SUMS = 100
MOST = 64  # dimensions: where the coordinates of the next vector begin
STARTS = {"tokens": 0, "places": 2**16, "noise": 2**17}  # of their normal numbers
PICKS = 2**19  # where the numbers begin that choose tokens and places


def uniform(k: int) -> float:
    """Number k of the generator mulberry32 with seed 1, 0 <= u < 1."""
    t = (1 + (k + 1) * 0x6D2B79F5) & 0xFFFFFFFF
    t = ((t ^ t >> 15) * (t | 1)) & 0xFFFFFFFF
    t ^= (t + ((t ^ t >> 7) * (t | 61) & 0xFFFFFFFF)) & 0xFFFFFFFF
    return (t ^ t >> 14) / 2**32


@cache
def normal(k: int) -> float:
    """Number k of a standard normal distribution, from uniform numbers 2 k and 2 k + 1 (Box and Muller 1958)."""
    return sqrt(-2 * log(1 - uniform(2 * k))) * cos(2 * pi * uniform(2 * k + 1))


@cache
def vectors(kind: str, count: int) -> Tensor:
    """The first vectors of a kind, all their coordinates: (count, 64), float64."""
    start = STARTS[kind]
    rows = [[normal(start + row * MOST + i) for i in range(MOST)] for row in range(count)]
    return torch.tensor(rows, dtype=torch.float64)


def read(d: int, noise: float, tokens: int, places: int) -> Tensor:
    """Sums of a token, a place and noise, and how they are read: (100, 6) indices.

    Columns: token and place; those with the largest dot product with the sum, each in its own list; those of the pair
    whose sum is nearest.
    """
    e, p = vectors("tokens", tokens)[:, :d], vectors("places", places)[:, :d]
    v = torch.tensor([int(uniform(PICKS + 2 * s) * tokens) for s in range(SUMS)])
    m = torch.tensor([int(uniform(PICKS + 2 * s + 1) * places) for s in range(SUMS)])
    x = e[v] + p[m] + noise * vectors("noise", SUMS)[:, :d]
    return torch.stack([v, m, dot_product(x, e), dot_product(x, p), *exhaustive(x, e, p)], dim=1)


def data() -> dict:
    """What the figure fetches: the two lists and the sum of the chapter."""
    tokens, places = ([list(vector) for vector in book.values()] for book in (TOKENS, PLACES))
    return {"tokens": tokens, "places": places, "sum": list(SUM)}
