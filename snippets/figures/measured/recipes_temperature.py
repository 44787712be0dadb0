"""Loss of trained models when all scores are multiplied by one number at inference, at one to eight times the length.

Lines are means over three seeds; the dot is the best number of each length.
"""

from matplotlib.figure import Figure

from snippets.experiments.recipes import SWEPT, Runs
from snippets.figures import style
from snippets.training import compare

TITLES = {"none": "no positions", "rope": "RoPE", "near_far": "3:1", "drope": "DroPE"}
MARKS = {"none": "none", "rope": "rope", "near_far": "layer_pattern", "drope": "drope"}


def draw() -> Figure:
    """To see: whether the best number grows with the length, and what it saves."""
    figure, axes = style.subplots(2, 2, height=5.8, sharex=True)
    for ax, recipe in zip(axes.flat, SWEPT, strict=True):
        for length, by_factor in swept(recipe).items():
            factors, losses = list(by_factor), list(by_factor.values())
            best = min(by_factor, key=by_factor.__getitem__)
            ax.plot(factors, losses, color=style.colour(MARKS[recipe]), linewidth=1.5)
            ax.plot(best, by_factor[best], "o", color=style.colour(MARKS[recipe]), markersize=5.5)
            style.label(ax, factors[-1], losses[-1], f"{length / 128:g}×", MARKS[recipe], fontsize=8.5)
        ax.set(title=TITLES[recipe], xlim=(0.75, 2.2), xticks=[0.8, 1, 1.2, 1.5, 2])
    for ax in axes[-1]:
        ax.set_xlabel("all scores times")
    for ax in axes[:, 0]:
        ax.set_ylabel("loss, nats a byte")
    return figure


def swept(recipe: str, profile: str = "laptop") -> dict[int, dict[float, float]]:
    """Length in tokens -> number on all scores -> mean loss on the last 32 targets over the seeds."""
    runs = [run["sharper"] for run in compare.finished(profile, Runs) if run["scheme"] == recipe]
    return {
        int(length): {float(factor): sum(run[length][factor] for run in runs) / len(runs) for factor in by_factor}
        for length, by_factor in runs[0].items()
    }
