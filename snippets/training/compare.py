"""The stored runs of an experiment side by side: for the tables, figures and downloads of the site."""

import csv
import io
from collections.abc import Callable
from itertools import permutations

import torch

from snippets.experiments import recipes, recipes_exact, where_position_matters
from snippets.experiments.train_short_test_long import PROFILES, Runs
from snippets.training import runs as training
from snippets.training.novels import text, windows
from snippets.training.runs import LAST

BY_LENGTH = ("seed", "length", "mean_loss", "loss_on_last_32", "rate", "token_std", "parameters", "seconds")


def losses(
    profile: str = "laptop", what: str = "last", runs: Callable[[str], training.Runs] = Runs
) -> dict[str, dict[int, list[float]]]:
    """Scheme -> length in tokens -> the losses of all seeds, in nats a byte.

    what: "mean" over a window, or "last", the last 32 targets, which are the same bytes at every length.
    runs: of which experiment, this one or ``recipes.Runs``.
    Raises ValueError for anything else, or for a stored file that is no run of this profile.
    """
    if what not in ("mean", "last"):
        raise ValueError(f'what must be "mean" or "last", got {what!r}')
    found = {}
    for run in finished(profile, runs):
        for length, loss in run["by_length"].items():
            found.setdefault(run["scheme"], {}).setdefault(int(length), []).append(loss[what])
    return found


def finished(profile: str = "laptop", runs: Callable[[str], training.Runs] = Runs) -> list[dict]:
    """Every stored run but the tuning, by scheme and seed. Raises ValueError for a file that is no run."""
    return [run for run in runs(profile).all() if run["seed"] != "tuning"]


def accuracy(
    task: str, what: str = "mean", runs: Callable[[str], training.Runs] = where_position_matters.Runs
) -> dict[str, dict[int, list[float]]]:
    """Scheme -> length in places -> share of right answers of all seeds, for a task of ``where_position_matters``.

    what: "mean" over all answers, or "last", those in the last 32 places. Raises ValueError for anything else.
    runs: of which experiment, this one or ``recipes_exact.Runs``.
    """
    if task not in where_position_matters.TASKS or what not in ("mean", "last"):
        raise ValueError(f"no accuracy is stored of task {task!r}, {what!r}; tasks: {where_position_matters.TASKS}")
    found = {}
    for run in finished("laptop", runs):
        for length, by_task in run["by_length"].items():
            found.setdefault(run["scheme"], {}).setdefault(int(length), []).append(by_task[task][what])
    return found


def order(seeds: dict[str, list[float]]) -> set[tuple[str, str]]:
    """Pairs of which the first has the lower loss in every seed; two whose order differs between seeds are left out."""
    pairs = permutations(seeds, 2)
    return {(low, high) for low, high in pairs if all(x < y for x, y in zip(seeds[low], seeds[high], strict=True))}


def middle(values: list[float]) -> tuple[float, float, float]:
    """Mean, smallest and largest of the seeds."""
    return sum(values) / len(values), min(values), max(values)


def yardsticks(profile: str = "laptop") -> dict[str, float]:
    """Loss on the last 32 targets if bytes are guessed by how often they occur, alone or after the byte before.

    Counted in the training text, one added to each count.
    """
    ids, _, test = text()
    sizes = PROFILES[profile]
    cut = windows(test, LAST, sizes.windows, sizes.longest)
    before, targets = cut[:, :-1], cut[:, 1:]
    alone = torch.bincount(ids, minlength=256).double() + 1
    pairs = torch.bincount(ids[:-1] * 256 + ids[1:], minlength=256**2).view(256, 256).double() + 1
    unigram = -(alone / alone.sum()).log()[targets].mean()
    bigram = -(pairs / pairs.sum(1, keepdim=True)).log()[before, targets].mean()
    return {"unigram": unigram.item(), "bigram": bigram.item()}


def csv_by_length() -> str:
    """All runs as comma-separated values, a line for each scheme, seed and length."""
    return _csv([("scheme", *BY_LENGTH), *_by_length("laptop", Runs)])


def csv_of_recipes() -> str:
    """The same of ``recipes``, in both sizes."""
    sizes = {name: _by_length(name, recipes.Runs) for name in recipes.SHOWN}
    return _csv([("profile", "recipe", *BY_LENGTH), *((name, *row) for name in sizes for row in sizes[name])])


def _by_length(profile: str, runs: Callable[[str], training.Runs]) -> list[tuple]:
    rows = []
    for run in finished(profile, runs):
        of_run = [run.get(name, "") for name in BY_LENGTH[4:]]
        for length, loss in run["by_length"].items():
            rows.append((run["scheme"], run["seed"], length, loss["mean"], loss["last"], *of_run))
    return rows


def csv_of_tasks(runs: Callable[[str], training.Runs] = where_position_matters.Runs) -> str:
    """Accuracies of an experiment with exact answers, a line for each scheme, seed, length and task."""
    rows = [("scheme", "seed", "length", "task", "accuracy", "accuracy_in_last_32", "rate", "token_std")]
    for run in finished("laptop", runs):
        for length, by_task in run["by_length"].items():
            for task, share in by_task.items():
                of_run = (share["mean"], share["last"], run["rate"], run["token_std"])
                rows.append((run["scheme"], run["seed"], length, task, *of_run))
    return _csv(rows)


def csv_of_recipes_exact() -> str:
    """The same of ``recipes_exact``."""
    return csv_of_tasks(recipes_exact.Runs)


def csv_by_position(profile: str = "laptop") -> str:
    """Loss by position as comma-separated values: means over positions from ``first`` on, up to the next line's."""
    rows = [("scheme", "seed", "length", "first", "loss")]
    for run in finished(profile):
        for length, loss in run["by_length"].items():
            width = int(length) // len(loss["by_position"])
            rows += [
                (run["scheme"], run["seed"], length, place * width, value)
                for place, value in enumerate(loss["by_position"])
            ]
    return _csv(rows)


def _csv(rows: list[tuple]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
