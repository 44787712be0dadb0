"""Added, joined and projected, or joined in a width that is split: the same training, the same loss?

Left: loss on the validation text through training, a line for each seed. Right: at the end, on the test text.
"""

from matplotlib.figure import Figure

from snippets.experiments.train_short_test_long import PROFILES
from snippets.figures import style
from snippets.training import compare

WAYS = {"none": "no positions", "learned": "added", "concatenated": "concatenated", "concatenated_split": "split"}


def draw() -> Figure:
    """To see: how far apart the three ways are, beside the spread of the seeds and the distance to no positions."""
    figure, (left, right) = style.subplots(1, 2, height=3.4, width_ratios=(1.25, 1))
    profile, ends = PROFILES["laptop"], {}
    looks = range(profile.look, profile.steps + 1, profile.look)
    for row, name in enumerate(WAYS):
        runs = [run for run in compare.finished() if run["scheme"] == name]
        for run in runs:
            left.plot(looks, run["curve"], **{**style.line(name), "linewidth": 1.1})
        ends[name] = sum(run["curve"][-1] for run in runs) / len(runs)
        test = [run["by_length"]["128"]["mean"] for run in runs]
        right.plot(test, [row] * len(test), "o", color=style.colour(name), alpha=0.75)
        right.plot(sum(test) / len(test), row, "|", color=style.colour(name), markersize=16)
    style.label_ends(left, profile.steps, ends, gap=0.085, labels=WAYS)
    left.set(xlabel="step", ylabel="loss, nats a byte", title="validation", xlim=(200, 2150), xticks=[250, 750, 1500])
    right.set(xlabel="loss, nats a byte", title="test, at the trained length", ylim=(len(WAYS) - 0.5, -0.5))
    right.set_yticks(range(len(WAYS)), [*WAYS.values()])
    right.grid(False, axis="y")
    return figure
