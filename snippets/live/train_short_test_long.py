"""What the live figure of the trained models shows: losses of every stored run, over the seeds, in thousandths."""

from collections.abc import Iterable

from snippets.experiments.train_short_test_long import BIN, STRETCHES
from snippets.training import compare
from snippets.training.model import SCHEMES

RUNS = {name: name for name in SCHEMES}
RUNS |= {way: f"rope+{way}" for way in STRETCHES if way != "rope"}
RUNS |= {f"{way}_tuned": f"rope+{way}+tuned" for way in STRETCHES}


def data() -> dict:
    """The lengths, and for each run the mean of the seeds and how far the smallest and largest are, in thousandths.

    runs: name -> "last", "mean": a triple a length; "position": for each length a triple every ``bin`` positions.
    """
    mean, last = compare.losses("laptop", "mean"), compare.losses("laptop", "last")
    lengths = list(last["none"])
    runs = {}
    for name, run in RUNS.items():
        seeds = [found["by_length"] for found in compare.finished() if found["scheme"] == run]
        runs[name] = {
            "last": [thousandths(last[run][length]) for length in lengths],
            "mean": [thousandths(mean[run][length]) for length in lengths],
            "position": [
                [
                    thousandths(values)
                    for values in zip(*(seed[str(length)]["by_position"] for seed in seeds), strict=True)
                ]
                for length in lengths
            ],
        }
    return {"lengths": lengths, "bin": BIN, "runs": runs}


def thousandths(values: Iterable[float]) -> list[int]:
    """Mean of the seeds, how far below it the smallest is and how far above it the largest, in whole thousandths."""
    mean, smallest, largest = (round(1000 * round(value, 3)) for value in compare.middle(list(values)))
    return [mean, mean - smallest, largest - mean]
