"""The sentences of docs/*/schemes/yarn.md, each as a test."""

import math

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st

from snippets.schemes.position_interpolation import interpolated_frequencies
from snippets.schemes.rope import frequencies, rotate, rotate_halves, rotations, to_halves
from snippets.schemes.yarn import yarn_attention_factor, yarn_frequencies, yarn_ramp

RECORDED = recorded("yarn")
dims = st.integers(1, 64).map(lambda half: 2 * half)
scales = st.floats(1, 64)
bases = st.floats(100, 1e6)
lengths = st.integers(7, 200_000)
seeds = st.integers(0, 2**32 - 1)


def turns_made(dim, trained, base):
    """r of equation 17: how often each pair turned in the trained length."""
    return trained * frequencies(dim, base) / (2 * math.pi)


def as_printed(dim, scale, trained, base, alpha=1.0, beta=32.0):
    """Equations 17, 18 and 20 of the paper, one pair at a time: the ramp is a line over turns."""
    speeds = []
    for i in range(dim // 2):
        theta = base ** (-2 * i / dim)
        r = trained / (2 * math.pi * base ** (2 * i / dim))
        g = 0.0 if r < alpha else 1.0 if r > beta else (r - alpha) / (beta - alpha)
        speeds.append((1 - g) * theta / scale + g * theta)
    return torch.tensor(speeds, dtype=torch.float64)


def as_released(dim, scale, trained, base, truncate, alpha=1.0, beta=32.0):
    """The authors' code, one pair at a time: the ramp is a line over pairs."""
    first = dim * math.log(trained / (beta * 2 * math.pi)) / (2 * math.log(base))
    last = dim * math.log(trained / (alpha * 2 * math.pi)) / (2 * math.log(base))
    if truncate:
        first, last = math.floor(first), math.ceil(last)
    first = max(first, 0)
    speeds = []
    for i in range(dim // 2):
        theta = base ** (-2 * i / dim)
        g = 1 - min(1.0, max(0.0, (i - first) / (last - first)))
        speeds.append((1 - g) * theta / scale + g * theta)
    return torch.tensor(speeds, dtype=torch.float64)


def turned(x, positions, theta, factor=1.0):
    return rotate(x, rotations(positions, theta, torch.complex128) * factor)


def heads(seed, length, dim):
    return torch.randn(1, 2, length, dim, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@few
@given(dim=dims, scale=scales, trained=lengths, base=bases, truncate=st.booleans())
def test_the_speeds_are_those_of_the_released_code(dim, scale, trained, base, truncate):
    got = yarn_frequencies(dim, scale, trained, base, truncate=truncate)
    torch.testing.assert_close(got, as_released(dim, scale, trained, base, truncate), atol=0, rtol=1e-9)


@few
@given(dim=dims, scale=scales, trained=st.integers(202, 200_000), base=bases)
def test_outside_the_ramp_with_ends_not_rounded_they_are_the_paper_s(dim, scale, trained, base):
    turns = turns_made(dim, trained, base)
    outside = (turns < 1) | (turns > 32)
    got = yarn_frequencies(dim, scale, trained, base, truncate=False)
    torch.testing.assert_close(got[outside], as_printed(dim, scale, trained, base)[outside], atol=0, rtol=1e-9)


@few
@given(dim=dims, scale=scales, trained=st.integers(202, 200_000), base=bases)
def test_within_the_ramp_the_released_line_keeps_no_less_speed_than_the_printed_one(dim, scale, trained, base):
    got = yarn_frequencies(dim, scale, trained, base, truncate=False)
    assert (got >= as_printed(dim, scale, trained, base) * (1 - 1e-9)).all()


def test_the_released_ramp_keeps_up_to_three_eighths_more_than_the_printed_one():
    released = yarn_ramp(128, 4096, truncate=False)
    printed = ((turns_made(128, 4096, 10000.0) - 1) / 31).clamp(0, 1)
    gap = released - printed
    assert gap.min() > -1e-12 and abs(gap.max() - 3 / 8) < 0.01


@few
@given(dim=dims, scale=scales, trained=lengths, base=bases, truncate=st.booleans())
def test_a_pair_that_never_turned_is_interpolated_and_reaches_no_new_angle(dim, scale, trained, base, truncate):
    never = turns_made(dim, trained, base) < 1
    got = yarn_frequencies(dim, scale, trained, base, truncate=truncate)[never]
    torch.testing.assert_close(got, interpolated_frequencies(dim, scale, base)[never], atol=0, rtol=1e-12)
    assert (scale * trained * got <= trained * frequencies(dim, base)[never] * (1 + 1e-12)).all()


@few
@given(dim=dims, scale=scales, trained=lengths, base=bases)
def test_a_pair_that_made_beta_turns_keeps_its_speed(dim, scale, trained, base):
    fast = turns_made(dim, trained, base) > 32 * (1 + 1e-9)
    exact = yarn_frequencies(dim, scale, trained, base, truncate=False)[fast]
    assert torch.equal(exact, frequencies(dim, base)[fast])
    # rounded, the ramp may begin up to one pair sooner
    rounded = yarn_ramp(dim, trained, base)[fast]
    assert (rounded[:-1] == 1).all()


@few
@given(dim=dims, trained=lengths, base=bases, truncate=st.booleans())
def test_the_ramp_falls_from_1_to_0(dim, trained, base, truncate):
    ramp = yarn_ramp(dim, trained, base, truncate=truncate)
    assert ((ramp >= 0) & (ramp <= 1)).all() and (ramp.diff() <= 0).all()


def test_for_llama_the_ramp_runs_from_pair_16_to_pair_41():
    ramp = yarn_ramp(128, 2048)
    assert (ramp[:17] == 1).all() and (ramp[41:] == 0).all()
    torch.testing.assert_close(ramp[16:42].diff(), torch.full((25,), -1 / 25, dtype=torch.float64))
    exact = yarn_ramp(128, 2048, truncate=False)
    assert exact[16] == 1 and exact[17] < 1 and exact[40] > 0 and exact[41] == 0


@few
@given(dim=dims, scale=scales, trained=lengths, base=bases)
def test_speeds_lie_between_interpolation_and_rope(dim, scale, trained, base):
    got = yarn_frequencies(dim, scale, trained, base)
    assert (got <= frequencies(dim, base) * (1 + 1e-12)).all()
    assert (got >= interpolated_frequencies(dim, scale, base) * (1 - 1e-12)).all()


@few
@given(dim=dims, trained=lengths, base=bases, truncate=st.booleans())
def test_at_scale_1_it_is_rope(dim, trained, base, truncate):
    got = yarn_frequencies(dim, 1, trained, base, truncate=truncate)
    torch.testing.assert_close(got, frequencies(dim, base), atol=0, rtol=1e-12)
    assert yarn_attention_factor(1) == 1


def test_the_factor_is_the_square_root_of_1_over_t():
    for scale in (1, 4, 8, 40):
        t = 1 / (0.1 * math.log(scale) + 1) ** 2
        assert yarn_attention_factor(scale) == pytest.approx(math.sqrt(1 / t), rel=1e-12)
    assert yarn_attention_factor(8) == pytest.approx(1.208, abs=1e-3)


@few
@given(seed=seeds, dim=dims, scale=scales)
def test_scores_grow_by_the_square_of_the_factor_on_the_turns(seed, dim, scale):
    q, k, at, theta = heads(seed, 4, dim), heads(seed + 1, 4, dim), torch.arange(4), frequencies(dim)
    factor = yarn_attention_factor(scale)
    sharper = turned(q, at, theta, factor) @ turned(k, at, theta, factor).mT
    torch.testing.assert_close(sharper, factor**2 * (turned(q, at, theta) @ turned(k, at, theta).mT))


@few
@given(seed=seeds, scale=st.floats(1.5, 64))
def test_a_factor_above_1_sharpens_attention(seed, scale):
    scores = heads(seed, 8, 8)[0, 0, 0]

    def entropy(logits):
        p = logits.softmax(-1)
        return -(p * p.log()).sum()

    assert entropy(yarn_attention_factor(scale) ** 2 * scores) < entropy(scores)


@few
@given(seed=seeds, dim=dims, scale=scales, shift=st.integers(0, 50_000))
def test_scores_still_depend_on_the_offset_alone(seed, dim, scale, shift):
    q, k, at, theta = heads(seed, 4, dim), heads(seed + 1, 4, dim), torch.arange(4), yarn_frequencies(dim, scale, 512)
    here = turned(q, at, theta) @ turned(k, at, theta).mT
    there = turned(q, at + shift, theta) @ turned(k, at + shift, theta).mT
    torch.testing.assert_close(here, there, atol=1e-7, rtol=0)


def test_decoding_with_a_cache_gives_the_same_scores():
    q, k, theta, f = heads(0, 6, 16), heads(1, 6, 16), yarn_frequencies(16, 4, 512), yarn_attention_factor(4)
    at = torch.arange(6)
    whole = turned(q, at, theta, f) @ turned(k, at, theta, f).mT
    cache = torch.cat([turned(k[:, :, [m]], torch.tensor([m]), theta, f) for m in range(6)], dim=2)
    torch.testing.assert_close(turned(q[:, :, 5:], torch.tensor([5]), theta, f) @ cache.mT, whole[:, :, 5:])


def test_both_layouts_agree_up_to_the_permutation():
    x, turns = heads(0, 5, 16), rotations(torch.arange(5), yarn_frequencies(16, 4, 512), torch.complex128)
    turns = turns * yarn_attention_factor(4)
    torch.testing.assert_close(rotate(x, turns)[..., to_halves(16)], rotate_halves(x[..., to_halves(16)], turns))


def test_nothing_is_learned_and_gradients_pass():
    theta, f = yarn_frequencies(8, 4, 512), yarn_attention_factor(4)
    assert not theta.requires_grad
    x = heads(0, 3, 8).requires_grad_()
    turned(x, torch.arange(3), theta, f).square().sum().backward()
    torch.testing.assert_close(x.grad, 2 * f**2 * x.detach())


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 1e-6), (torch.bfloat16, 0.02)])
def test_position_100000_is_right_to_the_rounding_of_the_dtype(dtype, tolerance):
    x = heads(0, 1, 64).to(dtype)
    kept = torch.complex128 if dtype == torch.float64 else torch.complex64
    got = rotate(x, rotations(torch.tensor([100_000]), yarn_frequencies(64, 32, 4096), kept))
    want = torch.zeros(64, dtype=torch.float64)
    for i, theta in enumerate(as_released(64, 32, 4096, 10000.0, True).tolist()):
        first, second, angle = x[0, 0, 0, 2 * i].item(), x[0, 0, 0, 2 * i + 1].item(), 100_000 * theta
        want[2 * i] = first * math.cos(angle) - second * math.sin(angle)
        want[2 * i + 1] = first * math.sin(angle) + second * math.cos(angle)
    assert got.dtype == dtype
    torch.testing.assert_close(got[0, 0, 0].double(), want, atol=tolerance, rtol=0)


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: f"{r['called']}-{r['dim']}-{r['trained']}")
def test_an_independent_package_agrees_rounded_and_not(record):
    settings_of = (record[name] for name in ("dim", "scale", "trained", "base"))
    theta = yarn_frequencies(*settings_of, truncate=record["truncate"])
    factor = yarn_attention_factor(record["scale"])
    if "speeds" in record:
        theirs = torch.tensor(record["speeds"], dtype=torch.float64)
        torch.testing.assert_close(theta, theirs, atol=0, rtol=4e-7)
        assert factor == pytest.approx(record["attention_factor"], rel=1e-9)
    else:  # that model forms its angles in float32: position 4000 times 2**-24 is 2e-4
        x, at = torch.tensor(record["x"]), torch.tensor(record["positions"])
        got = rotate_halves(x, rotations(at, theta) * factor)
        torch.testing.assert_close(got, torch.tensor(record["turned"]), atol=5e-4, rtol=0)


def test_rounding_the_ends_changes_the_speeds_in_the_ramp():
    rounded, exact = yarn_frequencies(64, 32, 4096, 150000.0), yarn_frequencies(64, 32, 4096, 150000.0, truncate=False)
    off = (rounded / exact - 1).abs()
    assert off.max() > 0.05 and off[0] == 0 and off[-1] == 0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((7, 4, 512), ValueError, "dim must be even and above 0, since channels turn in pairs; got 7"),
        ((0, 4, 512), ValueError, "got 0"),
        ((8.0, 4, 512), TypeError, "dim must be an int, got 8.0"),
        ((True, 4, 512), TypeError, "dim must be an int, got True"),
        ((8, 4, 512.0), TypeError, "trained must be an int, got 512.0"),
        ((8, 4, 6), ValueError, "trained must exceed 2 pi alpha tokens, or no pair makes alpha turns in it; got 6"),
        ((8, 4, 0), ValueError, "trained must exceed.* got 0"),
        ((8, 0.5, 512), ValueError, "scale must be finite and at least 1, since it stretches.*; got 0.5"),
        ((8, float("inf"), 512), ValueError, "got inf"),
        ((8, float("nan"), 512), ValueError, "got nan"),
        ((8, True, 512), TypeError, "scale must be a number, .* got True"),
        ((8, 4, 512, 1.0), ValueError, "base must be finite and above 1.* got 1.0"),
        ((8, 4, 512, float("nan")), ValueError, "base must be finite and above 1.* got nan"),
        ((8, 4, 512, 10000.0, 0.0), ValueError, "0 < alpha < beta; got alpha 0.0 and beta 32"),
        ((8, 4, 512, 10000.0, 32.0, 1.0), ValueError, "got alpha 32.0 and beta 1.0"),
        ((8, 4, 512, 10000.0, 1.0, float("inf")), ValueError, "got alpha 1.0 and beta inf"),
    ],
)
def test_what_cannot_be_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        yarn_frequencies(*arguments)


@pytest.mark.parametrize(
    ("scale", "error", "says"),
    [(0.99, ValueError, "got 0.99"), (True, TypeError, "got True"), ("8", TypeError, "scale must be a number")],
)
def test_a_factor_for_no_stretch_at_all_is_refused(scale, error, says):
    with pytest.raises(error, match=says):
        yarn_attention_factor(scale)
