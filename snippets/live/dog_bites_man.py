"""Five words, one small attention, and five ways to know a place: the numbers of the live figure on the home page.

The same random words and weights for every order of the words. A layer is ``snippets.attention.Attention``, with its
causal mask or without; two layers are joined by a residual, as in a transformer.
"""

from functools import cache
from itertools import permutations

import torch
from torch import Generator, Tensor, nn, randn

from snippets.attention import Attention
from snippets.schemes.alibi import alibi_bias
from snippets.schemes.learned import LearnedPositions
from snippets.schemes.rope import frequencies, rotate, rotations
from snippets.schemes.sinusoidal import add_sinusoidal

WORDS = ("a", "dog", "bites", "the", "man")
ASKED = WORDS.index("bites")
DIM, HEADS, SEED = 8, 4, 3
SCHEMES = ("none", "sinusoidal", "learned", "alibi", "rope")
ORDERS = torch.tensor(list(permutations(range(len(WORDS)))))  # (120, 5): all of them, the first as written
MASKS = ("none", "one", "two")  # one layer without a mask; one and two layers with the causal mask


class Unmasked(Attention):
    """Attention in which every word sees every word."""

    def meet(self, q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None) -> Tensor:
        """q, k, v (B, h, T, d_h) -> (B, h, T, d_h)."""
        return nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)


@cache
def numbers() -> dict[str, list]:
    """Rows of random numbers: vectors of the words (5, d), a table of places (5, d), weights (3 d, d) and (d, d)."""
    generator = Generator().manual_seed(SEED)

    def rows(count: int, size: float) -> list:
        return (size * randn(count, DIM, generator=generator).double()).round(decimals=2).tolist()

    same = DIM**-0.5  # weights of this size keep a vector's length
    return {
        "words": rows(len(WORDS), 1),
        "table": rows(len(WORDS), 0.7),
        "qkv": rows(2 * DIM, 2 * same) + rows(DIM, same),
        "out": rows(DIM, same),
    }


def layer(mask: str) -> Attention:
    """The layer with the stored weights, in float64."""
    made = (Unmasked if mask == "none" else Attention)(DIM, HEADS).double()
    made.qkv.weight = nn.Parameter(torch.tensor(numbers()["qkv"], dtype=torch.float64))
    made.out.weight = nn.Parameter(torch.tensor(numbers()["out"], dtype=torch.float64))
    return made


def doors(scheme: str) -> tuple[dict, dict]:
    """The doors of ``Attention`` that a scheme uses in the first layer, and in those that follow."""
    places = torch.arange(len(WORDS))
    if scheme == "sinusoidal":
        return {"at_input": add_sinusoidal}, {}
    if scheme == "learned":
        table = LearnedPositions(len(WORDS), DIM)
        table.weight = nn.Parameter(torch.tensor(numbers()["table"], dtype=torch.float64))
        return {"at_input": table}, {}
    if scheme == "rope":
        turns = rotations(places, frequencies(DIM // HEADS), torch.complex128)
        each = {"at_qk": lambda q, k: (rotate(q, turns), rotate(k, turns))}
        return each, each
    if scheme == "alibi":
        each = {"at_scores": lambda q, k: alibi_bias(places, places, HEADS, torch.float64)}
        return each, each
    return {}, {}


def returned(orders: Tensor, scheme: str, mask: str) -> Tensor:
    """What attention returns for "bites": orders (B, 5), the words from left to right, -> (B, d), float64.

    With two layers, what the second one returns. Raises KeyError for a scheme or mask that is not listed above.
    """
    if scheme not in SCHEMES or mask not in MASKS:
        raise KeyError(f"scheme is one of {SCHEMES} and mask one of {MASKS}, got {scheme!r} and {mask!r}")
    x = torch.tensor(numbers()["words"], dtype=torch.float64)[orders]
    attention, (first, later) = layer(mask), doors(scheme)
    with torch.no_grad():
        if "at_input" in first:  # positions enter once, below the residual
            x, first = first["at_input"](x), later
        made = attention(x, **first)
        if mask == "two":
            made = attention(x + made, **later)
    return made[orders == ASKED]


def data() -> dict:
    """What the figure fetches: the words, their numbers, and the largest one to draw for each mask and scheme."""
    limits = {
        mask: {scheme: round(float(returned(ORDERS, scheme, mask).abs().max()), 2) for scheme in SCHEMES}
        for mask in MASKS
    }
    return {"texts": list(WORDS)} | numbers() | {"limits": limits}
