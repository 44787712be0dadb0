"""Share of right answers in three tasks, recipe by recipe, from the trained length to eight times that.

Means over the seeds, in percent; the darker, the more answers are right.
"""

from matplotlib.figure import Figure

from snippets.experiments.recipes_exact import Runs
from snippets.figures.measured.where_position_matters import answers
from snippets.figures.panels import RECIPES


def draw() -> Figure:
    """To see: what is dark in the first column of a task, and how far to the right it stays so."""
    labels = {recipe: label for names in RECIPES.values() for recipe, (label, _) in names.items()}
    return answers(labels, Runs, height=6.4)
