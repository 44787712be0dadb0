"""Recipes: the machine behind the table, run small."""

import json
from dataclasses import replace

import pytest
import torch

from snippets.experiments import recipes as experiment
from snippets.experiments.recipes import PROFILES, Runs
from snippets.schemes.rope import frequencies
from snippets.training.recipes import ABOVE_BOUND, RECIPES

TINY = replace(PROFILES["smoke"], dim=16, steps=16, look=8, windows=4, tuning_steps=2)


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.setitem(PROFILES, "smoke", TINY)
    return Runs("smoke", tmp_path / "results", tmp_path / "checkpoints")


def test_a_run_is_stored_with_all_that_is_asked_of_it(runs):
    run = runs.run("none", 0)
    stored = json.loads(runs.path("none", 0).read_text())
    assert stored == json.loads(json.dumps(run)) and stored["experiment"] == "recipes"
    for length, by_factor in stored["sharper"].items():
        assert by_factor["1.0"] == stored["by_length"][length]["last"], "times 1 changes nothing"
        assert len(set(by_factor.values())) > 5, f"at length {length} a factor on all scores changes nothing"
    assert "sharper" not in runs.run("near", 0), "it is asked of SWEPT alone"


def test_drope_turns_at_first_and_not_at_the_end(runs, monkeypatch):
    seen = []
    monkeypatch.setattr(Runs, "measure", lambda self, model: seen.append(model) or {})
    run = runs.run("drope", 0)
    assert all(scheme.door == "none" for scheme in seen[0].schemes), "the trained model still rotates"
    assert len(run["curve"]) == 2 and len(run["recalibrated"]) == 1
    assert run["dropped"] != run["curve"][-1], "the validation loss right after the drop"
    rope = runs.run("rope", 0)
    assert run["curve"][0] != rope["curve"][0], "its rate falls earlier"


def test_the_bound_of_the_base_is_the_first_that_prefers_near_keys_at_every_distance():
    def worst(size, length, base):
        distances = torch.arange(length + 1, dtype=torch.float64)
        return (distances[:, None] * frequencies(size, base)).cos().sum(1).min()

    for size, length in ((32, 128), (32, 1024), (128, 1024)):
        found = experiment.base_bound(size, length)
        assert worst(size, length, found) >= 0 > worst(size, length, found / 1.01)
    assert experiment.base_bound(32, 1024) < ABOVE_BOUND, "rope_base is trained with a base above the bound"


def test_the_recipes_of_both_sizes_are_recipes():
    assert set(experiment.IN_BOTH_SIZES) <= set(RECIPES) and len(experiment.IN_BOTH_SIZES) == 8
    assert set(experiment.SWEPT) <= set(RECIPES)
