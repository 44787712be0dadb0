"""What frameworks and models do to a copied file: cast it, pad it, cache it, shard it, export it.

Each test is a situation that people have reported, with the value that is right there.
"""

import pytest
import torch
from torch import nn

from snippets import catalogue
from snippets.attention import Attention
from snippets.schemes.alibi import alibi_bias
from snippets.schemes.cope import CoPE
from snippets.schemes.deberta import DeBERTa
from snippets.schemes.fire import Fire
from snippets.schemes.kerple import KerpleLog, KerplePower
from snippets.schemes.learned import LearnedPositions
from snippets.schemes.longrope import longrope_frequencies
from snippets.schemes.m_rope import m_rope_rotations
from snippets.schemes.none import causal_attention
from snippets.schemes.rope import frequencies, rotate, rotations
from snippets.schemes.rope_2d import rotations_2d
from snippets.schemes.shaw import Shaw
from snippets.schemes.sinusoidal import add_sinusoidal
from snippets.schemes.t5_bias import T5Bias
from snippets.schemes.transformer_xl import TransformerXL
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


@pytest.mark.parametrize("causal", [True, False])
def test_a_module_built_on_meta_is_whole_once_its_weights_are_loaded(causal):
    build = {
        "t5": lambda: T5Bias(4, causal=causal),
        "kerple": lambda: KerplePower(4),
        "fire": lambda: Fire(4),
        "shaw": lambda: Shaw(8),
        "learned": lambda: LearnedPositions(40, 8),
        "transformer_xl": lambda: TransformerXL(8, 2),
    }
    for name, make in build.items():
        whole = make()
        with torch.device("meta"):
            empty = make()
        empty.to_empty(device="cpu").load_state_dict(whole.state_dict())
        assert not list(empty.buffers()), f"{name} has a buffer, which to_empty leaves as it finds memory"
        if name in ("t5", "kerple", "fire"):
            n = torch.arange(40)
            assert torch.equal(empty(n, n), whole(n, n)), name


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_model_in_half_precision_takes_a_bias_in_float32(dtype):
    layer, m = Attention(16, 4).to(dtype), torch.arange(6)
    x = torch.randn(2, 6, 16, dtype=dtype)
    out = layer(x, at_scores=lambda q, k: alibi_bias(m, m, 4))
    assert out.dtype == dtype and out.isfinite().all()


def test_contextual_positions_work_under_autocast_with_queries_in_float32():
    scheme = catalogue.wake(catalogue.build("cope", 16, 2, 8)).layer_modules[0]
    q, k = torch.randn(2, 1, 2, 6, 8)
    with torch.autocast("cpu", torch.bfloat16):
        out = scheme(q, k)
    assert out.dtype == torch.float32
    torch.testing.assert_close(out, scheme(q, k), atol=0.05, rtol=0.05)


def test_large_queries_and_keys_do_not_overflow_before_they_are_scaled():
    q = torch.full((1, 1, 3, 128), 30.0).half()  # q . k is 115,200, above what float16 holds
    v = torch.randn(1, 1, 3, 128).half()
    for out in (causal_attention(q, q, v), Attention(128, 1).half().meet(q, q, v, None)):
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


@pytest.mark.parametrize("queries", [1, 3])
def test_a_cache_that_is_partly_filled_gives_what_the_filled_part_gives(queries):
    torch.manual_seed(0)
    q, k, v = torch.randn(3, 2, 2, 6, 8)
    scheme = catalogue.wake(catalogue.build("cope", 16, 2, 8)).layer_modules[0]
    m, n = torch.arange(6 - queries, 6), torch.arange(10)  # four slots are still empty
    slots = torch.randn(2, 2, 2, 4, 8)
    keys, values = (torch.cat((part, empty), dim=2) for part, empty in zip((k, v), slots, strict=True))
    last = q[:, :, -queries:]
    torch.testing.assert_close(causal_attention(last, keys, values, m, n), causal_attention(last, k, v))
    torch.testing.assert_close(scheme(last, keys, m, n)[..., :6], scheme(last, k))


def test_a_rank_that_holds_the_first_queries_gets_their_rows():
    torch.manual_seed(0)
    q, k, v = torch.randn(3, 1, 2, 8, 8)
    m = torch.tensor([0, 1, 6, 7])  # first and last chunk, as zigzag context parallelism deals them
    part, n = q[:, :, m], torch.arange(8)
    torch.testing.assert_close(causal_attention(part, k, v, m, n), causal_attention(q, k, v)[:, :, m])
    scheme = catalogue.wake(catalogue.build("cope", 16, 2, 8)).layer_modules[0]
    torch.testing.assert_close(scheme(part, k, m, n), scheme(q, k)[:, :, m])


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


def test_a_device_that_holds_some_heads_keeps_its_part_of_the_bias_of_all():
    m = torch.arange(5)
    parts = [alibi_bias(m, m, 8)[start : start + 4] for start in (0, 4)]
    assert torch.equal(torch.cat(parts), alibi_bias(m, m, 8))
    assert not torch.equal(parts[1], alibi_bias(m, m, 4)), "a model of four heads has other slopes"


@pytest.mark.parametrize("make", [lambda: Fire(2), lambda: KerpleLog(2), lambda: KerplePower(2), lambda: T5Bias(2)])
def test_rows_of_a_padded_batch_count_from_their_own_first_token(make):
    bias, alone = make(), torch.arange(5)
    rows = (torch.arange(8) - torch.tensor([3, 0])[:, None]).clamp(min=0)
    batch = bias(rows, rows)
    assert batch.shape == (2, 2, 8, 8)
    torch.testing.assert_close(batch[0, :, 3:, 3:], bias(alone, alone))
    assert torch.equal(bias(rows[:1], rows[:1]), batch[:1])


@pytest.mark.parametrize("name", ["sinusoidal", "learned", "concatenated"])
def test_one_row_of_positions_serves_the_whole_batch(name):
    scheme, x, m = catalogue.build(name, 8, 2, 6), torch.randn(3, 6, 8), torch.arange(6)
    assert torch.equal(scheme.at_input(x, m[None]), scheme.at_input(x, m))


def test_the_lines_that_convert_a_layout_give_what_each_row_gets_alone():
    table, x = LearnedPositions(6, 8), torch.randn(6, 3, 8)  # time first, as nn.Transformer has it
    for place in (table, add_sinusoidal):
        out = place(x.transpose(0, 1)).transpose(0, 1)
        torch.testing.assert_close(out[:, 1], place(x[None, :, 1])[0])
    q, turns = torch.randn(2, 4, 4, 8), rotations(torch.arange(4), frequencies(8))  # heads behind as many tokens
    out = rotate(q.transpose(1, 2), turns).transpose(1, 2)
    torch.testing.assert_close(out[:, :, 2], rotate(q[:, None, :, 2], turns)[:, 0])
    assert not torch.equal(out, rotate(q, turns)), "in the other layout heads are turned in place of tokens"


def test_turns_of_one_row_serve_the_whole_batch():
    x, m, theta = torch.randn(3, 2, 6, 8), torch.arange(6), frequencies(8)
    assert torch.equal(rotate(x, rotations(m[None], theta)), rotate(x, rotations(m, theta)))


@pytest.mark.parametrize("make", [lambda: KerplePower(1), lambda: KerpleLog(1), lambda: Fire(1)])
def test_second_derivatives_are_finite_at_distance_zero(make):
    bias, m = make().double(), torch.arange(4)
    first = torch.autograd.grad(bias(m, m).sum(), list(bias.parameters()), create_graph=True)
    second = torch.autograd.grad(sum(g.square().sum() for g in first), list(bias.parameters()), allow_unused=True)
    assert all(g is None or g.isfinite().all() for g in second)


class Scores(nn.Module):
    def __init__(self, scheme):
        super().__init__()
        self.scheme = scheme

    def forward(self, q, m):
        return self.scheme(q, m, m) if isinstance(self.scheme, Shaw) else self.scheme(q, q, m, m)


@pytest.mark.parametrize("scheme", [Shaw(8), TransformerXL(16, 2)], ids=["shaw", "transformer_xl"])
def test_a_length_may_stay_open_in_an_exported_graph(scheme):
    length = torch.export.Dim("length", min=2, max=64)
    given = (torch.randn(1, 2, 6, 8), torch.arange(6))
    exported = torch.export.export(Scores(scheme), given, dynamic_shapes=({2: length}, {0: length})).module()
    for size in (3, 12):
        q, m = torch.randn(1, 2, size, 8), torch.arange(size)
        torch.testing.assert_close(exported(q, m), Scores(scheme)(q, m))


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
