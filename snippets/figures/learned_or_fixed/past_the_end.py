"""Held-out loss at each position of a window twice as long as the trained one.

Left, the three models as trained on 64 positions: the table's rows 64 to 127 exist and were never trained. Right, the
learned table made longer, by copying its rows or by interpolating between them, before and after 100 steps of tuning.
"""

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from snippets.figures import style

WINDOW = 4  # positions averaged, so that single letters do not show


@lru_cache
def losses() -> dict[str, np.ndarray]:
    """Mean loss over the seeds at each group of four positions, (32,) each."""
    stored = json.loads(Path("snippets/experiments/results/learned_or_fixed.json").read_text())
    runs = [run for run in stored["runs"] if "loss" in run]
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
    for way, x, y in (("learned", 84, 3.2), ("sinusoidal", 70, 3.72), ("none", 10, 2.36)):
        left.plot(at, found[way], **style.line(way))
        style.label(left, x, y, style.MARKS[way].label, way)
    looks = {"copy": ("concatenated", 3.46, 2.64), "interpolate": ("position_interpolation", 2.12, 1.66)}
    for resize, (mark, above, below) in looks.items():
        colour = style.colour(mark)
        right.plot(at, found[f"{resize} before"], color=colour, linestyle=(0, (3, 1.5)))
        right.plot(at, found[f"{resize} tuned"], color=colour, linestyle="-")
        style.label(right, 72, above, resize, mark)
        style.label(right, 72, below, f"{resize}, tuned", mark)
    for ax, title in ((left, "as trained"), (right, "resized")):
        ax.axvline(64, color=style.colour("muted"), linewidth=0.9)
        ax.set(title=title, xlabel="position", xlim=(0, 128), xticks=range(0, 129, 32))
    left.set(ylabel="held-out loss (nats)", ylim=(1.5, 3.85))
    return figure
