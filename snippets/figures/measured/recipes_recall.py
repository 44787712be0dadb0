"""How many nats a byte a recipe saves on what it has read before, by how many bytes before, in two tasks.

Means over three seeds; the darker, the more is saved. The grey line is the trained length.
"""

from matplotlib.figure import Figure

from snippets.figures import style
from snippets.figures.panels import RECIPES, grid
from snippets.training import compare

TRAINED = 128


def draw() -> Figure:
    """To see: which recipes still find at eight times the length what they were shown."""
    labels = {recipe: label for names in RECIPES.values() for recipe, (label, _) in names.items()}
    figure, axes = style.subplots(1, 2, height=5.8, sharey=True)
    for ax, task in zip(axes, compare.RECALLED, strict=True):
        found = compare.recalled(task)
        saved = [[compare.middle(seeds)[0] for seeds in found[recipe].values()] for recipe in labels]
        distances = list(found["rope"])
        grid(ax, saved, ".1f", highest=max(max(row) for row in saved))
        ax.axvline(distances.index(TRAINED) + 0.5, color=style.colour("muted"), linewidth=1)
        ax.set_xticks(range(len(distances)), [str(distance) for distance in distances])
        ax.set_yticks(range(len(labels)), list(labels.values()))
        ax.set_title(task)
        ax.set_xlabel("bytes before")
    return figure
