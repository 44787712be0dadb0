"""Small models read on past their window of 32 characters, with different keys kept: loss along the text.

Means of three seeds over eight streams, in blocks of 32 characters. Dotted: the window is full.
"""

import json

from matplotlib.figure import Figure

from snippets.figures import style

LOOK = {  # way: colour ("" for the scheme's own), line, where its name stands
    "nothing cut": ("position", "-", 5.15),
    "cache, keys stale": ("alibi", "-", 3.2),
    "crop, compute again": ("", "-", 1.9),
    "cache, counting on": ("ink", (0, (2, 2)), 1.02),
}


def draw() -> Figure:
    """To see: stale keys ruin both models; counting on is as good as computing again; uncut RoPE drifts off."""
    with open("snippets/experiments/results/past_the_window.json") as file:
        found = json.load(file)
    figure, axes = style.subplots(1, 2, height=3.3, sharey=True)
    for ax, (scheme, ways) in zip(axes, found["course"].items(), strict=True):
        for way, (colour, line, at) in LOOK.items():
            if way in ways:
                middle = [32 * i + 16 for i in range(len(ways[way]))]
                ax.plot(middle, ways[way], color=style.colour(colour or scheme), linestyle=line)
                name, ink = way.removeprefix("cache, "), style.colour(colour or scheme)
                if name == "keys stale":
                    at = min(ways[way][-8:]) - 0.35
                ax.text(middle[-1], at, name, ha="right", va="center", fontsize=9, color=ink)
        ax.axvline(found["window"], color=style.colour("muted"), lw=1, ls=":")
        ax.set_title(style.MARKS[scheme].label, color=style.colour(scheme))
        ax.set(xticks=[32, 200, 400, 600, 800], xlabel="character", ylim=(0.8, 5.4))
    axes[0].set_ylabel("loss, nats")
    return figure
