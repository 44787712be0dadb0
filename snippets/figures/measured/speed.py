"""What position costs in time. Left: rotating q and k, as a multiple of copying the same bytes. Right: causal
attention with a bias, as a multiple of attention without one, by length and by the form the bias takes.

Drawn from results/speed.json, medians of one interleaved run.
"""

import json
from pathlib import Path

from matplotlib.figure import Figure

from snippets.figures import style

STORED = json.loads(Path("snippets/experiments/results/speed.json").read_text())
FORMS = {"flex": "FlexAttention", "mask": "mask", "softmax": "softmax"}


def draw() -> Figure:
    """To see: one complex multiplication is nearly free; a bias is nearly free too, if its matrix is never made."""
    figure = style.empty(height=3.9, narrow=6.4)
    left, right = style.apart(figure, (1, 1)) if style.is_narrow() else figure.subplots(1, 2, width_ratios=(1, 1.05))
    rows = sorted(STORED["rotation"].items(), key=lambda item: -item[1]["ratio"])
    for place, (name, row) in enumerate(rows):
        own = name.startswith("rotate")
        colour = style.colour("rope" if own else "muted" if name == "copy" else "random")
        left.barh(place, row["ratio"], color=colour, height=0.62, alpha=1 if own else 0.55)
        left.text(row["ratio"] + 0.15, place, f"{row['ratio']:.1f}", va="center", fontsize=8.5)
    left.set_yticks(range(len(rows)), [name for name, _ in rows])
    left.set(title="rotation / copy", xlim=(0, rows[0][1]["ratio"] * 1.14))
    left.grid(False, axis="y")
    for bias in ("alibi", "t5_bias"):
        for form, word in FORMS.items():
            points = [(t["length"], t["table"][f"{bias}, {form}"]["ratio"]) for t in STORED["bias"]]
            mark = {"flex": "o", "mask": "s", "softmax": "^"}[form]
            right.plot(*zip(*points, strict=True), marker=mark, **style.line(bias))
            if bias == "alibi":
                style.label(right, *points[-1], word)
    bare = [(t["length"], t["table"]["no bias, flex"]["ratio"]) for t in STORED["bias"]]
    right.plot(*zip(*bare, strict=True), marker="o", color=style.colour("muted"), linewidth=1.2)
    right.axhline(1, color=style.colour("muted"), linewidth=1)
    right.set_xscale("log", base=2)
    lengths = [t["length"] for t in STORED["bias"]]
    right.set_xticks(lengths, lengths)
    right.minorticks_off()
    right.set(
        title="bias / no bias",
        xlabel="tokens",
        xlim=(lengths[0] * 0.9, lengths[-1] * 2.6),
        ylim=(0, 1.22 * right.get_ylim()[1]),
    )
    for place, bias in enumerate(("alibi", "t5_bias")):
        label = style.MARKS[bias].label
        right.text(0.04, 0.93 - 0.09 * place, label, color=style.colour(bias), transform=right.transAxes)
    return figure
