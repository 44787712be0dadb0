"""Ten tokens whose scores are shown under every scheme, for the first of two heads, wherever the sentence stands.

What a scheme file computes by a formula, the script computes too, from the queries, keys and weights stored here. Under
six schemes a score hangs on vectors of offsets, on content or on learned phases: those scores are stored, since a shift
leaves them.
Learned and concatenated positions add a part that the place gives to queries and keys, which is stored by place.
"""

import torch
from torch import Tensor

from snippets import catalogue
from snippets.figures import style

WORDS = ["she", "put", "the", "apple", "on", "the", "table", "and", "ate", "it"]
DIM, HEADS, TRAINED, FURTHEST = 32, 2, 128, 64
SIZE = DIM // HEADS
STORED = ("shaw", "transformer_xl", "deberta", "cope", "content_bias", "pope")
ADDED = ("learned", "concatenated")
TURNED = [name for name in catalogue.GROUPS["rotation"] + catalogue.GROUPS["stretch"] if name not in STORED]


def sentence() -> tuple[Tensor, Tensor, Tensor]:
    """Vectors of the ten tokens (10, d) and the matrices W_q and W_k, (d, d) each."""
    torch.manual_seed(0)
    x, weights = torch.randn(len(WORDS), DIM).double(), torch.randn(2, DIM, DIM).double() / DIM**0.5
    return x, *weights.round(decimals=3)


def scheme(name: str) -> catalogue.Scheme:
    """A scheme of the catalogue with weights that show."""
    torch.manual_seed(1)
    return catalogue.wake(catalogue.build(name, DIM, HEADS, TRAINED))


@torch.no_grad()
def scores(name: str, shift: int) -> Tensor:
    """Scores of the first head when the sentence begins at position ``shift``: (10, 10), query by key."""
    x, w_q, w_k = sentence()
    return catalogue.scores(scheme(name), x, torch.arange(len(WORDS)) + shift, w_q, w_k, HEADS)[0]


@torch.no_grad()
def data() -> dict:
    """Everything that the script computes scores from."""
    x, w_q, w_k = sentence()
    t5, kerple = scheme("t5_bias").modules[0].state_dict(), scheme("kerple").layer_modules[0].state_dict()
    found = {
        "words": WORDS,
        "names": {name: style.MARKS[name].label for name in catalogue.NAMES},
        "q": _round(x @ w_q[:SIZE].T, 4),
        "k": _round(x @ w_k[:SIZE].T, 4),
        "w_q": _round(w_q[:SIZE], 3),
        "w_k": _round(w_k[:SIZE], 3),
        "t5_bias": _round(t5["weight"][:, 0], 4),
        "kerple": _round(torch.stack([kerple["log_r1"][0].exp(), kerple["log_r2"][0].exp()]), 6),
        "fire": _fire(),
        "stored": {name: _round(scores(name, 0), 3) for name in STORED},
        "added": {name: _added(name, x, w_q[:SIZE], w_k[:SIZE]) for name in ADDED},
        "turned": {name: _speeds(name) for name in TURNED},
    }
    return found


def _round(x: Tensor, decimals: int) -> list:
    return x.double().round(decimals=decimals).tolist()


def _fire() -> dict:
    """Weights of FIRE's small network, and where its normaliser starts to grow."""
    weights = scheme("fire").layer_modules[0].state_dict()
    parts = weights["mlp.0.weight"][:, 0], weights["mlp.0.bias"], weights["mlp.2.weight"][0]
    return {
        "c": weights["c"].item(),
        "threshold": TRAINED / 4 * weights["stretch"].item(),
        "hidden": _round(torch.stack(parts, dim=-1), 6),
        "bias": weights["mlp.2.bias"][0].item(),
    }


def _added(name: str, x: Tensor, w_q: Tensor, w_k: Tensor) -> dict:
    """The part of queries and keys that tokens give, and the part that positions 0, 1 .. give."""
    enter, count = scheme(name).at_input, len(WORDS)
    assert enter, f"{name} does not enter at the input"
    places = torch.arange(FURTHEST + count)
    rows = enter(torch.zeros(1, len(places), DIM, dtype=torch.float64), places)[0]
    tokens = enter(x[None], places[:count])[0] - rows[:count]
    parts = {"q": tokens @ w_q.T, "k": tokens @ w_k.T, "place_q": rows @ w_q.T, "place_k": rows @ w_k.T}
    return {key: _round(value, 4) for key, value in parts.items()}


def _speeds(name: str) -> dict:
    """Radians a token of each pair, or a column and a row of an image; and what lengths of q and k become."""
    turn = scheme(name).at_qk
    assert turn, f"{name} does not turn queries and keys"
    one = torch.tensor([1.0, 0.0], dtype=torch.float64).repeat(SIZE // 2)[None, None, None]
    row = catalogue.IMAGE_WIDTH
    turned = [turn(one, one, torch.tensor([at]), torch.tensor([at])) for at in (1, row)]
    pairs = [torch.view_as_complex(q.reshape(-1, 2)) for q, _ in turned]
    lengths = [vector.flatten()[:2].norm().item() for vector in turned[0]]
    found = {"speeds": _round(pairs[0].angle(), 7), "factor": round(lengths[0] * lengths[1], 6)}
    return found | ({"rows": _round(pairs[1].angle(), 7)} if name in ("rope_2d", "m_rope") else {})
