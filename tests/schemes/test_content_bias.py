"""The sentences of docs/*/schemes/content_bias.md, each as a test."""

import pytest
import torch
from helpers import Watch, few, recorded
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.attention.flex_attention import flex_attention

from snippets.attention import Attention
from snippets.schemes.content_bias import ContentBias
from snippets.schemes.none import causal_attention
from snippets.schemes.shaw import Shaw

RECORDED = recorded("content_bias")
seeds, reaches, lengths = st.integers(0, 1000), st.integers(1, 6), st.integers(1, 9)


def made(dim=6, heads=2, reach=4, d_rel=3, seed=0, dtype=torch.float64):
    """A scheme whose weights are far from 0, so that a wrong column shows."""
    torch.manual_seed(seed)
    scheme = ContentBias(dim, heads, reach, d_rel).to(dtype)
    for weight in scheme.parameters():
        torch.nn.init.normal_(weight)
    return scheme


def by_the_equation(scheme, x, m, n):
    """r = W_r x and b = r . P[:, distance], one number at a time."""
    w_r, p = scheme.mix.weight, scheme.profiles
    d_rel, reach = p.shape
    bias = torch.zeros(len(x), scheme.heads, len(m), len(n), dtype=torch.float64)
    for b in range(len(x)):
        for h in range(scheme.heads):
            for i, query in enumerate(m):
                r = [
                    sum(w_r[h * d_rel + c, e].item() * x[b, i, e].item() for e in range(x.shape[2]))
                    for c in range(d_rel)
                ]
                for j, key in enumerate(n):
                    distance = query - key
                    if 0 <= distance < reach:
                        bias[b, h, i, j] = sum(r[c] * p[c, distance].item() for c in range(d_rel))
    return bias


@settings(max_examples=12, deadline=None, derandomize=True)
@given(data=st.data(), reach=reaches, seed=seeds)
def test_the_bias_is_the_equation(data, reach, seed):
    places = st.lists(st.integers(0, 12), min_size=1, max_size=4)
    m, n = data.draw(places), data.draw(places)
    scheme = made(reach=reach, seed=seed)
    x = torch.randn(2, len(m), 6, dtype=torch.float64)
    torch.testing.assert_close(scheme(x, torch.tensor(m), torch.tensor(n)), by_the_equation(scheme, x, m, n))


@few
@given(reach=reaches, seed=seeds)
def test_within_reach_every_distance_has_a_number_and_beyond_there_is_exactly_none(reach, seed):
    scheme, n = made(reach=reach, seed=seed), torch.arange(12)
    bias = scheme(torch.randn(2, 12, 6).double(), n, n)
    distance = n[:, None] - n
    within = (distance >= 0) & (distance < reach)
    assert (bias[..., within] != 0).all() and (bias[..., ~within] == 0).all()


def test_where_no_key_is_within_reach_attention_is_attention_without_positions():
    scheme, m = made(8, 2, reach=3), torch.arange(6)
    q, k, v = torch.randn(3, 1, 2, 6, 4).double()
    apart = 3 * m  # every key but the token itself is out of reach
    bias = scheme(torch.randn(1, 6, 8).double(), apart, apart)
    alone = bias - bias.diagonal(dim1=-2, dim2=-1).diag_embed()
    assert not alone.any()
    torch.testing.assert_close(Attention(8, 2).meet(q, k, v, alone), causal_attention(q, k, v))


@few
@given(shift=st.integers(-1000, 100_000), length=lengths, seed=seeds)
def test_a_shift_of_all_positions_changes_nothing(shift, length, seed):
    scheme, m, x = made(seed=seed), torch.arange(length), torch.randn(1, length, 6).double()
    assert torch.equal(scheme(x, m + shift, m + shift), scheme(x, m, m))


def test_all_curves_are_mixtures_of_d_rel_profiles():
    scheme = made(dim=16, heads=4, reach=32, d_rel=5)
    curves = scheme.by_distance(torch.randn(1, 100, 16).double()).flatten(0, 2)
    assert curves.shape == (400, 32) and torch.linalg.matrix_rank(curves) == 5


def test_two_tokens_may_like_different_distances_in_one_head():
    scheme = ContentBias(2, 1, reach=12, d_rel=2)
    with torch.no_grad():
        scheme.mix.weight.copy_(torch.eye(2))
        scheme.profiles.zero_()
        scheme.profiles[0, 1], scheme.profiles[1, 8] = 1, 1
    m, n = torch.tensor([20, 20]), torch.arange(21)
    assert (20 - scheme(torch.eye(2)[None], m, n)[0, 0].argmax(-1)).tolist() == [1, 8]


@few
@given(reach=reaches, seed=seeds)
def test_up_to_the_clip_it_holds_shaws_keys_and_beyond_it_adds_nothing(reach, seed):
    torch.manual_seed(seed)
    shaw, ours = Shaw(4, max(1, reach - 1)).double(), ContentBias(8, 2, max(2, reach), 4).double()
    torch.nn.init.normal_(shaw.to_keys)
    w_q, x, n = torch.randn(8, 8).double(), torch.randn(1, 10, 8).double(), torch.arange(10)
    q = (x @ w_q.T).unflatten(-1, (2, 4)).transpose(1, 2)
    ours.load_state_dict({"mix.weight": w_q / 2, "profiles": shaw.to_keys[: shaw.clip + 1].flip(0).T})
    near = (n[:, None] - n).clamp(min=-1)
    near = (near >= 0) & (near <= shaw.clip)
    torch.testing.assert_close(ours(x, n, n)[..., near], shaw(q, n, n)[..., near])
    far = n[:, None] - n > shaw.clip
    assert not ours(x, n, n)[..., far].any() and shaw(q, n, n)[..., far].all()


def test_a_wrong_sign_leaves_the_diagonal_alone():
    scheme, n = made(reach=4), torch.arange(6)
    x, seen = torch.randn(1, 6, 6).double(), n <= n[:, None]
    wrong = scheme(x, -n, -n)[0, 0].masked_fill(~seen, 0)
    assert torch.equal(wrong, wrong.diagonal().diag()) and wrong.diagonal().all()


@few
@given(cached=st.integers(1, 12), new=st.integers(1, 3), seed=seeds)
def test_new_tokens_behind_a_cache_get_the_last_rows(cached, new, seed):
    scheme, n = made(seed=seed), torch.arange(cached + new)
    x = torch.randn(2, cached + new, 6).double()
    torch.testing.assert_close(scheme(x[:, -new:], n[-new:], n), scheme(x, n, n)[:, :, -new:])


def test_dropped_keys_change_nothing_for_the_rest():
    scheme, n, x = made(), torch.arange(9), torch.randn(1, 1, 6).double()
    held = torch.tensor([0, 4, 6, 7, 8])
    assert torch.equal(scheme(x, n[-1:], held), scheme(x, n[-1:], n)[..., held])


def test_the_matrix_that_mixes_can_be_made_for_the_queries_instead_of_the_input():
    """What the catalogue does, whose door shows queries and no input."""
    scheme, other, n = made(6), made(6), torch.arange(5)
    x, w_q = torch.randn(1, 5, 6).double(), torch.randn(6, 6).double()
    other.load_state_dict({"mix.weight": scheme.mix.weight @ w_q.inverse(), "profiles": scheme.profiles})
    torch.testing.assert_close(other(x @ w_q.T, n, n), scheme(x, n, n))


@few
@given(reach=reaches, length=lengths, seed=seeds)
def test_the_gradient_reaches_the_columns_in_use_and_no_other(reach, length, seed):
    scheme, n = made(reach=reach, seed=seed), torch.arange(length)
    scheme(torch.randn(1, length, 6).double(), n, n).square().sum().backward()
    used = scheme.profiles.grad.abs().sum(0) > 0
    assert used.tolist() == [distance < length for distance in range(reach)]
    assert scheme.mix.weight.grad.abs().sum(1).all()


@pytest.mark.filterwarnings("ignore:flex_attention called without")
def test_flex_attention_computes_the_same_from_the_numbers_by_distance_alone():
    scheme, n = made(8, 2, reach=4, dtype=torch.float32).requires_grad_(False), torch.arange(16)
    q, k, v = torch.randn(3, 2, 2, 16, 4)
    x = torch.randn(2, 16, 8)
    by_distance = scheme.by_distance(x)

    def score_mod(score, batch, head, m, n):
        bias = by_distance[batch, head, m, (m - n).clamp(0, 3)]
        return torch.where(n <= m, score + torch.where(m - n < 4, bias, 0.0), -torch.inf)

    want = Attention(8, 2).meet(q, k, v, scheme(x, n, n))
    torch.testing.assert_close(flex_attention(q, k, v, score_mod=score_mod), want, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_the_bias_has_the_dtype_of_the_input(dtype):
    n = torch.arange(5)
    assert made(dtype=dtype)(torch.randn(1, 5, 6).to(dtype), n, n).dtype == dtype


def test_a_mixture_is_made_for_each_query_and_distance_and_never_for_each_pair_of_channels():
    scheme, n = made(dim=8, heads=2, reach=4, d_rel=3), torch.arange(50)
    with Watch() as watch:
        scheme(torch.randn(1, 50, 8).double(), n, n)
    assert watch.largest == 2 * 50 * 50


def test_it_costs_two_matrices():
    count = sum(weight.numel() for weight in ContentBias(64, 4, 1024, 16).parameters())
    assert count == 64 * 4 * 16 + 16 * 1024


def test_weights_start_as_noise_of_standard_deviation_0_02():
    torch.manual_seed(0)
    for weight in ContentBias(256, 8, 1024).parameters():
        assert weight.std().item() == pytest.approx(0.02, rel=0.03)


def test_an_empty_batch_gives_an_empty_bias():
    n = torch.arange(4)
    assert made()(torch.zeros(0, 4, 6).double(), n, n).shape == (0, 2, 4, 4)


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: r["gives"])
def test_inkling_adds_the_same(record):
    x, mix, profiles, theirs = (torch.tensor(record[name]) for name in ("x", "mix", "profiles", "bias"))
    scheme = ContentBias(x.shape[-1], record["heads"], *reversed(profiles.shape))
    scheme.load_state_dict({"mix.weight": mix, "profiles": profiles})
    n = torch.arange(record["keys"])
    torch.testing.assert_close(scheme(x, n[-x.shape[1] :], n), theirs, atol=1e-6, rtol=0)


def test_the_records_have_a_window_of_another_reach_and_a_step_with_a_cache():
    assert [(len(record["profiles"][0]), len(record["x"][0]), record["keys"]) for record in RECORDED] == [
        (5, 9, 9), (3, 9, 9), (5, 2, 9),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sizes", "error", "message"),
    [
        ({"dim": 0}, ValueError, "dim must be above 0, since 0 leaves no bias to add; got 0"),
        ({"heads": -1}, ValueError, "heads must be above 0.* got -1"),
        ({"reach": 4.0}, TypeError, "reach must be an int, got 4.0"),
        ({"d_rel": True}, TypeError, "d_rel must be an int, got True"),
    ],
)
def test_sizes_that_cannot_be_are_refused(sizes, error, message):
    with pytest.raises(error, match=message):
        ContentBias(**({"dim": 6, "heads": 2, "reach": 4} | sizes))


X, M = torch.zeros(2, 5, 6), torch.arange(5)


@pytest.mark.parametrize(
    ("x", "m", "n", "error", "message"),
    [
        (X[0], M, M, ValueError, r"x must have shape \(B, T_q, 6\), as queries are made of; got \(5, 6\)"),
        (X[..., :5], M, M, ValueError, r"got \(2, 5, 5\)"),
        (X.long(), M, M, TypeError, "x must be floating point, got torch.int64"),
        (X, M[:4], M, ValueError, r"shapes \(5,\) and \(T_k,\), .* got \(4,\) and \(5,\)"),
        (X, M, M.expand(3, 5), ValueError, r"or those behind 2 rows, got \(5,\) and \(3, 5\)"),
        (X, M, M.float(), TypeError, "n must hold integers, since positions count tokens; got torch.float32"),
        (X, M.bool(), M, TypeError, "m must hold integers.* got torch.bool"),
        (X, torch.tensor(3), M, ValueError, r"got \(\) and \(5,\)"),
    ],
)
def test_input_that_does_not_fit_is_refused(x, m, n, error, message):
    with pytest.raises(error, match=message):
        ContentBias(6, 2, 4)(x, m, n)
