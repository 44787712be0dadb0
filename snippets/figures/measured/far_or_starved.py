"""The same 32 bytes three times: after 128 bytes, after 1024 with only the nearest 128 in sight, after all 1024.

Dots are means over the seeds, thin lines reach from the best to the worst seed.
"""

from collections.abc import Callable
from functools import lru_cache

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.experiments.train_short_test_long import Runs
from snippets.figures import style
from snippets.training import compare, runs
from snippets.training.model import SCHEMES

READINGS = {"128": ("o", 0.0), "nearest 128 of 1024": ("s", 0.2), "1024": ("^", 0.4)}


def draw() -> Figure:
    """To see: hiding far keys heals rotation and most biases, so far keys were what broke them; it heals no table."""
    figure, ax = style.subplots(height=5.2)
    for row, name in enumerate(SCHEMES):
        three(ax, row, style.colour(name), {reading: loss(name, reading) for reading in READINGS})
    key(ax)
    if style.is_narrow():
        figure.legend(loc="outside upper left", title="bytes in sight")
    else:
        ax.legend(loc="center right", title="bytes in sight")
    ax.set_yticks([row + 0.2 for row in range(len(SCHEMES))], [style.MARKS[name].label for name in SCHEMES])
    for label, name in zip(ax.get_yticklabels(), SCHEMES, strict=True):
        label.set_color(style.colour(name))
    ax.invert_yaxis()
    ax.grid(False, axis="y")
    ax.set_xlabel("loss on the same 32 bytes, nats a byte")
    return figure


def three(ax: Axes, row: int, colour: str, losses: dict[str, list[float]]) -> None:
    """The three readings of one model, from ``row`` downwards."""
    for reading, (marker, down) in READINGS.items():
        mean, low, high = compare.middle(losses[reading])
        ax.plot((low, high), (row + down,) * 2, color=colour, linewidth=1)
        face = style.colour("paper") if reading.startswith("nearest") else colour
        ax.plot(mean, row + down, marker, color=colour, markerfacecolor=face, markersize=5.5)


def key(ax: Axes) -> None:
    """What the three marks mean, for a legend."""
    for reading, (marker, _) in READINGS.items():
        face = "none" if reading.startswith("nearest") else style.colour("ink")
        ax.plot([], [], marker, color=style.colour("ink"), markerfacecolor=face, label=reading)


@lru_cache
def loss(scheme: str, reading: str, of: Callable[[str], runs.Runs] = Runs) -> list[float]:
    """Loss of every seed in one of READINGS; ``of``: which experiment. Raises KeyError for another reading."""
    place = {
        "128": lambda run: run["by_length"]["128"],
        "nearest 128 of 1024": lambda run: run["near"],
        "1024": lambda run: run["by_length"]["1024"],
    }[reading]
    return [place(run)["last"] for run in _finished(of) if run["scheme"] == scheme]


@lru_cache
def _finished(of: Callable[[str], runs.Runs]) -> list[dict]:
    return compare.finished("laptop", of)
