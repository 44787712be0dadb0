"""What to see: in every model some pairs never completed a turn in training, and longer text takes them to new angles.

Three models, one a panel. Each dot is a pair of a head: how often it turned within the trained length. Below one turn
(amber) a pair has met only part of the circle; the rest of it is new when the text grows.
"""

from matplotlib.figure import Figure

from snippets.figures import style
from snippets.figures.stretching import MODELS, turns


def draw() -> Figure:
    """One panel a model: turns in training by pair."""
    figure, axes = style.subplots(1, 3, height=2.9, sharey=True)
    for ax, name in zip(axes, MODELS, strict=True):
        found = turns(name)
        ax.axhspan(1e-3, 1, color=style.colour("position"), alpha=0.14, linewidth=0)
        for part, look in ((found >= 1, "rope"), (found < 1, "position")):
            ax.plot(part.nonzero()[:, 0], found[part], "o", color=style.colour(look), markersize=3.2)
        never = int((found < 1).sum())
        ax.set_yscale("log")
        ax.set(title=name, xlabel="pair $i$", ylim=(1e-3, 3e3), xlim=(-1.5, len(found) + 0.5))
        ax.set(xticks=[0, len(found) // 2, len(found) - 1], yticks=[1e-3, 1e-2, 0.1, 1, 10, 100, 1000])
        ax.set_yticklabels(["0.001", "0.01", "0.1", "1", "10", "100", "1000"])
        ax.minorticks_off()
        ax.text(
            0.05, 0.06, f"{never} of {len(found)}", transform=ax.transAxes, color=style.colour("position"),
            fontweight="bold", fontsize=10,
        )  # fmt: skip
    axes[0].set_ylabel("turns in training")
    return figure
