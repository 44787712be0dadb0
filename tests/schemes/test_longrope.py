"""The sentences of docs/*/schemes/longrope.md, each as a test."""

import json
import math
from pathlib import Path

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st

from snippets.attention import Attention
from snippets.schemes.longrope import longrope_attention_factor, longrope_frequencies
from snippets.schemes.rope import frequencies, rotate, rotate_halves, rotations

ROOT = Path(__file__).parents[2]
RECORDED = recorded("longrope")
PHI35 = json.loads((ROOT / "snippets/data/phi35_longrope.json").read_text())
SHORT, LONG = PHI35["short_factor"], PHI35["long_factor"]
lists = st.lists(st.floats(0.01, 1000), min_size=1, max_size=48)
bases = st.floats(2, 1e7)


def by_the_equation(factors, base):
    """Equation 2 of the paper, one pair at a time: n / (lambda_i beta**i) with beta = base**(2/d)."""
    beta = base ** (2 / (2 * len(factors)))
    return torch.tensor([1 / (factor * beta**i) for i, factor in enumerate(factors)], dtype=torch.float64)


@few
@given(factors=lists, base=bases)
def test_it_is_equation_2_with_a_factor_for_every_pair(factors, base):
    ours = longrope_frequencies(2 * len(factors), factors, base)
    torch.testing.assert_close(ours, by_the_equation(factors, base), atol=0, rtol=1e-12)


@few
@given(half=st.integers(1, 48), base=bases)
def test_factors_of_1_are_rope(half, base):
    ours = longrope_frequencies(2 * half, [1.0] * half, base)
    torch.testing.assert_close(ours, frequencies(2 * half, base), atol=0, rtol=1e-14)


@few
@given(half=st.integers(1, 48), base=bases, scale=st.floats(1, 512))
def test_equal_factors_are_position_interpolation(half, base, scale):
    theta, m = longrope_frequencies(2 * half, [scale] * half, base), torch.arange(7)
    ours, squeezed = rotations(m, theta, torch.complex128), rotations(m / scale, frequencies(2 * half, base))
    torch.testing.assert_close(ours, squeezed.to(torch.complex128), atol=1e-6, rtol=0)


@few
@given(half=st.integers(2, 48), base=st.floats(100, 1e6), s=st.floats(1, 64))
def test_a_geometric_list_is_ntk_aware_scaling(half, base, s):
    factors = [s ** (i / (half - 1)) for i in range(half)]
    bigger = frequencies(2 * half, base * s ** (half / (half - 1)))
    torch.testing.assert_close(longrope_frequencies(2 * half, factors, base), bigger, atol=0, rtol=1e-11)


@few
@given(factors=lists)
def test_a_list_and_a_tensor_say_the_same(factors):
    dim = 2 * len(factors)
    tensor = torch.tensor(factors, dtype=torch.float64)
    assert torch.equal(longrope_frequencies(dim, factors), longrope_frequencies(dim, tensor))


@few
@given(trained=st.integers(2, 10_000), s=st.floats(1, 600))
def test_scores_grow_by_ln_of_the_length_over_ln_of_the_trained_length(trained, s):
    length = int(trained * s)
    factor, ratio = longrope_attention_factor(length, trained), length / trained
    assert factor**2 == pytest.approx(math.log(length) / math.log(trained), rel=1e-12)
    assert factor == pytest.approx(math.sqrt(1 + math.log(ratio) / math.log(trained)), rel=1e-12)
    assert longrope_attention_factor(2 * length, trained) > factor >= 1


@few
@given(trained=st.integers(2, 10_000), less=st.integers(0, 9_999))
def test_nothing_is_scaled_where_nothing_was_stretched(trained, less):
    assert longrope_attention_factor(max(1, trained - less), trained) == 1.0


def test_the_factor_of_phi_35_is_the_root_of_17_twelfths():
    assert longrope_attention_factor(131_072, 4096) == pytest.approx(math.sqrt(17 / 12), rel=1e-12)


def test_the_published_lists_do_not_fall_and_leave_the_first_pair_nearly_alone():
    for factors in (SHORT, LONG):
        assert factors == sorted(factors) and 1 <= factors[0] < 1.1


def test_the_long_list_slows_28_of_48_pairs_more_than_interpolation_would():
    assert sum(factor > 131_072 / 4096 for factor in LONG) == 28


def test_the_largest_factor_lies_outside_the_search_of_the_paper_for_this_ratio():
    assert max(LONG) > 1.25 * 131_072 / 4096 and max(LONG) < 1.25 * 262_144 / 4096


def test_pairs_that_never_turned_once_stay_within_the_angles_of_training():
    plain, ours = frequencies(96), longrope_frequencies(96, LONG)
    unfinished = 4096 * plain < 2 * math.pi
    assert int(unfinished.sum()) == 14
    assert (131_072 * ours < 4096 * plain)[unfinished].all()


@few
@given(m=st.integers(0, 100_000), n=st.integers(0, 100_000), k=st.integers(0, 30_000), seed=st.integers(0, 99))
def test_a_score_still_depends_on_the_offset_alone(m, n, k, seed):
    q, key = torch.randn(2, 1, 1, 1, 96, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    theta = longrope_frequencies(96, LONG)

    def score(a, b):
        turned = (rotate(x, rotations(torch.tensor([at]), theta, torch.complex128)) for x, at in ((q, a), (key, b)))
        return float((next(turned) * next(turned)).sum())

    assert score(m, n) == pytest.approx(score(m + k, n + k), abs=1e-8)


def test_the_factor_may_be_folded_into_the_turns_and_enters_a_score_squared():
    torch.manual_seed(0)
    layer, x = Attention(16, 2).double(), torch.randn(1, 6, 16, dtype=torch.float64)
    theta, factor = longrope_frequencies(8, [1.0, 2.0, 4.0, 8.0], 100.0), longrope_attention_factor(512, 64)
    turns = rotations(torch.arange(6), theta, torch.complex128)

    def folded(q, k):
        return rotate(q, factor * turns), rotate(k, factor * turns)

    def apart(q, k):
        return factor**2 * rotate(q, turns), rotate(k, turns)

    torch.testing.assert_close(layer(x, at_qk=folded), layer(x, at_qk=apart), atol=1e-12, rtol=0)


def test_keys_cached_with_the_short_list_do_not_fit_the_long_one():
    torch.manual_seed(0)
    q, k = torch.randn(2, 1, 1, 1, 96, dtype=torch.float64)

    def score(of_query, of_key):
        theta = {"short": longrope_frequencies(96, SHORT), "long": longrope_frequencies(96, LONG)}
        one = rotate(q, rotations(torch.tensor([4096]), theta[of_query], torch.complex128))
        return float((one * rotate(k, rotations(torch.tensor([4000]), theta[of_key], torch.complex128))).sum())

    assert abs(score("long", "long") - score("long", "short")) > 0.5
    assert abs(score("long", "long") - score("short", "short")) > 0.5


def test_nothing_is_learned_but_a_search_may_follow_the_gradient():
    factors = torch.ones(4, requires_grad=True)
    longrope_frequencies(8, factors).sum().backward()
    torch.testing.assert_close(factors.grad.double(), -frequencies(8), atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("dtype", "turned", "tolerance"),
    [
        (torch.float64, torch.complex128, 1e-9),
        (torch.float32, torch.complex64, 1e-6),
        (torch.bfloat16, torch.complex64, 1e-2),
    ],
)
def test_position_100000_is_right_to_the_rounding_of_the_dtype(dtype, turned, tolerance):
    x = torch.ones(1, 1, 1, 96, dtype=dtype)
    out = rotate(x, rotations(torch.tensor([100_000]), longrope_frequencies(96, LONG), turned))[0, 0, 0].double()
    angles = [100_000 * float(theta) for theta in by_the_equation(LONG, 10_000.0)]
    want = [f for a in angles for f in (math.cos(a) - math.sin(a), math.cos(a) + math.sin(a))]
    torch.testing.assert_close(out, torch.tensor(want, dtype=torch.float64), atol=tolerance, rtol=0)


def test_it_follows_the_device_of_the_factors():
    theta = longrope_frequencies(8, torch.ones(4, device="meta"))
    assert theta.is_meta and theta.dtype == torch.float64
    assert longrope_frequencies(8, torch.ones(4, dtype=torch.float32)).dtype == torch.float64
    with pytest.raises(TypeError, match=r"factors must be float32 or float64, got torch\.bfloat16"):
        longrope_frequencies(8, torch.ones(4, dtype=torch.bfloat16))


@pytest.mark.parametrize(
    "record", RECORDED, ids=lambda r: f"{r['called']}-{r.get('list', len(r.get('positions', [])))}"
)
def test_an_independent_package_computes_the_same(record):
    if "theta" in record:
        theirs = torch.tensor(record["theta"], dtype=torch.float64)  # in float32
        torch.testing.assert_close(longrope_frequencies(96, PHI35[record["list"]]), theirs, atol=0, rtol=1e-6)
        assert longrope_attention_factor(131_072, 4096) == pytest.approx(record["attention_factor"], rel=1e-12)
        return
    small = record["settings"]
    made = rotations(
        torch.tensor(record["positions"]), longrope_frequencies(small["dim"], record["factors"], small["base"])
    )
    made = longrope_attention_factor(small["length"], small["trained"]) * made
    for name in "qk":
        ours = rotate_halves(torch.tensor(record[name]), made)
        # their angles are float32: up to position 1023
        torch.testing.assert_close(ours, torch.tensor(record[f"turned_{name}"]), atol=1023 * 2**-23, rtol=0)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((7, [1.0] * 3), ValueError, "dim must be even .* channels turn in pairs; got 7"),
        ((0, []), ValueError, "dim must be even and above 0.* got 0"),
        ((8.0, [1.0] * 4), TypeError, "dim must be an int, got 8.0"),
        ((True, [1.0]), TypeError, "dim must be an int, got True"),
        ((8, [1.0] * 4, 1.0), ValueError, "base must be finite and above 1.* got 1.0"),
        ((8, [1.0] * 4, math.inf), ValueError, "base must be finite.* got inf"),
        ((8, [1.0] * 3), ValueError, r"factors must have shape \(4,\), one for each pair; got \(3,\)"),
        ((8, [1.0] * 8), ValueError, r"factors must have shape \(4,\).* got \(8,\)"),
        ((8, 2.0), ValueError, r"factors must have shape \(4,\).* got \(\)"),
        ((8, [1.0, 0.0, 1.0, 1.0]), ValueError, r"finite and above 0, got \[1.0, 0.0, 1.0, 1.0\]"),
        ((8, [1.0, -2.0, 1.0, 1.0]), ValueError, "finite and above 0"),
        ((8, [1.0, math.nan, 1.0, 1.0]), ValueError, "finite and above 0"),
        ((8, [1.0, math.inf, 1.0, 1.0]), ValueError, "finite and above 0"),
        ((8, torch.ones(4, dtype=torch.bool)), TypeError, "factors must be numbers.* got torch.bool"),
    ],
)
def test_factors_that_cannot_be_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        longrope_frequencies(*arguments)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, 4096), ValueError, "length must be above 0, got 0"),
        ((-1, 4096), ValueError, "length must be above 0, got -1"),
        ((4096, 1), ValueError, "trained must be above 1, since its logarithm divides; got 1"),
        ((131_072.0, 4096), TypeError, "length must be an int, got 131072.0"),
        ((131_072, True), TypeError, "trained must be an int, got True"),
    ],
)
def test_lengths_that_cannot_be_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        longrope_attention_factor(*arguments)
