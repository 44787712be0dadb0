"""The sentences of docs/*/schemes/xpos.md, each as a test."""

import math

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st

from snippets.schemes.rope import frequencies, rotate, rotations
from snippets.schemes.xpos import decays, xpos

RECORDED = recorded("xpos")
dims = st.integers(1, 16).map(lambda half: 2 * half)
seeds = st.integers(0, 2**16)


def drawn(seed, *shapes, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=generator, dtype=dtype) for shape in shapes]


def scores(q, k, m, n, **options):
    q, k = xpos(q, k, torch.as_tensor(m), torch.as_tensor(n), **options)
    return q @ k.mT


def by_the_equation(q, k, m, n, base=10000.0, scale_base=512.0):
    """Equations 9 and 10 of the paper for one query at m and one key at n, one number at a time; c is 0."""
    d, gamma, total = len(q), 0.4, 0.0
    for i in range(d // 2):
        theta, zeta = base ** (-2 * i / d), (i / (d / 2) + gamma) / (1 + gamma)
        turned = []
        for x, at, grow in ((q, m, zeta ** (m / scale_base)), (k, n, zeta ** (-n / scale_base))):
            a, b, angle = float(x[2 * i]), float(x[2 * i + 1]), at * theta
            first, second = a * math.cos(angle) - b * math.sin(angle), b * math.cos(angle) + a * math.sin(angle)
            turned.append((first * grow, second * grow))
        total += turned[0][0] * turned[1][0] + turned[0][1] * turned[1][1]
    return total


@few
@given(m=st.integers(0, 5000), n=st.integers(0, 5000), dim=dims, seed=seeds, base=st.floats(2, 1e6))
def test_a_score_is_the_equation(m, n, dim, seed, base):
    m, n = max(m, n), min(m, n)
    q, k = drawn(seed, (1, 1, 1, dim), (1, 1, 1, dim))
    got = scores(q, k, [m], [n], base=base, scale_base=700.0).item()
    assert got == pytest.approx(by_the_equation(q[0, 0, 0], k[0, 0, 0], m, n, base, 700.0), abs=1e-9)


@few
@given(shift=st.integers(-100_000, 1_000_000), queries=st.integers(1, 6), keys=st.integers(1, 8), dim=dims, seed=seeds)
def test_a_score_depends_on_the_offset_alone(shift, queries, keys, dim, seed):
    q, k = drawn(seed, (2, 3, queries, dim), (2, 3, keys, dim))
    m, n = torch.arange(queries) + 40, torch.arange(keys) * 5
    torch.testing.assert_close(scores(q, k, m, n), scores(q, k, m + shift, n + shift), atol=1e-7, rtol=1e-7)


@few
@given(offset=st.integers(0, 20_000), start=st.integers(0, 1000), dim=dims)
def test_what_a_pair_adds_to_a_score_shrinks_by_zeta_in_scale_base_tokens(offset, start, dim):
    for i in range(dim // 2):
        x = torch.zeros(1, 1, 1, dim, dtype=torch.float64)
        x[..., 2 * i], other = 1, torch.zeros_like(x)
        other[..., 2 * i + 1] = 1
        m, n = [start + offset], [start]
        got = math.hypot(scores(x, x, m, n).item(), scores(x, other, m, n).item())
        assert got == pytest.approx(float(decays(dim)[i]) ** (offset / 512), rel=1e-6)


def test_fast_pairs_shrink_first_and_the_slowest_keeps_almost_all():
    zeta = decays(64)
    assert (zeta.diff() > 0).all() and zeta[0] == pytest.approx(0.4 / 1.4) and 0.97 < zeta[-1] < 1
    assert (frequencies(64).diff() < 0).all()


@few
@given(dim=dims, seed=seeds, endless=st.sampled_from([1e15, math.inf]))
def test_with_an_endless_scale_base_it_is_rope(dim, seed, endless):
    q, k = drawn(seed, (1, 2, 7, dim), (1, 2, 7, dim))
    at = torch.arange(7)
    turns = rotations(at, frequencies(dim), torch.complex128)
    want = rotate(q, turns) @ rotate(k, turns).mT
    torch.testing.assert_close(scores(q, k, at, at, scale_base=endless), want)


@few
@given(centre=st.integers(-3000, 3000), dim=dims, seed=seeds)
def test_the_centre_cancels_in_every_score(centre, dim, seed):
    q, k = drawn(seed, (1, 1, 5, dim), (1, 1, 9, dim))
    m, n = torch.arange(4, 9), torch.arange(9)
    torch.testing.assert_close(scores(q, k, m, n), scores(q, k, m, n, centre=centre))


def test_a_key_after_its_query_would_grow():
    x = torch.ones(1, 1, 1, 2, dtype=torch.float64)
    assert abs(scores(x, x, [0], [2 * 512 * 22 // 7], base=1e9, centre=0).item()) > 20


@pytest.mark.parametrize("m", [[0, 1], [[0, 1], [9, 10]]])
def test_a_key_far_after_the_last_query_stays_finite_so_that_a_mask_can_hide_it(m):
    q, k = (x.requires_grad_() for x in drawn(6, (2, 1, 2, 8), (2, 1, 3, 8), dtype=torch.float32))
    m, n = torch.tensor(m), torch.tensor([0, 100_000, 2**31])
    seen = (n <= m[..., None]).unsqueeze(-3)
    out = torch.nn.functional.scaled_dot_product_attention(*xpos(q, k, m, n), k, attn_mask=seen)
    out.sum().backward()
    assert all(x.isfinite().all() for x in (out, q.grad, k.grad)), "a masked key gives nan"
    assert torch.equal(xpos(q, k, m, n)[1][:, :, :1], xpos(q, k[:, :, :1], m, n[:1])[1])


def test_norms_are_not_kept():
    q, k = drawn(0, (1, 1, 3, 8), (1, 1, 3, 8))
    turned, _ = xpos(q, k, torch.tensor([0, 500, 1000]), torch.arange(3))
    assert (turned.norm(dim=-1) / q.norm(dim=-1)).flatten().diff().abs().min() > 0.1


def test_decoding_with_keys_kept_as_they_are_gives_the_same_scores():
    q, k = drawn(1, (2, 3, 6, 8), (2, 3, 6, 8))
    at = torch.arange(6)
    steps = [scores(q[:, :, [t]], k[:, :, : t + 1], [t], at[: t + 1])[..., 0, :] for t in range(6)]
    whole = scores(q, k, at, at)
    for t, step in enumerate(steps):
        torch.testing.assert_close(step, whole[:, :, t, : t + 1])


def test_decoding_with_transformed_keys_needs_one_fixed_centre():
    q, k = drawn(2, (1, 1, 9, 8), (1, 1, 9, 8))
    at = torch.arange(9) * 100
    want = scores(q, k, at, at)

    def cached(centre):
        """Each key transformed once, when it arrives, and met by the last query."""
        parts = [xpos(q[:, :, [t]], k[:, :, [t]], at[[t]], at[[t]], centre=centre) for t in range(9)]
        return parts[-1][0] @ torch.cat([key for _, key in parts], dim=2).mT

    torch.testing.assert_close(cached(400)[0, 0, 0], want[0, 0, -1])
    assert (cached(None)[0, 0, 0] - want[0, 0, -1]).abs().max() > 0.1


def test_keys_may_have_fewer_heads_than_queries():
    q, k = drawn(3, (1, 4, 5, 8), (1, 2, 5, 8))
    turned_q, turned_k = xpos(q, k, torch.arange(5), torch.arange(5))
    assert turned_q.shape == q.shape and turned_k.shape == k.shape


@pytest.mark.parametrize("length", [1, 9000])
def test_no_context_is_too_long_for_one_query(length):
    k = torch.randn(1, 1, length, 16, generator=torch.Generator().manual_seed(0))
    n = torch.linspace(0, 1_000_000, length).long()
    got = scores(k[:, :, -1:], k, n[-1:], n)
    want = scores(k[:, :, -1:].double(), k.double(), n[-1:], n)
    assert got.isfinite().all()
    torch.testing.assert_close(got.double(), want, atol=1e-4, rtol=0)


def test_a_centre_at_the_start_of_the_text_would_overflow():
    x = torch.ones(1, 1, 1, 16)
    _, k = xpos(x, x, torch.tensor([40_000]), torch.tensor([40_000]), centre=0)
    assert k.isinf().any()


@pytest.mark.parametrize(("dtype", "room"), [(torch.float32, 36_260), (torch.bfloat16, 36_259), (torch.float16, 4_532)])
def test_a_call_with_room_for_its_queries_stays_finite_and_one_without_is_refused(dtype, room):
    x = torch.ones(1, 1, room, 2, dtype=dtype)
    at = torch.arange(room) + 100_000
    assert all(t.isfinite().all() and (t.abs().amax(-1) > 0).all() for t in xpos(x, x, at, at))
    with pytest.raises(ValueError, match=f"one call may span {room} tokens, or factors overflow in {dtype}"):
        x = torch.ones(1, 1, room + 1, 2, dtype=dtype)
        xpos(x, x, torch.arange(room + 1), torch.arange(room + 1))


@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [(torch.float64, 1e-9), (torch.float32, 1e-5), (torch.bfloat16, 0.1), (torch.float16, 0.02)],
)
def test_position_100000_is_right_to_the_rounding_of_the_dtype(dtype, tolerance):
    q, k = (x.to(dtype) for x in drawn(4, (1, 1, 1, 32), (1, 1, 3, 32)))
    n = [99_000, 99_900, 100_000]
    turned_q, turned_k = xpos(q, k, torch.tensor([100_000]), torch.tensor(n))
    assert turned_q.dtype == turned_k.dtype == dtype
    got = (turned_q.double() @ turned_k.double().mT)[0, 0, 0]
    want = [by_the_equation(q[0, 0, 0], k[0, 0, j], 100_000, at) for j, at in enumerate(n)]
    torch.testing.assert_close(got, torch.tensor(want, dtype=torch.float64), atol=tolerance, rtol=0)


def test_gradients_pass_to_q_and_k_and_nothing_is_learned():
    q, k = (x.requires_grad_() for x in drawn(5, (1, 1, 4, 8), (1, 1, 4, 8)))
    scores(q, k, torch.arange(4), torch.arange(4)).sum().backward()
    assert q.grad.isfinite().all() and k.grad.isfinite().all() and (q.grad != 0).all()


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: f"{r['package']}-{r['version']}")
def test_independent_packages_compute_the_same_scores(record):
    at = torch.tensor(record["positions"])
    q, k = (torch.tensor(record[x])[at % len(record[x])][None, None] for x in ("queries", "keys"))
    theirs = torch.tensor(record["scores"])
    # they form their angles in float32: 2047 times its relative rounding, 2**-24, times what a score adds up
    torch.testing.assert_close(scores(q, k, at, at)[0, 0].tril(), theirs, atol=1e-5, rtol=0)


Q, AT = torch.zeros(1, 2, 3, 8), torch.arange(3)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((Q[0], Q, AT, AT), ValueError, r"q must have shape \(B, h, T, d_h\).* got \(2, 3, 8\) and \(3,\)"),
        ((Q, Q[:, :, :2], AT, AT), ValueError, r"k must have .* got \(1, 2, 2, 8\) and \(3,\)"),
        ((Q, Q, AT.expand(5, 3), AT), ValueError, r"its positions \(T,\) or \(B, T\), got .* and \(5, 3\)"),
        ((Q[:, :, :0], Q, AT[:0], AT), ValueError, r"q must have .* got \(1, 2, 0, 8\)"),
        ((Q.long(), Q, AT, AT), TypeError, "q must be floating point .* got torch.int64"),
        ((Q, Q, AT, AT / 2), TypeError, "k must be .* its positions integers, got torch.float32 and torch.float32"),
        ((Q, Q, AT > 1, AT), TypeError, "q must be .* its positions integers, got torch.float32 and torch.bool"),
        ((Q[..., :7], Q[..., :7], AT, AT), ValueError, "dim must be even and above 0.* pairs; got 7"),
        ((Q, Q, AT, AT, 1.0), ValueError, "base must be finite and above 1.* got 1.0 and 512.0"),
        ((Q, Q, AT, AT, 1e4, 0), ValueError, "scale_base, in tokens, above 0; got 10000.0 and 0"),
        ((Q, Q, AT, AT, 1e4, float("nan")), ValueError, "above 0; got 10000.0 and nan"),
    ],
)
def test_input_that_does_not_fit_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        xpos(*arguments)


@pytest.mark.parametrize(("dim", "error"), [(7, ValueError), (0, ValueError), (8.0, TypeError), (True, TypeError)])
def test_a_dimension_that_cannot_pair_up_is_refused(dim, error):
    with pytest.raises(error, match=f"dim must be .*{dim}"):
        decays(dim)
