"""Loss at every position of texts eight times as long as those of the training, by every recipe.

Each line is the mean over seeds and test windows, in steps of 16 positions; the grey line is the trained length.
"""

from matplotlib.figure import Figure

from snippets.experiments.recipes import Runs
from snippets.figures import style
from snippets.figures.measured.loss_by_position import by_position, curves, finish
from snippets.figures.panels import RECIPES


def draw() -> Figure:
    """To see: which recipes stay level behind the trained length, and where the others leave it."""
    figure, axes = style.subplots(2, 2, height=6.2, sharex=True, sharey=True)
    for ax, (panel, names) in zip(axes.flat, RECIPES.items(), strict=True):
        losses = {mark: by_position(recipe, of=Runs) for recipe, (_, mark) in names.items()}
        curves(ax, losses, labels={mark: label for label, mark in names.values()})
        ax.set_title(panel)
    finish(axes)
    return figure
