"""Loss by place in the window of small models that read Alice in Wonderland: the first places have little context.

Lines are means over three seeds, bands their range; dashed is the mean over all places, dotted the last place.
"""

import json

from matplotlib.figure import Figure

from snippets.figures import style


def draw() -> Figure:
    """To see: a steep start and a long flat rest; chunks report the dashed line, stride 1 the dot."""
    with open("snippets/experiments/results/past_the_window.json") as file:
        found = json.load(file)
    figure, axes = style.subplots(1, 2, height=2.9, sharey=True)
    for ax, (scheme, seeds) in zip(axes, found["by_place"].items(), strict=True):
        places = range(found["window"])
        mean = [sum(values) / len(seeds) for values in zip(*seeds, strict=True)]
        low, high = ([pick(values) for values in zip(*seeds, strict=True)] for pick in (min, max))
        ax.fill_between(places, low, high, color=style.colour(scheme), alpha=0.2, linewidth=0)
        ax.plot(places, mean, color=style.colour(scheme))
        level = sum(mean) / len(mean)
        ax.axhline(level, color=style.colour("ink"), lw=1, ls=(0, (5, 2)))
        ax.text(31, level + 0.03, "mean", ha="right", va="bottom", fontsize=8.5)
        ax.plot(places[-1], mean[-1], "o", color=style.colour(scheme))
        ax.set_title(style.MARKS[scheme].label, color=style.colour(scheme))
        ax.set(xticks=[0, 8, 16, 24, 31], xlabel="place in the window")
    axes[0].set_ylabel("loss, nats")
    return figure
