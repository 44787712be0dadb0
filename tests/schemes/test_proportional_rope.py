"""The sentences of docs/*/schemes/proportional_rope.md, each as a test."""

import math

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st

from snippets.schemes.partial_rope import partial_rotate, partial_rotate_halves
from snippets.schemes.proportional_rope import p_rope_frequencies, to_front
from snippets.schemes.rope import frequencies, rotate, rotate_halves, rotations

RECORDED = recorded("proportional_rope")
dims = st.integers(1, 24).map(lambda half: 2 * half)
shares = st.floats(0, 1)
bases = st.floats(2, 1e6)
positions = st.integers(0, 100_000)
seeds = st.integers(0, 1000)


def vector(seed, dim):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, 1, 1, dim, generator=generator, dtype=torch.float64)


def turns(m, theta):
    return rotations(torch.tensor([m]), theta, torch.complex128)


def score(q, k, distance, theta):
    """Of a query and a key that stand ``distance`` apart, neighbours paired."""
    return (rotate(q, turns(distance, theta)) * k).sum().item()


def truncated(dim, p, base):
    """The other reading of the same share: its speeds, and a 0 for every pair that stands still."""
    part = frequencies(int(p * dim), base)
    return torch.cat((part, torch.zeros(dim // 2 - len(part), dtype=torch.float64)))


@few
@given(dim=dims, p=shares, base=bases)
def test_the_fastest_pairs_of_a_whole_head_are_kept_and_the_rest_stands_still(dim, p, base):
    theta, kept = p_rope_frequencies(dim, p, base), int(p * dim // 2)
    want = [base ** (-2 * i / dim) if i < kept else 0 for i in range(dim // 2)]
    assert theta.dtype == torch.float64 and theta.shape == (dim // 2,)
    assert theta.tolist() == pytest.approx(want, rel=1e-12)
    assert torch.equal(theta[:kept], frequencies(dim, base)[:kept])


@few
@given(dim=dims, m=positions, seed=seeds)
def test_p_1_is_rope_and_p_0_has_no_positions(dim, m, seed):
    x = vector(seed, dim)
    assert torch.equal(p_rope_frequencies(dim, 1), frequencies(dim))
    assert torch.equal(rotate(x, turns(m, p_rope_frequencies(dim, 0))), x)


@few
@given(dim=dims, p=shares, m=positions, n=positions, k=st.integers(-5_000, 5_000), seed=seeds)
def test_a_score_depends_on_the_offset_alone(dim, p, m, n, k, seed):
    q, key, theta = vector(seed, dim), vector(seed + 1, dim), p_rope_frequencies(dim, p)
    one, other = ((rotate(q, turns(m + s, theta)) * rotate(key, turns(n + s, theta))).sum() for s in (0, k))
    torch.testing.assert_close(one, other, atol=1e-8, rtol=0)


@few
@given(quarter=st.integers(1, 8), base=bases)
def test_it_is_partial_rope_with_base_to_the_power_of_p(quarter, base):
    dim = 8 * quarter
    turning = p_rope_frequencies(dim, 0.25, base)[: dim // 8]
    torch.testing.assert_close(turning, frequencies(dim // 4, base**0.25), atol=1e-14, rtol=1e-9)


@few
@given(half=dims, p=shares, base=bases)
def test_whatever_the_share_it_is_partial_rope_of_whole_pairs_with_another_base(half, p, base):
    dim = 2 * half
    theta = p_rope_frequencies(dim, p, base)
    r = 2 * int((theta > 0).sum())
    if r:
        torch.testing.assert_close(theta[: r // 2], frequencies(r, base ** (r / dim)), atol=1e-14, rtol=1e-9)


@few
@given(half=dims, p=shares, m=positions, seed=seeds)
def test_with_its_channels_in_front_a_head_in_halves_is_turned_by_partial_rope(half, p, m, seed):
    dim = 2 * half
    x, order, theta = vector(seed, dim), to_front(dim, p), p_rope_frequencies(dim, p)
    kept = theta[: int(p * dim // 2)]
    assert order.sort().values.tolist() == list(range(dim))
    if len(kept):
        part = partial_rotate_halves(x[..., order], turns(m, kept))
        torch.testing.assert_close(part, rotate_halves(x, turns(m, theta))[..., order], atol=1e-12, rtol=0)


@few
@given(dim=dims, p=shares, m=positions, seed=seeds)
def test_interleaved_the_channels_that_turn_are_in_front_already(dim, p, m, seed):
    x, theta = vector(seed, dim), p_rope_frequencies(dim, p)
    kept = theta[theta > 0]
    if len(kept):
        torch.testing.assert_close(partial_rotate(x, turns(m, kept)), rotate(x, turns(m, theta)), atol=1e-12, rtol=0)


def test_in_halves_it_leaves_two_blocks_alone_and_partial_rope_one():
    x, at = torch.ones(1, 1, 1, 64), torch.tensor([7])
    p_rope = rotate_halves(x, rotations(at, p_rope_frequencies(64, 0.25)))[0, 0, 0] != 1
    partial = partial_rotate_halves(x, rotations(at, frequencies(16)))[0, 0, 0] != 1
    assert p_rope.nonzero().flatten().tolist() == [*range(8), *range(32, 40)]
    assert partial.nonzero().flatten().tolist() == [*range(16)]
    assert to_front(64, 0.25)[:16].tolist() == p_rope.nonzero().flatten().tolist()


def test_of_gemma_4_nothing_turns_slower_than_once_in_188_tokens():
    proportional, other = p_rope_frequencies(512, 0.25, 1e6), truncated(512, 0.25, 1e6)
    moving = proportional[proportional > 0]
    assert len(moving) == len(other[other > 0]) == 64
    assert round(2 * math.pi / moving[-1].item()) == 188
    assert round(2 * math.pi / other[63].item()) == 5_063_256
    assert 2 * math.pi / moving[-1].item() == pytest.approx(2 * math.pi * 1e6 ** (0.25 - 2 / 512))


@few
@given(seed=seeds, m=positions)
def test_mixed_readings_agree_at_distance_0_wherever_that_is(seed, m):
    q, k = vector(seed, 64), vector(seed + 1, 64)
    for theta in (p_rope_frequencies(64, 0.25), truncated(64, 0.25, 10000.0)):
        both = (rotate(q, turns(m, theta)) * rotate(k, turns(m, theta))).sum()
        torch.testing.assert_close(both, (q * k).sum(), atol=1e-9, rtol=0)


def test_mixed_readings_drift_apart_with_distance_up_to_0_7_of_a_score():
    one, other = p_rope_frequencies(512, 0.25, 1e6), truncated(512, 0.25, 1e6)
    torch.manual_seed(0)
    q, k = torch.randn(2, 1, 1, 1, 512, dtype=torch.float64)
    assert score(q, k, 0, one) == score(q, k, 0, other)
    far = torch.arange(1000, 2000)[:, None]
    typical = {}
    for distance in (torch.tensor([[1]]), torch.tensor([[10]]), far):
        gap = torch.polar(torch.tensor(1.0).double(), distance * one)
        gap = gap - torch.polar(torch.tensor(1.0).double(), distance * other)
        typical[len(distance), distance[0].item()] = (2 * gap.abs().square().sum(-1).mean() / 512).sqrt().item()
    near, ten, far = typical.values()
    assert near < 0.2 < ten < far and far == pytest.approx(0.7, abs=0.03)


@few
@given(dim=dims.map(lambda d: 4 * d), p=shares, distance=positions, seed=seeds)
def test_what_stands_still_adds_the_same_at_every_distance(dim, p, distance, seed):
    q, k, theta = vector(seed, dim), vector(seed + 1, dim), p_rope_frequencies(dim, p)
    part = (rotate(q, turns(distance, theta)) * k)[..., 2 * int(p * dim // 2) :]
    assert torch.equal(part, (q * k)[..., 2 * int(p * dim // 2) :])


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: f"{r['called'].split('.')[0]}-{r['settings']['dim']}")
def test_independent_implementations_have_the_same_speeds_and_turn_the_same(record):
    theirs = torch.tensor(record["theta"]).double()
    theta = p_rope_frequencies(**record["settings"]) / record["factor"]
    torch.testing.assert_close(theta, theirs, atol=0, rtol=2e-6)
    if "x" in record:
        x, at = torch.tensor(record["x"]).double(), torch.tensor(record["positions"])
        turned = torch.tensor(record["turned"]).double()
        got = rotate_halves(x, rotations(at, theta, torch.complex128))
        # they form their angles in float32: two roundings of 2**-24 each, times position and length of a pair
        torch.testing.assert_close(got, turned, atol=2e-6 + 1023 * 2**-23 * x.abs().max().item(), rtol=0)


@pytest.mark.parametrize("speeds", [p_rope_frequencies, to_front])
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((7, 0.5), ValueError, "dim must be even .* channels turn in pairs; got 7"),
        ((0, 0.5), ValueError, "dim must be even and above 0.* got 0"),
        ((8.0, 0.5), TypeError, "dim must be an int, got 8.0"),
        ((True, 0.5), TypeError, "dim must be an int, got True"),
        ((8, -0.1), ValueError, r"p must lie in 0 \.\. 1.* got -0.1"),
        ((8, 25), ValueError, r"share of pairs that turn; got 25"),
        ((8, float("nan")), ValueError, r"p must lie in 0 \.\. 1.* got nan"),
    ],
)
def test_shares_that_cannot_be_are_refused(speeds, arguments, error, message):
    with pytest.raises(error, match=message):
        speeds(*arguments)


@pytest.mark.parametrize("base", [1.0, float("nan")])
def test_a_base_that_gives_no_slower_pair_is_refused(base):
    with pytest.raises(ValueError, match=f"base must be finite and above 1.* got {base}"):
        p_rope_frequencies(8, 0.5, base)
