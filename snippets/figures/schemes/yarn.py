"""What to see: YaRN leaves fast pairs alone, interpolates slow ones, and joins the two with a ramp.

Above, the dials of the page on position interpolation: the fast wedges keep their width and no dial shows amber. Below
left, by how much each pair is slowed: not at all before pair 16, which made 32 turns in training, fully from pair 41,
the first that never turned (shaded). The thin line is the ramp as the paper prints it. Below right, the factor on
queries and keys grows with the logarithm of the scale; the dots are scales 4, 8 and 40.
"""

import math

from matplotlib.figure import Figure

from snippets.figures import style
from snippets.figures.stretching import DIM, SCALE, TRAINED, dials, slowing
from snippets.schemes.ntk_aware import ntk_frequencies
from snippets.schemes.rope import frequencies
from snippets.schemes.yarn import yarn_attention_factor, yarn_frequencies


def draw() -> Figure:
    """Above: dials under RoPE and YaRN. Below: how much slower every pair turns, and the factor on scores."""
    figure = style.empty(4.9, narrow=8.3)
    if style.is_narrow():
        above, left, right = style.apart(figure, (1.4, 1, 0.75))
    else:
        cells = figure.add_gridspec(2, 2, width_ratios=(2.3, 1))
        above, left, right = (figure.add_subplot(cell) for cell in (cells[0, :], cells[1, 0], cells[1, 1]))
    own, stretched = frequencies(DIM), yarn_frequencies(DIM, SCALE, TRAINED)
    dials(above, [("RoPE", "rope", own), ("YaRN", "yarn", stretched)])

    turns = TRAINED * own / (2 * math.pi)
    printed = ((turns - 1) / 31).clamp(0, 1)
    slowing(left, [("ntk_aware", ntk_frequencies(DIM, SCALE)), ("yarn", stretched)])
    left.plot(range(DIM // 2), own / ((1 - printed) * own / SCALE + printed * own), color=style.colour("muted"), lw=1)
    style.label(left, 30, 3.6, "printed", "muted", ha="right")
    style.label(left, 47, 4.27, "YaRN", "yarn", fontweight="bold")
    style.label(left, 45, 2.3, "NTK-aware", "ntk_aware")

    scales = [64 ** (k / 59) for k in range(60)]
    right.plot(scales, [yarn_attention_factor(s) for s in scales], **style.line("yarn"))
    right.plot([4, 8, 40], [yarn_attention_factor(s) for s in (4, 8, 40)], "o", color=style.colour("yarn"))
    right.set_xscale("log", base=2)
    right.set(xticks=[1, 4, 8, 40], xticklabels=["1", "4", "8", "40"], xlabel="scale $s$", ylabel=r"$\sqrt{1/t}$")
    right.set(xlim=(1, 64), ylim=(0.98, 1.45), yticks=[1, 1.2, 1.4])
    right.minorticks_off()
    return figure
