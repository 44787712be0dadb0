"""The four terms and the constant one add up to the attention scores."""

import json

import numpy as np
import pytest

from snippets.data.make_minilm import HEADS
from snippets.experiments.minilm_heads import RESULT, TERMS, layer_input, score_terms, strength

rng = np.random.default_rng(0)
T, D, D_H = 5, 12, 4
E, P, KIND, E_MEAN, P_MEAN, SCALE, BIAS = (rng.standard_normal(s) for s in ((T, D), (T, D), *[D] * 5))
HEAD = [rng.standard_normal(s) for s in ((D, D_H), D_H, (D, D_H), D_H)]


def test_the_three_parts_add_up_to_the_layer_norm_of_the_sum():
    x = E + P + KIND
    norm = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True) * SCALE + BIAS
    np.testing.assert_allclose(sum(layer_input(E, P, E_MEAN, P_MEAN, KIND, SCALE, BIAS)), norm, rtol=1e-9)


def test_the_five_terms_add_up_to_the_scores():
    parts = layer_input(E, P, E_MEAN, P_MEAN, KIND, SCALE, BIAS)
    W_q, b_q, W_k, b_k = HEAD
    h = sum(parts)
    scores = (h @ W_q + b_q) @ (h @ W_k + b_k).T / D_H**0.5
    np.testing.assert_allclose(score_terms(parts, *HEAD).sum(0), scores, rtol=1e-9)


def test_the_token_term_does_not_see_positions_once_the_deviation_is_fixed():
    token, position, constant = layer_input(E, P, E_MEAN, P_MEAN, KIND, SCALE, BIAS)
    terms, other = (score_terms((token, p, constant), *HEAD) for p in (position, position[::-1]))
    np.testing.assert_array_equal(terms[0], other[0])
    assert abs(terms[3] - other[3]).max() > 0.1


def test_strength_ignores_what_softmax_ignores():
    terms = rng.standard_normal((5, T, T))
    np.testing.assert_allclose(strength(terms), strength(terms + rng.standard_normal((5, T, 1))), rtol=1e-9)


def test_tokens_and_positions_of_different_number_are_refused():
    with pytest.raises(ValueError, match=r"\(5, 12\) and \(4, 12\)"):
        layer_input(E, P[:4], E_MEAN, P_MEAN, KIND, SCALE, BIAS)


def test_matrices_that_do_not_fit_are_refused():
    parts = layer_input(E, P, E_MEAN, P_MEAN, KIND, SCALE, BIAS)
    W_q, b_q, W_k, b_k = HEAD
    with pytest.raises(ValueError, match=r"both be \(12, d_h\).*got \(4, 12\) and \(12, 4\)"):
        score_terms(parts, W_q.T, b_q, W_k, b_k)


def test_the_recorded_shares_choose_the_heads_that_are_shipped():
    result = json.loads(RESULT.read_text("utf-8"))
    share = np.array(result["share"])
    assert share.shape == (12, len(TERMS))
    np.testing.assert_allclose(share.sum(1), 1, atol=5e-4)
    assert (share[:, 0].argmax(), share[:, 3].argmax(), share[:, 1:3].sum(1).argmax()) == HEADS


def test_terms_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"\(5, T, T\).*got \(4, 2, 2\)"):
        strength(np.zeros((4, 2, 2)))
