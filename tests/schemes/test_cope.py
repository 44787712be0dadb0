"""The sentences of docs/*/schemes/cope.md, each as a test."""

import math

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st

from snippets.schemes.cope import CoPE, positions

RECORDED = recorded("cope")
seeds = st.integers(0, 1000)
tokens = st.integers(1, 12)


def made(dim=4, largest=5, seed=0):
    torch.manual_seed(seed)
    scheme = CoPE(dim, largest).double()
    torch.nn.init.normal_(scheme.weight)
    return scheme


def pair(keys, queries=None, dim=4, seed=0, scale=2.0):
    """Random q and k: (2, 3, T, d_h); the queries are the last of the tokens."""
    torch.manual_seed(seed)
    q, k = scale * torch.randn(2, 2, 3, keys, dim, dtype=torch.float64)
    return q[:, :, keys - (queries or keys) :], k


def gated(gates):
    """q and k, one head, whose gate at key n is gates[n] whatever the query (d_h = 2); q . e = first row of e."""
    wanted = torch.logit(torch.tensor(gates, dtype=torch.float64)) * 2**0.5
    k = torch.stack((torch.zeros_like(wanted), wanted), dim=-1)[None, None]
    return torch.ones_like(k), k


def by_the_equation(scheme, q, k):
    """Section 4 and appendix B of the paper, one number at a time."""
    (batch, heads, queries, dim), keys, last = q.shape, k.shape[2], len(scheme.weight) - 1
    added = torch.zeros(batch, heads, queries, keys, dtype=torch.float64)
    for b in range(batch):
        for h in range(heads):
            for row in range(queries):
                m, query = keys - queries + row, q[b, h, row]
                for n in range(keys):
                    p = sum(1 / (1 + math.exp(-(query @ k[b, h, t]).item() / math.sqrt(dim))) for t in range(n, m + 1))
                    p = min(p, last)
                    below, above = math.floor(p), math.ceil(p)
                    e = (1 - (p - below)) * scheme.weight[below] + (p - below) * scheme.weight[above]
                    added[b, h, row, n] = query @ e
    return added


@few
@given(keys=st.integers(1, 6), largest=st.integers(1, 4), seed=seeds)
def test_what_is_added_is_the_equation(keys, largest, seed):
    scheme, (q, k) = made(largest=largest, seed=seed), pair(keys, seed=seed)
    torch.testing.assert_close(scheme(q, k), by_the_equation(scheme, q, k), atol=1e-9, rtol=0)


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: f"{r['package']}-{r['version']}")
def test_an_independent_package_adds_the_same(record):
    weight = torch.tensor(record["weight"])
    scheme = CoPE(weight.shape[1], record["max_position"])
    scheme.load_state_dict({"weight": weight})
    added = scheme(torch.tensor(record["q"]), torch.tensor(record["k"]))
    torch.testing.assert_close(added, torch.tensor(record["added"]), atol=1e-5, rtol=0)


@few
@given(keys=tokens, seed=seeds)
def test_positions_fall_from_key_to_key_towards_the_query_by_less_than_one(keys, seed):
    p = positions(*pair(keys, seed=seed))
    for m in range(keys):
        steps = -p[:, :, m, : m + 1].diff(dim=-1)
        assert ((steps > 0) & (steps < 1)).all()
        assert ((p[:, :, m, m] > 0) & (p[:, :, m, m] < 1)).all()
        assert (p[:, :, m, m + 1 :] == 0).all()


@few
@given(keys=tokens, largest=st.integers(1, 8))
def test_with_all_gates_open_a_position_is_the_distance_plus_one_as_in_shaw(keys, largest):
    scheme = made(largest=largest)
    direction = torch.ones(1, 1, keys, 4, dtype=torch.float64)
    added = scheme(direction, 60 * direction)
    m = torch.arange(keys)
    shaw = scheme.weight.sum(1)[(m[:, None] - m + 1).clamp(0, largest)]
    torch.testing.assert_close(added[0, 0], shaw, atol=1e-9, rtol=0)


@few
@given(keys=tokens, seed=seeds)
def test_with_all_gates_shut_every_key_gets_the_same_and_position_is_gone(keys, seed):
    scheme, (q, _) = made(seed=seed), pair(keys, seed=seed)
    q = q.abs() + 0.1
    added = scheme(q, torch.full_like(q, -1e4))
    torch.testing.assert_close(added, (q @ scheme.weight[0])[..., None].expand_as(added), atol=1e-9, rtol=0)


def test_gates_open_at_full_stops_count_sentences():
    stops = [0, 0, 1, 0, 1, 0, 0, 1, 0]
    q, k = gated([1 - 1e-9 if stop else 1e-9 for stop in stops])
    counted = positions(q, k)[0, 0]
    for m in range(9):
        for n in range(m + 1):
            assert counted[m, n].item() == pytest.approx(sum(stops[n : m + 1]), abs=1e-6)


def test_words_put_between_do_not_move_a_sentence():
    short, long = [0, 1, 0, 1, 0], [0, 1, 0, 0, 0, 0, 0, 1, 0]
    first = [positions(*gated([1 - 1e-9 if s else 1e-9 for s in text]))[0, 0, -1, 0].item() for text in (short, long)]
    assert first[0] == pytest.approx(first[1], abs=1e-6) == pytest.approx(2, abs=1e-6)


def test_gates_half_open_count_every_token_half():
    q, k = gated([0.5] * 6)
    torch.testing.assert_close(positions(q, k)[0, 0, -1], torch.arange(6, 0, -1).double() / 2)


def test_a_position_between_two_whole_numbers_reads_a_mixture_of_two_vectors():
    scheme, (q, k) = made(dim=2), gated([0.25, 0.5, 0.5])
    e = scheme.weight.sum(1)
    want = torch.stack((0.75 * e[1] + 0.25 * e[2], e[1], (e[0] + e[1]) / 2))
    torch.testing.assert_close(scheme(q, k)[0, 0, -1], want, atol=1e-9, rtol=0)


def test_positions_past_the_last_share_its_vector():
    scheme, (q, k) = made(dim=2, largest=3), gated([1 - 1e-12] * 9)
    added = scheme(q, k)[0, 0, -1]
    assert torch.equal(added[:6], added[:1].expand(6)) and (added[6:].diff().abs() > 1e-3).all()
    torch.testing.assert_close(added[0], scheme.weight[3].sum())


@few
@given(keys=st.integers(2, 10), seed=seeds)
def test_later_tokens_change_nothing_before_them(keys, seed):
    scheme, (q, k) = made(seed=seed), pair(keys, seed=seed)
    before = scheme(q, k)
    k[:, :, -1] += 5
    torch.testing.assert_close(scheme(q, k)[:, :, :-1], before[:, :, :-1])


@few
@given(keys=st.integers(1, 10), front=st.integers(1, 5), seed=seeds)
def test_tokens_put_in_front_change_nothing_after_them(keys, front, seed):
    scheme, (q, k) = made(seed=seed), pair(keys, seed=seed)
    before, (more_q, more_k) = scheme(q, k), pair(front, seed=seed + 1)
    after = scheme(torch.cat((more_q, q), 2), torch.cat((more_k, k), 2))
    torch.testing.assert_close(after[:, :, front:, front:], before)


def test_it_depends_on_what_stands_between_and_not_only_on_where():
    scheme, (q, k) = made(), pair(6)
    other = k.clone()
    other[:, :, 3] += 2
    assert (scheme(q, other)[:, :, 5, 1] - scheme(q, k)[:, :, 5, 1]).abs().min() > 1e-3


@few
@given(keys=tokens, seed=seeds)
def test_one_query_with_cached_keys_gets_the_row_of_the_whole(keys, seed):
    scheme, (q, k) = made(seed=seed), pair(keys, seed=seed)
    whole = scheme(q, k)
    for last in range(keys):
        row = scheme(q[:, :, last : last + 1], k[:, :, : last + 1])
        torch.testing.assert_close(row[:, :, 0], whole[:, :, last, : last + 1])


def test_it_starts_as_no_positions():
    q, k = pair(5)
    assert torch.equal(CoPE(4, 9).double()(q, k), torch.zeros(2, 3, 5, 5, dtype=torch.float64))


def test_gradients_reach_the_gates_and_exactly_the_rows_used():
    scheme, (q, k) = made(dim=2, largest=6), gated([0.5, 0.7, 0.6, 0.7])
    q.requires_grad_(), k.requires_grad_()
    scheme(q, k)[0, 0, -1].sum().backward()  # positions 2.5, 2.0, 1.3, 0.7
    assert scheme.weight.grad.abs().sum(1).gt(1e-9).tolist() == [True, True, True, True, False, False, False]
    assert q.grad.isfinite().all() and k.grad.isfinite().all() and (k.grad[0, 0] != 0).all()


def test_clipped_positions_send_no_gradient_to_the_gates():
    scheme, (q, k) = made(dim=2, largest=1), gated([0.9, 0.9, 0.9, 0.9])
    k.requires_grad_()
    scheme(q, k)[0, 0, -1, :3].sum().backward()
    assert (k.grad == 0).all()


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 1e-4), (torch.bfloat16, 0.1)])
def test_a_count_over_100000_keys_is_right_to_the_rounding_of_the_dtype(dtype, tolerance):
    torch.manual_seed(0)
    scheme = CoPE(8, 64).to(dtype)
    torch.nn.init.normal_(scheme.weight, std=0.3)
    q, k = torch.randn(1, 1, 1, 8).to(dtype), torch.randn(1, 1, 100_000, 8).to(dtype)
    k[..., 0] -= 20 * q[..., 0].sign()
    got, exact = scheme(q, k), scheme.double()(q.double(), k.double())
    assert got.dtype == dtype and got.isfinite().all()
    assert exact.diff().abs().gt(0).sum() > 20
    assert (got.double() - exact).abs().max() < tolerance


def test_nan_in_a_query_stays_in_its_own_row():
    scheme, (q, k) = made(), pair(5)
    want = scheme(q, k)
    q[0, 1, 2, 0] = torch.nan
    got = scheme(q, k)  # and no index out of range
    assert got[0, 1, 2].isnan().all(), "the nan is lost, and training goes on without a word"
    assert torch.equal(got[0, 1, 3:], want[0, 1, 3:]) and torch.equal(got[1], want[1])


def test_low_precision_scores_are_still_counted_exactly():
    nothing = torch.zeros(1, 1, 601, 4, dtype=torch.bfloat16)
    p = positions(nothing[:, :, :1], nothing)
    assert p.dtype == torch.float32 and torch.equal(p[0, 0, 0], torch.arange(601, 0, -1) / 2)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, 4), ValueError, "head_dim must be above 0, got 0"),
        ((4, 0), ValueError, "max_position must be above 0, got 0"),
        ((4, True), TypeError, "max_position must be an int, got True"),
        ((4.0, 4), TypeError, "head_dim must be an int, got 4.0"),
    ],
)
def test_a_table_that_cannot_be_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        CoPE(*arguments)


X = torch.zeros(2, 3, 5, 4)


@pytest.mark.parametrize(
    ("q", "k", "error", "message"),
    [
        (X.long(), X, TypeError, "floating point of one dtype, got q of torch.int64"),
        (X, X.double(), TypeError, "of one dtype, got k of torch.float64 and q of torch.float32"),
        (X[0], X, ValueError, r"q must have shape \(B, h, T, d_h\) .* got \(3, 5, 4\)"),
        (X[:, :, :1], X[:, :, :0], ValueError, r"k must have .* no empty axis, got \(2, 3, 0, 4\)"),
        (X, X[:, :1], ValueError, r"must agree in B, h and d_h, got \(2, 3, 5, 4\) and \(2, 1, 5, 4\)"),
        (X, X[..., :2], ValueError, "must agree in B, h and d_h"),
        (X, X[:, :, :4], ValueError, "the last of the tokens keys stand for, got 5 queries and 4 keys"),
        (X[..., :2], X[..., :2], ValueError, "q must have d_h 4 like the table, got 2"),
    ],
)
def test_queries_and_keys_that_do_not_fit_are_refused(q, k, error, message):
    with pytest.raises(error, match=message):
        CoPE(4, 3)(q, k)


def test_keys_of_a_rolling_cache_may_lie_in_any_order():
    scheme, (q, k) = made(), pair(8, seed=3)
    m, n = torch.arange(8), torch.tensor([[4, 5, 6, 7, 0, 1, 2, 3]])  # the newest keys have taken the first slots
    whole = scheme(q, k)
    torch.testing.assert_close(scheme(q, k[:, :, n[0]], m, n), whole[..., n[0]])
    torch.testing.assert_close(scheme(q, k[:, :, n[0]], m, n[0]), whole[..., n[0]])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.bool])
def test_positions_that_do_not_count_are_refused_by_name(dtype):
    q, k = pair(8, seed=3)
    with pytest.raises(TypeError, match=f"n must hold integers, got {dtype}"):
        positions(q, k, torch.arange(8), torch.arange(8).to(dtype))


@pytest.mark.parametrize("rows", [(2, 3), (3, 2), (3, 3)])
def test_positions_of_another_number_of_rows_are_refused_by_name(rows):
    q, k = pair(8, seed=3)  # 2 rows
    m, n = (torch.arange(8).expand(count, 8) for count in rows)
    with pytest.raises(ValueError, match=r"[mn] must have shape \(8,\) or \(2, 8\), got \(3, 8\)"):
        positions(q, k, m, n)
