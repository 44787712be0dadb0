"""A fit by the waves of one head is calm within the trained length and between its points, and wild behind it."""

import pytest
import torch

from snippets.figures.further_than_trained.curve_fit import TRAINED, fitted, targets, waves
from snippets.schemes.rope import frequencies, rotate, rotations

WITHIN, BEYOND = torch.arange(TRAINED), torch.arange(TRAINED, 2 * TRAINED)


@pytest.mark.parametrize("seed", range(4))
def test_almost_every_random_fit_goes_wild_beyond_the_trained_length(seed):
    strengths = fitted(seed)
    assert (waves(WITHIN) @ strengths).abs().max() < 1
    assert (waves(torch.arange(0, TRAINED, 0.25)) @ strengths).abs().max() < 1
    assert (waves(BEYOND) @ strengths).abs().max() > 100


def test_a_cost_on_strengths_keeps_the_curve_tame():
    strengths = fitted(0, ridge=100)
    assert (waves(BEYOND) @ strengths).abs().max() < 1
    plain, tame = ((waves(WITHIN) @ h - targets(0)).square().mean() for h in (fitted(0), strengths))
    assert plain < tame < 1.05 * plain


def test_the_ridge_is_the_least_squares_solution_with_a_cost():
    basis, eye = waves(WITHIN), torch.eye(128, dtype=torch.float64)
    expected = torch.linalg.solve(basis.T @ basis + 10 * eye, basis.T @ targets(1))
    torch.testing.assert_close(waves(BEYOND) @ fitted(1, 10), waves(BEYOND) @ expected, rtol=0, atol=0.01)


def test_a_sum_of_waves_is_a_score_of_rope():
    query = torch.randn(1, 1, 1, 128, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    key = torch.tensor([1.0, 0.0], dtype=torch.float64).repeat(64)
    even, odd = query.view(-1, 2).unbind(1)
    at = torch.tensor([0, 3, 500])
    turned = rotate(query.expand(-1, -1, 3, -1), rotations(at, frequencies(128), torch.complex128))
    torch.testing.assert_close((turned * key).sum(-1)[0, 0], waves(at) @ torch.cat((even, -odd)))


def test_a_negative_cost_is_refused():
    with pytest.raises(ValueError, match="0 or more, since it is a cost; got -1"):
        fitted(0, -1)
