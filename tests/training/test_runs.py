"""A stored run is ours and made with the settings of the others, or it is refused by name."""

import json

import pytest

from snippets.experiments import recipes, recipes_exact, train_short_test_long, where_position_matters
from snippets.training import results, runs

RUN = {
    "experiment": "e", "profile": "p", "scheme": "rope", "seed": 0, "seconds": 1.5, **results.signed({"steps": 3}),
}  # fmt: skip


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "rope-0.json"
    results.write(path, RUN)
    return path


def test_a_run_is_read_as_it_was_written(path):
    assert runs.read(path, "e", {"steps": 3}) == RUN


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[:40], r"rope-0\.json is damaged"),
        (lambda text: text.replace('"e"', '"other"'), r"rope-0\.json is not a run of e"),
        (lambda text: "[1, 2]", r"rope-0\.json is not a run of e"),
        (lambda text: text.replace('"seed": 0', '"seed": 1'), r"rope-0\.json holds scheme 'rope', seed 1"),
        (lambda text: text.replace('"steps": 3', '"steps": 4'), r"rope-0\.json was made with steps 4, .* with 3"),
    ],
    ids=["half a file", "another experiment", "no run", "another seed", "other settings"],
)
def test_a_damaged_or_foreign_file_is_refused_by_name(path, change, message):
    path.write_text(change(path.read_text()))
    with pytest.raises(ValueError, match=message):
        runs.read(path, "e", {"steps": 3})


@pytest.mark.parametrize("experiment", [train_short_test_long, recipes, recipes_exact, where_position_matters])
def test_every_stored_run_has_the_settings_of_today_byte_for_byte(experiment):
    stored = experiment.Runs("laptop")
    for path in stored.folder.glob("*.json"):
        assert f'\n "settings": {json.dumps(stored.settings)},\n' in path.read_text("utf-8"), path.name
    assert stored.all(), "and each is accepted"


@pytest.mark.parametrize(
    ("scheme", "name"), [("rope", "rope"), ("rope@0.004", "rope@0.004"), ("folder/mine.py", "mine")]
)
def test_results_call_a_scheme_by_its_name_or_its_file(scheme, name):
    assert runs.label(scheme) == name
