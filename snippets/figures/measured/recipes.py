"""The same 32 bytes three times, by every recipe: after 128 bytes, after 1024 of which the nearest 128 are in sight,
after all 1024.

Marks are means over the seeds, thin lines reach from the best to the worst seed.
"""

from matplotlib.figure import Figure

from snippets.experiments.recipes import Runs
from snippets.figures import style
from snippets.figures.measured.far_or_starved import READINGS, key, loss, three
from snippets.figures.panels import RECIPES


def draw() -> Figure:
    """To see: which recipes end where they begin, and whether far keys are what breaks the others."""
    figure = style.empty(height=7.4)
    heights = [len(names) + 0.8 for names in RECIPES.values()]
    axes = figure.subplots(len(RECIPES), 1, sharex=True, height_ratios=heights)
    for ax, (panel, names) in zip(axes, RECIPES.items(), strict=True):
        for row, recipe in enumerate(names):
            three(ax, row, style.colour("token"), {reading: loss(recipe, reading, Runs) for reading in READINGS})
        ax.set_yticks([row + 0.2 for row in range(len(names))], [label for label, _ in names.values()])
        ax.set_ylim(len(names) - 0.2, -0.4)
        ax.set_title(panel)
        ax.grid(False, axis="y")
    key(axes[0])
    columns = 1 if style.is_narrow() else len(READINGS)
    figure.legend(loc="outside upper left", title="bytes in sight", ncols=columns)
    axes[-1].set_xlabel("loss on the same 32 bytes, nats a byte")
    return figure
