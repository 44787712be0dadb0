"""The models that are timed compute what they should, and the stored run is that of the file. No time is asserted."""

import math

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention as sdpa

from snippets.experiments import speed, throughput
from snippets.experiments.train_short_test_long import PROFILES
from snippets.training import results

SMOKE = PROFILES["smoke"]
IDS = torch.arange(2 * 48).view(2, 48)


def copied(small):
    """The yardstick with the weights of a small model that has a learned table."""
    plain = throughput.Plain(SMOKE.dim, SMOKE.heads, SMOKE.layers, SMOKE.longest)
    pairs = [(plain.tokens, small.tokens), (plain.positions, small.places[0]), (plain.read, small.read)]
    pairs.append((plain.norm, small.norms[-1]))
    for layer, block in enumerate(plain.blocks):
        pairs += [(block.before_attention, small.norms[2 * layer]), (block.before_mlp, small.norms[2 * layer + 1])]
        pairs += [(block.qkv, small.attention[layer].qkv), (block.out, small.attention[layer].out)]
        pairs += [(block.up, small.mlp[layer][0]), (block.down, small.mlp[layer][2])]
    for to, source in pairs:
        to.load_state_dict(source.state_dict())
    assert sum(p.numel() for to, _ in pairs for p in to.parameters()) == sum(p.numel() for p in plain.parameters())
    return plain


@pytest.mark.parametrize("profile", ["smoke", "laptop"])
def test_the_yardstick_has_as_many_weights_as_the_small_model_with_a_learned_table(profile):
    plain, small = (throughput.model(name, PROFILES[profile]) for name in ("plain", "learned"))
    assert sum(p.numel() for p in plain.parameters()) == sum(p.numel() for p in small.parameters())


def test_the_yardstick_gives_what_the_small_model_gives_once_it_has_its_weights():
    small = throughput.model("learned", SMOKE)
    torch.testing.assert_close(copied(small)(IDS), small(IDS), atol=1e-5, rtol=0)
    torch.testing.assert_close(copied(small)(IDS[:, :7]), small(IDS)[:, :7], atol=1e-5, rtol=0)


@pytest.mark.parametrize("variant", throughput.TRAINED)
def test_every_variant_takes_a_step_that_moves_every_weight_it_uses(variant, monkeypatch):
    trained, make = [], throughput.model
    monkeypatch.setattr(throughput, "model", lambda *a: trained.append(make(*a)) or trained[-1])
    step, before = throughput.stepper(variant, SMOKE), [p.clone() for p in trained[0].parameters()]
    first = step()
    still = [
        name
        for (name, p), old in zip(trained[0].named_parameters(), before, strict=True)
        if p.equal(old) and not name.endswith("to_values")  # Shaw's second table, which adds to values, has no door
    ]
    assert not still, f"{variant}: {still} did not move"
    assert math.isfinite(first) and min(step() for _ in range(5)) < first, f"{variant} does not learn"


@pytest.mark.parametrize("bias", throughput.BIASES)
def test_a_bias_gives_the_same_scores_in_every_form(bias, monkeypatch):
    monkeypatch.setattr(torch, "compile", lambda f, **_: f)
    want = throughput.reader(bias, SMOKE)()
    assert want.shape == (SMOKE.batch, SMOKE.longest, 256)
    for form in ("mask", "fused", "flex"):
        torch.testing.assert_close(throughput.reader(f"{bias}, {form}", SMOKE)(), want, atol=1e-4, rtol=0)
    assert (throughput.reader("none", SMOKE)() - want).abs().max() > 1e-3


@pytest.mark.parametrize("variant", ["shaw, flex", "alibi, math"])
def test_a_form_that_does_not_exist_is_refused_by_name(variant):
    with pytest.raises(ValueError, match=f"'{variant}' should be"):
        throughput.model(variant, SMOKE)


def test_the_fused_kernel_takes_no_mask_of_three_axes_and_none_that_is_learned():
    q, mask = torch.randn(2, 4, 8, 16), torch.zeros(4, 8, 8)
    with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
        sdpa(q, q, q, attn_mask=mask[None])
        for other in (mask, mask[None].requires_grad_()):
            with pytest.raises(RuntimeError, match="No available kernel"):
                sdpa(q, q, q, attn_mask=other)


def test_flex_attention_says_that_it_cannot_train_on_a_cpu():
    assert "does not support backward on CPU" in throughput.refusal()


def test_growth_tells_of_a_block_that_was_taken_and_given_back():
    assert 60 < speed.growth(lambda: torch.ones(16, 1024, 1024)) < 90


def test_a_run_holds_every_variant_its_weights_and_the_fastest_form_of_each_bias(monkeypatch):
    monkeypatch.setattr(torch, "compile", lambda f, **_: f)
    check(throughput.measure(SMOKE, 2, 2))


def check(found):
    assert set(found["training"]) == set(found["weights"]) == set(throughput.TRAINED)
    assert set(found["long"]) == set(throughput.LONG)
    assert found["training"]["plain"]["ratio"] == found["long"]["plain"]["ratio"] == 1
    assert found["weights"]["plain"] == found["weights"]["learned"] > found["weights"]["none"]
    for bias, form in found["fastest"].items():
        ratios = {f: found["long"][f"{bias}, {f}"]["ratio"] for f in ("mask", "fused", "flex")}
        assert ratios[form] == min(ratios.values()), f"{bias}: {form} is not the fastest of {ratios}"
    assert set(found["fastest"]) == set(throughput.BIASES)


@pytest.mark.skipif(not throughput.RESULT.exists(), reason="not measured: python -m snippets.experiments.throughput")
def test_the_stored_run_is_whole_and_was_made_with_the_settings_of_the_file():
    stored = results.read(throughput.RESULT)
    assert stored["settings"] == throughput.settings()
    check(stored)
    assert set(stored["memory"]) == set(throughput.LONG) and min(stored["memory"].values()) > 0
    assert stored["machine"]["cpu"] and "torch" in stored["versions"]
    profile = PROFILES[throughput.PROFILE]
    tokens = profile.batch * profile.length / stored["training"]["plain"]["milliseconds"] * 1000
    assert stored["plain_tokens_per_second"] == round(tokens)
