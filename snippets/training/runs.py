"""Runs of an experiment that trains: each scheme tuned once and trained with each seed, a file for each.

A run whose result is stored is read and not made again. A stored run that was made otherwise is refused by name.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

from tqdm import tqdm

from snippets.training import results
from snippets.training.loop import Plan, Sizes, fresh, share, wait_for_all
from snippets.training.model import SCHEMES, SmallGPT

KEYS = {"experiment", "profile", "scheme", "seed", "seconds"} | results.SIGNATURE
LAST = 32  # targets at the end of a window that every length has in common
TUNING_SEED = 1000
Profile = TypeVar("Profile", bound=Sizes)


def read(path: Path, experiment: str, settings: dict) -> dict:
    """One run. Raises ValueError, naming the file, if it is damaged, of another experiment or of other settings.

    settings: what must be in the run's own settings; a run made differently must not be averaged with the others.
    """
    run = results.read(path)
    if not isinstance(run, dict) or KEYS - run.keys() or run["experiment"] != experiment:
        raise ValueError(f"{path} is not a run of {experiment}: it lacks what such a run says of itself")
    if path.stem != f"{run['scheme']}-{run['seed']}":
        raise ValueError(f"{path} holds scheme {run['scheme']!r}, seed {run['seed']}, which its name does not say")
    for name, value in settings.items():
        if run["settings"].get(name) != value:
            raise ValueError(f"{path} was made with {name} {run['settings'].get(name)!r}, the others with {value!r}")
    return run


def command_line(
    doc: str, folder: Path, profiles: Iterable[str], what: str = "names of schemes, or files with one"
) -> argparse.ArgumentParser:
    """What an experiment can be asked for; ``folder``, of the stored runs, is named as the experiment is."""
    parser = results.command_line(doc, folder)
    parser.add_argument("--profile", choices=profiles, default="laptop")
    parser.add_argument("--scheme", nargs="*", default=SCHEMES, help=what)
    parser.add_argument("--seed", nargs="*", type=int, help="seeds; those of the profile if not given")
    parser.add_argument("--results", type=Path, help="folder of the result files")
    return parser


def label(scheme: str) -> str:
    """What results call a scheme: a name as it is, a file without its folder and ending."""
    return Path(scheme).stem if scheme.endswith(".py") else scheme


class Runs(Generic[Profile]):
    """The runs of one profile: where they are stored, what they agree in, and how one is made.

    An experiment gives its name and its profiles, and says how it trains and measures a model.
    folder: where the files stand. checkpoints: where trainings that may be stopped are kept; None: nowhere.
    Raises ValueError for a profile that the experiment does not have.
    """

    experiment: str
    profiles: dict[str, Profile]

    def __init__(self, profile: str, folder: Path, checkpoints: Path | None = None):
        if profile not in self.profiles:
            raise ValueError(f"profile must be one of {sorted(self.profiles)}, got {profile!r}")
        self.name, self.profile = profile, self.profiles[profile]
        self.folder, self.checkpoints = folder, checkpoints

    def train(self, model: SmallGPT, plan: Plan, checkpoint: Path | None, bar) -> tuple[float, dict]:
        """Train a model by a plan: the last validation loss, and what a run stores of its training."""
        raise NotImplementedError

    def measure(self, model: SmallGPT) -> dict:
        """What a run stores of a trained model."""
        raise NotImplementedError

    def fresh(self, scheme: str, token_std: float, seed: int) -> SmallGPT:
        """A model as its seed starts it."""
        return fresh(scheme, self.profile, token_std, seed)

    @cached_property
    def settings(self) -> dict:
        """What all runs of the profile were made with."""
        return self.profile.as_stored()

    def path(self, scheme: str, seed: int | str) -> Path:
        """Where the run of a scheme (a name or a file) and a seed is stored."""
        return self.folder / f"{label(scheme)}-{seed}.json"

    def read(self, scheme: str, seed: int | str) -> dict:
        """A stored run. Raises FileNotFoundError if there is none, ValueError if it is not one of these."""
        return read(self.path(scheme, seed), self.experiment, self.settings)

    def all(self) -> list[dict]:
        """Every stored run. Raises ValueError for a file that is not one."""
        return [read(path, self.experiment, self.settings) for path in sorted(self.folder.glob("*.json"))]

    def tune(self, scheme: str) -> dict:
        """The grid of rates and token scales, each trained for a while with its own seed; the best by validation."""
        if self.path(scheme, "tuning").is_file():
            return self.read(scheme, "tuning")
        began, grid, profile = time.time(), [], self.profile
        pairs = [(rate, std) for rate in profile.rates for std in profile.token_stds]
        with self.bar(f"{scheme} tuning", len(pairs) * profile.tuning_steps) as bar:
            for rate, std in pairs:
                model = self.fresh(scheme, std, TUNING_SEED)
                loss, _ = self.train(model, Plan(profile.tuning_steps, rate, TUNING_SEED, profile.look), None, bar)
                grid.append({"rate": rate, "token_std": std, "loss": round(loss, 4)})
        best = min(grid, key=lambda tried: tried["loss"])
        chosen = {"rate": best["rate"], "token_std": best["token_std"]}
        return self.write(scheme, "tuning", began, {"grid": grid} | chosen)

    def run(self, scheme: str, seed: int, rate: float | None = None) -> dict:
        """Train and measure one scheme with one seed, or read what is stored.

        rate: in place of the one that tuning chose; such a run is stored under another name.
        """
        name = scheme if rate is None else f"{label(scheme)}@{rate:g}"
        if self.path(name, seed).is_file():
            return self.read(name, seed)
        best, began = self.tune(scheme), time.time()
        best = {"rate": best["rate"] if rate is None else rate, "token_std": best["token_std"]}
        model, training = self.trained(scheme, seed, best, name)
        weights = sum(p.numel() for p in model.parameters())
        return self.write(name, seed, began, best | {"parameters": weights} | training | self.measure(model))

    def trained(self, scheme: str, seed: int, best: dict, name: str) -> tuple[SmallGPT, dict]:
        """The model of the run called ``name``, trained, and what the run stores of that."""
        model = self.fresh(scheme, best["token_std"], seed)
        plan = Plan(self.profile.steps, best["rate"], seed, self.profile.look)
        with self.bar(f"{name} {seed}", plan.steps) as bar:
            _, training = self.train(model, plan, self._checkpoint(scheme, seed, best, name), bar)
        return model, training

    def bar(self, title: str, steps: int) -> tqdm:
        """What shows the progress of a training, in one process of all."""
        return tqdm(total=steps, desc=title, unit="step", disable=share()[0] > 0)

    def write(self, scheme: str, seed: int | str, began: float, found: dict) -> dict:
        """Store a run, from one process of all."""
        head = {"experiment": self.experiment, "profile": self.name, "scheme": label(scheme), "seed": seed}
        run = head | results.signed(self.settings) | {"seconds": round(time.time() - began, 1)} | found
        if share()[0] == 0:
            results.write(self.path(scheme, seed), run)
        wait_for_all()
        return run

    def _checkpoint(self, scheme: str, seed: int, best: dict, name: str) -> Path | None:
        """Where a training is kept; another setting, another folder of results or an edited file has another place."""
        if self.checkpoints is None:
            return None
        made = [str(self.folder.resolve()), self.settings, best["rate"], best["token_std"]]
        if scheme.endswith(".py"):
            made.append(Path(scheme).read_text())
        digest = hashlib.sha256(json.dumps(made).encode()).hexdigest()[:16]
        return self.checkpoints / f"{label(name)}-{seed}-{digest}.pt"
