"""What multiplying all scores of a trained model by one number changes, at one to eight times the trained length.

Lines are means over the seeds; the dot is the best number of each length.
"""

from matplotlib.figure import Figure

from snippets.experiments.recipes import SWEPT, Runs
from snippets.figures import style
from snippets.training import compare

TITLES = {"none": "no positions", "rope": "RoPE", "near_far": "3:1", "drope": "DroPE"}


def draw() -> Figure:
    """To see: whether the best number grows with the length, and what it saves."""
    figure, axes = style.subplots(2, 2, height=5.8, narrow=(2, 2, 5.2), sharex=True, sharey=True)
    for ax, recipe in zip(axes.flat, SWEPT, strict=True):
        found = swept(recipe)
        for step, (length, by_factor) in enumerate(found.items(), 1):
            change = {factor: loss - by_factor[1.0] for factor, loss in by_factor.items()}
            best, colour = min(change, key=change.__getitem__), style.ramp("token")(0.1 + 0.9 * step / len(found))
            ax.plot(list(change), list(change.values()), color=colour, linewidth=1.5, label=f"{length / 128:g}×")
            ax.plot(best, change[best], "o", color=colour, markersize=5.5)
        ax.set(title=TITLES[recipe], xlim=(0.75, 2.05), xticks=[0.8, 1, 1.5, 2])
    for ax in axes[-1]:
        ax.set_xlabel("scores times")
    for ax in axes[:, 0]:
        ax.set_ylabel("loss − loss at 1")
    lines, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(lines, labels, loc="outside upper left", title="tested length", ncols=3 if style.is_narrow() else 5)
    return figure


def swept(recipe: str, profile: str = "laptop") -> dict[int, dict[float, float]]:
    """Length in tokens -> number on all scores -> mean loss on the last 32 targets over the seeds."""
    runs = [run["sharper"] for run in compare.finished(profile, Runs) if run["scheme"] == recipe]
    return {
        int(length): {float(factor): sum(run[length][factor] for run in runs) / len(runs) for factor in by_factor}
        for length, by_factor in runs[0].items()
    }
