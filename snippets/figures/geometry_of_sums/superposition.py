"""Superposition: a small model stores more features than it has dimensions, once they are sparse.

Left three: the columns of W for 5 features in 2 dimensions, at three sparsities. Dense features: two
get a direction each, three are dropped. Sparse: all five share the plane. Right: features stored out of
20 in 5 dimensions against the share of inputs in which a feature is present, five seeds.
"""

import json
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.patches import Circle

from snippets.figures import style

RESULT = Path("snippets/experiments/results/superposition.json")


def draw() -> Figure:
    """To see: two features in two dimensions when dense, five when sparse; the rarer, the more fit."""
    result = json.loads(RESULT.read_text())
    five, twenty = result["five_in_two"], result["twenty_in_five"]
    figure = style.empty(height=2.7, narrow=4.1)
    discs, right = style.side_by_side(figure, (3, 1.75), heights=(1, 1.6))
    axes = [*discs.subgridspec(1, 3).subplots(squeeze=False).flat, figure.add_subplot(right)]
    for ax, sparsity, W in zip(axes, five["sparsity"], five["W"], strict=False):
        ax.add_patch(Circle((0, 0), 1, fill=False, edgecolor=style.colour("grid"), linewidth=1))
        for x, y in zip(*W, strict=True):
            stored = x * x + y * y > 0.5
            colour = style.colour("ink" if stored else "muted")
            ax.plot([0, x], [0, y], color=colour, linewidth=1.8)
            ax.plot([x], [y], "o", color=colour, markersize=5 if stored else 3)
        ax.set(xlim=(-1.35, 1.35), ylim=(-1.35, 1.35), aspect="equal")
        ax.axis("off")
        ax.text(0, -1.62, f"present {100 * (1 - sparsity):.0f} %", ha="center", va="center", fontsize=9.5)
    axes[0].set_title("5 features, d = 2", pad=6)
    ax = axes[3]
    present = [100 * (1 - s) for s in twenty["sparsity"]]
    mean = [sum(r) / len(r) for r in twenty["represented"]]
    ax.plot(present, mean, color=style.colour("ink"))
    for x, values in zip(present, twenty["represented"], strict=True):
        ax.plot([x] * len(values), values, "o", color=style.colour("ink"), markersize=3.5)
    ax.axhline(5, color=style.colour("muted"), linewidth=1.2, linestyle=(0, (2, 1.5)))
    ax.text(1, 5.4, "d = 5", fontsize=9, color=style.colour("muted"), va="bottom", ha="right")
    ax.set_xscale("log")
    ax.invert_xaxis()
    ax.set(
        xticks=[100, 30, 10, 3, 1],
        xticklabels=["100", "30", "10", "3", "1"],
        ylim=(0, 21),
        yticks=[0, 5, 10, 15, 20],
        xlabel="present, %",
    )
    ax.minorticks_off()
    ax.set_title("stored, of 20")
    return figure
