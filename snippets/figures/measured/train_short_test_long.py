"""Loss on the same 32 bytes when more and more text stands before them: 128 bytes, as in training, to eight times that.

Lines are means over the seeds, bands reach from the best to the worst seed. The last two panels are the trained RoPE
model, stretched to four times its length: as it is, without bands, and after a short tuning.
"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.figures import style
from snippets.figures.panels import PANELS
from snippets.training import compare


def draw() -> Figure:
    """To see: what is added at the input breaks at once, rotation soon, biases hardly."""
    found = compare.losses()
    lengths = list(found["none"])
    figure, axes = style.subplots(3, 2, height=9.2, sharex=True, sharey=True)
    left, stretched = [ax for ax in axes.flat if ax is not axes[1, 1]], "rotation, stretched"
    axes[1, 1].axis("off")
    axes[0, 1].tick_params(labelbottom=True)
    for ax, (title, names) in zip(left[:3], PANELS.items(), strict=False):
        panel(ax, title, {name: found[name] for name in names})
    untuned = {name: found["rope" if name == "rope" else f"rope+{name}"] for name in PANELS[stretched]}
    panel(left[3], f"{stretched}, untuned", untuned, bands=False)
    panel(left[4], f"{stretched}, tuned", {name: found[f"rope+{name}+tuned"] for name in PANELS[stretched]})
    axes[0, 0].set_xscale("log", base=2)
    for ax in left:
        ax.set_xticks(lengths, [f"{length / lengths[0]:g}×" for length in lengths])
        ax.minorticks_off()
        ax.set_xlim(lengths[0] * 0.93, lengths[-1] * 3.6)
    low, high = axes[0, 0].get_ylim()
    axes[0, 0].set_ylim(low - 0.2, high)
    for ax in axes[-1]:
        ax.set_xlabel("tested length / trained length")
    for ax in axes[:, 0]:
        ax.set_ylabel("loss, nats a byte")
    return figure


def panel(ax: Axes, title: str, losses: dict[str, dict[int, list[float]]], bands: bool = True) -> None:
    """The curve of each scheme with its name at its end."""
    ends = {}
    for name, by_length in losses.items():
        mean, low, high = zip(*(compare.middle(values) for values in by_length.values()), strict=True)
        if bands:
            ax.fill_between(list(by_length), low, high, color=style.colour(name), alpha=0.2, linewidth=0)
        ax.plot(list(by_length), mean, **style.line(name))
        ends[name] = mean[-1]
    style.label_ends(ax, max(by_length), ends, gap=0.17)
    ax.set_title(title)
