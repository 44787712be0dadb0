"""The sentences of docs/*/schemes/deberta.md, each as a test."""

import math

import pytest
import torch
from helpers import Watch, few, recorded
from hypothesis import given, settings
from hypothesis import strategies as st

from snippets.schemes.deberta import DeBERTa, shrink

RECORDED = recorded("deberta")
seeds, lengths, spans = st.integers(0, 1000), st.integers(1, 7), st.integers(1, 5)


def made(dim=8, heads=2, span=3, seed=0, dtype=torch.float64):
    """A scheme whose weights are far from 0, so that a wrong row shows."""
    torch.manual_seed(seed)
    scheme = DeBERTa(dim, heads, span).to(dtype)
    for weight in scheme.parameters():
        torch.nn.init.normal_(weight)
    return scheme


def drawn(scheme, queries, keys):
    """Random queries and keys that fit ``scheme``, before ``shrink``."""
    head_dim = scheme.rows.shape[1] // scheme.heads
    q = torch.randn(1, scheme.heads, queries, head_dim, dtype=scheme.rows.dtype)
    return q, torch.randn(1, scheme.heads, keys, head_dim, dtype=scheme.rows.dtype)


def delta(i, j, k):
    """Equation 3."""
    if i - j <= -k:
        return 0
    if i - j >= k:
        return 2 * k - 1
    return i - j + k


def by_the_equation(scheme, q, k, m, n):
    """Equation 4 as a whole, one number at a time: the scores that enter the softmax."""
    batch, heads, _, head_dim = q.shape
    keys = (scheme.rows @ scheme.to_key.weight.T).tolist()
    queries = (scheme.rows @ scheme.to_query.weight.T).tolist()
    out = torch.zeros(batch, heads, len(m), len(n), dtype=torch.float64)
    for b in range(batch):
        for h in range(heads):
            part = slice(h * head_dim, (h + 1) * head_dim)
            for i, query in enumerate(m):
                for j, key in enumerate(n):
                    qs, ks = q[b, h, i].tolist(), k[b, h, j].tolist()
                    key_row, query_row = keys[delta(query, key, scheme.span)], queries[delta(key, query, scheme.span)]
                    a = sum(x * y for x, y in zip(qs, ks, strict=True))
                    a += sum(x * y for x, y in zip(qs, key_row[part], strict=True))
                    a += sum(x * y for x, y in zip(ks, query_row[part], strict=True))
                    out[b, h, i, j] = a / math.sqrt(3 * head_dim)
    return out


def scores(scheme, q, k, m, n):
    """What enters the softmax of an attention that divides by sqrt(d_h)."""
    q, k = shrink(q, k)
    return q @ k.mT / q.shape[-1] ** 0.5 + scheme(q, k, m, n)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(data=st.data(), span=spans, heads=st.sampled_from([1, 2, 4]), seed=seeds)
def test_shrink_and_the_position_terms_make_the_equation(data, span, heads, seed):
    places = st.lists(st.integers(0, 12), min_size=1, max_size=4)
    m, n = data.draw(places), data.draw(places)
    scheme = made(8, heads, span, seed)
    q, k = drawn(scheme, len(m), len(n))
    want = by_the_equation(scheme, q, k, m, n)
    torch.testing.assert_close(scores(scheme, q, k, torch.tensor(m), torch.tensor(n)), want)


@few
@given(shift=st.integers(-1000, 100_000), length=lengths, span=spans, seed=seeds)
def test_a_shift_of_all_positions_changes_nothing(shift, length, span, seed):
    scheme, m = made(span=span, seed=seed), torch.arange(length)
    q, k = drawn(scheme, length, length)
    assert torch.equal(scheme(q, k, m + shift, m + shift), scheme(q, k, m, m))


@pytest.mark.parametrize("span", [1, 2, 3, 8])
def test_the_rows_are_equation_3_with_span_minus_1_the_last_distance_told_apart(span):
    scheme = DeBERTa(1, 1, span).double()
    with torch.no_grad():
        scheme.rows.copy_(torch.arange(2 * span)[:, None])
        scheme.to_key.weight.fill_(1.0)
        scheme.to_query.weight.fill_(0.0)
    one, m, n = torch.ones(1, 1, 1, 1).double(), torch.tensor([20]), torch.arange(41)
    rows = scheme(one, one.expand(1, 1, 41, 1), m, n).flatten().tolist()
    assert rows == [delta(20, key, span) for key in range(41)]
    assert rows[20 - span + 1] == rows[0] == 2 * span - 1 and rows[20 + span] == rows[-1] == 0
    assert len(set(rows)) == 2 * span


def halves(scheme):
    """The same scheme with one of the two position terms."""
    for silent in ("to_key.weight", "to_query.weight"):
        part = DeBERTa(scheme.rows.shape[1], scheme.heads, scheme.span).to(scheme.rows.dtype)
        part.load_state_dict({name: weight * (name != silent) for name, weight in scheme.state_dict().items()})
        yield part


@few
@given(length=st.integers(2, 7), seed=seeds)
def test_one_term_has_a_curve_for_every_query_the_other_one_for_every_key(length, seed):
    scheme, m = made(seed=seed), torch.arange(length)
    q, k = drawn(scheme, length, length)
    p2c, c2p = halves(scheme)
    torch.testing.assert_close(c2p(q, k, m, m) + p2c(q, k, m, m), scheme(q, k, m, m))
    other_q, other_k = drawn(scheme, length, length)
    assert torch.equal(c2p(q, other_k, m, m), c2p(q, k, m, m))
    assert torch.equal(p2c(other_q, k, m, m), p2c(q, k, m, m))
    same_q, same_k = q[:, :, :1].expand_as(q), k[:, :, :1].expand_as(k)
    for alike in (c2p(same_q, k, m, m), p2c(q, same_k, m, m)):  # equal words: the curve slides along the diagonal
        torch.testing.assert_close(alike[..., 1:, 1:], alike[..., :-1, :-1])


def test_the_released_code_reads_the_same_rows_in_reverse_except_at_the_ends():
    scheme, span = made(span=4), 4
    p2c, _ = halves(scheme)
    q, k = drawn(scheme, 12, 12)
    m = torch.arange(12)
    mirrored, _ = halves(scheme)
    with torch.no_grad():
        mirrored.rows.copy_(scheme.rows.flip(0).roll(1, 0))
    queries = (scheme.rows @ scheme.to_query.weight.T).unflatten(-1, (2, 4)).transpose(0, 1)
    rows = torch.tensor([[delta(i, j, span) for j in range(12)] for i in range(12)])
    released = torch.einsum("bhjd,hijd->bhij", k, queries[:, rows]) / 12**0.5
    near = (m[:, None] - m).abs() < span - 1
    torch.testing.assert_close(mirrored(q, k, m, m)[..., near], released[..., near])
    assert (p2c(q, k, m, m) - released)[..., near].abs().max() > 0.1
    assert (mirrored(q, k, m, m) - released)[..., ~near].abs().max() > 0.1


@few
@given(length=lengths, span=spans, seed=seeds)
def test_the_gradient_reaches_the_rows_in_use_and_no_other(length, span, seed):
    scheme, m = made(span=span, seed=seed), torch.arange(length)
    q, k = drawn(scheme, length, length)
    scheme(q, k, m, m).square().sum().backward()
    used = {delta(i, j, span) for i in range(length) for j in range(length)}
    assert set(scheme.rows.grad.abs().sum(1).nonzero().flatten().tolist()) == used
    for weight in scheme.parameters():
        assert weight.grad.isfinite().all() and weight.grad.abs().sum() > 0


def test_layers_can_share_the_rows():
    first, second = made(), made(seed=1)
    second.rows = first.rows
    q, k = drawn(first, 3, 3)
    (first(q, k, torch.arange(3), torch.arange(3)) + second(q, k, torch.arange(3), torch.arange(3))).sum().backward()
    both = torch.nn.ModuleList([first, second])
    assert len(list(both.parameters())) == 5 and second.rows.grad is first.rows.grad


@few
@given(cached=st.integers(1, 12), new=st.integers(1, 4), seed=seeds)
def test_decoding_with_a_cache_gives_the_last_rows(cached, new, seed):
    scheme, n = made(seed=seed), torch.arange(cached + new)
    q, k = drawn(scheme, cached + new, cached + new)
    step = scheme(q[:, :, cached:], k, n[cached:], n)
    torch.testing.assert_close(step, scheme(q, k, n, n)[:, :, cached:])


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 3e-6), (torch.bfloat16, 0.05)]
)
def test_position_100000_is_as_exact_as_position_0(dtype, tolerance):
    exact, m = made(16, 2, 4), torch.arange(9)
    q, k = drawn(exact, 9, 9)
    scheme = made(16, 2, 4).to(dtype)
    out = scheme(q.to(dtype), k.to(dtype), m + 100_000, m + 100_000)
    assert out.dtype == dtype
    want = exact(q, k, m, m)
    torch.testing.assert_close(out.double(), want, atol=tolerance * want.abs().max().item(), rtol=0)


def test_it_costs_the_rows_once_and_two_matrices_a_layer():
    assert sum(p.numel() for p in DeBERTa(768, 12, 512).parameters()) == 2 * 512 * 768 + 2 * 768**2


def test_it_starts_as_noise_of_standard_deviation_0_02():
    torch.manual_seed(0)
    for weight in DeBERTa(256, 2, 100).parameters():
        assert weight.std().item() == pytest.approx(0.02, rel=0.03)


def test_positions_on_another_device_follow_q():
    scheme, q = DeBERTa(8, 2, 3).to("meta"), torch.empty(2, 2, 5, 4, device="meta")
    with Watch() as watch:
        out = scheme(q, q, torch.arange(5), torch.arange(5))
    assert out.is_meta and {x.device.type for x in watch.given_to(torch.ops.aten.gather.default)} == {"meta"}


def test_no_vector_is_made_for_a_pair_of_positions():
    scheme, m = made(32, 2, 8, dtype=torch.float32), torch.arange(64)
    q, k = drawn(scheme, 64, 64)
    with Watch() as watch:
        scheme(q, k, m, m)
    assert watch.largest <= 2 * 64 * 64  # (h, T_q, T_k), against T_q T_k d = 131072


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: f"{r['called']}, {r['gives']}")
def test_independent_models_compute_the_same(record):
    rows, to_key, to_query, q, k, theirs = (
        torch.tensor(record[name]) for name in ("rows", "to_key", "to_query", "q", "k", "result")
    )
    m = torch.arange(q.shape[2])
    q, k = shrink(q, k)

    def term(rows, to_key, to_query):
        scheme = DeBERTa(rows.shape[1], q.shape[1], record["span"])
        scheme.load_state_dict({"rows": rows, "to_key.weight": to_key, "to_query.weight": to_query})
        return scheme(q, k, m, m)

    c2p = term(rows, to_key, 0 * to_query)
    p2c = term(rows.flip(0).roll(1, 0), 0 * to_key, to_query)  # the models read row(m, n), the paper row(n, m)
    whole = (q @ k.mT / q.shape[-1] ** 0.5 + c2p + p2c).softmax(-1)
    ours = {"c2p": c2p, "p2c": p2c, "weights": whole}[record["gives"]]
    torch.testing.assert_close(ours, theirs, atol=2e-6, rtol=0)
    if record["gives"] == "p2c":
        assert (term(rows, 0 * to_key, to_query) - theirs).abs().max() > 0.1


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((8, 3, 4), ValueError, "dim must be a multiple of heads, got 8 and 3 heads"),
        ((0, 2, 4), ValueError, "dim must be above 0, got 0"),
        ((8, 0, 4), ValueError, "heads must be above 0, got 0"),
        ((8, 2, -1), ValueError, "span must be above 0, got -1"),
        ((8, 2, 4.0), TypeError, "span must be an int, got 4.0"),
        ((8, True, 4), TypeError, "heads must be an int, got True"),
    ],
)
def test_sizes_that_cannot_be_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        DeBERTa(*arguments)


Q, M = torch.zeros(1, 2, 5, 4), torch.arange(5)


@pytest.mark.parametrize(
    ("q", "k", "m", "n", "error", "message"),
    [
        (Q[0], Q, M, M, ValueError, r"q must have shape \(B, 2, T, 4\).* got \(2, 5, 4\)"),
        (Q, Q[..., :3], M, M, ValueError, r"k must have shape \(B, 2, T, 4\).* got \(1, 2, 5, 3\)"),
        (Q, Q[:, :1], M, M, ValueError, r"k must have shape .* got \(1, 1, 5, 4\)"),
        (Q[:, :, :0], Q, M[:0], M, ValueError, r"no empty axis, got \(1, 2, 0, 4\)"),
        (Q, Q.expand(3, -1, -1, -1), M, M, ValueError, "q and k must have one B, got 1 and 3"),
        (Q, Q.double(), M, M, TypeError, "q and k must have one dtype, got torch.float32 and torch.float64"),
        (Q.long(), Q, M, M, TypeError, "q must be floating point, got torch.int64"),
        (Q, Q, M.float(), M, TypeError, "positions of q must be integers, since they count tokens; got torch.float32"),
        (Q, Q, M, M.bool(), TypeError, "positions of k must be integers.* got torch.bool"),
        (Q, Q, M[:4], M, ValueError, r"positions of q must have shape \(5,\) or .* got \(4,\)"),
        (Q, Q, M, M.expand(4, 5), ValueError, r"positions of k must have shape \(5,\) or .* got \(4, 5\)"),
    ],
)
def test_input_that_does_not_fit_is_refused(q, k, m, n, error, message):
    with pytest.raises(error, match=message):
        DeBERTa(8, 2, 3)(q, k, m, n)
