"""The sentences of docs/*/schemes/shaw.md, each as a test."""

import math

import pytest
import torch
from helpers import Watch, few, recorded
from hypothesis import given, settings
from hypothesis import strategies as st

from snippets.attention import Attention
from snippets.schemes.shaw import Shaw

RECORDED = recorded("shaw")
seeds, clips, lengths = st.integers(0, 1000), st.integers(1, 5), st.integers(1, 9)


def made(head_dim, clip, seed=0, dtype=torch.float64):
    """A scheme whose rows are far from 0, so that a wrong row shows."""
    torch.manual_seed(seed)
    scheme = Shaw(head_dim, clip).to(dtype)
    torch.nn.init.normal_(scheme.to_keys)
    torch.nn.init.normal_(scheme.to_values)
    return scheme


def row(query, key, clip):
    """clip(j - i, k) of section 3.2, counted from the first of the 2k + 1 rows."""
    return max(-clip, min(clip, key - query)) + clip


def by_the_equation(scheme, q, weights, m, n):
    """What equations 4 and 3 add to scores and output, one number at a time."""
    (batch, heads, _, dim), clip = q.shape, scheme.clip
    scores = torch.zeros(batch, heads, len(m), len(n), dtype=torch.float64)
    out = torch.zeros(batch, heads, len(m), dim, dtype=torch.float64)
    for b in range(batch):
        for h in range(heads):
            for i, query in enumerate(m):
                for j, key in enumerate(n):
                    for c in range(dim):
                        at = row(query, key, clip)
                        scores[b, h, i, j] += q[b, h, i, c].item() * scheme.to_keys[at, c].item() / math.sqrt(dim)
                        out[b, h, i, c] += weights[b, h, i, j].item() * scheme.to_values[at, c].item()
    return scores, out


def attend(scheme, q, k, v, m, n):
    """Equations 3 and 5: attention with both terms, without a mask."""
    weights = (q @ k.mT / q.shape[-1] ** 0.5 + scheme(q, m, n)).softmax(-1)
    return weights @ v + scheme.values(weights, m, n)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(data=st.data(), clip=clips, dim=st.integers(1, 3), seed=seeds)
def test_scores_and_output_are_the_equations(data, clip, dim, seed):
    places = st.lists(st.integers(0, 12), min_size=1, max_size=4)
    m, n = data.draw(places), data.draw(places)
    scheme = made(dim, clip, seed)
    q = torch.randn(2, 2, len(m), dim, dtype=torch.float64)
    weights = torch.rand(2, 2, len(m), len(n), dtype=torch.float64)
    scores, out = by_the_equation(scheme, q, weights, m, n)
    torch.testing.assert_close(scheme(q, torch.tensor(m), torch.tensor(n)), scores)
    torch.testing.assert_close(scheme.values(weights, torch.tensor(m), torch.tensor(n)), out)


@few
@given(clip=clips, length=lengths, seed=seeds)
def test_looking_up_products_equals_a_vector_for_every_pair(clip, length, seed):
    scheme, m = made(6, clip, seed), torch.arange(length)
    q, weights = torch.randn(2, 3, length, 6).double(), torch.rand(2, 3, length, length).double()
    rows = (m - m[:, None]).clamp(-clip, clip) + clip
    pair_keys, pair_values = scheme.to_keys[rows], scheme.to_values[rows]  # (T, T, d_h), what the file avoids
    torch.testing.assert_close(scheme(q, m, m), torch.einsum("bhid,ijd->bhij", q, pair_keys) / 6**0.5)
    torch.testing.assert_close(scheme.values(weights, m, m), torch.einsum("bhij,ijd->bhid", weights, pair_values))


@few
@given(shift=st.integers(-1000, 100_000), clip=clips, length=lengths, seed=seeds)
def test_a_shift_of_all_positions_changes_nothing(shift, clip, length, seed):
    scheme, m = made(4, clip, seed), torch.arange(length)
    q, weights = torch.randn(1, 2, length, 4).double(), torch.rand(1, 2, length, length).double()
    assert torch.equal(scheme(q, m + shift, m + shift), scheme(q, m, m))
    assert torch.equal(scheme.values(weights, m + shift, m + shift), scheme.values(weights, m, m))


@few
@given(clip=clips, far=st.integers(0, 50), seed=seeds)
def test_at_the_clip_and_beyond_all_offsets_look_the_same(clip, far, seed):
    scheme = made(4, clip, seed)
    q, m = torch.randn(1, 1, 1, 4).double(), torch.tensor([60])
    added = scheme(q, m, torch.tensor([60 - clip - far, 60 - clip, 60 - clip + 1, 60 + clip - 1, 60 + clip + far]))
    far_left, at_clip, inside, inside_right, far_right = added.flatten().tolist()
    assert far_left == at_clip != inside
    assert far_right != far_left and far_right != inside_right


def test_left_and_right_have_rows_of_their_own():
    scheme = Shaw(1, clip=3)
    with torch.no_grad():
        scheme.to_keys.copy_(torch.arange(7.0)[:, None])
    added = scheme(torch.ones(1, 1, 1, 1), torch.tensor([5]), torch.arange(11))
    assert added.flatten().tolist() == [0, 0, 0, 1, 2, 3, 4, 5, 6, 6, 6]


def test_it_tells_order_apart_where_attention_alone_cannot():
    scheme, m = made(4, 2), torch.arange(5)
    q, k, v = torch.randn(3, 1, 1, 5, 4).double()
    shuffled = torch.tensor([4, 2, 0, 1, 3])
    plain = (q @ k.mT / 2).softmax(-1) @ v
    mixed = (q @ k[:, :, shuffled].mT / 2).softmax(-1) @ v[:, :, shuffled]
    torch.testing.assert_close(plain, mixed)
    moved = attend(scheme, q, k[:, :, shuffled], v[:, :, shuffled], m, m)
    assert (attend(scheme, q, k, v, m, m) - moved).abs().max() > 0.1


@few
@given(clip=clips, length=lengths, seed=seeds)
def test_the_gradient_reaches_the_rows_in_use_and_no_other(clip, length, seed):
    scheme, m = made(3, clip, seed), torch.arange(length)
    weights = torch.rand(1, 2, length, length).double() + 0.1
    loss = scheme(torch.randn(1, 2, length, 3).double(), m, m).square().sum() + scheme.values(weights, m, m).sum()
    loss.backward()
    used = {row(i, j, clip) for i in range(length) for j in range(length)}
    for table in (scheme.to_keys, scheme.to_values):
        assert table.grad.isfinite().all()
        assert set(table.grad.abs().sum(1).nonzero().flatten().tolist()) == used


def test_behind_a_causal_mask_the_rows_of_later_keys_are_never_trained():
    torch.manual_seed(0)
    scheme, attention, m = made(4, 3, dtype=torch.float32), Attention(8, 2), torch.arange(6)
    attention(torch.randn(2, 6, 8), at_scores=lambda q, k: scheme(q, m, m)).square().sum().backward()
    trained = scheme.to_keys.grad.abs().sum(1) > 0
    assert trained.tolist() == [True] * 4 + [False] * 3


@few
@given(cached=st.integers(1, 12), clip=clips, seed=seeds)
def test_decoding_with_a_cache_gives_the_last_row(cached, clip, seed):
    scheme, n = made(4, clip, seed), torch.arange(cached + 1)
    q, k, v = torch.randn(3, 1, 2, cached + 1, 4).double()
    step = attend(scheme, q[:, :, -1:], k, v, n[-1:], n)
    torch.testing.assert_close(step, attend(scheme, q, k, v, n, n)[:, :, -1:])


def test_a_block_of_queries_may_be_longer_or_shorter_than_the_keys():
    scheme, n = made(4, 2), torch.arange(9)
    q = torch.randn(1, 1, 9, 4).double()
    whole = scheme(q, n, n)
    torch.testing.assert_close(scheme(q[:, :, 4:7], n[4:7], n), whole[:, :, 4:7])
    torch.testing.assert_close(scheme(q, n, n[2:4]), whole[..., 2:4])


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 2e-6), (torch.bfloat16, 0.05)]
)
def test_position_100000_is_as_exact_as_position_0(dtype, tolerance):
    exact, scheme = made(16, 4), made(16, 4).to(dtype)
    q, weights = torch.randn(1, 2, 6, 16).to(dtype), torch.rand(1, 2, 6, 6).softmax(-1).to(dtype)
    m = torch.arange(6)
    far, values = scheme(q, m + 100_000, m + 100_000), scheme.values(weights, m + 100_000, m + 100_000)
    assert far.dtype == values.dtype == dtype
    torch.testing.assert_close(far.double(), exact(q.double(), m, m), atol=tolerance, rtol=tolerance)
    torch.testing.assert_close(values.double(), exact.values(weights.double(), m, m), atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_100000_small_weights_add_up_in_low_precision(dtype):
    scheme, length = made(2, 1, dtype=dtype), 100_000
    weights = torch.full((1, 1, 1, length), 1 / length, dtype=dtype)
    out = scheme.values(weights, torch.tensor([length]), torch.arange(length))
    torch.testing.assert_close(out[0, 0, 0], scheme.to_values[0], atol=0.02, rtol=0.02)


def test_weights_are_added_up_in_float32():
    scheme, m = made(2, 1, dtype=torch.bfloat16), torch.arange(3)
    with Watch() as watch:
        scheme.values(torch.rand(1, 1, 3, 3).bfloat16(), m, m)
    total, _, weights = watch.given_to(torch.ops.aten.scatter_add.default)
    assert total.dtype == weights.dtype == torch.float32


def test_a_sum_formed_in_bfloat16_stops_growing():
    total = torch.zeros(1, dtype=torch.bfloat16)
    for _ in range(1000):
        total += torch.tensor(1e-3, dtype=torch.bfloat16)
    assert total < 0.6


def test_it_costs_two_tables_of_2_clip_plus_1_rows():
    assert sum(p.numel() for p in Shaw(64, 16).parameters()) == 2 * 33 * 64 == 4224


def test_rows_start_as_noise_of_standard_deviation_0_02():
    torch.manual_seed(0)
    for table in Shaw(64, 256).parameters():
        assert table.std().item() == pytest.approx(0.02, rel=0.03)


def test_positions_on_another_device_follow_q():
    scheme = Shaw(4, 2).to("meta")
    q, m = torch.empty(2, 3, 5, 4, device="meta"), torch.arange(5)
    with Watch() as watch:
        assert scheme(q, m, m).is_meta and scheme.values(q @ q.mT, m, m).is_meta
    assert {x.device.type for x in watch.given_to(torch.ops.aten.gather.default)} == {"meta"}
    assert {x.device.type for x in watch.given_to(torch.ops.aten.scatter_add.default)} == {"meta"}


def test_what_is_added_to_the_output_compiles_without_a_graph_break():
    scheme, weights, m = made(4, 2), torch.rand(1, 2, 5, 5).double(), torch.arange(5)
    compiled = torch.compile(scheme.values, backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(compiled(weights, m, m), scheme.values(weights, m, m))


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: f"{r['package']}: {r['called']}")
def test_independent_packages_compute_the_same(record):
    table, q, theirs = (torch.tensor(record[name]) for name in ("table", "q", "result"))
    scheme = Shaw(table.shape[1], len(table) // 2)
    on_values = table if record["package"] == "OpenNMT-py" else torch.zeros_like(table)
    scheme.load_state_dict({"to_keys": table, "to_values": on_values})
    if record["gives"] == "scores":
        m = torch.arange(q.shape[2])
        ours = scheme(q, m, m)
    else:
        k, v = torch.tensor(record["k"]), torch.tensor(record["v"])
        n = torch.arange(k.shape[2])
        ours = attend(scheme, q, k, v, n[-q.shape[2] :], n)
    torch.testing.assert_close(ours, theirs, atol=2e-6, rtol=0)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0,), ValueError, "head_dim must be above 0.* got 0"),
        ((8, 0), ValueError, "clip must be above 0, since 0 leaves nothing to tell offsets by; got 0"),
        ((8, -2), ValueError, "clip must be above 0.* got -2"),
        ((8.0,), TypeError, "head_dim must be an int, got 8.0"),
        ((8, True), TypeError, "clip must be an int, got True"),
    ],
)
def test_tables_that_cannot_be_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        Shaw(*arguments)


Q, M = torch.zeros(2, 3, 5, 4), torch.arange(5)


@pytest.mark.parametrize(
    ("q", "m", "n", "error", "message"),
    [
        (Q[0], M, M, ValueError, r"q must have shape \(B, h, T_q, 4\).* got \(3, 5, 4\)"),
        (Q[..., :3], M, M, ValueError, r"q must have shape \(B, h, T_q, 4\).* got \(2, 3, 5, 3\)"),
        (Q[:, :, :0], M[:0], M, ValueError, r"no empty axis, got \(2, 3, 0, 4\)"),
        (Q.long(), M, M, TypeError, "must be floating point, got torch.int64"),
        (Q, M[:4], M, ValueError, r"shapes \(5,\) and \(T_k,\), .* got \(4,\) and \(5,\)"),
        (Q, M, M.expand(3, 5), ValueError, r"or those behind 2 rows, got \(5,\) and \(3, 5\)"),
        (Q, M, M[:0], ValueError, r"got \(5,\) and \(0,\)"),
        (Q, M.float(), M, TypeError, "m must hold integers, since positions count tokens; got torch.float32"),
        (Q, M, M.bool(), TypeError, "n must hold integers.* got torch.bool"),
    ],
)
def test_input_that_does_not_fit_is_refused(q, m, n, error, message):
    with pytest.raises(error, match=message):
        Shaw(4, 2)(q, m, n)


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        (torch.zeros(2, 3, 5, 6), ValueError, r"weights must have shape \(B, h, 5, 5\).* got \(2, 3, 5, 6\)"),
        (torch.zeros(5, 5), ValueError, r"weights must have shape \(B, h, 5, 5\).* got \(5, 5\)"),
        (torch.zeros(2, 3, 4, 5), ValueError, r"shapes \(4,\) and \(T_k,\), .* got \(5,\) and \(5,\)"),
        (torch.zeros(2, 3, 5, 5).long(), TypeError, "must be floating point, got torch.int64"),
    ],
)
def test_weights_that_do_not_fit_are_refused(weights, error, message):
    with pytest.raises(error, match=message):
        Shaw(4, 2).values(weights, M, M)
