"""Held-out loss of the same small model with learned positions, sinusoids, and none, while it trains.

Left, trained on ten chapters; right, on the first chapter only. Each band goes from the lowest to the highest of three
seeds. More data moves all the curves down; it does not put the table ahead of the formula.
"""

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from snippets.figures import style


@lru_cache
def curves() -> tuple[dict[tuple[str, str], np.ndarray], int]:
    """Losses by (part of the text, way), (seeds, looks) each, and the steps between two looks."""
    result = json.loads(Path("snippets/experiments/results/learned_or_fixed.json").read_text())
    found = {}
    for run in result["runs"]:
        found.setdefault((run["part"], run["way"]), []).append(run["curve"])
    return {key: np.array(values) for key, values in found.items()}, result["settings"]["look"]


def draw() -> Figure:
    """Left: ten chapters. Right: one chapter."""
    found, look = curves()
    figure, axes = style.subplots(1, 2, height=3.0, sharey=True, width_ratios=(1.5, 1))
    for ax, part in zip(axes, ("ten chapters", "one chapter"), strict=True):
        for (of, way), values in found.items():
            if of != part:
                continue
            steps = look * np.arange(1, values.shape[1] + 1)
            ax.plot(steps, values.mean(0), **style.line(way))
            ax.fill_between(steps, values.min(0), values.max(0), color=style.colour(way), alpha=0.2, linewidth=0)
            if part == "ten chapters":
                style.label(ax, steps[-1], values[:, -1].mean(), style.MARKS[way].label, way)
        ax.set(title=part, xlabel="step", xlim=(0, None))
    axes[0].set_xlim(0, 2100)
    for ax in axes:
        ax.set_xticks(range(0, 1501, 500))
    axes[0].set_ylabel("held-out loss (nats)")
    return figure
