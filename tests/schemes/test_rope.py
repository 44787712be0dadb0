"""The sentences of docs/*/schemes/rope.md, each as a test."""

import math

import pytest
import torch
from helpers import Watch, few, recorded
from hypothesis import given
from hypothesis import strategies as st

from snippets.attention import Attention
from snippets.schemes.rope import frequencies, rotate, rotate_halves, rotations, to_halves

RECORDED = recorded("rope")
dims = st.integers(1, 32).map(lambda half: 2 * half)
positions = st.integers(0, 100_000)
seeds = st.integers(0, 1000)
layouts = pytest.mark.parametrize("turn", [rotate, rotate_halves])


def by_the_equation(x, positions, base=10000.0):
    """Equation 34 of the paper, one number at a time, in float64: (B, h, T, d_h), T positions."""
    out = torch.zeros(x.shape, dtype=torch.float64)
    for b, head, t, i in torch.cartesian_prod(*map(torch.arange, (*x.shape[:3], x.shape[3] // 2))).tolist():
        angle = positions[t] * base ** (-2 * i / x.shape[3])
        one, other = x[b, head, t, 2 * i].item(), x[b, head, t, 2 * i + 1].item()
        out[b, head, t, 2 * i] = one * math.cos(angle) - other * math.sin(angle)
        out[b, head, t, 2 * i + 1] = other * math.cos(angle) + one * math.sin(angle)
    return out


def turns(at, dim, base=10000.0):
    return rotations(torch.as_tensor(at), frequencies(dim, base), torch.complex128)


def vectors(seed, dim, count=2):
    """``count`` queries or keys in float64, each (1, 1, 1, d_h)."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, 1, 1, 1, dim, generator=generator, dtype=torch.float64).unbind()


def score(q, k, m, n, turn=rotate):
    """The score of q at position m and k at position n, before the division by sqrt(d_h)."""
    dim = q.shape[-1]
    return (turn(q, turns([m], dim)) * turn(k, turns([n], dim))).sum()


@few
@given(length=st.integers(1, 5), dim=dims, start=positions, base=st.floats(2, 1e6), seed=seeds)
def test_every_pair_is_turned_as_the_equation_says(length, dim, start, base, seed):
    x = torch.randn(2, 1, length, dim, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    at = range(start, start + length)
    got = rotate(x, turns(torch.tensor(at), dim, base))
    torch.testing.assert_close(got, by_the_equation(x, at, base), atol=1e-9, rtol=0)


@layouts
@few
@given(m=positions, n=positions, k=st.integers(-5_000, 5_000), dim=dims, seed=seeds)
def test_a_score_depends_on_the_offset_alone(turn, m, n, k, dim, seed):
    q, key = vectors(seed, dim)
    torch.testing.assert_close(score(q, key, m, n, turn), score(q, key, m + k, n + k, turn), atol=1e-8, rtol=0)


@few
@given(m=positions, n=positions, dim=dims, seed=seeds)
def test_turning_both_is_turning_the_key_by_the_offset(m, n, dim, seed):
    q, k = vectors(seed, dim)
    alone = (q * rotate(k, turns([n - m], dim))).sum()
    torch.testing.assert_close(score(q, k, m, n), alone, atol=1e-8, rtol=0)


@few
@given(m=positions, k=st.integers(-5_000, 5_000), dim=dims, seed=seeds)
def test_two_turns_add_up_so_a_cached_key_can_be_moved(m, k, dim, seed):
    (key,) = vectors(seed, dim, 1)
    moved = rotate(rotate(key, turns([m], dim)), turns([k], dim))
    torch.testing.assert_close(moved, rotate(key, turns([m + k], dim)), atol=1e-9, rtol=0)


@layouts
@few
@given(m=positions, dim=dims, seed=seeds)
def test_a_turn_keeps_the_length_of_every_pair(turn, m, dim, seed):
    (q,) = vectors(seed, dim, 1)
    turned = turn(q, turns([m], dim))
    as_pairs = (lambda x: x.unflatten(-1, (-1, 2))) if turn is rotate else (lambda x: x.unflatten(-1, (2, -1)).mT)
    torch.testing.assert_close(as_pairs(turned).norm(dim=-1), as_pairs(q).norm(dim=-1), atol=1e-9, rtol=0)


@layouts
def test_position_0_is_left_as_it_is(turn):
    (q,) = vectors(0, 8, 1)
    assert torch.equal(turn(q, turns([0], 8)), q)


def test_pair_i_turns_by_theta_i_counter_clockwise():
    east = torch.tensor([1.0, 0.0], dtype=torch.float64).repeat(4).reshape(1, 1, 1, 8)
    got = rotate(east, turns([1], 8)).unflatten(-1, (-1, 2)).flatten(0, 3)
    theta = torch.tensor([1, 0.1, 0.01, 0.001], dtype=torch.float64)
    torch.testing.assert_close(torch.atan2(got[:, 1], got[:, 0]), theta)


@few
@given(m=positions, n=positions, dim=dims, seed=seeds)
def test_the_other_sign_swaps_m_and_n_and_a_flipped_channel_undoes_it(m, n, dim, seed):
    q, k = vectors(seed, dim)
    other = (rotate(q, turns([m], dim).conj()) * rotate(k, turns([n], dim).conj())).sum()
    torch.testing.assert_close(other, score(q, k, n, m), atol=1e-8, rtol=0)
    flip = torch.tensor([1.0, -1.0], dtype=torch.float64).repeat(dim // 2)
    torch.testing.assert_close(rotate(q * flip, turns([m], dim).conj()) * flip, rotate(q, turns([m], dim)))


@few
@given(length=st.integers(1, 6), dim=dims, m=positions, seed=seeds)
def test_one_permutation_takes_one_layout_to_the_other(length, dim, m, seed):
    x = torch.randn(1, 2, length, dim, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    at, order = turns(torch.arange(m, m + length), dim), to_halves(dim)
    torch.testing.assert_close(rotate_halves(x[..., order], at), rotate(x, at)[..., order], atol=1e-12, rtol=0)
    assert torch.equal(x[..., order][..., order.argsort()], x)


def test_to_halves_lists_even_channels_and_then_odd_ones():
    assert to_halves(8).tolist() == [0, 2, 4, 6, 1, 3, 5, 7]


def test_permuting_the_rows_of_w_q_and_w_k_converts_a_model_and_w_v_stays():
    torch.manual_seed(0)
    layer, dim, heads = Attention(24, 3), 24, 3
    x, at = torch.randn(2, 5, dim), rotations(torch.arange(5), frequencies(8))
    before = layer(x, at_qk=lambda q, k: (rotate(q, at), rotate(k, at)))
    rows = (torch.arange(heads)[:, None] * 8 + to_halves(8)).flatten()
    with torch.no_grad():
        q, k, v = layer.qkv.weight.chunk(3)
        layer.qkv.weight.copy_(torch.cat((q[rows], k[rows], v)))
    after = layer(x, at_qk=lambda q, k: (rotate_halves(q, at), rotate_halves(k, at)))
    torch.testing.assert_close(after, before)
    wrong = layer(x, at_qk=lambda q, k: (rotate(q, at), rotate(k, at)))
    assert (wrong - before).abs().max() > 0.01


def test_decoding_with_a_cache_gives_the_scores_of_the_whole_sequence():
    torch.manual_seed(0)
    q, k, theta = torch.randn(2, 4, 7, 8), torch.randn(2, 2, 7, 8), frequencies(8)  # two heads of q share one of k
    at = rotations(torch.arange(7), theta)
    whole = rotate(q, at) @ rotate(k, at).repeat_interleave(2, dim=1).mT
    cache = [rotate(k[:, :, t : t + 1], rotations(torch.tensor([t]), theta)) for t in range(7)]
    last = rotate(q[:, :, 6:], rotations(torch.tensor([6]), theta))
    torch.testing.assert_close(last @ torch.cat(cache, 2).repeat_interleave(2, dim=1).mT, whole[:, :, 6:])
    restarted = rotate(q[:, :, 6:], rotations(torch.tensor([0]), theta))
    assert (restarted @ torch.cat(cache, 2).repeat_interleave(2, dim=1).mT - whole[:, :, 6:]).abs().max() > 1


def test_random_queries_and_keys_have_the_same_scores_at_every_distance():
    torch.manual_seed(0)
    q, k = torch.randn(2, 20_000, 1, 1, 64)
    for distance in (0, 1, 10, 1000, 100_000):
        scores = (rotate(q, rotations(torch.tensor([distance]), frequencies(64))) * k).sum(-1) / 8
        assert scores.mean().abs() < 0.03 and 0.97 < scores.std() < 1.03


def test_equal_queries_and_keys_have_scores_that_fall_with_distance():
    torch.manual_seed(0)
    q = torch.randn(2_000, 1, 1, 64)
    means = [(rotate(q, rotations(torch.tensor([m]), frequencies(64))) * q).sum(-1).mean() / 8 for m in (0, 10, 1000)]
    assert means[0] > 1.4 * means[1] > 1.4 * 1.4 * means[2] > 0


def test_speeds_fall_from_1_by_a_constant_factor():
    theta = frequencies(64, 500000.0)
    assert theta.dtype == torch.float64 and theta.shape == (32,) and theta[0] == 1
    torch.testing.assert_close(theta[1:] / theta[:-1], torch.full((31,), 500000 ** (-2 / 64), dtype=torch.float64))


def test_fractional_and_negative_positions_are_angles_like_any_other():
    (q,) = vectors(0, 8, 1)
    half = turns(torch.tensor([0.5], dtype=torch.float64), 8)
    torch.testing.assert_close(rotate(rotate(q, half), half), rotate(q, turns([1], 8)))
    torch.testing.assert_close(rotate(rotate(q, turns([3], 8)), turns([-3], 8)), q)


@layouts
@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [(torch.float64, 1e-9), (torch.float32, 1e-6), (torch.float16, 2e-3), (torch.bfloat16, 1.6e-2)],
)
def test_position_100000_is_right_to_the_rounding_of_the_dtype(turn, dtype, tolerance):
    x = torch.randn(1, 2, 2, 64, generator=torch.Generator().manual_seed(0)).to(dtype)
    at = torch.tensor([100_000, 99_999])
    order = to_halves(64).argsort() if turn is rotate_halves else torch.arange(64)
    angles = rotations(at, frequencies(64), torch.complex128 if dtype == torch.float64 else torch.complex64)
    got = turn(x, angles)
    assert got.dtype == dtype
    torch.testing.assert_close(
        got.double()[..., order], by_the_equation(x[..., order], at.tolist()), atol=tolerance, rtol=0
    )


def test_float32_angles_are_wrong_at_100000_and_bfloat16_positions_are_lost():
    angle = torch.tensor(100_000.0) * frequencies(64).float()
    exact = rotations(torch.tensor([100_000]), frequencies(64))[0]
    assert 1e-3 < (torch.polar(torch.ones(32), angle) - exact).abs().max() < 1e-2
    assert torch.tensor(100_000).bfloat16() == 99_840 and torch.tensor(257).bfloat16() == 256
    assert torch.arange(257).bfloat16().unique().numel() == 257


def test_nothing_is_learned_and_gradients_are_turned_back():
    (q,) = vectors(0, 8, 1)
    q.requires_grad_()
    at = turns([5], 8)
    assert not at.requires_grad
    upstream = torch.randn(1, 1, 1, 8, dtype=torch.float64)
    for turn in (rotate, rotate_halves):
        (grad,) = torch.autograd.grad((turn(q, at) * upstream).sum(), q)
        torch.testing.assert_close(grad, turn(upstream, at.conj()))


def test_turns_made_in_inference_mode_train_nothing_unless_they_are_copied():
    with torch.inference_mode():
        at = rotations(torch.arange(3), frequencies(8))
    q = torch.randn(1, 1, 3, 8, requires_grad=True)
    with pytest.raises(RuntimeError, match="Inference tensors cannot be saved for backward"):
        rotate(q, at)
    rotate(q, at.clone()).sum().backward()
    assert q.grad.isfinite().all()


@layouts
@pytest.mark.parametrize("length", [1, 3])  # a slice of one row is contiguous, and still starts at an odd place
def test_a_slice_that_starts_at_an_odd_place_in_memory_works(turn, length):
    x = torch.randn(1, 1, length, 9, generator=torch.Generator().manual_seed(0))
    at = rotations(torch.arange(length), frequencies(8))
    torch.testing.assert_close(turn(x[..., 1:], at), turn(x[..., 1:].clone(), at))


@layouts
def test_queries_that_lie_in_memory_as_a_model_leaves_them_are_turned_as_if_copied(turn):
    x, at = torch.randn(2, 5, 3, 8), rotations(torch.arange(5), frequencies(8))
    heads_last = x.transpose(1, 2)  # a view of (B, T, h, d_h)
    channels_apart = torch.randn(2, 3, 8, 5).mT
    for q in (heads_last, channels_apart):
        torch.testing.assert_close(turn(q, at), turn(q.contiguous(), at))


@pytest.mark.parametrize("strides", ["heads last", "as made"])
def test_neighbours_are_turned_where_they_lie_without_a_copy(strides):
    x, at = torch.randn(2, 40, 30, 8), rotations(torch.arange(30), frequencies(8))
    x = x.transpose(1, 2).contiguous().transpose(1, 2) if strides == "heads last" else x
    with Watch() as watch:
        rotate(x, at)
    made = [operator for operator, _ in watch.calls if operator._schema.name in ("aten::clone", "aten::complex")]
    assert not made and watch.largest <= x.numel()


def test_a_long_text_is_done_in_parts_that_give_the_same_turns():
    at, theta = torch.stack((torch.arange(40_000), torch.arange(40_000).flip(0))), frequencies(8)
    with Watch() as watch:
        got = rotations(at, theta, torch.complex128)
    angles = watch.given_to(torch.ops.aten.polar.default)
    assert len(angles) > 2 and max(part.shape[-2] for part in angles) <= 2**14
    want = torch.polar(torch.ones(2, 40_000, 4).double(), at[..., None] * theta)[:, None]
    assert torch.equal(got, want)
    grown = theta.clone().requires_grad_()
    rotations(at[0], grown).imag.sum().backward()
    assert grown.grad.isfinite().all()


@pytest.mark.parametrize(
    "record", RECORDED, ids=lambda r: f"{r['package']}-{r['called'].split()[0]}-{max(r['positions'])}"
)
def test_independent_packages_turn_the_same_way(record):
    x, theirs = torch.tensor(record["x"]).double(), torch.tensor(record["turned"]).double()
    turn = rotate if record["layout"] == "interleaved" else rotate_halves
    at = record["positions"]
    got = turn(x, turns(at, x.shape[-1], record["base"]))
    # all of them form their angles in float32: two roundings of 2**-24 each, times position and length of a pair
    torch.testing.assert_close(got, theirs, atol=2e-6 + max(at) * 2**-23 * x.abs().max().item(), rtol=0)
    near = [t for t, m in enumerate(at) if m <= 1]
    torch.testing.assert_close(got[:, :, near], theirs[:, :, near], atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: frequencies(7), ValueError, "dim must be even .* channels turn in pairs; got 7"),
        (lambda: frequencies(0), ValueError, "dim must be even and above 0.* got 0"),
        (lambda: frequencies(-2), ValueError, "got -2"),
        (lambda: frequencies(8.0), TypeError, "dim must be an int, got 8.0"),
        (lambda: frequencies(True), TypeError, "dim must be an int, got True"),
        (lambda: frequencies(8, 1.0), ValueError, "base must be finite and above 1.* got 1.0"),
        (lambda: frequencies(8, float("nan")), ValueError, "base must be finite and above 1.* got nan"),
        (lambda: to_halves(5), ValueError, "dim must be even.* got 5"),
        (lambda: to_halves(4.0), TypeError, "dim must be an int, got 4.0"),
    ],
)
def test_a_size_that_cannot_be_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


THETA = torch.ones(4)


@pytest.mark.parametrize(
    ("at", "theta", "error", "message"),
    [
        (torch.tensor(3), THETA, ValueError, r"positions must have shape \(T,\) or \(B, T\).* got \(\)"),
        (torch.zeros(0).long(), THETA, ValueError, r"not be empty, got \(0,\)"),
        (torch.zeros(1, 2, 3).long(), THETA, ValueError, r"got \(1, 2, 3\)"),
        (torch.tensor([True]), THETA, TypeError, "positions must be integers, float32 .* got torch.bool"),
        (torch.tensor([301.0]).bfloat16(), THETA, TypeError, "positions must be integers.* got torch.bfloat16"),
        (torch.tensor([301.0]).half(), THETA, TypeError, "positions must be integers.* got torch.float16"),
        (torch.tensor([1j]), THETA, TypeError, "positions must be integers, float32 .* got torch.complex64"),
        (torch.arange(3), THETA.long(), TypeError, "theta must be float32 or float64, got torch.int64"),
        (torch.arange(3), THETA[None], ValueError, r"\(d_h/2,\), got \(1, 4\)"),
        (torch.arange(3), THETA[:0], ValueError, r"\(d_h/2,\), got \(0,\)"),
    ],
)
def test_positions_or_speeds_that_do_not_fit_are_refused(at, theta, error, message):
    with pytest.raises(error, match=message):
        rotations(at, theta)


AT = rotations(torch.arange(3), THETA)
EACH = rotations(torch.zeros(2, 3), THETA)


@layouts
@pytest.mark.parametrize(
    ("x", "at", "error", "message"),
    [
        (torch.zeros(2, 1, 3, 8).long(), AT, TypeError, "x must be floating point.* got torch.int64, torch.complex64"),
        (torch.zeros(2, 1, 3, 8), AT.real, TypeError, "turns complex.* got torch.float32, torch.float32"),
        (torch.zeros(2, 3, 8), AT, ValueError, r"shape \(B, h, 3, 8\) to match turns, got \(2, 3, 8\)"),
        (torch.zeros(2, 1, 4, 8), AT, ValueError, r"shape \(B, h, 3, 8\) to match turns, got \(2, 1, 4, 8\)"),
        (torch.zeros(2, 1, 1, 8), AT, ValueError, r"got \(2, 1, 1, 8\)"),
        (torch.zeros(2, 1, 3, 16), AT, ValueError, r"got \(2, 1, 3, 16\)"),
        (torch.zeros(2, 2, 3, 8), EACH[:, 0], TypeError, "turns complex, of 2 or 4 axes .* torch.complex64, 3"),
        (torch.zeros(1, 1, 3, 8), EACH, ValueError, r"shape \(2, h, 3, 8\) to match turns, got \(1, 1, 3, 8\)"),
    ],
)
def test_queries_that_do_not_fit_are_refused(turn, x, at, error, message):
    with pytest.raises(error, match=message):
        turn(x, at)
