"""The sentences of docs/*/schemes/t5_bias.md, each as a test."""

import math

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import FakeTensorMode

from snippets.attention import Attention
from snippets.schemes.t5_bias import T5Bias, bucket

RECORDED = recorded("t5_bias")
BUCKETS = [r for r in RECORDED if "found" in r]
BIASES = [r for r in RECORDED if "bias" in r]
lengths = st.integers(1, 10)
sizes = st.tuples(st.integers(2, 24).map(lambda half: 2 * half), st.integers(1, 400), st.booleans()).map(
    lambda size: (size[0], size[0] + size[1], size[2])
)


def by_the_equation(k, buckets, far, causal):
    """The two lines of the formula for one distance, the logarithm compared in whole numbers."""
    if not causal:
        buckets //= 2
        if k < 0:
            return buckets + by_the_equation(-k, buckets, far, True)
    exact, k = buckets // 2, max(k, 0)
    if k < exact:
        return k
    parts, step = buckets - exact, 0
    while step < parts - 1 and k**parts * exact ** (step + 1) >= exact**parts * far ** (step + 1):
        step += 1
    return exact + step


def in_floating_point(k, buckets, far, causal, dtype):
    """The formula as T5's code writes it, with a logarithm that is rounded."""
    side = buckets if causal else buckets // 2
    exact, size = side // 2, k.clamp(min=0) if causal else k.abs()
    large = exact + (torch.log(size.clamp(min=1).to(dtype) / exact) / math.log(far / exact) * (side - exact)).long()
    own = torch.where(size < exact, size, large.clamp(max=side - 1))
    return own if causal else own + side * (k < 0)


@few
@given(size=sizes, at=st.lists(st.integers(-1000, 1000), min_size=1, max_size=30))
def test_the_bucket_is_the_formula(size, at):
    assert bucket(torch.tensor(at), *size).tolist() == [by_the_equation(k, *size) for k in at]


@few
@given(size=sizes)
def test_a_logarithm_in_floating_point_gives_the_same_buckets(size):
    k = torch.arange(-500, 501)
    for dtype in (torch.float32, torch.float64):
        assert torch.equal(bucket(k, *size), in_floating_point(k, *size, dtype))


def test_causal_edges_are_one_token_apart_up_to_16_and_the_last_one_is_113():
    buckets = bucket(torch.arange(200))
    edges = (buckets.diff() > 0).nonzero()[:, 0] + 1
    assert edges.tolist() == [*range(1, 17), 19, 21, 24, 27, 31, 35, 40, 46, 52, 59, 67, 77, 87, 99, 113]


def test_bidirectional_edges_are_one_token_apart_up_to_8_and_the_last_one_is_91():
    buckets = bucket(torch.arange(200), causal=False)
    edges = (buckets.diff() > 0).nonzero()[:, 0] + 1
    assert edges.tolist() == [*range(1, 9), 12, 16, 23, 32, 46, 64, 91]


@few
@given(size=sizes)
def test_buckets_never_fall_with_distance_and_the_far_ones_share_the_last(size):
    buckets, far, causal = size
    side = buckets if causal else buckets // 2
    by_distance = bucket(torch.arange(far + 100), *size)
    assert (by_distance.diff() >= 0).all() and (by_distance >= 0).all()
    assert (by_distance[far:] == side - 1).all() and bucket(torch.tensor(100_000), *size) == side - 1


@few
@given(size=sizes, k=st.integers(1, 1000))
def test_the_other_direction_has_buckets_of_its_own_or_none(size, k):
    buckets, _, causal = size
    earlier, later = bucket(torch.tensor([k, -k]), *size).tolist()
    assert later == (0 if causal else earlier + buckets // 2)


@few
@given(shift=st.integers(0, 100_000), queries=lengths, keys=lengths, causal=st.booleans())
def test_the_bias_depends_on_the_offset_alone(shift, queries, keys, causal):
    table, m, n = T5Bias(3, causal=causal), torch.arange(queries), torch.arange(keys)
    assert torch.equal(table(m + shift, n + shift), table(m, n))


@few
@given(queries=lengths, keys=lengths, heads=st.integers(1, 4), causal=st.booleans())
def test_every_score_gets_its_heads_entry_for_its_bucket(queries, keys, heads, causal):
    table = T5Bias(heads, causal=causal)
    bias = table(torch.arange(queries) + 50, torch.arange(keys) * 9)
    for j in range(heads):
        for row in range(queries):
            for column in range(keys):
                entry = table.weight[by_the_equation(row + 50 - 9 * column, 32, 128, causal), j]
                assert bias[j, row, column] == entry


def test_unlike_alibi_it_can_prefer_any_near_distance():
    table = T5Bias(1)
    with torch.no_grad():
        table.weight.zero_()[3] = 10.0
    assert table(torch.tensor([20]), torch.arange(21))[0, 0].argmax() == 17


def test_beyond_the_last_edge_order_is_invisible_to_one_layer():
    table = T5Bias(2)
    far = table(torch.tensor([1000]), torch.arange(888))
    assert torch.equal(far, far[..., :1].expand_as(far))


@few
@given(length=st.integers(1, 60))
def test_decoding_with_a_cache_gives_the_last_rows(length):
    table, n = T5Bias(2), torch.arange(length)
    whole = table(n, n)
    assert torch.equal(table(n[-1:], n), whole[:, -1:])
    assert torch.equal(table(n[-1:], n[length // 2 :]), whole[:, -1:, length // 2 :])


def test_two_buckets_tell_a_token_from_all_before_it():
    assert bucket(torch.arange(4), 2, 2).tolist() == [0, 1, 1, 1]


@few
@given(length=st.integers(1, 200), causal=st.booleans())
def test_the_gradient_is_finite_and_reaches_exactly_the_buckets_in_use(length, causal):
    table, m = T5Bias(2, causal=causal), torch.arange(length)
    table(m, m).square().sum().backward()
    used = bucket(m[:, None] - m, causal=causal).unique()
    assert table.weight.grad.isfinite().all()
    assert table.weight.grad.abs().sum(1).nonzero()[:, 0].tolist() == used.tolist()


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_position_100000_is_looked_up_without_rounding(dtype):
    table = T5Bias(2, causal=False).to(dtype)
    bias = table(torch.tensor([100_000]), torch.tensor([0, 99_997, 99_999, 100_000, 100_002]))
    assert bias.dtype == dtype
    assert torch.equal(bias[:, 0], table.weight[[15, 3, 1, 0, 18]].T)


def test_buckets_are_found_on_the_device_of_the_distances():
    with FakeTensorMode(allow_non_fake_inputs=True):  # two devices that meet raise an error
        assert bucket(torch.arange(3, device="meta")).is_meta


@pytest.mark.parametrize("causal", [True, False])
def test_buckets_can_be_found_in_a_compiled_step(causal):
    compiled, distance = torch.compile(bucket, backend="aot_eager", fullgraph=True), torch.arange(-9, 34)
    assert torch.equal(compiled(distance, causal=causal), bucket(distance, causal=causal))


def test_the_table_alone_is_saved():
    assert set(T5Bias(4).state_dict()) == {"weight"}
    assert T5Bias(12).weight.shape == (32, 12) and T5Bias(12).weight.numel() == 384


@pytest.mark.parametrize("record", BUCKETS, ids=lambda r: f"{r['package']}-{r['causal']}-{r['buckets']}")
def test_independent_packages_find_the_same_buckets(record):
    ours = bucket(torch.tensor(record["distances"]), record["buckets"], record["max_distance"], record["causal"])
    assert ours.tolist() == record["found"]


@pytest.mark.parametrize("record", BIASES, ids=lambda r: f"{r['package']}-{r['causal']}")
def test_independent_packages_compute_the_same_bias(record):
    theirs = torch.tensor(record["bias"])
    table, n = T5Bias(theirs.shape[0], causal=record["causal"]), torch.arange(theirs.shape[2])
    table.load_state_dict({"weight": torch.tensor(record["table"])})
    assert torch.equal(table(n[-theirs.shape[1] :], n), theirs)


def test_with_queries_times_sqrt_of_the_head_dimension_a_layer_is_t5s():
    record = next(r for r in BIASES if r["called"] == "T5Attention" and r["causal"])
    q, k, v, o, weight = (torch.tensor(record[name]) for name in ("q", "k", "v", "o", "table"))
    layer, table, m = Attention(6, 2), T5Bias(2), torch.arange(5)
    with torch.no_grad():
        layer.qkv.weight.copy_(torch.cat((q * math.sqrt(3), k, v)))
        layer.out.weight.copy_(o)
        table.weight.copy_(weight)
    out = layer(torch.tensor(record["x"]), at_scores=lambda q, k: table(m, m))
    torch.testing.assert_close(out, torch.tensor(record["out"]), atol=1e-5, rtol=0)
    with torch.no_grad():
        layer.qkv.weight[:6] /= math.sqrt(3)
    out = layer(torch.tensor(record["x"]), at_scores=lambda q, k: table(m, m))
    assert (out - torch.tensor(record["out"])).abs().max() > 1e-3


M = torch.arange(3)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((M.float(),), TypeError, "distance must hold integers.* got torch.float32"),
        ((M > 0,), TypeError, "distance must hold integers.* got torch.bool"),
        ((M, 1), ValueError, "buckets must be 2 or more; got 1"),
        ((M, 0, 128, False), ValueError, "buckets must be even and 4 or more.* got 0"),
        ((M, 2, 128, False), ValueError, "half of them for each direction; got 2"),
        ((M, 7, 128, False), ValueError, "even and 4 or more.* got 7"),
        ((M, 32.0), TypeError, "buckets must be an int, got 32.0"),
        ((M, True), TypeError, "buckets must be an int, got True"),
        ((M, 32, 16), ValueError, "max_distance must exceed 16, the buckets of one distance each; got 16"),
        ((M, 32, 8, False), ValueError, "max_distance must exceed 8.* got 8"),
        ((M, 32, 128.0), TypeError, "max_distance must be an int, got 128.0"),
    ],
)
def test_buckets_that_cannot_be_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        bucket(*arguments)


@pytest.mark.parametrize("heads", [0, -1, 2.0, True])
def test_a_table_without_heads_is_refused(heads):
    with pytest.raises(ValueError, match=f"heads must be an int above 0.* got {heads!r}"):
        T5Bias(heads)


@pytest.mark.parametrize(
    ("m", "n", "error", "message"),
    [
        (M[None, None], M, ValueError, r"m must have shape \(T,\) or \(B, T\).* got \(1, 1, 3\)"),
        (M, torch.tensor(3), ValueError, r"n must have shape \(T,\).* got \(\)"),
        (M.expand(2, len(M)), M.expand(3, len(M)), ValueError, "m and n must have as many rows, got 2 and 3"),
        (M, M[:0], ValueError, r"n must .* not be empty, got \(0,\)"),
        (M.float(), M, TypeError, "m must hold integers.* got torch.float32"),
        (M, M > 0, TypeError, "n must hold integers.* got torch.bool"),
    ],
)
def test_positions_that_do_not_fit_are_refused(m, n, error, message):
    with pytest.raises(error, match=message):
        T5Bias(2)(m, n)
