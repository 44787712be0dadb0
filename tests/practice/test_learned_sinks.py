"""What the page on caches says of a learned sink, and snippets/practice/sinks.py against gpt-oss."""

import json

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention as sdpa

from snippets.experiments.sinks import mask
from snippets.practice.sinks import as_a_key, first_and_last, sink_attention
from snippets.schemes.none import causal_attention
from tools import LANGUAGES, ROOT

RECORDED = json.loads((ROOT / "tests/references/sinks.json").read_text("utf-8"))
recorded = pytest.mark.parametrize("case", RECORDED, ids=lambda case: case["called"])


@pytest.fixture
def given():
    torch.manual_seed(0)
    q, k, v = torch.randn(3, 2, 3, 7, 4, dtype=torch.float64)
    return q, k, v, torch.tensor([0.5, -2.0, 3.0], dtype=torch.float64), torch.ones(7, 7, dtype=torch.bool).tril()


def test_each_weight_is_its_formula(given):
    q, k, v, sinks, seen = given
    out = sink_attention(q, k, v, sinks, seen)
    for h in range(3):
        for m in range(7):
            scores = (q[0, h, m] @ k[0, h, : m + 1].T / 2).exp()
            want = (scores / (sinks[h].exp() + scores.sum())) @ v[0, h, : m + 1]
            torch.testing.assert_close(out[0, h, m], want)


@recorded
def test_it_is_the_attention_of_gpt_oss_and_has_its_gradient(case):
    q, k, v, out, seen = (torch.tensor(case[name]) for name in ("q", "k", "v", "out", "seen"))
    sinks = torch.tensor(case["sinks"], requires_grad=True)
    got = sink_attention(q, k, v, sinks, seen)
    torch.testing.assert_close(got, out, atol=1e-6, rtol=0)
    got.square().sum().backward()
    torch.testing.assert_close(sinks.grad, torch.tensor(case["gradient"]), atol=1e-5, rtol=0)
    total = torch.tensor(case["weights"]).sum(-1)
    assert (total < 1).all(), "the sink takes its share"


def test_a_sink_that_sinks_to_minus_infinity_is_plain_attention(given):
    q, k, v, sinks, seen = given
    want = causal_attention(q, k, v)
    torch.testing.assert_close(sink_attention(q, k, v, torch.full((3,), -torch.inf), seen), want)
    near = [(sink_attention(q, k, v, sinks - down, seen) - want).abs().max() for down in (0, 5, 50)]
    assert near[0] > near[1] > near[2] and near[2] < 1e-12


def test_the_gradient_of_a_sink_is_what_moving_it_does(given):
    q, k, v, sinks, seen = given
    assert torch.autograd.gradcheck(lambda s: sink_attention(q, k, v, s, seen), sinks.requires_grad_())


def test_as_one_more_key_it_is_exact_in_sdpa_and_so_is_its_gradient(given):
    q, k, v, sinks, seen = given
    sinks.requires_grad_()
    want = sink_attention(q, k, v, sinks, seen)
    keys, values, lifted = as_a_key(k, v, sinks, seen)
    out = sdpa(q, keys, values, attn_mask=lifted)
    torch.testing.assert_close(out, want)
    wanted = torch.autograd.grad(want.square().sum(), sinks)[0]
    torch.testing.assert_close(torch.autograd.grad(out.square().sum(), sinks)[0], wanted)


def test_it_multiplies_plain_attention_by_a_sigmoid(given):
    q, k, v, sinks, seen = given
    total = (q @ k.mT / 2).masked_fill(~seen, -torch.inf).logsumexp(-1, keepdim=True)
    share = torch.sigmoid(total - sinks[:, None, None])
    torch.testing.assert_close(share * causal_attention(q, k, v), sink_attention(q, k, v, sinks, seen))
    torch.testing.assert_close(share, (total - torch.logaddexp(total, sinks[:, None, None])).exp())


def test_it_knows_no_order_of_keys_but_equal_tokens_do_not_stay_equal(given):
    q, k, v, sinks, _ = given
    everything = torch.ones(7, 7, dtype=torch.bool)
    order = torch.randperm(7)
    torch.testing.assert_close(
        sink_attention(q, k[:, :, order], v[:, :, order], sinks, everything),
        sink_attention(q, k, v, sinks, everything),
    )
    same, zero = torch.ones(1, 1, 7, 4, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    counted = sink_attention(0 * same, same, same, zero, everything.tril())[0, 0, :, 0]
    torch.testing.assert_close(counted, torch.tensor([m / (m + 1) for m in range(1, 8)], dtype=torch.float64))


def test_a_query_that_sees_no_key_gets_zeros_and_no_nan(given):
    q, k, v, sinks, seen = given
    seen[0] = False
    out = sink_attention(q, k, v, sinks, seen)
    assert not out[:, :, 0].any() and out.isfinite().all()
    keys, values, lifted = as_a_key(k, v, sinks, seen)
    torch.testing.assert_close(sdpa(q, keys, values, attn_mask=lifted), out)
    nothing = torch.full((3,), -torch.inf, dtype=torch.float64)
    assert sink_attention(q, k, v, nothing, seen)[:, :, 0].isnan().all(), "no sink, and nothing to see"


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_it_keeps_the_dtype_of_the_model(given, dtype):
    q, k, v, sinks, seen = given
    assert sink_attention(q.to(dtype), k.to(dtype), v.to(dtype), sinks, seen).dtype == dtype
    assert {x.dtype for x in as_a_key(k.to(dtype), v.to(dtype), sinks, seen)} == {dtype}


@pytest.mark.parametrize("length", [1, 3, 6, 7, 40])
def test_what_a_cache_with_first_tokens_keeps_is_what_the_last_query_may_see(length):
    assert first_and_last(length, 2, 6).tolist() == mask(length, 6, 2)[-1].nonzero().flatten().tolist()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_the_file_whole(language):
    text = (ROOT / f"docs/{language}/practice/cache.md").read_text("utf-8")
    shown = '```python title="snippets/practice/sinks.py"\n--8<-- "snippets/practice/sinks.py"\n```'
    assert text.count(shown) == 1


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"seen": torch.zeros(7, 7)}, TypeError, "seen must be bool.* got torch.float32"),
        ({"seen": torch.ones(7, 6) > 0}, ValueError, r"seen must have shape \(T_q, 7\).* got \(7, 6\)"),
        ({"sinks": torch.zeros(2)}, ValueError, r"sinks must have shape \(3,\).* got \(2,\)"),
        ({"seen": torch.ones(3, 7, 7) > 0}, ValueError, r"with B and 1 or h before.* got \(3, 7, 7\)"),
        ({"v": torch.zeros(2, 3, 6, 4)}, ValueError, r"v must have shape \(2, 3, 7, d_v\).* got \(2, 3, 6, 4\)"),
        ({"seen": torch.ones(3, 7) > 0}, ValueError, r"a row for every query .* got \(3, 7\)"),
        ({"seen": torch.ones(3, 1, 7, 7) > 0}, ValueError, r"seen must have .* got \(3, 1, 7, 7\)"),
        ({"v": torch.zeros(2, 3, 7, 4)}, TypeError, "of one dtype; got torch.float64, torch.float64 and torch.float32"),
        ({"k": torch.zeros(2, 1, 7, 4)}, ValueError, r"repeat keys that heads share; got .* and \(2, 1, 7, 4\)"),
    ],
)
def test_what_does_not_fit_is_refused(given, change, error, message):
    names = ("q", "k", "v", "sinks", "seen")
    with pytest.raises(error, match=message):
        sink_attention(**dict(zip(names, given, strict=True)) | change)


def test_a_head_of_keys_too_few_is_refused_by_its_name(given):
    _, k, v, sinks, seen = given
    with pytest.raises(ValueError, match=r"\(1,\), one number a head of k: repeat k and v .* got \(3,\)"):
        as_a_key(k[:, :1], v[:, :1], sinks, seen)


def test_a_value_too_few_is_refused_before_it_becomes_a_key(given):
    _, k, v, sinks, seen = given
    with pytest.raises(ValueError, match="a value for every key"):
        as_a_key(k, v[:, :, 1:], sinks, seen)


@pytest.mark.parametrize(("length", "first", "slots"), [(0, 1, 4), (5, 4, 4), (5, -1, 4)])
def test_slots_that_leave_no_room_are_refused(length, first, slots):
    with pytest.raises(ValueError, match=f"0 <= first < slots.* got {length}, {first} and {slots}"):
        first_and_last(length, first, slots)
