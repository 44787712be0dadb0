"""What frameworks and models do to a copied file, where the matrix of tests/conformance/test_matrix.py does not look.

Each test is a situation that people have reported, with the value that is right there: refusals, the layer of
``attention.py``, layouts, and forms that the catalogue does not compare.
"""

import pytest
import torch
from torch import nn

from snippets import catalogue
from snippets.attention import Attention
from snippets.schemes.alibi import alibi_bias
from snippets.schemes.cope import CoPE
from snippets.schemes.deberta import DeBERTa
from snippets.schemes.kerple import KerplePower
from snippets.schemes.learned import LearnedPositions
from snippets.schemes.longrope import longrope_frequencies
from snippets.schemes.m_rope import m_rope_rotations
from snippets.schemes.none import causal_attention
from snippets.schemes.rope import frequencies, rotate, rotations
from snippets.schemes.rope_2d import rotations_2d
from snippets.schemes.sinusoidal import add_sinusoidal
from snippets.schemes.t5_bias import T5Bias
from snippets.schemes.xpos import xpos

CAST = nn.Module.bfloat16, nn.Module.half


class Speeds(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("theta", frequencies(128, 500_000.0), persistent=False)


@pytest.mark.parametrize("cast", CAST, ids=["bfloat16", "half"])
def test_speeds_that_were_cast_with_their_model_are_refused_by_name(cast):
    theta, m = cast(Speeds()).theta, torch.arange(3)
    for turns in (
        lambda: rotations(m, theta),
        lambda: rotations_2d(m, m, theta),
        lambda: m_rope_rotations(m.expand(3, 3), theta, (32, 16, 16)),
        lambda: longrope_frequencies(128, theta),
    ):
        with pytest.raises((TypeError, ValueError), match=r"must be float32 or float64.* got torch\.b?float16"):
            turns()


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_no_scheme_has_a_buffer_which_a_cast_rounds_and_to_empty_leaves_as_it_finds_memory(name):
    scheme = catalogue.build(name, 16, 2, 8)
    assert not [buffer for module in scheme.modules + scheme.layer_modules for buffer in module.buffers()]


@pytest.mark.parametrize("make", [lambda: T5Bias(4, causal=False), lambda: KerplePower(4)], ids=["t5", "kerple"])
def test_forms_beside_those_of_the_matrix_are_whole_when_they_were_built_on_meta(make):
    whole, n = make(), torch.arange(40)
    with torch.device("meta"):
        empty = make()
    empty.to_empty(device="cpu").load_state_dict(whole.state_dict())
    assert torch.equal(empty(n, n), whole(n, n))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_model_in_half_precision_takes_a_bias_in_float32(dtype):
    layer, m = Attention(16, 4).to(dtype), torch.arange(6)
    x = torch.randn(2, 6, 16, dtype=dtype)
    out = layer(x, at_scores=lambda q, k: alibi_bias(m, m, 4))
    assert out.dtype == dtype and out.isfinite().all()


def test_large_queries_and_keys_do_not_overflow_before_they_are_scaled():
    q = torch.full((1, 1, 3, 128), 30.0).half()  # q . k is 115,200, above what float16 holds
    v = torch.randn(1, 1, 3, 128).half()
    out = Attention(128, 1).half().meet(q, q, v, None)
    torch.testing.assert_close(out[0, 0, 2], v[0, 0].float().mean(0).half(), atol=2e-3, rtol=0)


def hidden_left(pads, length):
    """-inf on the keys that are padding: (B, 1, 1, T)."""
    slots = torch.arange(length)
    return torch.zeros(len(pads), 1, 1, length).masked_fill((slots < pads[:, None])[:, None, None], -torch.inf)


def test_left_padding_hidden_with_minus_infinity_gives_each_row_what_it_gets_alone():
    torch.manual_seed(0)
    first, second, x = Attention(16, 2), Attention(16, 2), torch.randn(1, 7, 16)
    pads = torch.tensor([3])
    padded = torch.cat((torch.randn(1, 3, 16), x), dim=1).requires_grad_()
    out = padded
    for layer in (first, second):
        out = layer(out, at_scores=lambda q, k: hidden_left(pads, 10))
    assert out.isfinite().all()
    torch.testing.assert_close(out[:, 3:], second(first(x)))
    out[:, 3:].sum().backward()
    assert padded.grad.isfinite().all() and first.qkv.weight.grad.isfinite().all()


@pytest.mark.parametrize(
    "attend", [lambda x, m, n: causal_attention(x, x, x, m, n), lambda x, m, n: CoPE(4, 3)(x, x, m, n)]
)
def test_positions_that_do_not_fit_the_queries_or_keys_are_refused(attend):
    x, m = torch.randn(1, 1, 3, 4), torch.arange(3)
    with pytest.raises(ValueError, match="m and n must be given together"):
        attend(x, m, None)
    with pytest.raises(ValueError, match=r"n must have shape .* got \(2,\)"):
        attend(x, m, m[:2])
    with pytest.raises(ValueError, match=r"m must have shape .* got \(1, 1, 3\)"):
        attend(x, m[None, None], m)


def test_a_query_that_sees_no_key_gets_zeros():
    q, k, v = torch.randn(3, 1, 1, 2, 4)
    out = causal_attention(q, k, v, torch.tensor([0, 5]), torch.tensor([3, 4]))
    assert (out[0, 0, 0] == 0).all() and (out[0, 0, 1] != 0).any()


def test_positions_with_gaps_that_leave_no_room_for_factors_are_refused_by_their_span():
    x = torch.ones(1, 1, 4, 8)
    m = torch.tensor([0, 1, 131_070, 131_071])
    with pytest.raises(ValueError, match=r"span 36260 tokens, or factors overflow in torch\.float32; got 131072"):
        xpos(x, x, m, m)


def test_the_lines_that_convert_a_layout_give_what_each_row_gets_alone():
    table, x = LearnedPositions(6, 8), torch.randn(6, 3, 8)  # time first, as nn.Transformer has it
    for place in (table, add_sinusoidal):
        out = place(x.transpose(0, 1)).transpose(0, 1)
        torch.testing.assert_close(out[:, 1], place(x[None, :, 1])[0])
    q, turns = torch.randn(2, 4, 4, 8), rotations(torch.arange(4), frequencies(8))  # heads behind as many tokens
    out = rotate(q.transpose(1, 2), turns).transpose(1, 2)
    torch.testing.assert_close(out[:, :, 2], rotate(q[:, None, :, 2], turns)[:, 0])
    assert not torch.equal(out, rotate(q, turns)), "in the other layout heads are turned in place of tokens"


def test_second_derivatives_of_a_power_are_finite_at_distance_zero():
    bias, m = KerplePower(1).double(), torch.arange(4)
    first = torch.autograd.grad(bias(m, m).sum(), list(bias.parameters()), create_graph=True)
    second = torch.autograd.grad(sum(g.square().sum() for g in first), list(bias.parameters()), allow_unused=True)
    assert all(g is None or g.isfinite().all() for g in second)


def test_rows_that_layers_share_are_shared_when_that_is_said_after_to_empty():
    whole = DeBERTa(8, 2, 4)
    with torch.device("meta"):
        first, second = DeBERTa(8, 2, 4), DeBERTa(8, 2, 4)
    for layer in (first, second):
        layer.to_empty(device="cpu").load_state_dict(whole.state_dict())
    second.rows = first.rows
    q, m = torch.randn(1, 2, 5, 4), torch.arange(5)
    torch.testing.assert_close(second(q, q, m, m), whole(q, q, m, m))
    (first(q, q, m, m) + second(q, q, m, m)).sum().backward()
    alone = torch.autograd.grad(whole(q, q, m, m).sum(), whole.rows)[0]
    torch.testing.assert_close(first.rows.grad, 2 * alone)
