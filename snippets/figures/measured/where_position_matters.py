"""Share of right answers in three tasks, scheme by scheme, from the trained length to eight times that.

Means over three seeds, in percent; the darker, the more answers are right.
"""

from matplotlib.figure import Figure

from snippets.experiments.where_position_matters import TASKS
from snippets.figures import style
from snippets.figures.panels import grid
from snippets.training import compare
from snippets.training.model import SCHEMES


def draw() -> Figure:
    """To see: what is dark in the first column of a task, and how far to the right it stays so."""
    figure, axes = style.subplots(1, 3, height=5.4, sharey=True)
    for ax, task in zip(axes, TASKS, strict=True):
        found = compare.accuracy(task)
        shares = [[100 * compare.middle(values)[0] for values in found[name].values()] for name in SCHEMES]
        grid(ax, shares, ".0f", highest=100)
        lengths = list(found[SCHEMES[0]])
        ax.set_xticks(range(len(lengths)), [f"{length / lengths[0]:g}×" for length in lengths])
        ax.set_yticks(range(len(SCHEMES)), [style.MARKS[name].label for name in SCHEMES])
        ax.set_title(task)
    for label, name in zip(axes[0].get_yticklabels(), SCHEMES, strict=True):
        label.set_color(style.colour(name))
    axes[1].set_xlabel("tested length / trained length")
    return figure
