"""The sentences of docs/*/schemes/position_interpolation.md, each as a test."""

import math

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st

from snippets.schemes.position_interpolation import interpolated_frequencies
from snippets.schemes.rope import frequencies, rotate, rotate_halves, rotations, to_halves

RECORDED = recorded("position_interpolation")
dims = st.integers(1, 32).map(lambda half: 2 * half)
scales = st.floats(1, 64)
seeds = st.integers(0, 2**32 - 1)


def by_the_equation(x, m, scale, base=10000.0):
    """Equation 4 of the paper, one pair at a time: RoPE's f(x, m L / L')."""
    d = len(x)
    out = torch.zeros(d, dtype=torch.float64)
    for j in range(d // 2):
        angle = (m / scale) * base ** (-2 * j / d)
        first, second = x[2 * j].item(), x[2 * j + 1].item()
        out[2 * j] = first * math.cos(angle) - second * math.sin(angle)
        out[2 * j + 1] = first * math.sin(angle) + second * math.cos(angle)
    return out


def turned(x, positions, theta):
    """RoPE with the given speeds, in the dtype of x."""
    return rotate(x, rotations(positions, theta, torch.complex128))


def heads(seed, length, dim):
    return torch.randn(1, 2, length, dim, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@few
@given(seed=seeds, m=st.integers(0, 100_000), dim=dims, scale=scales, base=st.floats(2, 1e6))
def test_it_is_the_equation(seed, m, dim, scale, base):
    x = heads(seed, 1, dim)
    got = turned(x, torch.tensor([m]), interpolated_frequencies(dim, scale, base))[0, 0, 0]
    torch.testing.assert_close(got, by_the_equation(x[0, 0, 0], m, scale, base), atol=1e-9, rtol=0)


@few
@given(seed=seeds, dim=dims, scale=scales, first=st.integers(0, 100_000))
def test_dividing_the_speeds_is_dividing_the_positions(seed, dim, scale, first):
    x, positions = heads(seed, 5, dim), torch.arange(first, first + 5)
    squeezed = turned(x, positions.double() / scale, frequencies(dim))
    torch.testing.assert_close(turned(x, positions, interpolated_frequencies(dim, scale)), squeezed, atol=1e-9, rtol=0)


@few
@given(dim=dims, scale=st.integers(1, 64), trained=st.integers(2, 8192), base=st.floats(2, 1e6))
def test_no_pair_reaches_an_angle_it_did_not_meet_in_training(dim, scale, trained, base):
    last = (scale * trained - 1) * interpolated_frequencies(dim, scale, base)
    assert (last <= trained * frequencies(dim, base)).all()


def test_of_64_pairs_23_never_turned_in_2048_tokens_and_rope_takes_them_further():
    theta = frequencies(128)
    never = 2048 * theta < 2 * math.pi
    assert never.sum() == 23 and never[41:].all()
    assert (8192 * theta[never] > 2048 * theta[never]).all()


@few
@given(seed=seeds, dim=dims, scale=st.integers(1, 8), m=st.integers(0, 500), n=st.integers(0, 500))
def test_the_score_at_an_offset_is_ropes_score_at_the_offset_divided_by_the_scale(seed, dim, scale, m, n):
    q, k = heads(seed, 1, dim), heads(seed + 1, 1, dim)
    theta, own = interpolated_frequencies(dim, scale), frequencies(dim)
    far = turned(q, torch.tensor([m * scale]), theta) * turned(k, torch.tensor([n * scale]), theta)
    near = turned(q, torch.tensor([m]), own) * turned(k, torch.tensor([n]), own)
    torch.testing.assert_close(far.sum(-1), near.sum(-1), atol=1e-9, rtol=0)


@few
@given(seed=seeds, dim=dims, scale=scales, shift=st.integers(0, 50_000))
def test_scores_still_depend_on_the_offset_alone(seed, dim, scale, shift):
    q, k, at = heads(seed, 4, dim), heads(seed + 1, 4, dim), torch.arange(4)
    theta = interpolated_frequencies(dim, scale)
    here = turned(q, at, theta) @ turned(k, at, theta).mT
    there = turned(q, at + shift, theta) @ turned(k, at + shift, theta).mT
    torch.testing.assert_close(here, there, atol=1e-8, rtol=0)


@few
@given(seed=seeds, dim=dims, scale=scales)
def test_lengths_are_kept(seed, dim, scale):
    x = heads(seed, 3, dim)
    got = turned(x, torch.tensor([0, 1, 9999]), interpolated_frequencies(dim, scale))
    torch.testing.assert_close(got.norm(dim=-1), x.norm(dim=-1))


def test_scale_1_is_rope():
    assert torch.equal(interpolated_frequencies(64, 1), frequencies(64))


def test_the_step_between_neighbours_shrinks_by_the_scale():
    assert (frequencies(64) / interpolated_frequencies(64, 4) - 4).abs().max() < 1e-12


def test_the_interpolation_bound_is_exceeded_by_a_score_that_its_proof_overlooked():
    theta = frequencies(128)
    coefficients = torch.polar(torch.ones_like(theta), -0.5 * theta)  # |h| = 1, aligned half-way between 0 and 1

    def score(s):
        return (coefficients * torch.polar(torch.ones_like(theta), s * theta)).real.sum()

    gap = (score(0.5) - (score(0) + score(1)) / 2).abs().item()
    assert gap > 128 / (32 * math.log(10000)) + 0.05
    # the step of the proof that fails: c**x <= 1 + x ln c for x < 0; a convex curve lies above its tangent
    assert 1 - 4 / 128 * math.log(10000) < 10000 ** (-4 / 128)


@few
@given(seed=seeds, dim=dims, s=st.floats(0, 1))
def test_between_whole_offsets_a_score_stays_within_the_mended_bound_of_their_line(seed, dim, s):
    generator = torch.Generator().manual_seed(seed)
    h = torch.randn(dim // 2, dtype=torch.complex128, generator=generator)
    theta = frequencies(dim)

    def score(at):
        return (h * torch.polar(torch.ones_like(theta), at * theta)).real.sum()

    gap = (score(7 + s) - (1 - s) * score(7) - s * score(8)).abs()
    assert gap <= h.abs().max() * s * (1 - s) / 2 * (theta**2).sum() + 1e-12


def test_a_query_that_looks_near_scores_wildly_past_its_length_unless_interpolated():
    from snippets.figures.schemes.position_interpolation import looks_near

    offsets = torch.arange(0, 8192)
    plain = looks_near(offsets, frequencies(128))
    squeezed = looks_near(offsets, interpolated_frequencies(128, 4))
    wanted = torch.exp(-offsets[:2048].double() / 100)
    assert (plain[:2048] - wanted).abs().max() < 1e-3
    assert plain[2048:].abs().max() > 2
    assert squeezed.max() <= 1.001 and squeezed.min() > -0.01


def test_decoding_with_a_cache_gives_the_same_scores():
    q, k, theta = heads(0, 6, 16), heads(1, 6, 16), interpolated_frequencies(16, 4)
    at = torch.arange(6)
    whole = turned(q, at, theta) @ turned(k, at, theta).mT
    cache = torch.cat([turned(k[:, :, [m]], torch.tensor([m]), theta) for m in range(6)], dim=2)
    last = turned(q[:, :, 5:], torch.tensor([5]), theta) @ cache.mT
    torch.testing.assert_close(last, whole[:, :, 5:])


def test_both_layouts_agree_up_to_the_permutation():
    x, turns = heads(0, 5, 16), rotations(torch.arange(5), interpolated_frequencies(16, 4), torch.complex128)
    torch.testing.assert_close(rotate(x, turns)[..., to_halves(16)], rotate_halves(x[..., to_halves(16)], turns))


def test_nothing_is_learned_and_gradients_pass():
    theta = interpolated_frequencies(8, 4)
    assert not theta.requires_grad
    x = heads(0, 3, 8).requires_grad_()
    turned(x, torch.arange(3), theta).square().sum().backward()
    torch.testing.assert_close(x.grad, 2 * x.detach())


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-6), (torch.bfloat16, 0.02)]
)
def test_position_100000_is_right_to_the_rounding_of_the_dtype(dtype, tolerance):
    x = heads(0, 1, 64).to(dtype)
    kept = torch.complex128 if dtype == torch.float64 else torch.complex64
    got = rotate(x, rotations(torch.tensor([100_000]), interpolated_frequencies(64, 3), kept))
    want = by_the_equation(x[0, 1, 0].double(), 100_000, 3)
    assert got.dtype == dtype
    torch.testing.assert_close(got[0, 1, 0].double(), want, atol=tolerance, rtol=0)


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: r["called"])
def test_independent_packages_agree(record):
    theta = interpolated_frequencies(record["dim"], record["scale"], record["base"])
    if "speeds" in record:
        theirs = torch.tensor(record["speeds"], dtype=torch.float64)
        torch.testing.assert_close(theta, theirs, atol=0, rtol=2e-7)
    else:  # that package forms its angles in float32
        x, first = torch.tensor(record["x"]), record["first"]
        got = rotate(x, rotations(torch.arange(first, first + x.shape[2]), theta))
        torch.testing.assert_close(got, torch.tensor(record["turned"]), atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((7, 4), ValueError, "dim must be even and above 0, since channels turn in pairs; got 7"),
        ((0, 4), ValueError, "got 0"),
        ((-2, 4), ValueError, "got -2"),
        ((8.0, 4), TypeError, "dim must be an int, got 8.0"),
        ((True, 4), TypeError, "dim must be an int, got True"),
        ((8, 0.5), ValueError, "scale must be finite and at least 1, since it stretches the trained length; got 0.5"),
        ((8, float("inf")), ValueError, "got inf"),
        ((8, float("nan")), ValueError, "got nan"),
        ((8, True), TypeError, "scale must be a number, .* got True"),
        ((8, "4"), TypeError, "got '4'"),
        ((8, 4, 1.0), ValueError, "base must be finite and above 1.* got 1.0"),
        ((8, 4, float("nan")), ValueError, "base must be finite and above 1.* got nan"),
    ],
)
def test_what_cannot_be_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        interpolated_frequencies(*arguments)
