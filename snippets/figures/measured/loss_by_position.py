"""Loss at every position of texts eight times as long as those of the training: where does it break?

Each line is the mean over seeds and test windows, in steps of 16 positions; the grey line is the trained length.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.experiments.train_short_test_long import Runs
from snippets.figures import style
from snippets.figures.panels import PANELS
from snippets.training import compare, runs


def draw() -> Figure:
    """To see: a wall at the trained length, a slow climb behind it, or nothing at all."""
    figure, axes = style.subplots(2, 2, height=6.2, sharex=True, sharey=True)
    for ax, (panel, names) in zip(axes.flat, PANELS.items(), strict=True):
        names = {f"rope+{name}+tuned" if "stretched" in panel else name: name for name in names}
        curves(ax, {mark: by_position(run) for run, mark in names.items()})
        ax.set_title(panel + (", tuned" if "stretched" in panel else ""))
    finish(axes)
    return figure


def curves(ax: Axes, losses: dict[str, tuple[list[int], list[float]]], labels: dict[str, str] | None = None) -> None:
    """The curve of every mark with its name at its end; ``labels`` names marks that a figure calls otherwise."""
    ends = {}
    for name, (positions, loss) in losses.items():
        ax.plot(positions, loss, **(style.line(name) | {"linewidth": 1.5}))
        ends[name] = sum(loss[-8:]) / 8
    style.label_ends(ax, 1024, ends, gap=0.23, labels=labels)
    ax.axvline(128, color=style.colour("muted"), linewidth=1)
    ax.set(xlim=(0, 1480), xticks=[0, 128, 512, 1024])


def finish(axes: np.ndarray) -> None:
    """Labels of the outer axes, and room below the curves."""
    low, high = axes[0, 0].get_ylim()
    axes[0, 0].set_ylim(low - 0.3, high)
    for ax in axes[-1]:
        ax.set_xlabel("position")
    for ax in axes[:, 0]:
        ax.set_ylabel("loss, nats a byte")


@lru_cache
def by_position(
    scheme: str, length: int = 1024, of: Callable[[str], runs.Runs] = Runs, profile: str = "laptop"
) -> tuple[list[int], list[float]]:
    """Centres of the averaged positions and the mean loss there over all seeds, but for the first 16 positions.

    of: which experiment.
    """
    every = compare.finished(profile, of)
    losses = [run["by_length"][str(length)]["by_position"] for run in every if run["scheme"] == scheme]
    mean = [sum(values) / len(values) for values in zip(*losses, strict=True)]
    width = length // len(mean)
    return [width * place + width // 2 for place in range(1, len(mean))], mean[1:]
