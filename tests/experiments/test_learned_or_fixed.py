"""Learned, fixed or none: a slice of the training comes again, and the stored results say what chapter 3 says."""

import json

import numpy as np
import pytest
import torch

from snippets.experiments import learned_or_fixed as experiment

STORED = json.loads(experiment.RESULT.read_text())
RUNS = STORED["runs"]


def stored(part, way, what="curve"):
    return np.array([run[what] for run in RUNS if (run["part"], run["way"]) == (part, way)])


class Enough(Exception):
    """Ends a training after its first look."""


@pytest.mark.parametrize(("part", "way"), [("ten chapters", "sinusoidal"), ("one chapter", "learned")])
def test_the_first_look_of_a_stored_run_comes_again(part, way):
    ids, held_out = experiment.corpus(part)
    seen = []

    def look(model):
        seen.append(float(experiment.by_position(model, held_out, experiment.TRAINED, 48).mean()))
        raise Enough

    with pytest.raises(Enough):
        experiment.train(experiment.fresh(way, 0), ids, experiment.STEPS[part], 0, look=look)
    assert seen[0] == pytest.approx(stored(part, way)[0, 0], abs=0.03)


def test_the_settings_stored_are_those_of_the_file():
    settings = STORED["settings"]
    assert settings["steps"] == experiment.STEPS and settings["rows"] == experiment.ROWS
    assert settings["trained"] == experiment.TRAINED and settings["tuning"] == experiment.TUNING
    assert settings["bytes"] == {part: len(experiment.corpus(part)[0]) for part in experiment.STEPS}
    for way, count in settings["parameters"].items():
        assert sum(p.numel() for p in experiment.Model(way).parameters()) == count
    assert {(run["part"], run["way"], run["seed"]) for run in RUNS} == {
        (part, way, seed) for part in experiment.STEPS for way in experiment.WAYS for seed in experiment.SEEDS
    }


def test_within_its_length_a_table_is_not_better_than_the_formula():
    for part in experiment.STEPS:
        learned, fixed = (stored(part, way).min(1) for way in ("learned", "sinusoidal"))
        assert learned.min() > fixed.max(), f"{part}: a learned table came out ahead: {learned} against {fixed}"
        assert stored(part, "none").min() > learned.max()


def test_ten_times_the_text_halves_the_lead_of_the_formula():
    lead = {
        part: (stored(part, "learned").min(1) - stored(part, "sinusoidal").min(1)).mean() for part in experiment.STEPS
    }
    assert 0.4 < lead["ten chapters"] / lead["one chapter"] < 0.7


def test_interpolated_rows_are_mended_by_tuning_and_copied_ones_are_not():
    runs = [run["resized"] for run in RUNS if "resized" in run]
    late = {way: np.mean([run[way]["tuned"][64:] for run in runs]) for way in ("untrained", "copy", "interpolate")}
    early = np.mean(stored("ten chapters", "learned", "loss")[:, :64])
    assert late["interpolate"] - early < 0.1 < 0.5 < late["copy"] - early
    assert abs(late["copy"] - late["untrained"]) < 0.1


def test_past_its_length_every_model_with_positions_gets_worse_and_none_crashes_before_row_128():
    for way in ("learned", "sinusoidal"):
        losses = stored("ten chapters", way, "loss")
        assert losses.shape == (3, 128) and np.isfinite(losses).all()
        assert (losses[:, 96:].mean(1) > losses[:, 32:64].mean(1) + 0.1).all(), way
    model = experiment.fresh("learned", 0)
    with pytest.raises(IndexError, match="position 128 has no row"):
        model(torch.zeros(1, 129, dtype=torch.long))


def test_rows_never_reached_only_shrink_and_rows_reached_grow():
    for run in RUNS:
        if "norms" in run:
            before, after = np.array(run["norms"]["before"]), np.array(run["norms"]["after"])
            assert (after[:64] > before[:64]).all()
            ratio = after[64:] / before[64:]
            assert ratio.max() < 1 and np.ptp(ratio) < 0.02, "weight decay shrinks all of them alike"


def test_the_stored_table_is_the_one_whose_lengths_are_stored():
    kept = json.loads(experiment.table_path(experiment.RESULT).read_text())
    table = np.array(kept["table"])
    run = next(run for run in RUNS if "norms" in run and run["seed"] == kept["seed"])
    assert table.shape == (experiment.ROWS, experiment.DIM)
    np.testing.assert_allclose(np.linalg.norm(table, axis=1), run["norms"]["after"], atol=1e-3)


def test_an_interpolated_table_keeps_its_ends_and_a_copied_one_starts_again():
    table = torch.arange(8.0).view(4, 2)
    stretched = experiment.resized(table, "interpolate", 7)
    assert torch.allclose(stretched[::2], table) and torch.allclose(stretched[1], (table[0] + table[1]) / 2)
    assert torch.equal(experiment.resized(table, "copy", 7), torch.cat([table, table[:3]]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: experiment.Model("rope"), "way must be one of .* got 'rope'"),
        (lambda: experiment.corpus("all"), "part must be one of .* got 'all'"),
        (lambda: experiment.windows(torch.arange(10), 10, 1), "must be at least 1 and fit 10 bytes, got 10 and 1"),
        (lambda: experiment.resized(torch.zeros(4, 2), "stretch"), "got 'stretch'"),
        (lambda: experiment.resized(torch.zeros(4, 2), "copy", 3), "at least the 4 there are.*got 3"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
