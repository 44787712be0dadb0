"""The sentences of docs/*/schemes/llama3_scaling.md, each as a test."""

import math

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st

from snippets.schemes.llama3_scaling import llama3_frequencies
from snippets.schemes.rope import frequencies, rotate, rotate_halves, rotations

RECORDED = recorded("llama3_scaling")
SPACE = {
    "dim": st.integers(1, 64).map(lambda half: 2 * half),
    "base": st.floats(100, 1e7),
    "scale": st.floats(1, 64),
    "low": st.floats(0.1, 2),
    "high": st.floats(2.1, 40),
    "trained": st.integers(16, 100_000),
}


def by_the_code_of_meta(dim, base, scale, low, high, trained):
    """One pair at a time, by wavelengths: what the released code does, in float64."""
    speeds = []
    for i in range(dim // 2):
        theta = base ** (-2 * i / dim)
        wavelength = 2 * math.pi / theta
        if wavelength < trained / high:
            speeds.append(theta)
        elif wavelength > trained / low:
            speeds.append(theta / scale)
        else:
            share = (trained / wavelength - low) / (high - low)
            speeds.append((1 - share) * theta / scale + share * theta)
    return torch.tensor(speeds, dtype=torch.float64)


def turns(theta, trained=8192):
    return trained * theta / (2 * math.pi)


@few
@given(**SPACE)
def test_it_is_the_rule_of_the_released_code(**values):
    torch.testing.assert_close(llama3_frequencies(**values), by_the_code_of_meta(**values), atol=0, rtol=1e-12)


@few
@given(**SPACE)
def test_fast_pairs_are_kept_slow_ones_divided_and_the_rest_lies_between(**values):
    plain, ours = frequencies(values["dim"], values["base"]), llama3_frequencies(**values)
    r = turns(plain, values["trained"])
    divided = plain / values["scale"]
    kept, slow = r > values["high"], r < values["low"]
    torch.testing.assert_close(ours[kept], plain[kept], atol=0, rtol=1e-15)
    torch.testing.assert_close(ours[slow], divided[slow], atol=0, rtol=1e-15)
    assert (ours <= plain * (1 + 1e-15)).all() and (ours >= divided * (1 - 1e-15)).all()


@few
@given(**SPACE)
def test_later_pairs_stay_slower_than_earlier_ones(**values):
    assert (llama3_frequencies(**values).diff() <= 0).all()


@few
@given(**{name: SPACE[name] for name in SPACE if name != "scale"})
def test_scale_1_is_rope(**values):
    ours = llama3_frequencies(**values, scale=1)
    torch.testing.assert_close(ours, frequencies(values["dim"], values["base"]), atol=0, rtol=1e-14)


@few
@given(dim=SPACE["dim"], base=SPACE["base"], scale=SPACE["scale"], trained=SPACE["trained"])
def test_bounds_above_every_pair_give_interpolation_and_bounds_below_give_rope(dim, base, scale, trained):
    plain = frequencies(dim, base)
    above, below = 2 * trained, trained * float(plain[-1]) / 7
    interpolated = llama3_frequencies(dim, base, scale, above, above + 1, trained)
    torch.testing.assert_close(interpolated, plain / scale, atol=0, rtol=1e-14)
    torch.testing.assert_close(llama3_frequencies(dim, base, scale, below / 2, below, trained), plain)


@few
@given(**SPACE, c=st.integers(2, 9))
def test_only_the_two_wavelengths_that_bound_the_blend_matter(c, **values):
    other = {**values, "low": c * values["low"], "high": c * values["high"], "trained": c * values["trained"]}
    torch.testing.assert_close(llama3_frequencies(**values), llama3_frequencies(**other), atol=0, rtol=1e-11)


def test_higgs_audio_writes_the_bounds_of_llama_with_a_shorter_length():
    higgs = llama3_frequencies(128, scale=32, low=0.125, high=0.5, trained=1024)
    torch.testing.assert_close(higgs, llama3_frequencies(128, scale=32))


def test_of_the_64_pairs_of_llama_31_29_are_kept_6_blended_and_29_divided():
    ratio = frequencies(128, 500000.0) / llama3_frequencies(128)
    kept, divided = (ratio - 1).abs() < 1e-12, (ratio - 8).abs() < 1e-12
    assert (int(kept.sum()), int(divided.sum()), 64 - int((kept | divided).sum())) == (29, 29, 6)
    assert kept[:29].all() and divided[35:].all()


@few
@given(m=st.integers(0, 8192))
def test_a_divided_pair_shows_at_8_m_the_angle_it_had_at_m(m):
    plain, ours = frequencies(128, 500000.0)[35:], llama3_frequencies(128)[35:]
    torch.testing.assert_close(8 * m * ours, m * plain, atol=1e-9, rtol=0)


def test_equal_bounds_make_a_step_as_in_llama_4_scout():
    plain = frequencies(128, 500000.0)
    ours = llama3_frequencies(128, scale=16, low=1, high=1)
    torch.testing.assert_close(ours, torch.where(turns(plain) >= 1, plain, plain / 16), atol=0, rtol=1e-15)
    exact = llama3_frequencies(2, scale=16, low=8192 / (2 * math.pi), high=8192 / (2 * math.pi))
    assert torch.equal(exact, torch.ones(1, dtype=torch.float64))  # a pair exactly on the bound is kept


@few
@given(m=st.integers(0, 100_000), n=st.integers(0, 100_000), k=st.integers(0, 30_000), seed=st.integers(0, 99))
def test_a_score_still_depends_on_the_offset_alone(m, n, k, seed):
    q, key = torch.randn(2, 1, 1, 1, 64, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    theta = llama3_frequencies(64)

    def score(a, b):
        turned = (rotate(x, rotations(torch.tensor([at]), theta, torch.complex128)) for x, at in ((q, a), (key, b)))
        return float((next(turned) * next(turned)).sum())

    assert score(m, n) == pytest.approx(score(m + k, n + k), abs=1e-8)


def test_keys_cached_before_a_change_of_scale_do_not_fit():
    torch.manual_seed(0)
    q, k = torch.randn(2, 1, 1, 1, 128, dtype=torch.float64)
    at, theta, other = torch.tensor([5000]), llama3_frequencies(128), frequencies(128, 500000.0)
    one = rotate(q, rotations(at + 100, theta, torch.complex128))
    fits, stale = (rotate(k, rotations(at, t, torch.complex128)) for t in (theta, other))
    assert abs(float((one * fits).sum() - (one * stale).sum())) > 0.1


def test_nothing_is_learned():
    assert not llama3_frequencies(64).requires_grad


@pytest.mark.parametrize(
    ("dtype", "turned", "tolerance"),
    [
        (torch.float64, torch.complex128, 1e-9),
        (torch.float32, torch.complex64, 1e-6),
        (torch.bfloat16, torch.complex64, 1e-2),
    ],
)
def test_position_100000_is_right_to_the_rounding_of_the_dtype(dtype, turned, tolerance):
    x = torch.ones(1, 1, 1, 128, dtype=dtype)
    out = rotate(x, rotations(torch.tensor([100_000]), llama3_frequencies(128), turned))[0, 0, 0].double()
    angles = [100_000 * float(t) for t in by_the_code_of_meta(128, 500000.0, 8, 1, 4, 8192)]
    want = [f for a in angles for f in (math.cos(a) - math.sin(a), math.cos(a) + math.sin(a))]
    torch.testing.assert_close(out, torch.tensor(want, dtype=torch.float64), atol=tolerance, rtol=0)


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: f"{r['package']}-{r['called']}-{r['settings']['scale']}")
def test_independent_packages_compute_the_same(record):
    theta = llama3_frequencies(**record["settings"])
    if "theta" in record:  # they work in float32
        torch.testing.assert_close(theta, torch.tensor(record["theta"], dtype=torch.float64), atol=0, rtol=1e-6)
        return
    made = rotations(torch.tensor(record["positions"]), theta)
    for name in "qk":
        ours = rotate_halves(torch.tensor(record[name]), made)
        # their angles are float32: up to position 8191, an angle is off by some 8191 * 2**-24
        torch.testing.assert_close(ours, torch.tensor(record[f"turned_{name}"]), atol=8191 * 2**-22, rtol=0)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"dim": 7}, ValueError, "dim must be even .* channels turn in pairs; got 7"),
        ({"dim": 0}, ValueError, "dim must be even and above 0.* got 0"),
        ({"dim": -2}, ValueError, "got -2"),
        ({"dim": 8.0}, TypeError, "dim must be an int, got 8.0"),
        ({"dim": True}, TypeError, "dim must be an int, got True"),
        ({"dim": 8, "trained": 0}, ValueError, "trained must be above 0.* got 0"),
        ({"dim": 8, "trained": 8192.0}, TypeError, "trained must be an int, got 8192.0"),
        ({"dim": 8, "trained": True}, TypeError, "trained must be an int, got True"),
        ({"dim": 8, "base": 1.0}, ValueError, "base must be finite and above 1.* got 1.0"),
        ({"dim": 8, "base": math.nan}, ValueError, "base must be finite and above 1.* got nan"),
        ({"dim": 8, "scale": 0.5}, ValueError, "scale must be finite and at least 1.* got 0.5"),
        ({"dim": 8, "scale": math.inf}, ValueError, "scale must be finite.* got inf"),
        ({"dim": 8, "low": 4, "high": 1}, ValueError, "0 < low <= high, got 4 and 1"),
        ({"dim": 8, "low": 0}, ValueError, "0 < low <= high, got 0 and 4"),
        ({"dim": 8, "high": math.nan}, ValueError, "0 < low <= high, got 1 and nan"),
    ],
)
def test_settings_that_cannot_be_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        llama3_frequencies(**arguments)
