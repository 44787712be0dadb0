"""Previous, copy and retrieve: the answers are right, a run is stored once, and only what is ours is read."""

import json

import pytest
import torch

from snippets.experiments import where_position_matters as experiment
from snippets.experiments.where_position_matters import ASK, COPY, NOT_ASKED, PREVIOUS, RETRIEVE
from snippets.training.runs import TUNING_SEED

SMOKE, LAPTOP = experiment.PROFILES["smoke"], experiment.PROFILES["laptop"]
NO = NOT_ASKED


def test_previous_by_hand():
    ids, answers = experiment.previous(torch.tensor([[9, 5, 6, 7]]))
    assert ids.tolist() == [[PREVIOUS, 5, 6, 7]]
    assert answers.tolist() == [[NO, NO, 5, 6]]


def test_copy_by_hand():
    letters = torch.tensor([[9, 5, 6, 7, 9, 9, 9, 9]]).expand(2, -1)
    ids, answers = experiment.copy(letters, torch.tensor([[4], [3]]))
    assert ids.tolist() == [[COPY, 5, 6, 7, COPY, 5, 6, 7], [COPY, 5, 6, COPY, 5, 6, COPY, 5]]
    assert answers.tolist() == [[NO, NO, NO, NO, 5, 6, 7, NO], [NO, NO, NO, 5, 6, NO, 5, 6]]


def test_retrieve_by_hand():
    ids, answers = experiment.retrieve(torch.tensor([[9, 5, 9, 6, 9, 7, 9, 8]]), torch.tensor([[1, 2, 2]]))
    assert ids.tolist() == [[RETRIEVE, 5, ASK + 1, 6, ASK + 2, 7, ASK + 2, 8]]
    assert answers.tolist() == [[NO, NO, 5, NO, 5, NO, 6, NO]]


def slow(row: list[int]) -> list[int]:
    """The answers of a row, from its ids alone."""
    answers, period = [NO] * len(row), row.index(COPY, 1) if row[0] == COPY else 0
    for at in range(1, len(row)):
        if row[0] == PREVIOUS and at > 1:
            answers[at] = row[at - 1]
        if row[0] == COPY and at >= period and at + 1 < len(row) and row[at + 1] != COPY:
            answers[at] = row[at + 1 - period]
        if row[0] == RETRIEVE and row[at] > ASK:
            answers[at] = [id for id in row[:at] if id < LAPTOP.letters][ASK - row[at]]
    return answers


@pytest.mark.parametrize("task", experiment.TASKS)
@pytest.mark.parametrize("learn", [True, False])
@pytest.mark.parametrize("length", [16, 64, 96])
def test_every_answer_is_the_one_a_slow_loop_finds(task, learn, length):
    ids, answers = experiment.draw(task, 20, length, LAPTOP, torch.Generator().manual_seed(length), learn)
    wanted = [slow(row) for row in ids.tolist()]
    if task == "copy":  # the last place may be asked for a letter that the row has no place for
        answers, wanted = answers[:, :-1], [row[:-1] for row in wanted]
    assert answers.tolist() == wanted
    assert ids.max() < 256 and LAPTOP.letters <= PREVIOUS < ASK + LAPTOP.farthest


def test_strings_are_learned_in_every_length_and_asked_in_the_longest():
    seeds = torch.Generator().manual_seed(0)
    learned, asked = (experiment.draw("copy", 2000, 16, SMOKE, seeds, learn)[0] for learn in (True, False))
    periods = [{row.index(COPY, 1) for row in ids.tolist()} for ids in (learned, asked)]
    assert periods == [{4, 5, 6, 7, 8}, {8}]


def test_what_is_asked_is_the_same_for_every_model_and_new_to_it():
    def draw(seed):
        return experiment.asked("retrieve", 64, 8192, LAPTOP, seed)[0]

    assert torch.equal(draw(experiment.TEST_SEED), draw(experiment.TEST_SEED))
    assert draw(experiment.TEST_SEED).shape == (128, 64)
    held_out = {experiment.TEST_SEED, experiment.VALIDATION_SEED, TUNING_SEED}
    assert len(held_out) == 3 and not held_out & {*LAPTOP.seeds}


def test_accuracy_counts_only_what_is_asked():
    class Parrot(torch.nn.Module):
        def forward(self, ids):
            return torch.nn.functional.one_hot(ids.roll(1, 1), 256).float()

    found = experiment.measure(Parrot(), SMOKE)["by_length"]
    assert list(found) == ["16", "64"]
    for here in found.values():
        assert here["previous"] == {"mean": 1, "last": 1}
        assert here["retrieve"]["by_k"][0] == 1 > 0.3 > here["retrieve"]["by_k"][1]
        assert here["copy"]["mean"] < 0.3


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    experiment.main(["--profile", "smoke", "--scheme", "rope", "none", "--results", str(folder)])
    return folder


def test_a_smoke_run_learns_what_it_should_and_stores_it(folder):
    runs = experiment.Runs("smoke", folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        f"{scheme}-{seed}.json" for scheme in ("none", "rope") for seed in (0, "tuning")
    ]
    assert len(runs.all()) == 4
    rope, none = (runs.read(scheme, 0)["by_length"]["16"] for scheme in ("rope", "none"))
    assert rope["previous"]["mean"] > 0.95 > none["previous"]["mean"]
    assert rope["retrieve"]["mean"] > 0.9 > 0.7 > none["retrieve"]["mean"]
    assert rope["previous"]["mean"] > runs.read("rope", 0)["by_length"]["64"]["previous"]["mean"] + 0.1


def test_a_stored_run_is_not_repeated(folder, monkeypatch, capsys):
    def train(*_):
        raise AssertionError("trained again")

    monkeypatch.setattr(experiment, "train", train)
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    experiment.main(["--profile", "smoke", "--scheme", "rope", "none", "--results", str(folder)])
    assert before == {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert "rope, seed 0, previous: accuracy by length {'16': " in capsys.readouterr().out


def test_a_run_comes_out_the_same_again(folder, tmp_path):
    again = experiment.Runs("smoke", tmp_path).run("rope", 0)
    stored = experiment.Runs("smoke", folder).read("rope", 0)
    assert (again["rate"], again["token_std"]) == (stored["rate"], stored["token_std"]) == (1e-2, 0.1)
    for task in experiment.TASKS:
        here, there = (run["by_length"]["16"][task]["mean"] for run in (again, stored))
        assert here == pytest.approx(there, abs=0.02)


def of_another_experiment(run):
    return run | {"experiment": "train_short_test_long"}


def of_other_settings(run):
    return run | {"settings": run["settings"] | {"letters": 16}}


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda run: json.dumps(run)[:-40], "rope-0.json is damaged"),
        (lambda run: json.dumps(of_another_experiment(run)), "rope-0.json is not a run of where_position_matters"),
        (lambda run: json.dumps(of_other_settings(run)), "rope-0.json was made with letters 16, the others with 8"),
        (lambda run: json.dumps(run | {"scheme": "alibi"}), "rope-0.json holds scheme 'alibi', seed 0"),
    ],
)
def test_a_file_that_is_not_ours_is_refused_by_name(folder, tmp_path, spoil, says):
    run = json.loads((folder / "rope-0.json").read_text())
    (tmp_path / "rope-0.json").write_text(spoil(run))
    runs = experiment.Runs("smoke", tmp_path)
    for read in (runs.all, lambda: runs.read("rope", 0), lambda: runs.run("rope", 0)):
        with pytest.raises(ValueError, match=says):
            read()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: experiment.Runs("night"), r"profile must be one of .* got 'night'"),
        (lambda: experiment.asked("reverse", 16, 64, SMOKE, 0), r"task must be one of .* got 'reverse'"),
        (lambda: experiment.asked("copy", 15, 64, SMOKE, 0), "length must be even.* got 15"),
        (
            lambda: experiment.retrieve(torch.zeros(1, 6).long(), torch.tensor([[1, 3]])),
            r"\[1, 2\] at most.*\[\[1, 3\]\]",
        ),
    ],
)
def test_bad_input_is_refused_by_name(call, says):
    with pytest.raises(ValueError, match=says):
        call()
