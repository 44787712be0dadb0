"""What the record of onnxruntime says, and of it what torch alone can say again."""

import json

import pytest
import torch

from snippets import catalogue
from snippets.attention import Attention
from snippets.data import make_onnx
from snippets.practice.onnx_attention import RotatedAttention, rotate_in_graph
from snippets.schemes.partial_rope import partial_rotate, partial_rotate_halves
from snippets.schemes.rope import frequencies, rotate, rotate_halves, rotations
from tools import LANGUAGES, ROOT, find

RECORD = json.loads((ROOT / make_onnx.RESULT).read_text("utf-8"))
REQUIREMENTS = (ROOT / "snippets/data/onnx-requirements.txt").read_text("utf-8")
IN_REAL_NUMBERS = {"decoupled_rope", "pope"}  # their files turn without complex numbers, so they export as they stand
TURNING = [name for name in catalogue.GROUPS["rotation"] + catalogue.GROUPS["stretch"] if name not in IN_REAL_NUMBERS]


def page(language: str) -> str:
    return (ROOT / f"docs/{language}/practice/precision-and-compilers.md").read_text("utf-8")


def test_the_record_has_every_scheme_and_says_with_what_it_was_made():
    about = {"settings", "versions", "machine", "operators"}
    assert RECORD.keys() == set(catalogue.NAMES) | about
    pinned = dict(find(rf"(?m)^({name})==(.+)$", REQUIREMENTS).groups() for name in ("torch", *make_onnx.PACKAGES))
    made = {name: RECORD["versions"][name].split("+")[0] for name in pinned}
    assert made == pinned, "the record is of other versions than its requirements: make it again"
    assert RECORD["settings"]["opset"] == make_onnx.OPSET


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_every_scheme_gives_in_onnxruntime_what_it_gives_in_torch(name):
    entry = RECORD[name]
    assert entry["result"] == "right" and entry["error"] < make_onnx.CLOSE
    through = name in TURNING and name != "drope"  # whose angles are constants, all of them 0
    assert entry["why"].startswith("through the operator RotaryEmbedding") == through
    assert ("as it is" in entry) == through, "what exports as it stands needs no message"
    assert (make_onnx.FUSION in entry["why"]) == (name == "deberta")


def test_operators_agree_with_the_files_but_where_the_page_says_that_they_do_not():
    far = {case for case, error in RECORD["operators"].items() if error > 0.1}
    assert far == {"interleaved=0, rotate", "is_causal=1, one query and all keys"}
    assert all(error < make_onnx.CLOSE for case, error in RECORD["operators"].items() if case not in far)


@pytest.mark.parametrize("name", TURNING)
def test_cosines_and_sines_of_a_scheme_turn_as_its_file_does(name):
    layer = make_onnx.Layer(name)
    x, at = make_onnx.given(12, 3)
    model = make_onnx.LayerOfOperators(layer)
    torch.testing.assert_close(model(x, *make_onnx.cosines(layer, at), *make_onnx.masks(layer, at)), layer(x, at))


@pytest.mark.parametrize("name", ["rope", "xpos"])
def test_the_graph_of_operators_takes_any_length(name):
    layer = make_onnx.Layer(name)
    model, length = make_onnx.LayerOfOperators(layer), torch.export.Dim("length", min=2, max=64)
    x, at = make_onnx.given(7, 0)
    shapes = ({1: length},) * 3
    graph = torch.export.export(model, (x, *make_onnx.cosines(layer, at)), dynamic_shapes=shapes)
    called = [str(node.target) for node in graph.graph.nodes if node.op == "call_function"]
    assert called.count("onnx.RotaryEmbedding.opset23") == 2
    x, at = make_onnx.given(20, 11)
    torch.testing.assert_close(graph.module()(x, *make_onnx.cosines(layer, at)), layer(x, at))


@pytest.mark.parametrize("pairs", [8, 2])
@pytest.mark.parametrize("rows", [False, True], ids=["one row", "a row each"])
def test_interleaved_is_neighbours_and_the_other_layout_is_halves(rows, pairs):
    x, m = torch.randn(2, 3, 7, 16), torch.randint(0, 999, (2, 7) if rows else (7,))
    turns = rotations(m, frequencies(2 * pairs))
    flat = turns[:, 0] if rows else turns
    neighbours, halves = (rotate, rotate_halves) if pairs == 8 else (partial_rotate, partial_rotate_halves)
    torch.testing.assert_close(rotate_in_graph(x, flat.real, flat.imag), neighbours(x, turns))
    torch.testing.assert_close(rotate_in_graph(x, flat.real, flat.imag, False), halves(x, turns))


@pytest.mark.parametrize("shape", [(7, 9), (2, 1, 7, 8), (8,)])
def test_cosines_that_do_not_fit_are_refused_with_their_shape(shape):
    cos = torch.ones(shape)
    with pytest.raises(ValueError, match=r"x must have shape .*; got \(2, 3, 7, 16\), "):
        rotate_in_graph(torch.ones(2, 3, 7, 16), cos, cos)


@pytest.mark.parametrize("interleaved", [True, False])
def test_the_layer_of_the_page_has_the_weights_and_the_output_of_the_plain_one(interleaved):
    plain, layer = Attention(64, 4), RotatedAttention(64, 4, interleaved)
    layer.load_state_dict(plain.state_dict())
    x, turns = torch.randn(2, 7, 64), rotations(torch.arange(7), frequencies(16))
    turn = rotate if interleaved else rotate_halves
    right = plain(x, at_qk=lambda q, k: (turn(q, turns), turn(k, turns)))
    torch.testing.assert_close(layer(x, turns.real, turns.imag), right)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_names_the_optimizer_to_switch_off(language):
    assert f'disabled_optimizers=["{make_onnx.FUSION}"]' in page(language)


def test_the_command_answers_and_spares_what_is_there(capsys):
    with pytest.raises(SystemExit) as end:
        make_onnx.main(["--help"])
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith("usage: python -m snippets.data.make_onnx")
    with pytest.raises(SystemExit, match=r"onnx\.json is finished"):
        make_onnx.main(["--result", str(ROOT / make_onnx.RESULT)])
