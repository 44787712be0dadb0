"""One attention layer, three doors: what snippets/attention.py promises."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from snippets.attention import Attention

few = settings(max_examples=25, deadline=None, derandomize=True)


def layer_and_input(seed=0, batch=2, length=6, heads=2, head_dim=8):
    torch.manual_seed(seed)
    dim = heads * head_dim
    return Attention(dim, heads).double(), torch.randn(batch, length, dim, dtype=torch.float64)


def heads_of(layer, x):
    """q, k, v as (B, h, T, d_h), one head at a time from the rows of the weight."""
    size = x.shape[-1] // layer.heads
    whole = (x @ w.T for w in layer.qkv.weight.chunk(3))
    return [torch.stack([w[..., h * size : (h + 1) * size] for h in range(layer.heads)], dim=1) for w in whole]


@few
@given(
    batch=st.integers(1, 3),
    length=st.integers(1, 8),
    heads=st.integers(1, 4),
    head_dim=st.integers(1, 9),
    seed=st.integers(0, 99),
)
def test_without_a_scheme_it_is_causal_scaled_dot_product_attention(batch, length, heads, head_dim, seed):
    layer, x = layer_and_input(seed, batch, length, heads, head_dim)
    want = F.scaled_dot_product_attention(*heads_of(layer, x), is_causal=True)
    torch.testing.assert_close(layer(x), layer.out(want.transpose(1, 2).flatten(2)))


def test_the_first_door_changes_what_the_layer_reads():
    layer, x = layer_and_input()
    torch.testing.assert_close(layer(x, at_input=lambda x: 2 * x + 1), layer(2 * x + 1))


def test_the_second_door_changes_queries_and_keys_and_not_values():
    layer, x = layer_and_input()
    q, k, v = heads_of(layer, x)
    want = F.scaled_dot_product_attention(3 * q, k + 1, v, is_causal=True)
    got = layer(x, at_qk=lambda q, k: (3 * q, k + 1))
    torch.testing.assert_close(got, layer.out(want.transpose(1, 2).flatten(2)))


@pytest.mark.parametrize("shape", [(2, 6, 6), (2, 2, 6, 6)])
def test_the_third_door_adds_to_the_scores_after_their_scaling(shape):
    layer, x = layer_and_input()
    bias = torch.randn(shape, dtype=torch.float64)
    q, k, v = heads_of(layer, x)
    mask = bias.masked_fill(torch.ones(6, 6, dtype=torch.bool).triu(1), -torch.inf).expand(2, 2, 6, 6)
    want = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    got = layer(x, at_scores=lambda q, k: bias)
    torch.testing.assert_close(got, layer.out(want.transpose(1, 2).flatten(2)))


def test_the_third_door_sees_queries_and_keys_as_the_second_left_them():
    layer, x = layer_and_input()
    seen = []

    def at_scores(q, k):
        seen.extend((q, k))
        return torch.zeros(2, 6, 6, dtype=q.dtype)

    layer(x, at_input=lambda x: x + 1, at_qk=lambda q, k: (2 * q, 3 * k), at_scores=at_scores)
    q, k, _ = heads_of(layer, x + 1)
    torch.testing.assert_close(seen, [2 * q, 3 * k])


@few
@given(length=st.integers(2, 8), at=st.integers(0, 6), seed=st.integers(0, 99))
def test_a_later_token_changes_nothing_before_it(length, at, seed):
    layer, x = layer_and_input(seed, length=length)
    changed, at = x.clone(), min(at, length - 2) + 1
    changed[:, at:] += 1
    before, after = (
        layer(y, at_input=torch.tanh, at_qk=lambda q, k: (k, q), at_scores=lambda q, k: q @ k.mT) for y in (x, changed)
    )
    assert torch.equal(before[:, :at], after[:, :at]) and not torch.allclose(before[:, at:], after[:, at:])


def test_a_token_alone_takes_its_own_value():
    layer, x = layer_and_input(length=1)
    torch.testing.assert_close(layer(x), layer.out(heads_of(layer, x)[2].transpose(1, 2).flatten(2)))


def test_gradients_reach_every_weight():
    layer, x = layer_and_input()
    layer(x).square().sum().backward()
    for weight in layer.parameters():
        assert weight.grad.isfinite().all() and (weight.grad != 0).any(dim=1).all()


def test_it_follows_device_and_dtype_of_its_weights():
    layer = Attention(8, 2).to("meta", torch.bfloat16)
    out = layer(torch.empty(2, 3, 8, device="meta", dtype=torch.bfloat16))
    assert out.is_meta and out.dtype == torch.bfloat16 and out.shape == (2, 3, 8)


@pytest.mark.parametrize(("dim", "heads"), [(10, 3), (0, 1), (-8, 2), (8, 0), (8, -2), (2, 4)])
def test_heads_that_do_not_divide_the_dimension_are_refused(dim, heads):
    with pytest.raises(ValueError, match=f"dim must be a positive multiple of heads, got dim {dim} and {heads} heads"):
        Attention(dim, heads)


@pytest.mark.parametrize(("dim", "heads", "says"), [(24, 3.0, r"heads .* got 3\.0"), (24.0, 3, r"dim .* got 24\.0")])
def test_sizes_that_are_no_ints_are_refused_when_the_layer_is_made(dim, heads, says):
    with pytest.raises(TypeError, match=says):
        Attention(dim, heads)
