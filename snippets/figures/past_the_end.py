"""Held-out loss at each position of a window twice as long as the trained one.

Left, the three models as trained on 64 positions: the table's rows 64 to 127 exist and were never trained. Right, the
learned table made longer, by copying its rows or by interpolating between them, before and after 100 steps of tuning.
"""

import json
from functools import lru_cache

import numpy as np
from matplotlib.figure import Figure

from snippets.figures import style

WINDOW = 4  # positions averaged, so that single letters do not show


@lru_cache
def losses() -> dict[str, np.ndarray]:
    """Mean loss over the seeds at each group of four positions, (32,) each."""
    runs = [r for r in json.load(open("snippets/experiments/results/learned_or_fixed.json"))["runs"] if "loss" in r]
    found = {way: [run["loss"] for run in runs if run["way"] == way] for way in ("learned", "sinusoidal", "none")}
    for resize in ("copy", "interpolate"):
        for when in ("before", "tuned"):
            found[f"{resize} {when}"] = [run["resized"][resize][when] for run in runs if "resized" in run]
    return {name: np.array(values).mean(0).reshape(-1, WINDOW).mean(1) for name, values in found.items()}


def draw() -> Figure:
    """Left: as trained. Right: resized."""
    found = losses()
    figure, (left, right) = style.subplots(1, 2, height=3.2, sharey=True)
    at = WINDOW * np.arange(len(found["none"])) + WINDOW / 2
    for way in ("learned", "sinusoidal", "none"):
        left.plot(at, found[way], **style.line(way), label=style.MARKS[way].label)
    looks = {"copy": "concatenated", "interpolate": "position_interpolation"}
    for resize, mark in looks.items():
        colour = style.colour(mark)
        right.plot(at, found[f"{resize} before"], color=colour, linestyle=(0, (3, 1.5)), label=f"{resize}")
        right.plot(at, found[f"{resize} tuned"], color=colour, linestyle="-", label=f"{resize}, tuned")
    for ax, title in ((left, "as trained"), (right, "resized")):
        ax.axvline(64, color=style.colour("muted"), linewidth=0.9)
        ax.set(title=title, xlabel="position", xlim=(0, 128), xticks=range(0, 129, 32))
        ax.legend(loc="best", handlelength=2.6)
    left.set_ylabel("held-out loss (nats)")
    return figure
