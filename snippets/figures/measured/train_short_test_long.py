"""Loss on the same 32 bytes when more and more text stands before them: 128 bytes, as in training, to eight times that.

Lines are means over the seeds, bands reach from the best to the worst seed. The last panel is the trained RoPE model,
stretched to four times its length: thin as it is, thick after a short tuning.
"""

from matplotlib.figure import Figure

from snippets.figures import style
from snippets.figures.panels import PANELS
from snippets.training import compare


def draw() -> Figure:
    """To see: what is added at the input breaks at once, rotation soon, biases hardly."""
    found = compare.losses()
    figure, axes = style.subplots(2, 2, height=6.4, sharex=True, sharey=True)
    for ax, (panel, names) in zip(axes.flat, PANELS.items(), strict=True):
        stretched = "stretched" in panel
        ends = {}
        for name in names:
            if stretched:
                curve(ax, name, found[f"rope+{name}" if name != "rope" else name], linewidth=1)
            ends[name] = curve(ax, name, found[f"rope+{name}+tuned"] if stretched else found[name])
        lengths = list(found["none"])
        style.label_ends(ax, lengths[-1], ends, gap=0.17)
        ax.set_xscale("log", base=2)
        ax.set_xticks(lengths, [f"{length / lengths[0]:g}×" for length in lengths])
        ax.minorticks_off()
        ax.set(title=panel, xlim=(lengths[0] * 0.93, lengths[-1] * 3.6))
    low, high = axes[0, 0].get_ylim()
    axes[0, 0].set_ylim(low - 0.2, high)
    for ax in axes[-1]:
        ax.set_xlabel("tested length / trained length")
    for ax in axes[:, 0]:
        ax.set_ylabel("loss, nats a byte")
    return figure


def curve(ax, name: str, by_length: dict[int, list[float]], **line) -> float:
    """One scheme with its band; returns the height at which its line ends."""
    mean, low, high = zip(*(compare.middle(values) for values in by_length.values()), strict=True)
    ax.fill_between(list(by_length), low, high, color=style.colour(name), alpha=0.2, linewidth=0)
    ax.plot(list(by_length), mean, **style.line(name), **line)
    return mean[-1]
