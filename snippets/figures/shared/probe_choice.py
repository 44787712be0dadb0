"""Six probes on the same sums of real vectors: which one you fit decides what you see.

Each dot is one seed, each bar the mean: the share of test sums whose position (512 classes) or token
(500 classes) a probe names exactly. Position is read with tokens the probe never saw, token at
positions it never saw. Numbers come from snippets/experiments/probe_choice.py.
"""

import json
from pathlib import Path

from matplotlib.figure import Figure

from snippets.figures import style

RESULT = Path("snippets/experiments/results/probe_choice.json")

NAMES = {"least squares": "least squares,\none-hot", "number": "least squares,\nnumber"}


def draw() -> Figure:
    """To see: one probe reads every position from sums in which another finds almost none."""
    result = json.loads(RESULT.read_text())
    probes = list(result["position"])
    figure, axes = style.subplots(1, 2, height=3.1, sharey=True)
    for ax, part in zip(axes, ("position", "token"), strict=True):
        for row, probe in enumerate(probes):
            values = result[part].get(probe)
            if values is None:
                ax.text(2, row, "no order to regress on", fontsize=8.5, va="center", color=style.colour("muted"))
                continue
            mean = sum(values) / len(values)
            ax.barh(row, mean, height=0.56, color=style.colour(part), alpha=0.85)
            ax.plot(values, [row] * len(values), "o", color=style.colour("ink"), markersize=2.6)
            ax.text(max(values) + 3, row, f"{mean:.0f}", va="center", fontsize=9.5)
        ax.set(xlim=(0, 114), xticks=[0, 25, 50, 75, 100], yticks=range(len(probes)))
        ax.set_yticklabels([NAMES.get(probe, probe) for probe in probes])
        ax.set_title(f"{part} read, %", color=style.colour(part))
        ax.grid(axis="y", visible=False)
        ax.tick_params(axis="y", length=0, labelsize=9.5, labelcolor=style.colour("ink"))
    axes[0].invert_yaxis()
    return figure
