"""Every experiment is a command: it answers --help, spares what is finished, and signs what it writes."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from importlib import import_module

import pytest

from snippets.experiments import speed
from snippets.training import loop, results
from tools import ROOT

FOLDER = ROOT / "snippets/experiments"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")
TRAINED = ["recipes", "recipes_exact", "train_short_test_long", "where_position_matters"]
MEASURED = [name for name in NAMES if name not in TRAINED]
NEEDED = {"smollm2": ["folder"]}  # what a command cannot do without


def command(name):
    return import_module(f"snippets.experiments.{name}")


def stored():
    return {path: path.stat().st_mtime_ns for path in (FOLDER / "results").rglob("*")}


@pytest.fixture
def nothing_runs(monkeypatch):
    """Measuring, training and starting again fail, and what is stored stays as it is."""

    def fails(*_, **__):
        raise AssertionError("it ran")

    for name in MEASURED:
        monkeypatch.setattr(command(name), "measure_all", fails)
    monkeypatch.setattr(loop, "train", fails)
    monkeypatch.setattr(os, "execve", fails)
    before = stored()
    yield
    assert stored() == before


@pytest.mark.parametrize("name", NAMES)
def test_help_is_the_head_of_the_file_and_nothing_runs(name, nothing_runs, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    module = command(name)
    with pytest.raises(SystemExit) as end:
        module.main(["--help"])
    said = capsys.readouterr().out
    assert end.value.code == 0 and said.split()[:4] == ["usage:", "python", "-m", f"snippets.experiments.{name}"]
    assert module.__doc__.strip() in said
    assert ("--results" if name in TRAINED else "--result") in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_a_file_runs_as_a_command_and_does_nothing_when_imported(name):
    text = (FOLDER / f"{name}.py").read_text("utf-8")
    assert text.endswith('\n\nif __name__ == "__main__":\n    main()\n')
    assert text.count("__main__") == 1 + text.count("record/__main__.py")


def test_a_real_command_answers():
    asked = [sys.executable, "-m", "snippets.experiments.speed", "--help"]
    said = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert said.returncode == 0 and said.stdout.startswith("usage: python -m snippets.experiments.speed ")


@pytest.mark.parametrize("name", MEASURED)
def test_a_finished_result_is_spared_and_named(name, nothing_runs):
    with pytest.raises(SystemExit, match=rf"(?s)results/{name}\.json is finished, made with .* --result") as end:
        command(name).main(NEEDED.get(name, []))
    made = results.read(command(name).RESULT).get("versions", {"versions": "that it does not say"})
    assert all(f"{package} {number}" in str(end.value) for package, number in made.items())


def test_a_table_beside_the_result_is_spared_too(nothing_runs, tmp_path):
    (tmp_path / "new_table.json").write_text("{}")
    with pytest.raises(SystemExit, match=r"new_table\.json is finished"):
        command("learned_or_fixed").main(["--result", str(tmp_path / "new.json")])
    assert not (tmp_path / "new.json").exists()


@pytest.mark.parametrize("name", [name for name in TRAINED if (FOLDER / "results" / name).is_dir()])
def test_a_finished_run_is_read_and_told(name, nothing_runs, capsys):
    command(name).main(["--scheme", "rope", "--seed", "0"])
    assert "rope, seed 0" in capsys.readouterr().out


def check(path, name):
    result = json.loads(path.read_text("utf-8"))
    assert result.keys() >= results.SIGNATURE, f"{name} does not say {results.SIGNATURE - result.keys()}"
    assert result["settings"] and {"python", "torch"} <= result["versions"].keys()
    assert {"system", "cpu", "threads", "gpu"} == result["machine"].keys()


@pytest.mark.parametrize("name", MEASURED)
def test_a_result_says_its_settings_versions_and_machine(name, monkeypatch, tmp_path):
    for variable, value in speed.KEEP_PAGES.items():
        monkeypatch.setenv(variable, value)
    found = ({"found": 1}, {"found": 2}) if name == "learned_or_fixed" else {"found": 1}
    monkeypatch.setattr(command(name), "measure_all", lambda *_: found)
    command(name).main([*NEEDED.get(name, []), "--result", str(tmp_path / "new.json")])
    written = sorted(tmp_path.iterdir())
    assert len(written) == (2 if name == "learned_or_fixed" else 1)
    for path in written:
        check(path, name)
        assert json.loads(path.read_text("utf-8"))["found"]


@pytest.mark.parametrize("name", TRAINED)
def test_a_run_says_its_settings_versions_and_machine(name, monkeypatch, tmp_path):
    module = command(name)
    monkeypatch.setitem(module.PROFILES, "smoke", replace(module.PROFILES["smoke"], steps=2, tuning_steps=1, dim=16))
    if hasattr(module, "CHECKPOINTS"):
        monkeypatch.setattr(module, "CHECKPOINTS", tmp_path / "checkpoints")
    module.main(["--profile", "smoke", "--scheme", "none", "--results", str(tmp_path / "results")])
    written = sorted((tmp_path / "results").rglob("*.json"))
    assert [path.name for path in written] == ["none-0.json", "none-tuning.json"]
    for path in written:
        check(path, name)


@pytest.mark.parametrize(("name", "option"), [("speed", []), ("throughput", ["--rounds", "2"])])
def test_whatever_is_asked_time_is_measured_where_malloc_keeps_its_pages(name, option, monkeypatch, tmp_path):
    class Started(Exception):
        pass

    def start(program, arguments, environment):
        assert arguments[1:3] == ["-m", f"snippets.experiments.{name}"]
        assert speed.KEEP_PAGES.items() <= environment.items()
        raise Started

    for variable in speed.KEEP_PAGES:
        monkeypatch.delenv(variable, raising=False)

    def measures(*_):
        raise AssertionError("measured where malloc gives pages back")

    monkeypatch.setattr(os, "execve", start)
    monkeypatch.setattr(command(name), "measure_all", measures)
    for asked in ([], [*option, "--result", str(tmp_path / "new.json")]):
        monkeypatch.setattr(command(name), "RESULT", tmp_path / "speed.json")
        with pytest.raises(Started):
            command(name).main(asked)
