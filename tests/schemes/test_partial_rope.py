"""The sentences of docs/*/schemes/partial_rope.md, each as a test."""

import math

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st

from snippets.schemes.partial_rope import partial_rotate, partial_rotate_halves
from snippets.schemes.rope import frequencies, rotate, rotate_halves, rotations, to_halves

RECORDED = recorded("partial_rope")
dims = st.integers(1, 24).map(lambda half: 2 * half)
rest = st.integers(0, 20)
positions = st.integers(0, 100_000)
seeds = st.integers(0, 1000)
layouts = pytest.mark.parametrize("turn", [partial_rotate, partial_rotate_halves])
WHOLE = {partial_rotate: rotate, partial_rotate_halves: rotate_halves}


def by_the_equation(x, positions, r, base=10000.0):
    """The first r channels turned, one number at a time, neighbours paired, in float64."""
    out = x.double().clone()
    for b, head, t, i in torch.cartesian_prod(*map(torch.arange, (*x.shape[:3], r // 2))).tolist():
        angle = positions[t] * base ** (-2 * i / r)
        one, other = x[b, head, t, 2 * i].item(), x[b, head, t, 2 * i + 1].item()
        out[b, head, t, 2 * i] = one * math.cos(angle) - other * math.sin(angle)
        out[b, head, t, 2 * i + 1] = other * math.cos(angle) + one * math.sin(angle)
    return out


def turns(at, r):
    return rotations(torch.as_tensor(at), frequencies(r), torch.complex128)


def vectors(seed, dim, count=2):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, 1, 1, 1, dim, generator=generator, dtype=torch.float64).unbind()


@few
@given(length=st.integers(1, 4), r=dims, more=rest, start=positions, seed=seeds)
def test_the_first_r_channels_turn_as_the_equation_says_and_the_rest_stays(length, r, more, start, seed):
    x = torch.randn(2, 1, length, r + more, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    at = range(start, start + length)
    got = partial_rotate(x, turns(torch.tensor(at), r))
    torch.testing.assert_close(got, by_the_equation(x, at, r), atol=1e-9, rtol=0)
    assert torch.equal(got[..., r:], x[..., r:])


@layouts
@few
@given(r=dims, more=rest, m=positions, seed=seeds)
def test_it_is_rope_on_the_first_r_channels(turn, r, more, m, seed):
    (x,) = vectors(seed, r + more, 1)
    want = torch.cat((WHOLE[turn](x[..., :r], turns([m], r)), x[..., r:]), dim=-1)
    assert torch.equal(turn(x, turns([m], r)), want)


@layouts
@few
@given(r=dims, more=rest, m=positions, n=positions, k=st.integers(-5_000, 5_000), seed=seeds)
def test_a_score_depends_on_the_offset_alone(turn, r, more, m, n, k, seed):
    q, key = vectors(seed, r + more)
    one, other = ((turn(q, turns([m + s], r)) * turn(key, turns([n + s], r))).sum() for s in (0, k))
    torch.testing.assert_close(one, other, atol=1e-8, rtol=0)


@layouts
@few
@given(r=dims, more=st.integers(1, 20), m=positions, n=positions, seed=seeds)
def test_what_the_other_channels_add_to_a_score_is_the_same_at_every_offset(turn, r, more, m, n, seed):
    q, key = vectors(seed, r + more)
    turned, at = (turn(q, turns([m], r)) * turn(key, turns([n], r))), r
    assert torch.equal(turned[..., at:].sum(), (q * key)[..., at:].sum())


@layouts
@few
@given(r=dims, more=rest, m=positions, seed=seeds)
def test_lengths_are_kept(turn, r, more, m, seed):
    (x,) = vectors(seed, r + more, 1)
    torch.testing.assert_close(turn(x, turns([m], r)).norm(), x.norm(), atol=1e-9, rtol=0)


@few
@given(r=dims, more=rest, m=positions, seed=seeds)
def test_the_permutation_between_the_layouts_stays_inside_the_part_that_turns(r, more, m, seed):
    (x,) = vectors(seed, r + more, 1)
    order = torch.cat((to_halves(r), torch.arange(r, r + more)))
    torch.testing.assert_close(
        partial_rotate_halves(x[..., order], turns([m], r)),
        partial_rotate(x, turns([m], r))[..., order],
        atol=1e-12,
        rtol=0,
    )


def test_the_exponent_is_divided_by_r_and_not_by_d_h():
    assert not torch.allclose(frequencies(16), frequencies(64)[:8])
    assert torch.allclose(frequencies(16), frequencies(64)[::4])


@layouts
def test_decoding_with_a_cache_gives_the_scores_of_the_whole_sequence(turn):
    torch.manual_seed(0)
    (q, k), theta = torch.randn(2, 2, 3, 7, 12), frequencies(4)
    whole = turn(q, rotations(torch.arange(7), theta)) @ turn(k, rotations(torch.arange(7), theta)).mT
    keys = torch.cat([turn(k[:, :, t : t + 1], rotations(torch.tensor([t]), theta)) for t in range(7)], dim=2)
    torch.testing.assert_close(turn(q[:, :, 6:], rotations(torch.tensor([6]), theta)) @ keys.mT, whole[:, :, 6:])


@layouts
@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [(torch.float64, 1e-9), (torch.float32, 1e-6), (torch.float16, 2e-3), (torch.bfloat16, 1.6e-2)],
)
def test_position_100000_is_right_to_the_rounding_of_the_dtype(turn, dtype, tolerance):
    x, at = torch.randn(1, 2, 2, 40, generator=torch.Generator().manual_seed(0)).to(dtype), [100_000, 99_999]
    order = torch.arange(40)
    if turn is partial_rotate_halves:
        order[:10] = to_halves(10).argsort()
    kind = torch.complex128 if dtype == torch.float64 else torch.complex64
    got = turn(x, rotations(torch.tensor(at), frequencies(10), kind))
    assert got.dtype == dtype and torch.equal(got[..., 10:], x[..., 10:])
    torch.testing.assert_close(got.double()[..., order], by_the_equation(x[..., order], at, 10), atol=tolerance, rtol=0)


@layouts
def test_gradients_are_turned_back_and_pass_the_rest_unchanged(turn):
    (x,) = vectors(0, 12, 1)
    x.requires_grad_()
    upstream = torch.randn(1, 1, 1, 12, dtype=torch.float64)
    (grad,) = torch.autograd.grad((turn(x, turns([5], 8)) * upstream).sum(), x)
    torch.testing.assert_close(grad, turn(upstream, turns([5], 8).conj()))


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: f"{r['called'].split('.')[0]}-{r['fraction']}")
def test_independent_implementations_turn_the_same_part(record):
    x, theirs = torch.tensor(record["x"]).double(), torch.tensor(record["turned"]).double()
    turn = {"halves": partial_rotate_halves, "interleaved": partial_rotate}[record["layout"]]
    theta = frequencies(int(record["fraction"] * x.shape[-1]), record["base"])
    got = turn(x, rotations(torch.tensor(record["positions"]), theta, torch.complex128))
    # they form their angles in float32: two roundings of 2**-24 each, times position and length of a pair
    torch.testing.assert_close(got, theirs, atol=2e-6 + 1023 * 2**-23 * x.abs().max().item(), rtol=0)
    torch.testing.assert_close(got[:, :, :2], theirs[:, :, :2], atol=1e-6, rtol=0)


AT = rotations(torch.arange(3), frequencies(8))
EACH = rotations(torch.zeros(2, 3), frequencies(8))


@layouts
@pytest.mark.parametrize(
    ("x", "at", "error", "message"),
    [
        (torch.zeros(2, 1, 3, 8).long(), AT, TypeError, "x must be floating point.* got torch.int64 and"),
        (torch.zeros(2, 1, 3, 8), AT.real, TypeError, "turns complex, got torch.float32 and torch.float32"),
        (torch.zeros(2, 3, 8), AT, ValueError, r"shape \(B, h, 3, 8 or more\) to match turns, got \(2, 3, 8\)"),
        (torch.zeros(2, 1, 4, 8), AT, ValueError, r"got \(2, 1, 4, 8\)"),
        (torch.zeros(2, 1, 3, 6), AT, ValueError, r"\(B, h, 3, 8 or more\) to match turns, got \(2, 1, 3, 6\)"),
        (torch.zeros(1, 1, 3, 8), EACH, ValueError, r"shape \(2, h, 3, 8 or more\).* got \(1, 1, 3, 8\)"),
        (torch.zeros(2, 1, 3, 8), AT[0], ValueError, r"turns must have shape \(T, r/2\) or .* got \(4,\)"),
        (torch.zeros(2, 2, 3, 8), EACH[:, 0], ValueError, r"or \(B, 1, T, r/2\), got \(2, 3, 4\)"),
    ],
)
def test_queries_that_do_not_fit_are_refused(turn, x, at, error, message):
    with pytest.raises(error, match=message):
        turn(x, at)
