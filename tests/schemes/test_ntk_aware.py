"""The sentences of docs/*/schemes/ntk_aware.md, each as a test."""

import math

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st

from snippets.schemes.ntk_aware import dynamic_ntk_frequencies, ntk_frequencies
from snippets.schemes.position_interpolation import interpolated_frequencies
from snippets.schemes.rope import frequencies, rotate, rotate_halves, rotations, to_halves

RECORDED = recorded("ntk_aware")
dims = st.integers(2, 64).map(lambda half: 2 * half)
scales = st.floats(1, 64)
bases = st.floats(2, 1e6)
seeds = st.integers(0, 2**32 - 1)


def by_the_equation(dim, scale, base=10000.0):
    """Definition 1 of the YaRN paper (equations 14 to 16), one pair at a time."""
    stretched = base * scale ** (dim / (dim - 2))
    return torch.tensor([stretched ** (-2 * i / dim) for i in range(dim // 2)], dtype=torch.float64)


def dynamic_by_the_text(dim, length, trained, base=10000.0):
    """Section 3.3: s = max(1, l'/L) in each forward pass."""
    return by_the_equation(dim, max(1, length / trained), base)


def turned(x, positions, theta):
    return rotate(x, rotations(positions, theta, torch.complex128))


def heads(seed, length, dim):
    return torch.randn(1, 2, length, dim, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@few
@given(dim=dims, scale=scales, base=bases)
def test_the_speeds_are_the_equation(dim, scale, base):
    torch.testing.assert_close(ntk_frequencies(dim, scale, base), by_the_equation(dim, scale, base), atol=0, rtol=1e-12)


@few
@given(dim=dims, length=st.integers(1, 100_000), trained=st.integers(1, 8192), base=bases)
def test_the_dynamic_speeds_are_the_text(dim, length, trained, base):
    got = dynamic_ntk_frequencies(dim, length, trained, base)
    torch.testing.assert_close(got, dynamic_by_the_text(dim, length, trained, base), atol=0, rtol=1e-12)


@few
@given(dim=dims, scale=scales, base=bases)
def test_it_is_rope_with_a_larger_base(dim, scale, base):
    larger = frequencies(dim, base * scale ** (dim / (dim - 2)))
    torch.testing.assert_close(ntk_frequencies(dim, scale, base), larger, atol=0, rtol=1e-12)


@few
@given(dim=dims, scale=scales, base=bases)
def test_the_first_pair_keeps_its_speed_and_the_last_is_divided_by_the_scale(dim, scale, base):
    slower = frequencies(dim, base) / ntk_frequencies(dim, scale, base)
    assert slower[0].item() == 1
    assert slower[-1].item() == pytest.approx(scale, rel=1e-12)


@few
@given(dim=dims, scale=scales, base=bases)
def test_between_them_the_division_grows_by_the_same_ratio_from_pair_to_pair(dim, scale, base):
    slower = frequencies(dim, base) / ntk_frequencies(dim, scale, base)
    steps = slower[1:] / slower[:-1]
    torch.testing.assert_close(steps, torch.full_like(steps, scale ** (1 / (dim // 2 - 1))), atol=0, rtol=1e-9)


@few
@given(dim=dims, scale=st.floats(1.5, 64), trained=st.integers(64, 8192))
def test_every_pair_that_never_turned_overshoots_except_the_last(dim, scale, trained):
    own, theta = frequencies(dim), ntk_frequencies(dim, scale)
    beyond = scale * theta / own  # the angle reached, over the angle met in training
    assert (beyond[:-1] > 1).all()
    assert beyond[-1].item() == pytest.approx(1, rel=1e-12)
    assert (theta >= interpolated_frequencies(dim, scale) * (1 - 1e-12)).all()


def test_llama_stretched_4_times_has_22_overshooting_pairs_and_none_at_scale_8_4():
    own = frequencies(128)
    never = 2048 * own < 2 * math.pi
    beyond = (4 * ntk_frequencies(128, 4) / own)[never]
    assert never.sum() == 23 and (beyond > 1 + 1e-9).sum() == 22
    assert beyond.max().item() == pytest.approx(1.6227, abs=1e-4)
    needed = 4 ** (63 / 41)
    assert needed == pytest.approx(8.416, abs=1e-3)
    assert (4 * ntk_frequencies(128, needed) / own)[never].max().item() == pytest.approx(1)


def test_base_1000000_is_scale_93_for_heads_of_128():
    scale = (1_000_000 / 10_000) ** (126 / 128)
    assert scale == pytest.approx(93.06, abs=0.01)
    torch.testing.assert_close(ntk_frequencies(128, scale), frequencies(128, 1e6))


@few
@given(dim=dims, trained=st.integers(1, 8192), share=st.floats(0, 1))
def test_the_dynamic_form_is_rope_until_the_trained_length(dim, trained, share):
    length = max(1, int(share * trained))
    assert torch.equal(dynamic_ntk_frequencies(dim, length, trained), frequencies(dim))


@few
@given(dim=dims, trained=st.integers(1, 8192), more=st.integers(1, 10_000), factor=st.floats(1, 8))
def test_the_dynamic_form_slows_down_as_the_text_grows(dim, trained, more, factor):
    before = dynamic_ntk_frequencies(dim, trained + more, trained, factor=factor)
    after = dynamic_ntk_frequencies(dim, trained + 2 * more, trained, factor=factor)
    assert (after[1:] < before[1:]).all() and after[0] == before[0]


def test_factor_multiplies_what_is_beyond_the_trained_length():
    assert torch.equal(dynamic_ntk_frequencies(64, 4096, 2048, factor=2.0), ntk_frequencies(64, 3.0))
    assert torch.equal(dynamic_ntk_frequencies(64, 2048, 2048, factor=2.0), frequencies(64))


@few
@given(seed=seeds, dim=dims, scale=scales, shift=st.integers(0, 50_000))
def test_scores_still_depend_on_the_offset_alone(seed, dim, scale, shift):
    q, k, at, theta = heads(seed, 4, dim), heads(seed + 1, 4, dim), torch.arange(4), ntk_frequencies(dim, scale)
    here = turned(q, at, theta) @ turned(k, at, theta).mT
    there = turned(q, at + shift, theta) @ turned(k, at + shift, theta).mT
    torch.testing.assert_close(here, there, atol=1e-7, rtol=0)


@few
@given(seed=seeds, dim=dims, scale=scales)
def test_lengths_are_kept(seed, dim, scale):
    x = heads(seed, 3, dim)
    got = turned(x, torch.tensor([0, 1, 9999]), ntk_frequencies(dim, scale))
    torch.testing.assert_close(got.norm(dim=-1), x.norm(dim=-1))


def test_scale_1_is_rope():
    torch.testing.assert_close(ntk_frequencies(64, 1), frequencies(64), atol=0, rtol=0)


def test_with_the_static_form_a_cache_of_turned_keys_is_right():
    q, k, theta, at = heads(0, 6, 16), heads(1, 6, 16), ntk_frequencies(16, 4), torch.arange(6)
    whole = turned(q, at, theta) @ turned(k, at, theta).mT
    cache = torch.cat([turned(k[:, :, [m]], torch.tensor([m]), theta) for m in range(6)], dim=2)
    torch.testing.assert_close(turned(q[:, :, 5:], torch.tensor([5]), theta) @ cache.mT, whole[:, :, 5:])


def test_with_the_dynamic_form_a_cache_must_hold_keys_before_they_are_turned():
    q, k, trained, at = heads(0, 12, 16), heads(1, 12, 16), 4, torch.arange(12)
    theta = dynamic_ntk_frequencies(16, 12, trained)
    whole = (turned(q, at, theta) @ turned(k, at, theta).mT)[:, :, 11:]
    stale = [turned(k[:, :, [m]], at[[m]], dynamic_ntk_frequencies(16, m + 1, trained)) for m in range(12)]
    query = turned(q[:, :, 11:], at[11:], theta)
    assert (query @ torch.cat(stale, dim=2).mT - whole).abs().max() > 0.1
    torch.testing.assert_close(query @ turned(k, at, theta).mT, whole)


def test_both_layouts_agree_up_to_the_permutation():
    x, turns = heads(0, 5, 16), rotations(torch.arange(5), ntk_frequencies(16, 4), torch.complex128)
    torch.testing.assert_close(rotate(x, turns)[..., to_halves(16)], rotate_halves(x[..., to_halves(16)], turns))


def test_nothing_is_learned_and_gradients_pass():
    theta = ntk_frequencies(8, 4)
    assert not theta.requires_grad
    x = heads(0, 3, 8).requires_grad_()
    turned(x, torch.arange(3), theta).square().sum().backward()
    torch.testing.assert_close(x.grad, 2 * x.detach())


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 1e-6), (torch.bfloat16, 0.02)])
def test_position_100000_is_right_to_the_rounding_of_the_dtype(dtype, tolerance):
    x = heads(0, 1, 64).to(dtype)
    kept = torch.complex128 if dtype == torch.float64 else torch.complex64
    got = rotate(x, rotations(torch.tensor([100_000]), ntk_frequencies(64, 3), kept))
    want = torch.zeros(64, dtype=torch.float64)
    for i, theta in enumerate(by_the_equation(64, 3).tolist()):
        first, second, angle = x[0, 0, 0, 2 * i].item(), x[0, 0, 0, 2 * i + 1].item(), 100_000 * theta
        want[2 * i] = first * math.cos(angle) - second * math.sin(angle)
        want[2 * i + 1] = first * math.sin(angle) + second * math.cos(angle)
    assert got.dtype == dtype
    torch.testing.assert_close(got[0, 0, 0].double(), want, atol=tolerance, rtol=0)


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: f"{r['called']}-{r['dim']}-{r.get('length', '')}")
def test_independent_packages_agree(record):
    if "scale" in record:
        theta = ntk_frequencies(record["dim"], record["scale"], record["base"])
    else:
        theta = dynamic_ntk_frequencies(*(record[name] for name in ("dim", "length", "trained", "base", "factor")))
    torch.testing.assert_close(theta, torch.tensor(record["speeds"], dtype=torch.float64), atol=0, rtol=2e-7)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((7, 4), ValueError, "dim must be even and above 2, so that a first and a last pair differ; got 7"),
        ((2, 4), ValueError, "dim must be even and above 2.* got 2"),
        ((-4, 4), ValueError, "got -4"),
        ((8.0, 4), TypeError, "dim must be an int, got 8.0"),
        ((True, 4), TypeError, "dim must be an int, got True"),
        ((8, 0.5), ValueError, "scale must be finite and at least 1, since it stretches the trained length; got 0.5"),
        ((8, float("inf")), ValueError, "got inf"),
        ((8, float("nan")), ValueError, "got nan"),
        ((8, True), TypeError, "scale must be a number, got True"),
        ((8, "4"), TypeError, "scale must be a number, got '4'"),
        ((8, 4, 1.0), ValueError, "base must be finite and above 1.* got 1.0"),
        ((8, 4, float("nan")), ValueError, "base must be finite and above 1.* got nan"),
    ],
)
def test_what_cannot_be_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        ntk_frequencies(*arguments)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((8, 0, 4), ValueError, "length must be above 0, since it counts tokens; got 0"),
        ((8, 4, -1), ValueError, "trained must be above 0, since it counts tokens; got -1"),
        ((8, 4.0, 4), TypeError, "length must be an int, since it counts tokens; got 4.0"),
        ((8, 4, True), TypeError, "trained must be an int, since it counts tokens; got True"),
        ((8, 4, 4, 10000.0, 0.5), ValueError, "factor must be finite and at least 1.* got 0.5"),
        ((8, 4, 4, 10000.0, True), TypeError, "factor must be a number, got True"),
        ((7, 4, 4), ValueError, "dim must be even and above 2.* got 7"),
    ],
)
def test_a_dynamic_length_that_cannot_be_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        dynamic_ntk_frequencies(*arguments)
