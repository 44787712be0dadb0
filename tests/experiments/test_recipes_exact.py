"""Recipes on tasks with exact answers: the machine behind the grid, run small."""

from dataclasses import replace

import pytest

from snippets.experiments import recipes_exact as experiment
from snippets.experiments import where_position_matters
from snippets.experiments.recipes_exact import PROFILES, Runs

TINY = replace(PROFILES["smoke"], steps=16, look=8, tuning_steps=2)


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.setitem(PROFILES, "smoke", TINY)
    return Runs("smoke", tmp_path)


def test_only_the_layers_are_more_than_in_the_experiment_whose_tasks_they_are():
    for name, profile in PROFILES.items():
        assert profile == replace(where_position_matters.PROFILES[name], layers=4), name


def test_a_recipe_answers_every_task_at_every_length(runs):
    run = runs.run("near_far", 0)
    assert run["experiment"] == "recipes_exact" and list(run["by_length"]) == ["16", "64"]
    for by_task in run["by_length"].values():
        assert {task: set(share) for task, share in by_task.items()} == {
            "previous": {"mean", "last"}, "copy": {"mean", "last"}, "retrieve": {"mean", "last", "by_k"},
        }  # fmt: skip


def test_drope_turns_at_first_and_not_at_the_end(runs, monkeypatch):
    seen = []
    monkeypatch.setattr(Runs, "measure", lambda self, model: seen.append(model) or {})
    run = runs.run("drope", 0)
    assert all(scheme.door == "none" for scheme in seen[0].schemes), "the trained model still rotates"
    assert len(run["recalibrated"]["copy"]) == 1 and len(run["curve"]["copy"]) == 2
    assert TINY.steps == experiment.RECALIBRATED * 2, "2 of 16 steps are left without rotation"
