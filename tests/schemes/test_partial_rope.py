"""The sentences of docs/*/schemes/partial_rope.md, each as a test."""

import math

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st

from snippets.schemes.partial_rope import p_rope_frequencies, partial_rotate, partial_rotate_halves
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


@few
@given(dim=dims, p=st.floats(0, 1), base=st.floats(2, 1e6))
def test_p_rope_keeps_the_fastest_pairs_of_a_whole_head_and_stops_the_rest(dim, p, base):
    theta, whole, kept = p_rope_frequencies(dim, p, base), frequencies(dim, base), int(p * dim // 2)
    assert theta.dtype == torch.float64 and theta.shape == whole.shape
    assert torch.equal(theta[:kept], whole[:kept]) and not theta[kept:].any()


@few
@given(dim=dims, m=positions, seed=seeds)
def test_p_1_is_rope_and_p_0_has_no_positions(dim, m, seed):
    (x,) = vectors(seed, dim, 1)
    at = torch.tensor([m])
    assert torch.equal(p_rope_frequencies(dim, 1), frequencies(dim))
    assert torch.equal(rotate(x, rotations(at, p_rope_frequencies(dim, 0), torch.complex128)), x)


@few
@given(dim=dims, p=st.floats(0, 1), m=positions, seed=seeds)
def test_interleaved_p_rope_is_partial_rotation_by_the_speeds_of_a_whole_head(dim, p, m, seed):
    (x,) = vectors(seed, dim, 1)
    at, theta = torch.tensor([m]), p_rope_frequencies(dim, p)
    kept = theta[theta > 0]
    if len(kept):
        part = partial_rotate(x, rotations(at, kept, torch.complex128))
        torch.testing.assert_close(part, rotate(x, rotations(at, theta, torch.complex128)), atol=1e-12, rtol=0)


def test_in_halves_p_rope_leaves_two_blocks_alone_and_partial_rope_one():
    x, at = torch.ones(1, 1, 1, 64), torch.tensor([7])
    p_rope = rotate_halves(x, rotations(at, p_rope_frequencies(64, 0.25)))[0, 0, 0] != 1
    partial = partial_rotate_halves(x, rotations(at, frequencies(16)))[0, 0, 0] != 1
    assert p_rope.nonzero().flatten().tolist() == [*range(8), *range(32, 40)]
    assert partial.nonzero().flatten().tolist() == [*range(16)]


def test_partial_rope_has_the_whole_range_of_wavelengths_and_p_rope_the_short_end():
    partial, p_rope = 2 * math.pi / frequencies(16), 2 * math.pi / p_rope_frequencies(64, 0.25)[:8]
    assert partial[-1] > 19_000 and p_rope[-1] < 50 and torch.allclose(partial[:1], p_rope[:1])


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
    dim, share, base, at = x.shape[-1], record["fraction"], record["base"], torch.tensor(record["positions"])
    if record["layout"] == "p-RoPE":
        turn, theta = rotate_halves, p_rope_frequencies(dim, share, base)
        torch.testing.assert_close(theta, torch.tensor(record["theta"]).double(), atol=2**-24, rtol=0)
    else:
        turn = {"halves": partial_rotate_halves, "interleaved": partial_rotate}[record["layout"]]
        theta = frequencies(int(share * dim), base)
    got = turn(x, rotations(at, theta, torch.complex128))
    # they form their angles in float32: two roundings of 2**-24 each, times position and length of a pair
    torch.testing.assert_close(got, theirs, atol=2e-6 + 1023 * 2**-23 * x.abs().max().item(), rtol=0)
    torch.testing.assert_close(got[:, :, :2], theirs[:, :, :2], atol=1e-6, rtol=0)


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
        ((8, 0.5, 1.0), ValueError, "base must be above 1.* got 1.0"),
        ((8, 0.5, float("nan")), ValueError, "base must be above 1.* got nan"),
    ],
)
def test_speeds_that_cannot_be_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        p_rope_frequencies(*arguments)


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
    ],
)
def test_queries_that_do_not_fit_are_refused(turn, x, at, error, message):
    with pytest.raises(error, match=message):
        turn(x, at)
