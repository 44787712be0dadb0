"""The sentences of docs/*/schemes/none.md, each as a test."""

import math

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from snippets.attention import Attention
from snippets.schemes.none import causal_attention

RECORDED = recorded("none")
seeds, lengths = st.integers(0, 1000), st.integers(3, 10)


def draw(seed, *shape):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def by_the_equation(q, k, v):
    """One query of one head at a time."""
    out = torch.zeros_like(q)
    batch, heads, queries, dim = q.shape
    for b in range(batch):
        for h in range(heads):
            for i in range(queries):
                m = k.shape[2] - queries + i
                terms = [math.exp(float(q[b, h, i] @ k[b, h, n]) / math.sqrt(dim)) for n in range(m + 1)]
                out[b, h, i] = sum(w * v[b, h, n] for n, w in enumerate(terms)) / sum(terms)
    return out


def layers(depth, seed, dim=8):
    """A stack of causal layers with residuals and no position anywhere."""
    torch.manual_seed(seed)
    stack = [Attention(dim, 2).double() for _ in range(depth)]

    @torch.no_grad()
    def run(x):
        for layer in stack:
            x = x + layer(x)
        return x

    return run


def swapped(x, i, j):
    order = list(range(x.shape[1]))
    order[i], order[j] = order[j], order[i]
    return x[:, order]


@few
@given(seed=seeds, queries=st.integers(1, 6), cached=st.integers(0, 6), dim=st.integers(1, 8), heads=st.integers(1, 3))
def test_it_is_the_equation_for_all_queries_and_for_the_last_ones(seed, queries, cached, dim, heads):
    q, k, v = draw(seed, 3, 2, heads, queries + cached, dim)
    q = q[:, :, cached:]
    torch.testing.assert_close(causal_attention(q, k, v), by_the_equation(q, k, v), atol=1e-12, rtol=0)


@few
@given(seed=seeds, length=lengths)
def test_without_the_mask_attention_is_permutation_equivariant(seed, length):
    q, k, v = draw(seed, 3, 1, 2, length, 4)
    order = torch.randperm(length, generator=torch.Generator().manual_seed(seed))
    attend = F.scaled_dot_product_attention
    torch.testing.assert_close(
        attend(q[:, :, order], k[:, :, order], v[:, :, order]), attend(q, k, v)[:, :, order], atol=1e-12, rtol=0
    )


def test_with_the_mask_it_is_not():
    q, k, v = draw(0, 3, 1, 2, 6, 4)
    flip = torch.arange(5, -1, -1)
    there = causal_attention(q[:, :, flip], k[:, :, flip], v[:, :, flip])
    assert (there - causal_attention(q, k, v)[:, :, flip]).abs().max() > 0.1


@few
@given(seed=seeds, length=lengths)
def test_one_causal_layer_leaves_the_last_token_blind_to_the_order_of_its_prefix(seed, length):
    x = draw(seed, 1, length, 8)
    order = [*torch.randperm(length - 1, generator=torch.Generator().manual_seed(seed)).tolist(), length - 1]
    run = layers(1, seed)
    torch.testing.assert_close(run(x[:, order])[:, -1], run(x)[:, -1], atol=1e-12, rtol=0)


@few
@given(seed=seeds, length=lengths)
def test_two_causal_layers_are_not_blind(seed, length):
    x, run = draw(seed, 1, length, 8), layers(2, seed)
    assert (run(swapped(x, 0, 1))[:, -1] - run(x)[:, -1]).abs().max() > 1e-9


@few
@given(seed=seeds, i=st.integers(0, 3), gap=st.integers(1, 3))
def test_in_one_layer_a_swap_changes_only_the_tokens_from_the_first_to_the_second(seed, i, gap):
    x, run, j = draw(seed, 1, 9, 8), layers(1, seed), i + gap
    change = (run(swapped(x, i, j)) - run(x)).abs().amax(-1)[0]
    assert (change[:i] == 0).all() and (change[j + 1 :] < 1e-12).all() and (change[i : j + 1] > 1e-9).all()


@few
@given(seed=seeds, length=lengths, depth=st.integers(1, 4))
def test_equal_tokens_stay_equal_at_any_depth(seed, length, depth):
    out = layers(depth, seed)(draw(seed, 1, 1, 8).expand(1, length, 8))
    torch.testing.assert_close(out, out[:, :1].expand_as(out), atol=1e-10, rtol=0)


@few
@given(length=st.integers(1, 300))
def test_attending_evenly_to_a_marked_first_token_gives_one_over_the_count(length):
    q = torch.zeros(1, 1, length, 1, dtype=torch.float64)
    first = torch.zeros_like(q)
    first[:, :, 0] = 1
    counted = 1 / causal_attention(q, q, first).flatten()
    torch.testing.assert_close(counted, torch.arange(1, length + 1).double(), atol=1e-9, rtol=0)


@few
@given(seed=seeds, length=lengths, at=st.integers(0, 8))
def test_a_token_sees_itself_and_what_stands_before_it_only(seed, length, at):
    at = min(at, length - 1)
    q, k, v = draw(seed, 3, 1, 2, length, 4)
    before = causal_attention(q, k, v)
    k[:, :, at], v[:, :, at] = 7, 7
    change = (causal_attention(q, k, v) - before).abs().amax((0, 1, 3))
    assert (change[:at] == 0).all() and (change[at:] > 0).all()


@few
@given(seed=seeds, length=lengths, chunk=st.integers(1, 4))
def test_decoding_with_a_cache_gives_the_same_rows(seed, length, chunk):
    q, k, v = draw(seed, 3, 1, 2, length, 4)
    steps = [causal_attention(q[:, :, s : s + chunk], k[:, :, : s + chunk], v[:, :, : s + chunk])
             for s in range(0, length, chunk)]  # fmt: skip
    torch.testing.assert_close(torch.cat(steps, 2), causal_attention(q, k, v), atol=1e-12, rtol=0)


def test_is_causal_of_torch_aligns_to_the_start_so_a_decoding_step_sees_one_key():
    q, k, v = draw(0, 3, 1, 1, 6, 4)
    seen = F.scaled_dot_product_attention(q[:, :, -1:], k, v, is_causal=True)
    assert torch.equal(seen[:, :, 0], v[:, :, 0])
    assert (causal_attention(q[:, :, -1:], k, v) - seen).abs().max() > 0.1


def test_a_cached_key_needs_no_position_so_a_window_is_only_a_shorter_cache():
    q, k, v = draw(0, 3, 1, 2, 9, 4)
    window = causal_attention(q[:, :, -1:], k[:, :, 4:], v[:, :, 4:])
    torch.testing.assert_close(window, causal_attention(q[:, :, 4:], k[:, :, 4:], v[:, :, 4:])[:, :, -1:])


def test_with_all_doors_closed_the_attention_layer_is_this_scheme():
    torch.manual_seed(0)
    layer, x = Attention(8, 2).double(), draw(0, 2, 5, 8)
    q, k, v = layer.qkv(x).unflatten(-1, (3, 2, -1)).permute(2, 0, 3, 1, 4)
    ours = layer.out(causal_attention(q, k, v).transpose(1, 2).flatten(2))
    torch.testing.assert_close(layer(x), ours, atol=1e-12, rtol=0)


def test_gradients_reach_what_was_seen_and_are_finite():
    q, k, v = draw(0, 3, 1, 2, 6, 4).unbind()
    for x in (q, k, v):
        x.requires_grad_()
    causal_attention(q, k, v)[:, :, 3].sum().backward()
    for x in (k, v):
        assert torch.isfinite(x.grad).all()
        assert (x.grad[:, :, :4] != 0).all() and (x.grad[:, :, 4:] == 0).all()
    assert (q.grad[:, :, 3] != 0).all() and q.grad.abs().sum((0, 1, 3)).nonzero().flatten().tolist() == [3]


@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [(torch.float64, 1e-12), (torch.float32, 1e-5), (torch.float16, 1e-3), (torch.bfloat16, 1e-2)],
)
def test_position_100000_is_right_to_the_rounding_of_the_dtype(dtype, tolerance):
    q, k, v = draw(0, 3, 1, 1, 100_001, 8)
    v[:] = torch.linspace(-1, 1, 100_001, dtype=torch.float64)[:, None]  # an error of alignment would show
    q, k, v = q[:, :, -1:].to(dtype), k.to(dtype), v.to(dtype)
    scores = (q.double() @ k.double().mT / math.sqrt(8)).softmax(-1)
    out = causal_attention(q, k, v)
    assert out.dtype == dtype
    torch.testing.assert_close(out.double(), scores @ v.double(), atol=tolerance, rtol=0)


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: f"{r['package']}-{r['version']}")
def test_independent_packages_compute_the_same_attention(record):
    theirs = torch.tensor(record["out"], dtype=torch.float64)
    if record["package"] == "torch":
        ours = causal_attention(*(torch.tensor(record[name], dtype=torch.float64) for name in "qkv"))
    else:
        assert record["no_rope_layers"] == [1, 1, 1, 0]
        x = torch.tensor(record["x"], dtype=torch.float64)
        weights = {name: torch.tensor(w, dtype=torch.float64) for name, w in record["weights"].items()}
        q, k, v = (nn.functional.linear(x, weights[name]).unflatten(-1, (2, -1)).transpose(1, 2) for name in "qkv")
        ours = nn.functional.linear(causal_attention(q, k, v).transpose(1, 2).flatten(2), weights["o"])
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-6)


X = torch.zeros(2, 3, 5, 4)


@pytest.mark.parametrize(
    ("q", "k", "v", "error", "message"),
    [
        (X.long(), X, X, TypeError, "q must be floating point, got torch.int64"),
        (X, X, X.bool(), TypeError, "v must be floating point, got torch.bool"),
        (X, X.double(), X, TypeError, "one dtype, got torch.float32 and, for k, torch.float64"),
        (X, X, X.half(), TypeError, "one dtype, got torch.float32 and, for v, torch.float16"),
        (X[0], X, X, ValueError, r"q must have shape \(B, h, T, d_h\).* got \(3, 5, 4\)"),
        (X[:, :, :0], X, X, ValueError, r"no empty axis, got \(2, 3, 0, 4\)"),
        (X, X[:, :, :3], X, ValueError, r"its value: k has shape \(2, 3, 3, 4\), v \(2, 3, 5, 4\)"),
        (X[:, :1], X, X, ValueError, r"may differ in length only, got \(2, 1, 5, 4\) and \(2, 3, 5, 4\)"),
        (X[..., :2], X, X, ValueError, r"may differ in length only, got \(2, 3, 5, 2\)"),
        (X[:1], X, X, ValueError, r"may differ in length only, got \(1, 3, 5, 4\)"),
        (X, X[:, :, :4], X[:, :, :4], ValueError, "5 queries need at least as many keys.* got 4"),
    ],
)
def test_input_that_does_not_fit_is_refused(q, k, v, error, message):
    with pytest.raises(error, match=message):
        causal_attention(q, k, v)
