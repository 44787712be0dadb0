"""Weights that go from one rotary layout to the other: equal scores here, equal logits in models of libraries."""

import json
import re

import pytest
import torch
from torch.nn.functional import linear, rms_norm, silu

from snippets.layouts import halves_order, other_sign, split_fused, to_halves, to_neighbours
from snippets.schemes.none import causal_attention
from snippets.schemes.partial_rope import partial_rotate, partial_rotate_halves
from snippets.schemes.rope import frequencies, rotations
from snippets.schemes.rope import to_halves as order_of_a_whole_head
from tools import ROOT

RECORD = json.loads((ROOT / "snippets/data/porting.json").read_text("utf-8"))
MODELS = [pytest.param(model, id=model["called"]) for model in RECORD.get("models", [])]
TURN = {"neighbours": partial_rotate, "halves": partial_rotate_halves}
MOVE = {"neighbours": to_halves, "halves": to_neighbours}  # by the layout that they come from
PARTS = ("W_q", "W_k", "b_q", "b_k", "gains q", "gains k")


def turns(length, rotary_dim, sign=1, base=100.0):
    return rotations(sign * torch.arange(length), frequencies(rotary_dim, base), torch.complex128)


def random_layer(heads, kv_heads, size, gains, seed=0):
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    layer = {"W_q": draw(heads * size, 12), "W_k": draw(kv_heads * size, 12)}
    layer |= {"b_q": draw(heads * size), "b_k": draw(kv_heads * size)}
    if gains == "head":
        layer |= {"gains q": draw(size), "gains k": draw(size)}
    if gains == "all heads":
        layer |= {"gains q": draw(heads * size), "gains k": draw(kv_heads * size)}
    return draw(1, 7, 12), layer


def scores(x, layer, size, rotary_dim, turn, gains=None, sign=1):
    made = []
    for part in "qk":
        y = linear(x, layer[f"W_{part}"], layer[f"b_{part}"])
        if gains == "all heads":
            y = rms_norm(y, y.shape[-1:], layer[f"gains {part}"])
        y = y.unflatten(-1, (-1, size)).transpose(1, 2)
        if gains == "head":
            y = rms_norm(y, y.shape[-1:], layer[f"gains {part}"])
        made.append(turn(y, turns(x.shape[1], rotary_dim, sign)))
    q, k = made
    return q @ k.repeat_interleave(q.shape[1] // k.shape[1], dim=1).mT


@pytest.mark.parametrize("gains", [None, "head", "all heads"])
@pytest.mark.parametrize("rotary_dim", [8, 4, 2])
@pytest.mark.parametrize(("heads", "kv_heads"), [(4, 4), (4, 2), (4, 1)])
@pytest.mark.parametrize("layout", TURN)
def test_converted_weights_give_the_same_scores_in_the_other_layout(layout, heads, kv_heads, rotary_dim, gains):
    x, layer = random_layer(heads, kv_heads, 8, gains)
    (other,) = TURN.keys() - {layout}
    moved = {name: MOVE[layout](rows, 8, rotary_dim) for name, rows in layer.items()}
    want = scores(x, layer, 8, rotary_dim, TURN[layout], gains)
    torch.testing.assert_close(scores(x, moved, 8, rotary_dim, TURN[other], gains), want, atol=1e-10, rtol=0)
    if rotary_dim > 2:  # with one pair both layouts are one
        assert (scores(x, layer, 8, rotary_dim, TURN[other], gains) - want).abs().max() > 0.1


@pytest.mark.parametrize("left_out", ["b_q", "b_k", "gains q", "gains k"])
def test_a_part_that_is_forgotten_changes_the_scores(left_out):
    x, layer = random_layer(4, 2, 8, "head")
    moved = {name: rows if name == left_out else to_halves(rows, 8) for name, rows in layer.items()}
    want = scores(x, layer, 8, 8, partial_rotate, "head")
    assert (scores(x, moved, 8, 8, partial_rotate_halves, "head") - want).abs().max() > 0.1


@pytest.mark.parametrize("rotary_dim", [None, 8, 4])
def test_the_way_back_is_exact_and_keeps_dtype_and_shape(rotary_dim):
    for shape in ((24, 5), (24,), (8,)):
        rows = torch.randn(shape).bfloat16()
        there = to_halves(rows, 8, rotary_dim)
        assert (there.dtype, there.shape) == (rows.dtype, rows.shape)
        assert torch.equal(to_neighbours(there, 8, rotary_dim), rows)


def test_a_whole_head_is_permuted_as_rope_says():
    assert torch.equal(halves_order(10), order_of_a_whole_head(10))


@pytest.mark.parametrize("rotary_dim", [8, 4])
def test_weights_of_the_other_sign_turn_the_other_way_and_gains_stay(rotary_dim):
    x, layer = random_layer(4, 2, 8, "head")
    moved = {n: rows if "gains" in n else other_sign(rows, 8, rotary_dim) for n, rows in layer.items()}
    want = scores(x, layer, 8, rotary_dim, partial_rotate_halves, "head")
    got = scores(x, moved, 8, rotary_dim, partial_rotate_halves, "head", sign=-1)
    torch.testing.assert_close(got, want, atol=1e-10, rtol=0)
    flipped = moved | {"gains q": other_sign(layer["gains q"], 8, rotary_dim)}
    off = scores(x, flipped, 8, rotary_dim, partial_rotate_halves, "head", sign=-1) - want
    assert off.abs().max() > 0.1


def test_a_fused_projection_is_split_where_its_heads_end():
    q, k, v = split_fused(torch.arange(8.0)[:, None].expand(8, 3), heads=2, kv_heads=1, head_dim=2)
    assert [part[:, 0].tolist() for part in (q, k, v)] == [[0, 1, 2, 3], [4, 5], [6, 7]]


def test_the_factors_of_a_lora_give_the_converted_weight():
    torch.manual_seed(0)
    b, a = torch.randn(16, 2), torch.randn(2, 5)
    torch.testing.assert_close(to_halves(b, 8) @ a, to_halves(b @ a, 8))


def logits(model, weights, turn):
    """A model with one layer, in float64: the logits of the recorded tokens."""
    settings = RECORD["settings"]
    w = {name: torch.tensor(rows, dtype=torch.float64) for name, rows in weights.items()}
    gate_up = w["gate and up"].chunk(2) if "gate and up" in w else (w["gate"], w["up"])

    def norm(x, gains):
        return rms_norm(x, x.shape[-1:], gains, settings["eps"])

    def heads(x, part):
        return linear(x, w[f"W_{part}"], w.get(f"b_{part}")).unflatten(-1, (-1, settings["head_dim"])).transpose(1, 2)

    x = w["embedding"][torch.tensor(settings["tokens"])]
    y = norm(x, w["norm 1"])
    q, k, v = (heads(y, part) for part in "qkv")
    if "gains q" in w:
        q, k = norm(q, w["gains q"]), norm(k, w["gains k"])
    turned = turns(x.shape[1], model["rotary_dim"], base=settings["base"])
    q, k = turn(q, turned), turn(k, turned)
    k, v = (part.repeat_interleave(settings["heads"] // settings["kv_heads"], dim=1) for part in (k, v))
    x = x + linear(causal_attention(q, k, v).transpose(1, 2).flatten(2), w["W_o"], w.get("b_o"))
    y = norm(x, w["norm 2"])
    x = x + linear(silu(linear(y, gate_up[0])) * linear(y, gate_up[1]), w["down"])
    return linear(norm(x, w["norm 3"]), w["logits"])


@pytest.mark.parametrize("model", MODELS)
def test_models_of_libraries_give_the_same_logits_with_converted_weights(model):
    layout, size, want = model["layout"], RECORD["settings"]["head_dim"], torch.tensor(model["logits"]).double()
    (other,) = TURN.keys() - {layout}
    weights = model["weights"]
    torch.testing.assert_close(logits(model, weights, TURN[layout]), want, atol=1e-5, rtol=0)
    changed = {
        n: MOVE[layout](torch.tensor(weights[n]), size, model["rotary_dim"]).tolist() for n in PARTS if n in weights
    }
    torch.testing.assert_close(logits(model, weights | changed, TURN[other]), want, atol=1e-5, rtol=0)
    assert (logits(model, weights, TURN[other]) - want).abs().max() > 0.01


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (
            lambda: to_halves(torch.zeros(12, 3), 8),
            ValueError,
            "heads of 8 rows each along its first axis, got (12, 3)",
        ),
        (lambda: to_halves(torch.zeros(()), 8), ValueError, "got ()"),
        (lambda: to_halves(torch.zeros(8), 8, 3), ValueError, "even, above 0 and at most head_dim, which is 8; got 3"),
        (lambda: to_neighbours(torch.zeros(8), 8, 10), ValueError, "got 10"),
        (lambda: halves_order(8.0), TypeError, "head_dim must be an int, got 8.0"),
        (lambda: other_sign(torch.zeros(8), 8, True), TypeError, "rotary_dim must be an int, got True"),
        (
            lambda: split_fused(torch.zeros(9, 1), 2, 1, 2),
            ValueError,
            "8 rows, (heads + 2 kv_heads) head_dim; got (9, 1)",
        ),
        (lambda: split_fused(torch.zeros(8, 1), 3, 2, 2), ValueError, "heads a multiple of kv_heads; got 3 and 2"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_size(call, error, says):
    with pytest.raises(error, match=re.escape(says)):
        call()
