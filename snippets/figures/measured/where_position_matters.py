"""Share of right answers in three tasks, scheme by scheme, from the trained length to eight times that.

Means over three seeds, in percent; the darker, the more answers are right.
"""

from collections.abc import Callable

from matplotlib.figure import Figure

from snippets.experiments.where_position_matters import TASKS, Runs
from snippets.figures import style
from snippets.training import compare, runs
from snippets.training.model import SCHEMES


def draw() -> Figure:
    """To see: what is dark in the first column of a task, and how far to the right it stays so."""
    figure = answers({name: style.MARKS[name].label for name in SCHEMES}, Runs, height=5.4)
    for label, name in zip(figure.axes[0].get_yticklabels(), SCHEMES, strict=True):
        label.set_color(style.colour(name))
    return figure


def answers(labels: dict[str, str], of: Callable[[str], runs.Runs], height: float) -> Figure:
    """A grid for each task: the models in ``labels`` down, lengths across; ``of``: which experiment."""
    figure, axes = style.subplots(1, 3, height=height, sharey=True)
    for ax, task in zip(axes, TASKS, strict=True):
        found = compare.accuracy(task, runs=of)
        shares = [[100 * compare.middle(values)[0] for values in found[name].values()] for name in labels]
        ax.imshow(shares, cmap=style.ramp("token"), vmin=0, vmax=100, aspect="auto", interpolation="none")
        for row, of_scheme in enumerate(shares):
            for column, share in enumerate(of_scheme):
                colour = style.colour("paper" if share > 55 else "ink")
                ax.text(column, row, f"{share:.0f}", ha="center", va="center", fontsize=8, color=colour)
        lengths = list(found[next(iter(labels))])
        ax.set_xticks(range(len(lengths)), [f"{length / lengths[0]:g}×" for length in lengths])
        ax.set_yticks(range(len(labels)), list(labels.values()))
        ax.set_title(task)
        ax.grid(False)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
    axes[1].set_xlabel("tested length / trained length")
    return figure
