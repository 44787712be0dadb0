"""The stored accuracies of the probes are what the code gives, and the split is fair."""

import json

import pytest
import torch

from snippets.experiments import probe_choice

STORED = json.loads(probe_choice.RESULT.read_text())


@pytest.mark.parametrize("task", ["position", "token"])
@pytest.mark.parametrize("probe", ["LDA", "nearest mean", "least squares"])
def test_stored_numbers_are_what_the_code_gives(task, probe):
    assert probe_choice.accuracy(probe, task, seed=0) == pytest.approx(STORED[task][probe][0], abs=0.3)


def test_the_trained_softmax_stays_near_its_stored_number():
    stored = STORED["position"]["softmax"][0]
    assert probe_choice.accuracy("softmax", "position", seed=0) == pytest.approx(stored, abs=3)


def test_every_seed_of_every_probe_is_stored():
    for task in probe_choice.TASKS:
        probes = STORED[task]
        assert set(probes) == {p for p in probe_choice.PROBES if (p, task) != ("number", "token")}
        assert all(len(values) == probe_choice.SEEDS for values in probes.values())


def test_no_token_of_the_test_is_seen_in_fitting():
    _, p = probe_choice.tables()
    x, y, test, answer = probe_choice.sums("position", seed=1)
    fitted, tested = x - p[y], test - p[answer]
    assert torch.cdist(fitted, tested).min() > 1e-3


def test_no_position_of_the_test_is_seen_in_fitting_the_token_probe():
    x, _, test, _ = probe_choice.sums("token", seed=1)
    assert torch.cdist(x, test).min() > 1e-3


def test_lda_and_least_squares_are_both_linear_and_still_differ_eightfold():
    assert min(STORED["position"]["LDA"]) > 99 > 8 * max(STORED["position"]["least squares"])


@pytest.mark.parametrize(
    ("probe", "task", "message"),
    [
        ("guess", "position", "probe must be one of .*'guess'"),
        ("LDA", "order", "task must be .*'order'"),
        ("number", "token", "arbitrary label"),
    ],
)
def test_bad_names_are_refused(probe, task, message):
    with pytest.raises(ValueError, match=message):
        probe_choice.accuracy(probe, task, seed=0)
