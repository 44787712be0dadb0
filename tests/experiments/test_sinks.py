"""Sliding windows with and without sinks: the mask, the model against ``smollm2``, and the stored results."""

import json

import pytest
import torch

from snippets.experiments import sinks, smollm2
from snippets.figures.beyond_the_window.windows import reached
from snippets.schemes import rope

STORED = json.loads(sinks.RESULT.read_text())


def test_a_query_sees_as_many_keys_as_the_window_holds_the_first_ones_among_them():
    allowed = sinks.mask(30, 8, 2)
    assert allowed.sum(1).tolist() == [min(m + 1, 8) for m in range(30)]
    assert allowed[20].nonzero().flatten().tolist() == [0, 1, 15, 16, 17, 18, 19, 20]
    assert sinks.mask(30, 8)[20].nonzero().flatten().tolist() == list(range(13, 21))
    assert torch.equal(sinks.mask(9, 9), torch.ones(9, 9).tril().bool())


def test_with_all_keys_the_losses_are_those_of_smollm2(monkeypatch):
    monkeypatch.setattr(smollm2, "LAYERS", 2)
    generator = torch.Generator().manual_seed(0)
    d, shapes = 32, {"attn_q": (576, 32), "attn_k": (192, 32), "attn_v": (192, 32), "attn_output": (32, 576),
                     "ffn_gate": (48, 32), "ffn_up": (48, 32), "ffn_down": (32, 48)}  # fmt: skip
    weights = {"token_embd.weight": torch.randn(50, d, generator=generator), "output_norm.weight": torch.ones(d)}
    for layer in range(2):
        for part, shape in shapes.items():
            weights[f"blk.{layer}.{part}.weight"] = torch.randn(shape, generator=generator) / shape[1] ** 0.5
        weights |= {f"blk.{layer}.{part}_norm.weight": torch.ones(d) for part in ("attn", "ffn")}
    ids = torch.randint(50, (300,), generator=generator)
    turn = smollm2.turner(torch.arange(300), rope.frequencies(smollm2.HEAD_DIM, smollm2.BASE))
    loss, shares = sinks.run(weights, ids, sinks.mask(300, 300))
    assert torch.allclose(loss, smollm2.losses(weights, ids, turn), atol=1e-4)
    assert len(shares) == 2 and all(0 < share < 1 for share in shares)


def test_stored_results_are_one_with_themselves_and_say_what_the_page_says():
    late = STORED["late"]
    for name, blocks in STORED["loss"].items():
        first = 2 * STORED["window"] // STORED["block"]
        assert len(blocks) * STORED["block"] == STORED["tokens"]
        assert late[name] == pytest.approx(sum(blocks[first:]) / len(blocks[first:]), abs=2e-3)
        assert blocks[:2] == STORED["loss"]["all keys"][:2]  # until the window is full nothing differs
    assert late["last 256"] > late["all keys"] + 0.5
    assert late["first 1, last 255"] < late["all keys"] + 0.1
    assert max(STORED["share"][:12]) < 0.06 < 0.25 < min(STORED["share"][12:])


def test_windows_add_up_over_layers_and_a_global_layer_reaches_everything():
    for layers in (1, 2, 5):
        assert sum(reached([False] * layers, length=40, window=5)[-1]) == 4 * layers + 1
    assert all(reached([True, False], length=40, window=5)[-1])


@pytest.mark.parametrize(("window", "count"), [(0, 0), (4, 4), (4, -1)])
def test_a_window_without_room_for_the_token_itself_is_refused(window, count):
    with pytest.raises(ValueError, match=f"got {count} and {window}"):
        sinks.mask(9, window, count)
