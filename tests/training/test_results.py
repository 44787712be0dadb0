"""A result says with what and where it was made, is written whole or not at all, and is not written over."""

import json
import os

import pytest

from snippets.training import results

RESULT = {"name": "rope", "rows": [{"d": 1}, {"d": 2}], "table": [[1, 2], [3, 4]], **results.signed({"steps": 3})}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "new" / "rope.json"
    results.write(path, RESULT)
    return path


def test_what_is_written_is_read_and_nothing_else_is_left(path):
    assert results.read(path) == RESULT
    assert [file.name for file in path.parent.iterdir()] == ["rope.json"]


def test_a_write_that_fails_leaves_the_old_file_whole(path, monkeypatch):
    before = path.read_text()

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError):
        results.write(path, RESULT | {"name": "alibi"})
    assert path.read_text() == before
    assert [file.name for file in path.parent.iterdir()] == ["rope.json"]


@pytest.mark.parametrize("part", sorted(results.SIGNATURE))
def test_a_result_that_does_not_say_what_made_it_is_not_written(tmp_path, part):
    with pytest.raises(ValueError, match=rf"must say its {part}; rope\.json would not"):
        results.write(tmp_path / "rope.json", {key: value for key, value in RESULT.items() if key != part})
    assert not list(tmp_path.iterdir())


def test_a_signature_has_the_packages_that_are_installed():
    versions = results.signed({}, "numpy", "no-such-package")["versions"]
    assert list(versions) == ["python", "torch", "numpy"]


def test_a_file_is_json_with_one_entry_a_line_and_one_row_a_line():
    text = results.dumps(RESULT)
    assert json.loads(text) == RESULT
    assert ' "rows": [\n  {"d": 1},\n  {"d": 2}\n ],\n "table": [[1, 2], [3, 4]],\n' in text


def test_a_damaged_file_is_refused_by_name(path):
    path.write_text(path.read_text()[:40])
    with pytest.raises(ValueError, match=r"rope\.json is damaged"):
        results.read(path)


def test_versions_are_read_where_older_results_have_them(path):
    path.write_text(json.dumps({"machine": {"cpu": "c", "python": "3.11", "versions": {"torch": "2.13"}}}))
    assert results.read(path) == {"machine": {"cpu": "c"}, "versions": {"python": "3.11", "torch": "2.13"}}
