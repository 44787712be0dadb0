"""The stored runs of an experiment side by side: for the tables, figures and downloads of the site."""

import csv
import io

from snippets.experiments.train_short_test_long import Runs


def losses(profile: str = "laptop", what: str = "last") -> dict[str, dict[int, list[float]]]:
    """Scheme -> length in tokens -> the losses of all seeds, in nats a byte.

    what: "mean" over a window, or "last", the last 32 targets, which are the same bytes at every length.
    Raises ValueError for anything else, or for a stored file that is no run of this profile.
    """
    if what not in ("mean", "last"):
        raise ValueError(f'what must be "mean" or "last", got {what!r}')
    found = {}
    for run in finished(profile):
        for length, loss in run["by_length"].items():
            found.setdefault(run["scheme"], {}).setdefault(int(length), []).append(loss[what])
    return found


def finished(profile: str = "laptop") -> list[dict]:
    """Every stored run but the tuning, by scheme and seed. Raises ValueError for a file that is no run."""
    return [run for run in Runs(profile).all() if run["seed"] != "tuning"]


def middle(values: list[float]) -> tuple[float, float, float]:
    """Mean, smallest and largest of the seeds."""
    return sum(values) / len(values), min(values), max(values)


def csv_by_length(profile: str = "laptop") -> str:
    """All runs as comma-separated values, a line for each scheme, seed and length."""
    rows = [("scheme", "seed", "length", "mean_loss", "loss_on_last_32", "rate", "token_std", "parameters", "seconds")]
    for run in finished(profile):
        of_run = [run.get(name, "") for name in ("rate", "token_std", "parameters", "seconds")]
        for length, loss in run["by_length"].items():
            rows.append((run["scheme"], run["seed"], length, loss["mean"], loss["last"], *of_run))
    return _csv(rows)


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
