"""What to see: a pair that never turned once in training is slowed down, so that its hand stays where it has been.

Top, by how much each of the 64 pairs of Llama 3.1 is slowed, over the turns it makes in 8,192 tokens: 1 and 4 turns
bound the blend. Bottom, five of those pairs as dials: the shaded sector is what the hand swept in training, the thin
hand is where RoPE would put position 65,536, the thick hand is where the scaled pair puts it.
"""

import math

import torch
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Wedge

from snippets.figures import style
from snippets.schemes.llama3_scaling import llama3_frequencies
from snippets.schemes.rope import frequencies

DIM, BASE, TRAINED, SCALE = 128, 500000.0, 8192, 8
PAIRS = (28, 32, 40, 43, 48)


def draw() -> Figure:
    """Top: the divisor over turns within the trained length. Bottom: five dials, zero upwards, turning clockwise."""
    figure = style.empty(4.4, narrow=3.6)
    top, *dials = figure.subplot_mosaic([["ramp"] * 5, [f"dial {i}" for i in PAIRS]], height_ratios=(1.35, 1)).values()
    plain, scaled = frequencies(DIM, BASE), llama3_frequencies(DIM, BASE, SCALE, trained=TRAINED)
    turns, divisor = TRAINED * plain / (2 * math.pi), plain / scaled

    top.axvspan(1, 4, color=style.colour("grid"), alpha=0.6, linewidth=0)
    curve = 10 ** torch.linspace(-2.1, 3.3, 2000, dtype=torch.float64)
    share = ((curve - 1) / 3).clamp(0, 1)
    top.plot(curve, 1 / (share + (1 - share) / SCALE), color=style.colour("llama3_scaling"), linewidth=1.2, alpha=0.6)
    top.plot(turns, divisor, "o", color=style.colour("llama3_scaling"), markersize=4)
    for i in PAIRS:
        top.plot(turns[i], divisor[i], "o", color=style.colour("position"), markersize=6)
        beside = (-9, 5) if 1 < turns[i] < 4 else (0, -15 if i == 43 else 8)
        top.annotate(f"{i}", (turns[i], divisor[i]), xytext=beside, textcoords="offset points",
                     ha="center", fontsize=9, color=style.colour("position"))  # fmt: skip
    top.set_xscale("log")
    top.invert_xaxis()
    top.set(title="slowed by", xlabel="turns within 8,192 tokens", ylim=(0, 10.8), yticks=(1, 2, 4, 8))
    top.set_xticks([1000, 100, 10, 4, 1, 0.1, 0.01], ["1000", "100", "10", "4", "1", "0.1", "0.01"])
    top.minorticks_off()
    for place, name in ((90, "kept"), (2, "blend"), (0.075, "divided")):
        top.text(place, 10.1, name, ha="center", va="center", fontsize=9, color=style.colour("muted"))

    for i, dial in zip(PAIRS, dials, strict=True):
        swept = min(360.0, 360 * float(turns[i]))
        dial.add_patch(Circle((0, 0), 1, fill=False, edgecolor=style.colour("muted"), linewidth=0.9))
        dial.add_patch(Wedge((0, 0), 1, 90 - swept, 90, color=style.colour("llama3_scaling"), alpha=0.28, linewidth=0))
        for theta, name, width in ((plain[i], "rope", 1.4), (scaled[i], "llama3_scaling", 3.0)):
            angle = float(SCALE * TRAINED * theta)
            dial.plot([0, 0.93 * math.sin(angle)], [0, 0.93 * math.cos(angle)],
                      color=style.colour(name), linewidth=width)  # fmt: skip
        dial.plot(0, 0, "o", color=style.colour("ink"), markersize=3)
        dial.set(xlim=(-1.12, 1.12), ylim=(-1.12, 1.12), aspect="equal")
        dial.set_title(f"{i}" if style.is_narrow() else f"pair {i}", color=style.colour("position"))
        dial.axis("off")
    return figure
