"""The sentences of docs/*/schemes/length_temperature.md, each as a test."""

import math

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st

from snippets.schemes.length_temperature import sharpen, tau_log, tau_smooth, tau_steps
from snippets.schemes.rope import frequencies, rotate, rotations
from snippets.schemes.yarn import yarn_attention_factor

RECORDED = recorded("length_temperature")
RULES = {"steps": tau_steps, "smooth": tau_smooth, "log": tau_log}
rules = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
positions = st.integers(0, 2_000_000)
lengths = st.integers(2, 100_000)


@few
@given(m=positions, length=lengths, alpha=st.floats(0, 1))
def test_each_rule_is_its_formula(m, length, alpha):
    at = torch.tensor([m])
    for rule, want in (
        (tau_steps(at, length, alpha), 1 + alpha * math.log(1 + (m + 1) // length)),
        (tau_smooth(at, length, alpha), 1 + alpha * math.log(max(1, (m + 1) / length))),
        (tau_log(at, length), max(1, math.log(m + 1) / math.log(length))),
    ):
        assert rule.item() == pytest.approx(want, rel=1e-6)


@rules
@few
@given(m=positions, more=st.integers(0, 100_000), length=lengths)
def test_it_is_1_within_the_trained_length_and_never_falls(rule, m, more, length):
    here, later = rule(torch.tensor([m, m + more]), length).tolist()
    assert 1 <= here <= later
    assert rule(torch.tensor([0, length - 2]), length).tolist() == [1, 1]


@rules
def test_places_before_the_text_as_padding_on_the_left_has_them_have_1(rule):
    assert rule(torch.tensor([-100, -5, -2, -1, 0]), 4).tolist() == [1] * 5


@few
@given(m=positions, length=lengths)
def test_steps_run_above_the_smooth_rule_and_meet_it_where_they_rise(m, length):
    assert tau_steps(torch.tensor([m]), length) >= tau_smooth(torch.tensor([m]), length) - 1e-6
    first = torch.tensor([length - 1])
    assert tau_steps(first, length).item() == pytest.approx(1 + 0.1 * math.log(2))
    assert tau_smooth(first, length) == 1


def test_the_share_of_a_key_that_is_ahead_falls_without_a_temperature_and_is_kept_with_one():
    n = torch.tensor([8192, 1_048_576])
    plain, steps, log_n = (
        torch.sigmoid(tau * 10 - (n - 1).log()).tolist()
        for tau in (torch.ones(2), tau_steps(n - 1, 8192), tau_log(n - 1, 8192))
    )
    assert plain[0] > 0.7 and plain[1] < 0.03
    assert min(*steps, *log_n) > 0.7


def test_a_score_grows_by_tau_and_not_by_its_square():
    torch.manual_seed(0)
    q, k = torch.randn(2, 1, 2, 5, 8, dtype=torch.float64)
    tau = tau_steps(torch.arange(5), 2)
    torch.testing.assert_close(sharpen(q, tau) @ k.mT, tau[:, None] * (q @ k.mT))


def test_it_may_be_multiplied_before_the_rotation_or_after_it():
    torch.manual_seed(0)
    q, at = torch.randn(1, 2, 5, 8, dtype=torch.float64), torch.arange(5)
    turns, tau = rotations(at, frequencies(8), torch.complex128), tau_steps(at, 2)
    torch.testing.assert_close(rotate(sharpen(q, tau), turns), sharpen(rotate(q, turns), tau))


def test_each_sequence_may_have_its_own_positions():
    torch.manual_seed(0)
    q, m = torch.randn(2, 3, 4, 8), torch.tensor([[0, 1, 2, 3], [9, 7, 5, 3]])
    rows = [sharpen(q[b : b + 1], tau_steps(m[b], 2)) for b in range(2)]
    assert torch.equal(sharpen(q, tau_steps(m, 2)), torch.cat(rows))


def test_past_the_trained_length_a_score_hangs_on_the_place_of_the_query():
    one = torch.ones(1, 1, 1, 4)
    here, there = (sharpen(one, tau_steps(torch.tensor([m]), 8)).sum() for m in (3, 103))
    assert here == 4 and there > 4


def test_ministral_3_counts_from_0_and_ends_at_the_factor_of_yarn():
    first = torch.arange(20_000)
    assert (tau_steps(first, 8192) > 1).nonzero()[0] == 8191
    assert (tau_steps(first - 1, 16_384) > 1).nonzero()[0] == 16_384
    end = tau_steps(torch.tensor([262_143 - 1]), 16_384)
    assert end.item() == pytest.approx(yarn_attention_factor(16))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_queries_keep_their_dtype(dtype):
    q = torch.ones(1, 1, 3, 4, dtype=dtype)
    assert sharpen(q, tau_steps(torch.arange(3), 2)).dtype == dtype


def test_narrow_integers_do_not_wrap():
    at = torch.tensor([0, 100, 255], dtype=torch.uint8)
    for rule in RULES.values():
        assert torch.equal(rule(at, 16), rule(at.long(), 16))


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: r["called"].split(".")[0])
def test_independent_implementations_multiply_queries_by_the_same(record):
    tau = RULES[record["form"]](torch.tensor(record["positions"]), record["length"])
    torch.testing.assert_close(tau, torch.tensor(record["tau"]).double(), atol=5e-7, rtol=0)


@rules
@pytest.mark.parametrize(
    ("m", "length", "error", "message"),
    [
        (torch.zeros(3), 8, TypeError, "m must hold integers.* got torch.float32"),
        (torch.zeros(3, dtype=torch.bool), 8, TypeError, "m must hold integers.* got torch.bool"),
        (torch.tensor(3), 8, ValueError, r"m must have shape \(T,\) or \(B, T\), got \(\)"),
        (torch.arange(3), 8.0, TypeError, "length must be an int, got 8.0"),
        (torch.arange(3), True, TypeError, "length must be an int, got True"),
        (torch.arange(3), 1, ValueError, "length must be above 1.* got 1"),
    ],
)
def test_positions_and_lengths_that_cannot_be_are_refused(rule, m, length, error, message):
    with pytest.raises(error, match=message):
        rule(m, length)


@pytest.mark.parametrize(
    ("q", "tau", "error", "message"),
    [
        (torch.zeros(1, 1, 3, 4).long(), torch.ones(3), TypeError, "floating point, got torch.int64"),
        (torch.zeros(1, 1, 3, 4), torch.arange(3), TypeError, "got torch.float32, torch.int64"),
        (torch.zeros(1, 3, 4), torch.ones(3), ValueError, r"must fit, got \(1, 3, 4\) and \(3,\)"),
        (torch.zeros(1, 1, 4, 4), torch.ones(3), ValueError, r"got \(1, 1, 4, 4\) and \(3,\)"),
        (torch.zeros(3, 1, 4, 4), torch.ones(2, 4), ValueError, r"got \(3, 1, 4, 4\) and \(2, 4\)"),
    ],
)
def test_queries_that_do_not_fit_are_refused(q, tau, error, message):
    with pytest.raises(error, match=message):
        sharpen(q, tau)
