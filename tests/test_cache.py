"""What is kept is made again when its sources change or its file is damaged, and never half written."""

import logging
import os

import pytest

import tools
from tools import cache


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "FOLDER", tmp_path)
    return tmp_path


def test_what_is_kept_is_found_again_for_its_key_only():
    cache.keep("figures/one", "key", {"light": "한"})
    assert cache.known("figures/one", "key") == {"light": "한"}
    assert cache.known("figures/one", "another") is None and cache.known("figures/two", "key") is None


@pytest.mark.parametrize("damage", ["", "x", "key 0123\n{}", "key\n", '{"key": 1}\n{"light": 2}\n'])
def test_a_damaged_or_foreign_file_is_made_again_and_said(folder, caplog, damage):
    (folder / "one.json").write_text(damage, encoding="utf-8")
    with caplog.at_level(logging.INFO, "mkdocs"):
        assert cache.remembered("one", lambda: "key", lambda: [1]) == [1]
    assert ".cache/one.json is damaged" in caplog.text
    assert cache.known("one", "key") == [1]


def test_one_changed_letter_of_what_is_kept_is_noticed(folder, caplog):
    cache.keep("one", "key", ["figure"])
    path = folder / "one.json"
    path.write_text(path.read_text("utf-8").replace("figure", "fingre"), encoding="utf-8")
    with caplog.at_level(logging.INFO, "mkdocs"):
        assert cache.known("one", "key") is None
    assert "damaged" in caplog.text


def test_a_value_kept_for_another_key_is_no_damage(caplog):
    cache.keep("one", "before", 1)
    with caplog.at_level(logging.INFO, "mkdocs"):
        assert cache.remembered("one", lambda: "after", lambda: 2) == 2
    assert not caplog.text


def test_what_changes_while_it_is_made_is_made_once_more():
    keys, values = iter(["a", "b", "b", "b"]), iter([1, 2])
    assert cache.remembered("one", lambda: next(keys), lambda: next(values)) == 2


def test_an_interrupted_write_leaves_the_file_as_it_was(folder, monkeypatch):
    cache.keep("one", "key", 1)
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        tools.write_whole(folder / "one.json", "half")
    assert cache.known("one", "key") == 1
    assert [path.name for path in folder.iterdir()] == ["one.json"], "a part is left"


def test_a_key_hangs_on_files_versions_and_all_else(tmp_path):
    path = tmp_path / "source.py"
    path.write_text("x = 1")
    keys = [cache.key([path]), cache.key([path], ("torch",)), cache.key([path], (), "en")]
    path.write_text("x = 22")
    keys.append(cache.key([path]))
    assert len(set(keys)) == 4
