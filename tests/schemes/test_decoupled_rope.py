"""The sentences of docs/*/schemes/decoupled_rope.md, each as a test."""

import math

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st

from snippets.figures.schemes import decoupled_rope as figure
from snippets.schemes.decoupled_rope import decoupled, fold, latent_scores, rotate_last, turn_back
from snippets.schemes.partial_rope import partial_rotate
from snippets.schemes.rope import frequencies, rotate, rotate_halves, rotations, to_halves
from snippets.schemes.yarn import yarn_attention_factor, yarn_frequencies

RECORDED = recorded("decoupled_rope")
DEFAULTS, LAYERS, V4 = RECORDED[0], RECORDED[1:-1], RECORDED[-1]
seeds = st.integers(0, 2**31 - 1)
pairs = st.integers(1, 8)
positions = st.integers(0, 100_000)
N = torch.arange(9)


def model(seed=0, d_c=16, d_r=8, d_l=12, heads=4, batch=2):
    """Queries, latents, shared key and the matrix that makes keys."""
    torch.manual_seed(seed)
    q, k_r = torch.randn(batch, heads, 9, d_c + d_r).double(), torch.randn(batch, 1, 9, d_r).double()
    return q, torch.randn(batch, 9, d_l).double(), k_r, torch.randn(heads, d_c, d_l).double()


def by_the_equation(q, c, k_r, w_uk, m, n, base=10000.0):
    """Scores, number by number."""
    (batch, heads, queries, size), keys, d_r = q.shape, c.shape[1], k_r.shape[-1]
    d_c = size - d_r
    scores = torch.zeros(batch, heads, queries, keys, dtype=torch.float64)
    for b in range(batch):
        for h in range(heads):
            for i in range(queries):
                for j in range(keys):
                    k_c = w_uk[h] @ c[b, j]
                    total = sum(q[b, h, i, x].item() * k_c[x].item() for x in range(d_c))
                    for pair in range(d_r // 2):
                        angle = (m[i].item() - n[j].item()) * base ** (-2 * pair / d_r)
                        a, z = q[b, h, i, d_c + 2 * pair].item(), k_r[b, 0, j, 2 * pair].item()
                        e, y = q[b, h, i, d_c + 2 * pair + 1].item(), k_r[b, 0, j, 2 * pair + 1].item()
                        total += (a * z + e * y) * math.cos(angle) + (a * y - e * z) * math.sin(angle)
                    scores[b, h, i, j] = total / math.sqrt(size)
    return scores


@few
@given(seed=seeds, r=pairs, m=positions, n=positions)
def test_scores_are_those_of_the_equation(seed, r, m, n):
    q, c, k_r, w_uk = (x[..., :3, :] if x.ndim < 5 else x for x in model(seed, 3, 2 * r, 3, 3, 1))
    at_q, at_k, theta = torch.tensor([m, m + 1, 7]), torch.tensor([n, 0, n + 5]), frequencies(2 * r)
    want = by_the_equation(q, c, k_r, w_uk, at_q, at_k)
    queries, keys = decoupled(q, c[:, None] @ w_uk.mT, k_r, at_q, at_k, theta)
    torch.testing.assert_close(queries @ keys.mT / q.shape[-1] ** 0.5, want, atol=1e-9, rtol=0)
    torch.testing.assert_close(latent_scores(queries, c, rotate_last(k_r, at_k, theta), w_uk), want, atol=1e-9, rtol=0)


@few
@given(seed=seeds)
def test_folding_works_where_nothing_turns_and_where_the_turned_part_stands_apart(seed):
    q, c, k_r, w_uk = model(seed)
    q_c, k_c, theta = q[..., :16], c[:, None] @ w_uk.mT, frequencies(8)
    torch.testing.assert_close(fold(q_c, w_uk) @ c[:, None].mT, q_c @ k_c.mT)
    queries, keys = decoupled(q, k_c, k_r, N, N, theta)
    apart = latent_scores(queries, c, rotate_last(k_r, N, theta), w_uk)
    torch.testing.assert_close(apart, queries @ keys.mT / 24**0.5)


def test_folding_fails_where_the_whole_key_turns_and_needs_a_folded_query_for_every_offset():
    q, c, _, w_uk = model(d_l=16)
    q_c, k_c, theta = q[..., :16], c[:, None] @ w_uk.mT, frequencies(16)
    want = rotate_last(q_c, N, theta) @ rotate_last(k_c, N, theta).mT
    latents = c[:, None]
    for query in (q_c, rotate_last(q_c, N, theta)):
        for latent in (latents, rotate_last(latents, N, theta)):
            assert not torch.allclose(fold(query, w_uk) @ latent.mT, want)
    for j in range(9):  # for one key at a time it works: R_(m-n) q, folded anew for each offset
        one = fold(rotate_last(q_c, N - j, theta), w_uk) @ latents[:, :, j : j + 1].mT
        torch.testing.assert_close(one, want[..., j : j + 1])


@few
@given(seed=seeds, shift=positions)
def test_scores_hang_on_the_offset_alone_and_the_first_part_not_even_on_that(seed, shift):
    q, c, k_r, w_uk = model(seed)
    k_c, theta = c[:, None] @ w_uk.mT, frequencies(8)
    (here, keys), (there, moved) = (decoupled(q, k_c, k_r, N + k, N + k, theta) for k in (0, shift))
    torch.testing.assert_close(there @ moved.mT, here @ keys.mT, atol=1e-9, rtol=0)
    assert torch.equal(there[..., :16], q[..., :16]) and torch.equal(moved[..., :16], k_c)


def test_all_heads_share_one_turned_key():
    q, c, k_r, w_uk = model()
    keys = decoupled(q, c[:, None] @ w_uk.mT, k_r, N, N, frequencies(8))[1]
    assert all(torch.equal(keys[:, head, :, 16:], keys[:, 0, :, 16:]) for head in range(4))
    torch.testing.assert_close(keys[:, :1, :, 16:], rotate(k_r, rotations(N, frequencies(8), torch.complex128)))


@few
@given(seed=seeds, r=pairs, m=positions)
def test_it_is_partial_rope_of_the_last_channels(seed, r, m):
    torch.manual_seed(seed)
    x, at = torch.randn(1, 1, 1, 16).double(), torch.tensor([m])
    turned = partial_rotate(x.roll(2 * r, -1), rotations(at, frequencies(2 * r), torch.complex128)).roll(-2 * r, -1)
    torch.testing.assert_close(rotate_last(x, at, frequencies(2 * r)), turned)


@few
@given(seed=seeds, shift=positions)
def test_an_output_of_turned_values_moves_with_the_text_unless_it_is_turned_back(seed, shift):
    torch.manual_seed(seed)
    q, kv, theta = torch.randn(1, 2, 9, 32).double(), torch.randn(1, 1, 9, 32).double(), frequencies(8)
    plain, back = [], []
    for m in (N, N + shift + 1):
        keys = rotate_last(kv, m, theta)
        weights = (rotate_last(q, m, theta) @ keys.mT / 32**0.5).softmax(-1)
        plain.append(weights @ keys)
        back.append(turn_back(plain[-1], m, theta))
        away = (m[:, None] - m).flatten()  # the definition: each value turned by n - m
        values = rotate_last(kv.repeat(1, 1, 9, 1), -away, theta).unflatten(2, (9, 9))
        torch.testing.assert_close(back[-1], torch.einsum("bhmn,bzmnd->bhmd", weights, values), atol=1e-9, rtol=0)
    torch.testing.assert_close(*back, atol=1e-8, rtol=0)
    assert not torch.allclose(*plain)


def test_unsigned_positions_turn_back_without_wrapping():
    x, m = torch.randn(1, 1, 3, 8).double(), torch.tensor([0, 100, 255], dtype=torch.uint8)
    torch.testing.assert_close(turn_back(rotate_last(x, m, frequencies(4)), m, frequencies(4)), x)


def test_a_checkpoint_of_neighbours_read_as_halves_gives_other_scores_and_no_error():
    torch.manual_seed(0)
    q, k = torch.randn(2, 1, 1, 9, 64).double()
    turns = rotations(N, frequencies(64), torch.complex128)
    want = rotate_last(q, N, frequencies(64)) @ rotate_last(k, N, frequencies(64)).mT
    assert not torch.allclose(rotate_halves(q, turns) @ rotate_halves(k, turns).mT, want)
    order = to_halves(64)  # read as neighbours and written as halves: what transformers does
    halves = rotate_halves(q[..., order], turns) @ rotate_halves(k[..., order], turns).mT
    torch.testing.assert_close(halves, want)


def test_the_factor_of_yarn_sharpens_both_parts_on_the_scale_and_one_on_cosines():
    q, c, k_r, w_uk = model()
    theta, factor = frequencies(8), yarn_attention_factor(40)
    queries, keys = decoupled(q, c[:, None] @ w_uk.mT, k_r, N, N, theta)
    still, turned = (queries[..., part] @ keys[..., part].mT for part in (slice(16), slice(16, 24)))
    scale, cosines = factor**2 * (still + turned), still + factor**2 * turned
    assert not torch.allclose(scale, cosines) and factor**2 == pytest.approx((0.1 * math.log(40) + 1) ** 2)


def test_the_figure_has_the_sizes_of_the_configuration():
    sizes = DEFAULTS["settings"]
    names = {"heads": "HEADS", "d_c": "D_C", "d_r": "D_R", "d_l": "D_L", "d_v": "D_V"}
    assert {name: getattr(figure, there) for name, there in names.items()} == {name: sizes[name] for name in names}
    assert [total for total, _ in figure.kept().values()] == [40_960, 2560, 576]


@pytest.mark.parametrize("record", LAYERS, ids=lambda r: r["called"].partition(".")[2])
def test_independent_implementations_have_the_same_scores_and_cache_latent_and_one_key(record):
    q, c, k_r, w_uk, scores = (torch.tensor(record[key]) for key in ("q", "c", "k_r", "w_uk", "scores"))
    n, d_r = torch.tensor(record["positions"]), k_r.shape[-1]
    yarn = record["factor"] != 1
    theta = yarn_frequencies(d_r, record["factor"], 4096) if yarn else frequencies(d_r)
    sharper = yarn_attention_factor(record["factor"]) ** 2 if yarn else 1
    queries, keys = decoupled(q, c[:, None] @ w_uk.mT, k_r, n, n, theta)
    # they form their angles in float32: two roundings of 2**-24 each, at position 1000
    torch.testing.assert_close(sharper * queries @ keys.mT / q.shape[-1] ** 0.5, scores, atol=5e-5, rtol=0)
    folded = latent_scores(queries, c, rotate_last(k_r, n, theta), w_uk)
    torch.testing.assert_close(sharper * folded, scores, atol=5e-5, rtol=0)
    assert record["cached"] == [c.shape[-1], d_r], "the latent as keys, the turned key as values, each for one head"


def test_deepseek_v4_turns_its_values_and_turns_the_output_back():
    kv, weights, out = (torch.tensor(V4[key]) for key in ("kv", "weights", "out"))
    m, theta = torch.tensor(V4["positions"]), frequencies(4, V4["base"])
    got = turn_back(weights @ rotate_last(kv, m, theta), m, theta)
    torch.testing.assert_close(got, out, atol=5e-4, rtol=0)
    assert not torch.allclose(weights @ rotate_last(kv, m, theta), out, atol=1e-2)


def test_float16_scores_that_fit_come_out_though_the_sums_before_scaling_do_not():
    q, c, k_r, w_uk = (
        torch.full((1, 2, 1, 192), 64.0),
        torch.zeros(1, 1, 512),
        torch.full((1, 1, 1, 64), 32.0),
        torch.ones(2, 128, 512),
    )
    want = latent_scores(q, c, k_r, w_uk)
    assert want.max() < 65_504 < want.max() * 192**0.5
    torch.testing.assert_close(
        latent_scores(q.half(), c.half(), k_r.half(), w_uk.half()).float(), want, atol=0, rtol=2e-3
    )


def test_scores_where_no_channel_turns_are_those_of_the_latent_alone():
    q, c, k_r, w_uk = model()
    got = latent_scores(q[..., :16], c, k_r[..., :0], w_uk)
    torch.testing.assert_close(got, q[..., :16] @ (c[:, None] @ w_uk.mT).mT / 4)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_the_dtype_of_queries_is_kept(dtype):
    assert rotate_last(torch.ones(1, 1, 9, 8, dtype=dtype), N, frequencies(4)).dtype == dtype


X, THETA = torch.zeros(1, 2, 9, 8), frequencies(4)


@pytest.mark.parametrize(
    ("x", "at", "theta", "error", "message"),
    [
        (X.long(), N, THETA, TypeError, "x must be floating point .* got torch.int64, torch.float64"),
        (X, N, THETA.half(), TypeError, "theta float32 or float64, got torch.float32, torch.float16"),
        (X, N.bfloat16(), THETA, TypeError, "positions must be integers, float32 or float64, got torch.bfloat16"),
        (X, N > 3, THETA, TypeError, "positions must be integers.* got torch.bool"),
        (X[0], N, THETA, ValueError, r"want x \(B, h, T, d_r or more\).* got \(2, 9, 8\), \(9,\), \(2,\)"),
        (X, N[:4], THETA, ValueError, r"got \(1, 2, 9, 8\), \(4,\), \(2,\)"),
        (X, torch.stack([N, N, N]), THETA, ValueError, r"got \(1, 2, 9, 8\), \(3, 9\), \(2,\)"),
        (X, N, frequencies(10), ValueError, r"got \(1, 2, 9, 8\), \(9,\), \(5,\)"),
        (X, N, THETA[:0], ValueError, r"theta \(d_r/2,\); got .*\(0,\)"),
        (X, N, THETA[0], ValueError, r"theta \(d_r/2,\); got .*\(\)"),
    ],
)
def test_what_cannot_be_turned_is_refused(x, at, theta, error, message):
    with pytest.raises(error, match=message):
        rotate_last(x, at, theta)


def test_keys_of_each_head_in_place_of_a_shared_one_are_refused():
    q, c, k_r, w_uk = model()
    k_c = c[:, None] @ w_uk.mT
    with pytest.raises(ValueError, match=r"one for all heads; got \(2, 4, 9, 16\), \(2, 4, 9, 8\)"):
        decoupled(q, k_c, k_r.expand(-1, 4, -1, -1), N, N, frequencies(8))
    with pytest.raises(ValueError, match=r"got \(2, 4, 9, 16\), \(2, 1, 9, 8\)"):
        decoupled(q, k_c, k_r, N, N, frequencies(6))


def test_what_does_not_fit_the_latent_is_refused():
    q, c, k_r, w_uk = model()
    with pytest.raises(ValueError, match=r"w_uk \(h, d_c, d_l\); got \(2, 4, 9, 24\), \(4, 16, 12\)"):
        fold(q, w_uk)
    with pytest.raises(ValueError, match=r"got \(2, 4, 9, 24\), \(2, 9, 11\), \(2, 1, 9, 8\), \(4, 16, 12\)"):
        latent_scores(q, c[..., 1:], k_r, w_uk)
    with pytest.raises(ValueError, match=r"got \(2, 4, 9, 16\), "):
        latent_scores(q[..., :16], c, k_r, w_uk)
    with pytest.raises(ValueError, match=r"got \(2, 4, 9, 24\), \(3, 9, 12\), "):
        latent_scores(q, c[[0, 1, 1]], k_r, w_uk)
