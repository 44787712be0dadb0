"""Superposition appears with sparsity, in a short run and in the stored results."""

import json

import pytest
import torch

from snippets.experiments import superposition

STORED = json.loads(superposition.RESULT.read_text())


def test_five_features_in_two_dimensions_two_when_dense_five_when_sparse():
    W, _ = superposition.train(5, 2, STORED["five_in_two"]["sparsity"], steps=500, batch=128)
    stored = superposition.represented(torch.tensor(STORED["five_in_two"]["W"]))
    assert superposition.represented(W).tolist() == stored.tolist() == [2, 4, 5]


def test_the_stored_counts_for_twenty_in_five_come_again_in_a_short_run():
    result = STORED["twenty_in_five"]
    rows = [result["sparsity"].index(s) for s in (0.0, 0.7, 0.95)]
    W, _ = superposition.train(20, 5, [result["sparsity"][i] for i in rows], steps=800, batch=256, seed=1)
    for count, i in zip(superposition.represented(W).tolist(), rows, strict=True):
        assert min(result["represented"][i]) - 1 <= count <= max(result["represented"][i]) + 1


def test_the_sparser_the_more_features_are_stored():
    means = [sum(r) / len(r) for r in STORED["twenty_in_five"]["represented"]]
    assert means == sorted(means)
    assert means[0] == 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"features": 0}, "features must be .* got 0"),
        ({"dimensions": 1.5}, "dimensions must be .* got 1.5"),
        ({"sparsity": [1.0]}, "0 <= S < 1, got \\[1.0\\]"),
        ({"sparsity": []}, "got \\[\\]"),
        ({"steps": -1}, "steps must be .* got -1"),
    ],
)
def test_bad_sizes_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        superposition.train(**{"features": 5, "dimensions": 2, "sparsity": [0.5], **arguments})


def test_a_matrix_without_columns_is_refused():
    with pytest.raises(ValueError, match=r"\(\.\.\., dimensions, features\).*got \(3,\)"):
        superposition.represented(torch.zeros(3))
