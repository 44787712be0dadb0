"""A result file is whole, ours, and made with the settings of the others, or it is refused by name."""

import json

import pytest

from snippets.experiments import run_files

RUN = {
    "experiment": "e", "profile": "p", "scheme": "rope", "seed": 0, "settings": {"steps": 3}, "seconds": 1.5,
    **run_files.here(),
}  # fmt: skip


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "new" / "rope-0.json"
    run_files.write(path, RUN)
    return path


def test_what_is_written_is_read_and_nothing_else_is_left(path):
    assert run_files.read(path, "e", {"steps": 3}) == RUN
    assert [file.name for file in path.parent.iterdir()] == ["rope-0.json"]


def test_a_write_that_fails_leaves_the_old_file_whole(path, monkeypatch):
    before = path.read_text()

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(run_files.os, "replace", full)
    with pytest.raises(OSError):
        run_files.write(path, RUN | {"seconds": 2.0})
    assert path.read_text() == before


def test_a_run_that_does_not_say_its_settings_is_not_written(tmp_path):
    with pytest.raises(ValueError, match=r"must say its settings; rope-0\.json would not"):
        run_files.write(tmp_path / "rope-0.json", {key: value for key, value in RUN.items() if key != "settings"})


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
        run_files.read(path, "e", {"steps": 3})


def test_a_file_is_json_with_one_entry_a_line():
    text = run_files.dumps(RUN)
    assert json.loads(text) == RUN and len(text.splitlines()) == len(RUN) + 2
