"""How many pairs of three models never turned once in their trained length."""

import math

import pytest

from snippets.figures.stretching import MODELS, turns


@pytest.mark.parametrize("name", MODELS)
def test_turns_are_the_trained_length_over_the_wavelength(name):
    dim, base, trained = MODELS[name]
    for pair in (0, 7, dim // 2 - 1):
        assert turns(name)[pair].item() == pytest.approx(trained / (2 * math.pi * base ** (2 * pair / dim)))


def test_the_counts_on_the_figure_are_those_of_its_description():
    assert [int((turns(name) < 1).sum()) for name in ("LLaMA", "SmolLM2", "Llama 3")] == [23, 12, 29]


def test_an_unknown_model_is_refused_by_name():
    with pytest.raises(KeyError, match="GPT"):
        turns("GPT")
