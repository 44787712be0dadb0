"""The models of the recipes: which layer rotates, which sees how far, and attention that is not the plain one."""

import pytest
import torch

from snippets.schemes import rope
from snippets.training import recipes
from snippets.training.layers import ConvolvedAttention, LatentAttention
from snippets.training.model import FusedAttention
from snippets.training.recipes import RECIPES, WINDOW


def build(recipe, layers=4, seed=0):
    return recipes.build(recipe, 32, 2, layers, 16, 0.5, seed)


def moved(model, place=3, length=80):
    """How far the scores of each byte go when the byte at ``place`` is another: (T,)."""
    ids = torch.arange(length)[None]
    other = ids.clone()
    other[0, place] += 7
    with torch.no_grad():
        return (model(ids) - model(other)).abs().amax(-1)[0]


@pytest.mark.parametrize("recipe", RECIPES)
def test_no_byte_sees_a_later_one_and_the_next_sees_each(recipe):
    model = build(recipe)
    with torch.no_grad():
        for weight in model.parameters():  # a convolution starts at 0
            weight.add_(0.05 * torch.randn_like(weight))
    gap = moved(model, place=20)
    assert gap[:20].max() < 1e-5 < gap[20:].min(), f"{recipe}: bytes 0 to 19 stand before the change"


@pytest.mark.parametrize(("recipe", "far"), [("near", False), ("near_far", True), ("two_bases", True)])
def test_a_window_ends_where_it_says_and_the_fourth_layer_sees_past_it(recipe, far):
    one, four = moved(build(recipe, layers=1)), moved(build(recipe, layers=4), length=3 + 4 * WINDOW)
    assert one[3 + WINDOW - 1] > 1e-5 > one[3 + WINDOW :].max(), f"{recipe}: the first layer has a window of {WINDOW}"
    reach = 3 + 4 * (WINDOW - 1)  # a window less one a layer
    assert (four[reach + 1 :].max() > 1e-5) == far, f"{recipe}: a fourth layer that sees everything: {far}"


def test_every_fourth_layer_of_near_far_is_without_positions():
    model = build("near_far", layers=8)
    doors = [scheme.door for scheme in model.schemes]
    assert doors == (["scores"] * 3 + ["none"]) * 2
    assert [scheme.at_qk is not None for scheme in model.schemes] == ([True] * 3 + [False]) * 2


def test_an_unknown_recipe_is_refused():
    with pytest.raises(ValueError, match="'far_near'"):
        build("far_near")


def test_attention_from_a_latent_is_the_sum_of_a_part_without_and_a_part_with_positions():
    torch.manual_seed(0)
    layer, x = LatentAttention(16, 2, latent=6, rotated=4).double(), torch.randn(1, 9, 16).double()
    turns = rope.rotations(torch.arange(9), rope.frequencies(4))
    out = layer(x, at_qk=lambda q, k: (rope.rotate(q, turns), rope.rotate(k, turns)))
    c, k_r = layer.shrink(x)[0].split([6, 4], -1)
    k_r, kv = rope.rotate(k_r[None, None], turns)[0, 0], layer.grow(layer.norm(c))
    heads = []
    for head in range(2):
        own = slice(8 * head, 8 * head + 8)
        k_c, v = kv[:, :16][:, own], kv[:, 16:][:, own]
        q_c, q_r = layer.queries(x)[0].view(9, 2, 12)[:, head].split([8, 4], -1)
        scores = (q_c @ k_c.T + rope.rotate(q_r[None, None], turns)[0, 0] @ k_r.T) / 12**0.5
        heads.append(scores.masked_fill(torch.ones(9, 9).triu(1) > 0, -torch.inf).softmax(-1) @ v)
    torch.testing.assert_close(out[0], layer.out(torch.cat(heads, -1)))


def test_queries_and_keys_wider_than_values_attend_as_written_out():
    model = build("pope", layers=2).double()
    layer, scheme = model.attention[0], model.schemes[0]
    (polar,), (next_polar,) = scheme.layer_modules, model.schemes[1].layer_modules
    assert polar is not next_polar, "each layer has phases of its own"
    torch.nn.init.uniform_(polar.delta, -6, 0)
    x, at = torch.randn(1, 9, 32).double(), torch.arange(9)
    out = layer(x, at_qk=lambda q, k: scheme.at_qk(q, k, at, at))
    q, k, v = layer.qkv(x)[0].view(9, 3, 2, 16).permute(1, 2, 0, 3)  # (h, T, d_h) each
    q, k = torch.nn.functional.softplus(q), torch.nn.functional.softplus(k)
    angles = (at[None, :, None] - at[:, None, None]) * 10000.0 ** (-torch.arange(16).double() / 16)
    scores = torch.einsum("hmc,hnc,hmnc->hmn", q, k, (angles + polar.delta[:, None, None]).cos()) / 16**0.5
    heads = scores.masked_fill(torch.ones(9, 9).triu(1) > 0, -torch.inf).softmax(-1) @ v
    torch.testing.assert_close(out[0], layer.out(heads.transpose(0, 1).flatten(1)))


def test_the_convolution_starts_as_plain_attention_and_mixes_earlier_tokens_alone():
    plain, x = FusedAttention(16, 2), torch.randn(1, 9, 16)
    layer = ConvolvedAttention(16, 2)
    layer.load_state_dict(plain.state_dict(), strict=False)
    torch.testing.assert_close(layer(x), plain(x))
    with torch.no_grad():
        layer.mix.normal_()
    assert not torch.allclose(layer(x), plain(x))
    q, k, v = plain.qkv(x)[0].view(9, 3, 2, 8).permute(1, 2, 0, 3)  # (h, T, d_h) each
    mixed = []
    for part, rows in ((k, layer.mix[:16, 0]), (v, layer.mix[16:, 0])):
        past = torch.cat((part.new_zeros(2, 3, 8), part), 1)
        rows = rows.view(2, 8, 4)
        mixed.append(part + sum(rows[:, None, :, j] * past[:, j : j + 9] for j in range(4)))
    want = FusedAttention.meet(plain, q[None], mixed[0][None], mixed[1][None], None)
    torch.testing.assert_close(layer(x), plain.out(want.transpose(1, 2).flatten(2)))
