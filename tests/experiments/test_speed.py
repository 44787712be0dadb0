"""The variants that are timed compute the same thing, the stored run is whole, and what the page says of it holds."""

import pytest
import torch

from snippets.experiments import speed
from snippets.training import results

STORED = results.read(speed.RESULT)
SECOND = results.read(speed.RESULT.with_name("speed_second_machine.json"))


@pytest.mark.parametrize("bias", speed.BIASES)
def test_a_bias_gives_the_same_attention_in_every_form(bias, monkeypatch):
    monkeypatch.setattr(torch, "compile", lambda f, **_: f)
    variants = speed.bias_variants(bias, 64)
    want = variants["softmax"]()
    for form in ("mask", "flex"):
        torch.testing.assert_close(variants[form](), want, atol=1e-5, rtol=0)
    torch.testing.assert_close(variants["bare flex"](), variants["plain"](), atol=1e-5, rtol=0)
    assert (variants["plain"]() - want).abs().max() > 1e-3


def test_every_form_of_rotation_copies_or_turns_q_and_k():
    variants = speed.rotation_variants((1, 2, 8, 16))
    for name in ("copy", "rotate", "rotate_halves"):
        assert [tuple(x.shape) for x in variants[name]()] == [(1, 2, 8, 16)] * 2


def test_ratios_are_those_of_one_round():
    table = speed.ratios({"one": lambda: None, "other": lambda: sum(range(20_000))}, "one", rounds=5)
    assert table["one"]["ratio"] == 1 and table["other"]["ratio"] > 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(({"a": print}, "b", 5), "'b' is none of the variants"), (({"a": print}, "a", 1), "rounds must be .* got 1")],
)
def test_a_run_that_tells_nothing_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        speed.ratios(*arguments)


def test_an_unknown_bias_is_refused_by_name():
    with pytest.raises(ValueError, match="'shaw'"):
        speed.bias_variants("shaw", 8)


def test_every_variant_of_every_length_is_stored_with_its_machine():
    assert [row["length"] for row in STORED["bias"]] == list(speed.LENGTHS)
    forms = {"plain", "no bias, flex", *(f"{b}, {f}" for b in speed.BIASES for f in speed.FORMS if f != "plain")}
    assert all(set(row["table"]) == forms for row in STORED["bias"])
    assert {(row["bias"], row["form"]) for row in STORED["memory"]} == {
        (b, f) for b in speed.BIASES for f in speed.FORMS
    }
    assert STORED["machine"]["cpu"] and {"torch", "transformers", "torchtune"} <= set(STORED["versions"])


@pytest.mark.parametrize("run", [STORED, SECOND], ids=["first", "second"])
def test_the_rotation_of_this_site_is_faster_than_every_package_in_the_stored_runs(run):
    ratio = {name: row["ratio"] for name, row in run["rotation"].items()}
    packages = {"transformers", "torchtune", "rotary-embedding-torch", "x-transformers"}
    assert packages <= set(ratio) and ratio["rotate"] < min(ratio[name] for name in packages)
    assert ratio["rotate_halves, compiled"] < 2


def test_in_the_stored_run_flex_attention_is_the_cheapest_form_of_a_bias_at_every_length_but_the_first():
    for row in STORED["bias"][1:]:
        for bias in speed.BIASES:
            flex, mask, softmax = (row["table"][f"{bias}, {form}"]["ratio"] for form in ("flex", "mask", "softmax"))
            assert flex < mask < softmax, f"{bias} at {row['length']}: {flex}, {mask}, {softmax}"
