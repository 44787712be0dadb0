"""The sentences of docs/*/schemes/pope.md, each as a test."""

import math

import pytest
import torch
from helpers import recorded
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import scaled_dot_product_attention as sdpa

from snippets.figures.schemes import pope as figure
from snippets.schemes.pope import PoPE, frequencies, polar
from snippets.schemes.rope import frequencies as of_pairs
from snippets.schemes.rope import rotate, rotations

RECORDED = recorded("pope")
CASES = [case for case in RECORDED if "out" in case]
N = torch.arange(9)
sizes, seeds = st.integers(1, 5), st.integers(0, 1000)
places = st.lists(st.integers(-40, 3000), min_size=1, max_size=4)


def made(size=8, heads=2, ends=(-6, 0)):
    """A layer whose phases are far from 0, so that a wrong sign shows."""
    scheme = PoPE(size, heads).double()
    torch.nn.init.uniform_(scheme.delta, *ends)
    return scheme.requires_grad_(False)


def by_the_equation(q, k, m, n, delta, base=10000.0):
    """The sum over channels, one number at a time, without 1 / sqrt(d_h)."""
    batch, heads, _, size = q.shape
    scores = torch.zeros(batch, heads, len(m), len(n), dtype=torch.float64)
    for b, h, i, j in torch.cartesian_prod(*(torch.arange(count) for count in scores.shape)).reshape(-1, 4).tolist():
        for c in range(size):
            lengths = math.log(1 + math.exp(q[b, h, i, c])) * math.log(1 + math.exp(k[b, h, j, c]))
            angle = (n[j] - m[i]) * base ** (-c / size) + delta[h][c]
            scores[b, h, i, j] += lengths * math.cos(angle)
    return scores


@settings(max_examples=12, deadline=None, derandomize=True)
@given(m=places, n=places, size=sizes, seed=seeds)
def test_the_score_is_the_equation(m, n, size, seed):
    torch.manual_seed(seed)
    scheme = made(size)
    q, k = (torch.randn(1, 2, len(at), size).double() for at in (m, n))
    a, b = scheme(q, k, torch.tensor(m), torch.tensor(n))
    assert a.shape[-1] == b.shape[-1] == 2 * size
    torch.testing.assert_close(a @ b.mT, by_the_equation(q, k, m, n, scheme.delta.tolist()), atol=1e-9, rtol=0)


def test_there_are_as_many_speeds_as_channels_and_every_second_is_one_of_rope():
    torch.testing.assert_close(frequencies(64)[::2], of_pairs(64), rtol=1e-12, atol=0)
    assert len(frequencies(64)) == 64 and len(frequencies(7)) == 7, "no channel needs a partner"
    assert frequencies(64).diff().max() < 0 and frequencies(64)[0] == 1
    assert 10000 ** (63 / 64) > 5000, "without the minus: thousands of radians a token"


def test_half_of_the_wide_vector_are_cosines_and_then_come_the_sines():
    wide = polar(torch.zeros(1, 1, 9, 4).double(), N, frequencies(4))
    angles = N[:, None] * frequencies(4)
    torch.testing.assert_close(wide[0, 0], math.log(2) * torch.cat((angles.cos(), angles.sin()), -1))


@given(seed=seeds)
@settings(max_examples=10, deadline=None, derandomize=True)
def test_no_content_moves_the_offset_that_a_channel_likes_best(seed):
    torch.manual_seed(seed)
    n, theta = torch.arange(-100, 101), torch.tensor([0.03])
    q, k = torch.randn(2, 50, 1, 1, 1).double() * 4
    phase = -torch.rand(1, 1).double() * 3
    scores = polar(q, n[:1] * 0, theta, -phase) @ polar(k.expand(-1, -1, 201, -1), n, theta).mT
    best = n[scores.argmax(-1)].unique()
    assert len(best) == 1 and abs(best.item() * 0.03 + phase.item()) <= 0.016, "half of a step of 0.03"


def test_content_moves_the_offset_that_a_pair_of_rope_likes_best():
    for contents, pair_at, height in (("token", -11, 1.41), ("position", 15, 0.92)):
        q, k = figure.CONTENTS[contents]
        curve = figure.pair(q, k)
        assert figure.OFFSETS[curve.argmax()] == pair_at and curve.max() == pytest.approx(height, abs=0.01)
        assert figure.OFFSETS[figure.channel(q[0], k[0]).argmax()] == 0


@pytest.mark.parametrize("length", [256, 4096])
def test_with_phases_of_0_a_key_is_never_liked_better_than_right_here(length):
    torch.manual_seed(0)
    n = torch.arange(length)
    q, k = 5 * torch.randn(2, 100, 1, 1, 16).double()
    a, b = PoPE(16, 1).double()(q, k.expand(-1, -1, length, -1), n[-1:], n)
    scores = (a @ b.mT)[..., 0, :]
    assert (scores.argmax(-1) == length - 1).all() and (scores[..., -1] > 0).all()
    turns = rotations(n, of_pairs(16), torch.complex128)
    rope = rotate(q.expand(-1, -1, length, -1), turns)[:, :, -1:] @ rotate(k.expand(-1, -1, length, -1), turns).mT
    assert (rope[..., 0, :].argmax(-1) == length - 1).float().mean() < 0.2


def test_a_phase_lets_a_head_look_one_token_back_in_every_text():
    scheme = PoPE(4, 1).double()
    scheme.delta.data = (frequencies(4) - 2 * math.pi)[None]  # theta_c, a turn less
    q, k = torch.randn(2, 40, 1, 1, 4).double()
    a, b = scheme(q, k.expand(-1, -1, 9, -1), N[-1:], N)
    assert ((a @ b.mT)[..., 0, :].argmax(-1) == 7).all()


def test_an_empty_head_prefers_what_is_near():
    curve = figure.empty()
    assert curve[0] == pytest.approx(math.log(2) ** 2 * 64**0.5) and curve.argmax() == 0
    assert curve[0] == pytest.approx(3.84, abs=0.01) and 1.1 < curve[-1] < 1.3


@given(seed=seeds, shift=st.integers(-500, 100_000))
@settings(max_examples=10, deadline=None, derandomize=True)
def test_only_the_offset_counts(seed, shift):
    torch.manual_seed(seed)
    scheme, (q, k) = made(), torch.randn(2, 1, 2, 9, 8).double()
    (a, b), (c, d) = scheme(q, k, N, N), scheme(q, k, N + shift, N + shift)
    torch.testing.assert_close(a @ b.mT, c @ d.mT, atol=1e-8, rtol=0)


def test_the_phase_may_sit_at_the_key_as_in_the_paper_or_at_the_query():
    scheme, (q, k) = made(), torch.randn(2, 1, 2, 9, 8).double()
    theta = frequencies(8)
    at_key = polar(q, N, theta) @ polar(k, N, theta, scheme.delta).mT
    a, b = scheme(q, k, N, N)
    torch.testing.assert_close(a @ b.mT, at_key)
    assert torch.equal(b, polar(k, N, theta)), "so keys that are kept are those of no head"


def test_both_ends_of_the_range_are_one_angle_and_what_is_beyond_is_read_as_an_end():
    q, k = torch.randn(2, 1, 2, 9, 8).double()
    found = []
    for phase in (0.0, -2 * math.pi, 3.0, -9.0):
        scheme = PoPE(8, 2).double()
        scheme.delta.data.fill_(phase)
        a, b = scheme(q, k, N, N)
        found.append(a @ b.mT)
    for other in found[1:]:
        torch.testing.assert_close(other, found[0])


def test_a_phase_that_went_past_0_has_no_gradient_and_has_one_again_when_the_weight_is_clamped():
    scheme, (q, k) = PoPE(8, 2), torch.randn(2, 1, 2, 9, 8)

    def gradient():
        a, b = scheme(q, k, N, N)
        return torch.autograd.grad((a @ b.mT).softmax(-1).square().sum(), scheme.delta)[0]

    assert (gradient() != 0).all(), "it starts at the edge, where there is one"
    scheme.delta.data[0] += 0.01
    assert (gradient()[0] == 0).all() and (gradient()[1] != 0).all()
    scheme.delta.data.clamp_(-2 * math.pi, 0)
    assert (gradient() != 0).all()


def test_phases_start_at_0_or_anywhere_in_their_range():
    assert not PoPE(64, 4).delta.any()
    torch.manual_seed(0)
    delta = PoPE(64, 40, uniform=True).delta
    assert -2 * math.pi <= delta.min() < -6.2 and -0.1 < delta.max() <= 0
    assert delta.mean().item() == pytest.approx(-math.pi, abs=0.1)


def test_a_cache_holds_keys_as_they_are_or_turned_ones_that_are_twice_as_wide():
    scheme, (q, k) = made(), torch.randn(2, 1, 2, 9, 8).double()
    a, b = scheme(q, k, N, N)
    new, keys = scheme(q[:, :, -1:], k, N[-1:], N)
    kept = torch.cat([polar(k[:, :, t : t + 1], N[t : t + 1], frequencies(8)) for t in range(9)], dim=2)
    for held in (keys, kept):
        torch.testing.assert_close(new @ held.mT, (a @ b.mT)[:, :, -1:])
    assert kept.shape[-1] == 2 * k.shape[-1]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['package']}, {case['delta'][0][0]}")
def test_independent_implementations_attend_in_the_same_way(case):
    q, k, v, n, delta, out = (torch.tensor(case[name]) for name in ("q", "k", "v", "positions", "delta", "out"))
    scheme = PoPE(8, 2).requires_grad_(False)
    scheme.delta.copy_(delta)
    a, b = scheme(q, k, n, n)
    # they form their angles in float32, here up to position 300
    ours = sdpa(a, b, v, is_causal=True, scale=8**-0.5, enable_gqa=True)
    torch.testing.assert_close(ours, out, atol=2e-5, rtol=0)
    other = sdpa(a, b, v, is_causal=True, enable_gqa=True)
    assert (other - out).abs().max() > 1e-3, "the root of the doubled width would have shown"


def test_recorded_cases_are_what_the_page_says():
    assert {(case["package"], case["version"]) for case in CASES} == {
        ("PoPE-pytorch", "0.2.1"),
        ("x-transformers", "2.31.10"),
    }
    assert any(len(case["k"][0]) == 1 for case in CASES), "grouped keys"
    assert any(min(case["delta"][0]) < -6.3 and max(case["delta"][1]) > 0 for case in CASES), "beyond both ends"
    says = [case for case in RECORDED if "says" in case]
    assert len(says) == 2 and all("in-place operation" in case["says"] for case in says)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_the_dtype_of_queries_is_kept_and_large_ones_stay_finite(dtype):
    x = torch.tensor([-1e4, -80.0, 80.0, 1e4], dtype=dtype).expand(1, 1, 9, 4)
    found = polar(x, N, frequencies(4))
    assert found.dtype == dtype and found.isfinite().all()


X, THETA = torch.zeros(1, 2, 9, 8), frequencies(8)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: frequencies(0), ValueError, "dim must be above 0, got 0"),
        (lambda: frequencies(8.0), TypeError, "dim must be an int, got 8.0"),
        (lambda: frequencies(True), TypeError, "dim must be an int, got True"),
        (lambda: frequencies(8, 1.0), ValueError, "base must be finite and above 1.* got 1.0"),
        (lambda: PoPE(8, 0), ValueError, "heads must be above 0, got 0"),
        (lambda: PoPE(8, 2, base=0.5), ValueError, "base must be finite and above 1.* got 0.5"),
        (lambda: polar(X.long(), N, THETA), TypeError, "x must be floating point .* got torch.int64, torch.float64"),
        (lambda: polar(X, N, THETA.half()), TypeError, "theta float32 or float64, got torch.float32, torch.float16"),
        (lambda: polar(X, N.bfloat16(), THETA), TypeError, "positions must be integers.* got torch.bfloat16"),
        (lambda: polar(X, N > 3, THETA), TypeError, "positions must be integers.* got torch.bool"),
        (lambda: polar(X[0], N, THETA), ValueError, r"want x \(B, h, T, d_h\).* got \(2, 9, 8\), \(9,\), \(8,\)"),
        (lambda: polar(X, N[:4], THETA), ValueError, r"got \(1, 2, 9, 8\), \(4,\), \(8,\)"),
        (lambda: polar(X, torch.stack([N, N, N]), THETA), ValueError, r"got \(1, 2, 9, 8\), \(3, 9\), \(8,\)"),
        (lambda: polar(X, N, frequencies(4)), ValueError, r"got \(1, 2, 9, 8\), \(9,\), \(4,\)"),
        (lambda: polar(X, N, THETA, THETA), ValueError, r"phase \(h, d_h\); got .*\(8,\), \(8,\)"),
        (lambda: PoPE(8, 3)(X, X, N, N), ValueError, r"phase \(h, d_h\); got .*\(3, 8\)"),
    ],
)
def test_what_cannot_be_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_grouped_keys_are_turned_without_their_queries():
    scheme, q, k = made(heads=4), torch.randn(1, 4, 9, 8).double(), torch.randn(1, 2, 9, 8).double()
    a, b = scheme(q, k, N, N)
    wide = k.repeat_interleave(2, dim=1)
    torch.testing.assert_close(a @ b.repeat_interleave(2, dim=1).mT, a @ scheme(q, wide, N, N)[1].mT)
