"""Train short, test long: the machine behind the table, run small; and the stored table, held to what the pages say."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from snippets.experiments import train_short_test_long as experiment
from snippets.experiments.train_short_test_long import PROFILES, STRETCHES, Runs
from snippets.training.loop import Plan, fresh
from snippets.training.model import SCHEMES
from tools import ROOT

SMOKE = PROFILES["smoke"]
TINY = replace(SMOKE, dim=16, steps=12, look=4, windows=4, tuning_steps=2, stretch_steps=2)


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.setitem(PROFILES, "smoke", TINY)
    return Runs("smoke", tmp_path / "results", tmp_path / "checkpoints")


def test_a_run_is_stored_with_what_made_it_and_is_not_repeated(runs, monkeypatch):
    run = runs.run("rope", 0)
    stored = json.loads(runs.path("rope", 0).read_text())
    assert stored == json.loads(json.dumps(run)) and stored["settings"]["steps"] == 12
    assert {"python", "torch"} <= stored["versions"].keys() and stored["seconds"] >= 0
    assert list(stored["by_length"]) == ["32", "64", "256"] and len(stored["by_length"]["256"]["by_position"]) == 16
    monkeypatch.setattr(experiment, "train", None)
    assert runs.run("rope", 0) == stored


def test_the_grid_is_stored_and_its_best_is_taken(runs, monkeypatch):
    monkeypatch.setitem(PROFILES, "smoke", replace(TINY, rates=(1e-6, 1e-2), token_stds=(0.1, 0.5)))
    runs = Runs("smoke", runs.folder.parent, runs.checkpoints.parent.parent)
    found = runs.tune("none")
    assert [(tried["rate"], tried["token_std"]) for tried in found["grid"]] == [
        (1e-6, 0.1), (1e-6, 0.5), (1e-2, 0.1), (1e-2, 0.5)
    ]  # fmt: skip
    assert found["rate"] == 1e-2 and found["rate"] in {run["rate"] for run in runs.all()}


def test_a_rate_of_ones_own_is_stored_under_its_own_name(runs):
    run = runs.run("none", 0, rate=0.004)
    assert run["rate"] == 0.004 and runs.path("none@0.004", 0).name == "none@0.004-0.json"
    assert runs.read("none@0.004", 0)["scheme"] == "none@0.004" and not runs.path("none", 0).is_file()


def test_a_scheme_file_that_was_edited_or_another_folder_is_trained_anew(runs, tmp_path):
    mine = tmp_path / "mine.py"
    mine.write_text("from snippets.catalogue import Scheme\n\ndef build(*sizes):\n    return Scheme()\n")
    first, paced = runs.run(str(mine), 0), runs.run(str(mine), 0, rate=0.004)
    runs.path(str(mine), 0).unlink()
    runs.path("mine@0.004", 0).unlink()
    mine.write_text(mine.read_text().replace("Scheme()", "Scheme(at_input=lambda x, at: -x + at[:, None] % 3)"))
    assert runs.run(str(mine), 0)["curve"] != first["curve"], "the weights of the old file were taken for the new one"
    assert runs.run(str(mine), 0, rate=0.004)["curve"] != paced["curve"], "the same, with a rate of one's own"
    elsewhere = Runs("smoke", tmp_path / "elsewhere", runs.checkpoints.parent.parent)
    assert elsewhere.run(str(mine), 0)["tokens_per_second"] is not None, "taken from the other folder"


class Stop:
    """A progress bar at which someone presses Ctrl-C after so many steps."""

    def __init__(self, after):
        self.left = after

    def update(self, steps=1):
        self.left -= steps
        if self.left < 0:
            raise KeyboardInterrupt


def test_a_stopped_run_goes_on_from_its_last_look_and_ends_the_same(tmp_path):
    def train(model, **more):
        return experiment.train(model, TINY, Plan(12, 1e-2, 0, TINY.look), TINY.length, TINY.batch, **more)

    whole, half = (fresh("learned", TINY, 0.5, 0) for _ in range(2))
    curve = train(whole)
    with pytest.raises(KeyboardInterrupt):
        train(half, checkpoint=tmp_path / "run.pt", bar=Stop(after=9))
    again = fresh("learned", TINY, 0.5, 5)
    assert train(again, checkpoint=tmp_path / "run.pt", bar=Stop(after=12)) == curve
    for name, value in whole.state_dict().items():
        assert torch.equal(again.state_dict()[name], value), name


def test_a_file_of_other_settings_in_the_folder_is_refused_by_name(runs):
    path = runs.path("rope", 0)
    runs.run("rope", 0)
    path.write_text(path.read_text().replace('"steps": 12', '"steps": 13'))
    for ask in (runs.all, lambda: runs.run("rope", 0)):
        with pytest.raises(ValueError, match=r"rope-0\.json was made with steps 13, the others with 12"):
            ask()


@pytest.mark.parametrize("tuned", [False, True])
@pytest.mark.parametrize("way", STRETCHES)
def test_every_stretch_starts_from_the_trained_weights(runs, way, tuned):
    plain = runs.run("rope", 0)
    found = runs.run_stretched(way, tuned, 0)
    assert found["by_length"].keys() == plain["by_length"].keys()
    assert len(found["curve"]) == tuned
    if way == "rope" and not tuned:
        assert found["by_length"] == plain["by_length"], "RoPE stretched by nothing is RoPE"


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match=r"profile must be one of .*'laptop'.* got 'desktop'"):
        Runs("desktop")
    with pytest.raises(ValueError, match=r"way must be one of .* got 'longrope'"):
        experiment.stretched("longrope", SMOKE)


def test_two_processes_give_what_one_gives(tmp_path):
    module = "snippets.experiments.train_short_test_long"
    command = ["-m", module, "--profile", "smoke", "--scheme", "shaw", "--results"]
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "29513"]
    env = {name: value for name, value in os.environ.items() if name != "WORLD_SIZE"} | {"PYTHONPATH": str(ROOT)}
    found = []
    for folder, launch in (("one", [sys.executable]), ("two", torchrun)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "snippets").symlink_to(ROOT / "snippets")
        subprocess.run([*launch, *command, "results"], cwd=tmp_path / folder, env=env, check=True, capture_output=True)
        found.append(json.loads((tmp_path / folder / "results/smoke/shaw-0.json").read_text()))
    one, two = found
    assert two["curve"] == pytest.approx(one["curve"], abs=0.02)
    assert two["by_length"]["256"]["last"] == pytest.approx(one["by_length"]["256"]["last"], abs=0.05)


def test_a_batch_must_divide_among_the_processes(monkeypatch):
    monkeypatch.setattr(experiment, "share", lambda: (0, 3))
    with pytest.raises(ValueError, match="a batch of 8 windows does not divide among 3 processes"):
        experiment.train(fresh("none", TINY, 0.5, 0), TINY, Plan(1, 1e-2, 0, 1), TINY.length, TINY.batch)


def test_seconds_are_enough_to_see_sinusoids_and_rope_break_and_a_bias_hold(tmp_path):
    runs = Runs("smoke", tmp_path / "results", tmp_path / "checkpoints")
    rise = {}
    for scheme in ("sinusoidal", "rope", "alibi"):
        by_length = runs.run(scheme, 0)["by_length"]
        rise[scheme] = by_length["256"]["last"] - by_length["32"]["last"]
    assert rise["alibi"] < 0.2 < 0.4 < min(rise["sinusoidal"], rise["rope"]), rise


def test_the_stored_table_is_whole():
    runs = Runs("laptop")
    stored = {(run["scheme"], run["seed"]) for run in runs.all()}
    asked = {(scheme, seed) for scheme in SCHEMES for seed in (*PROFILES["laptop"].seeds, "tuning")}
    asked |= {
        (f"rope+{way}" + "+tuned" * tuned, seed)
        for tuned in (False, True) for way in STRETCHES[not tuned :] for seed in PROFILES["laptop"].seeds
    }  # fmt: skip
    asked |= {(f"{scheme}@0.004", seed) for scheme in ("learned", "concatenated") for seed in (0, 1)}
    assert stored == asked, f"missing {sorted(asked - stored, key=str)}, unknown {sorted(stored - asked, key=str)}"


def test_stored_runs_say_what_the_model_is():
    runs, profile = Runs("laptop"), PROFILES["laptop"]
    for scheme in SCHEMES:
        grid, run = runs.read(scheme, "tuning"), runs.read(scheme, 0)
        assert len(grid["grid"]) == len(profile.rates) * len(profile.token_stds)
        best = min(grid["grid"], key=lambda tried: tried["loss"])
        assert (run["rate"], run["token_std"]) == (best["rate"], best["token_std"])
        weights = fresh(scheme, profile, run["token_std"], 0).parameters()
        assert run["parameters"] == sum(weight.numel() for weight in weights), scheme
        assert run["curve"][-1] < run["curve"][0] and len(run["curve"]) == profile.steps // profile.look
