"""The sentences of docs/*/schemes/alibi.md, each as a test."""

import math

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.attention.flex_attention import flex_attention

from snippets.schemes.alibi import alibi_bias, slopes

RECORDED = recorded("alibi")
head_counts = st.integers(1, 128)
lengths = st.integers(1, 12)


def by_the_equation(m, n, heads):
    """Section 3 of the paper, one number at a time; ``heads`` is a power of two."""
    bias = torch.zeros(heads, len(m), len(n), dtype=torch.float64)
    for j in range(heads):
        for row, query in enumerate(m):
            for column, key in enumerate(n):
                bias[j, row, column] = -(2 ** (-8 * (j + 1) / heads)) * abs(query - key)
    return bias


@few
@given(
    heads=st.sampled_from([1, 2, 4, 8, 16, 32, 64]),
    m=st.lists(st.integers(0, 5000), min_size=1, max_size=5),
    n=st.lists(st.integers(0, 5000), min_size=1, max_size=5),
)
def test_the_bias_is_the_equation(heads, m, n):
    bias = alibi_bias(torch.tensor(m), torch.tensor(n), heads, torch.float64)
    torch.testing.assert_close(bias, by_the_equation(m, n, heads), atol=0, rtol=1e-14)


def test_eight_heads_have_slopes_from_a_half_to_one_in_256():
    assert slopes(8).tolist() == [2.0**-j for j in range(1, 9)]


@few
@given(power=st.integers(0, 7))
def test_a_power_of_two_heads_form_a_geometric_sequence_that_ends_at_one_in_256(power):
    heads = 2**power
    slope = slopes(heads)
    assert slope.dtype == torch.float64 and slope.shape == (heads,)
    assert slope[-1].item() == 1 / 256
    torch.testing.assert_close(slope, slope[0] ** torch.arange(1, heads + 1), atol=0, rtol=1e-12)


@few
@given(heads=head_counts)
def test_other_numbers_of_heads_get_every_second_slope_of_the_next_power_of_two(heads):
    below = 2 ** math.floor(math.log2(heads))
    want = torch.cat((slopes(below), slopes(2 * below)[0::2][: heads - below]))
    torch.testing.assert_close(slopes(heads), want, atol=0, rtol=1e-12)
    assert len(set(slopes(heads).tolist())) == heads
    assert (slopes(heads) > 0).all() and (slopes(heads) < 1).all()


def test_for_twelve_heads_the_general_formula_of_the_paper_gives_other_slopes():
    formula = 2.0 ** (-8 * torch.arange(1, 13) / 12)
    assert (slopes(12).sort().values - formula.sort().values).abs().max() > 0.05


def test_halving_the_slope_from_head_to_head_is_right_for_eight_heads_alone():
    for heads in (1, 2, 4, 8, 16, 32):
        halved = 0.5 ** torch.arange(1, heads + 1, dtype=torch.float64)
        assert torch.equal(halved, slopes(heads)) == (heads == 8)


@few
@given(shift=st.integers(0, 100_000), queries=lengths, keys=lengths, heads=head_counts)
def test_the_bias_depends_on_the_offset_alone(shift, queries, keys, heads):
    m, n = torch.arange(queries), torch.arange(keys)
    assert torch.equal(alibi_bias(m + shift, n + shift, heads), alibi_bias(m, n, heads))


@few
@given(length=st.integers(2, 20), heads=head_counts)
def test_it_is_zero_on_the_diagonal_and_falls_with_every_token_of_distance(length, heads):
    bias = alibi_bias(torch.arange(length), torch.arange(length), heads)
    assert (bias.diagonal(dim1=1, dim2=2) == 0).all()
    assert (bias[:, -1].diff() > 0).all() and (bias[:, 0].diff() < 0).all()
    assert torch.equal(bias, bias.mT)


@few
@given(heads=head_counts, distance=st.integers(1, 2000), content=st.floats(-5, 5))
def test_every_token_of_distance_multiplies_the_weight_by_the_same_factor(heads, distance, content):
    bias = alibi_bias(torch.tensor([distance]), torch.arange(distance + 1), heads, torch.float64)[:, 0]
    log_weights = (bias + content).log_softmax(-1)
    torch.testing.assert_close(log_weights.diff(), slopes(heads)[:, None].expand(-1, distance), atol=1e-9, rtol=0)


@few
@given(heads=head_counts, length=lengths)
def test_bloom_drops_what_is_the_same_for_every_key_of_a_query(heads, length):
    m = torch.arange(length)
    bloom = (slopes(heads)[:, None, None] * m).expand(-1, length, -1)
    later = m > m[:, None]
    ours, theirs = (
        bias.masked_fill(later, -torch.inf).softmax(-1) for bias in (alibi_bias(m, m, heads, torch.float64), bloom)
    )
    torch.testing.assert_close(ours, theirs, atol=1e-14, rtol=0)


def test_in_bfloat16_the_form_of_bloom_loses_near_keys_and_this_form_keeps_them():
    m, n = torch.tensor([4000]), torch.arange(4001)
    exact = alibi_bias(m, n, 8, torch.float64).softmax(-1)
    ours = alibi_bias(m, n, 8, torch.bfloat16).double().softmax(-1)
    bloom = (slopes(8)[:, None, None] * n).bfloat16().double().softmax(-1)
    assert (ours - exact).abs().max() < 2e-3
    assert (bloom - exact).abs().max() > 0.1


@few
@given(length=lengths, heads=st.integers(1, 16))
def test_decoding_with_a_cache_gives_the_last_rows(length, heads):
    n = torch.arange(length)
    whole = alibi_bias(n, n, heads)
    assert torch.equal(alibi_bias(n[-1:], n, heads), whole[:, -1:])
    assert torch.equal(alibi_bias(n[-1:], n[length // 2 :], heads), whole[:, -1:, length // 2 :])


def test_without_a_mask_a_mirrored_sequence_gets_a_mirrored_output():
    torch.manual_seed(0)
    (q, k, v), m = torch.randn(3, 1, 4, 6, 8, dtype=torch.float64), torch.arange(6)
    bias = alibi_bias(m, m, 4, torch.float64)
    attend = torch.nn.functional.scaled_dot_product_attention
    out = attend(q, k, v, attn_mask=bias)
    torch.testing.assert_close(attend(q.flip(2), k.flip(2), v.flip(2), attn_mask=bias), out.flip(2))


def test_nothing_is_learned():
    assert not alibi_bias(torch.arange(3), torch.arange(3), 2).requires_grad


@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [(torch.float64, 1e-15), (torch.float32, 2**-23), (torch.float16, 2**-11), (torch.bfloat16, 2**-8)],
)
def test_position_100000_is_right_to_the_rounding_of_the_dtype(dtype, tolerance):
    m, n = torch.tensor([100_000]), torch.tensor([0, 50_000, 99_999, 100_000])
    bias = alibi_bias(m, n, 12, dtype)
    want = -torch.tensor([[100_000.0, 50_000.0, 1.0, 0.0]], dtype=torch.float64) * slopes(12)[:, None, None]
    finite = want.abs() < torch.finfo(dtype).max
    assert bias.dtype == dtype
    torch.testing.assert_close(bias.double()[finite], want[finite], atol=0, rtol=tolerance)


@pytest.mark.filterwarnings("ignore:flex_attention called without")
def test_flex_attention_computes_the_same_without_the_mask():
    torch.manual_seed(0)
    (q, k, v), m, slope = torch.randn(3, 1, 3, 9, 8), torch.arange(9), slopes(3).float()

    def score_mod(score, batch, head, m, n):
        return torch.where(n <= m, score - slope[head] * (m - n), -torch.inf)

    mask = alibi_bias(m, m, 3).masked_fill(m > m[:, None], -torch.inf)
    want = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    torch.testing.assert_close(flex_attention(q, k, v, score_mod=score_mod), want)


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: f"{r['package']}-{r['called'].split('.')[0]}-{r['heads']}")
def test_independent_packages_compute_the_same_bias(record):
    heads, length = record["heads"], record["length"]
    theirs, n = torch.tensor(record["bias"], dtype=torch.float64), torch.arange(length)
    if record["package"] == "x-transformers":
        ours = alibi_bias(n[-theirs.shape[1] :], n, heads, torch.float64)
    else:  # one row: the last query of MPT, and that of BLOOM up to its constant
        ours = alibi_bias(n[-1:], n, heads, torch.float64)
        assert theirs.shape == ours.shape
    if "bloom" in record["called"]:
        ours = ours - ours[..., :1]
    # they raise a float32 number to the power j, which multiplies its rounding
    torch.testing.assert_close(ours, theirs, atol=2e-6, rtol=0)


M = torch.arange(3)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((M, M, 0), ValueError, "heads must be above 0.* got 0"),
        ((M, M, -2), ValueError, "heads must be above 0.* got -2"),
        ((M, M, 2.0), TypeError, "heads must be an int, got 2.0"),
        ((M, M, True), TypeError, "heads must be an int, got True"),
        ((M[None, None], M, 2), ValueError, r"m must have shape \(T,\) or \(B, T\).* got \(1, 1, 3\)"),
        ((M, torch.tensor(3), 2), ValueError, r"n must have shape \(T,\).* got \(\)"),
        ((M.expand(2, 3), M.expand(3, 3), 2), ValueError, "m and n must have as many rows, got 2 and 3"),
        ((M, M[:0], 2), ValueError, r"n must .* not be empty, got \(0,\)"),
        ((M.float(), M, 2), TypeError, "m must hold integers.* got torch.float32"),
        ((M, M > 0, 2), TypeError, "n must hold integers.* got torch.bool"),
        ((M, M.to(torch.complex64), 2), TypeError, "n must hold integers.* got torch.complex64"),
        ((M, M, 2, torch.int64), TypeError, "dtype must be floating point.* got torch.int64"),
    ],
)
def test_input_that_does_not_fit_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        alibi_bias(*arguments)
