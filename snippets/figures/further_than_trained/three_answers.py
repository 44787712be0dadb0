"""What to see: three ways to keep slow pairs out of angles they have never met, and what each costs the fast ones.

A head of LLaMA, trained on 2048 tokens, reads 8192. Left, how far round every pair gets by then; amber is what it never
met in training. RoPE runs through it, interpolation and YaRN along its edge, NTK-aware scaling a little inside. Right,
by how much every pair is slowed: the price for the fast ones, which needed no help.
"""

import math

from matplotlib.figure import Figure

from snippets.figures import style
from snippets.figures.stretching import DIM, SCALE, TRAINED, slowing
from snippets.schemes.ntk_aware import ntk_frequencies
from snippets.schemes.position_interpolation import interpolated_frequencies
from snippets.schemes.rope import frequencies
from snippets.schemes.yarn import yarn_frequencies

SPEEDS = {
    "rope": frequencies(DIM),
    "position_interpolation": interpolated_frequencies(DIM, SCALE),
    "ntk_aware": ntk_frequencies(DIM, SCALE),
    "yarn": yarn_frequencies(DIM, SCALE, TRAINED),
}


def draw() -> Figure:
    """Left: how far round each pair gets in 8192 tokens. Right: how many times slower it turns."""
    figure, (left, right) = style.subplots(1, 2, height=3.4)
    first = slowing(right, list(SPEEDS.items()))
    reached = {name: SCALE * TRAINED * theta / (2 * math.pi) for name, theta in SPEEDS.items()}
    met, pairs = reached["rope"] / SCALE, range(DIM // 2)
    left.fill_between(pairs[first:], met[first:], 10, color=style.colour("position"), alpha=0.16, linewidth=0)
    for name, far in reached.items():
        left.plot(pairs, far, **style.line(name))
    left.set_yscale("log")
    left.set(title="turns", xlim=(32, 63), ylim=(0.03, 10), xlabel="pair $i$", xticks=[32, 41, 52, 63])
    left.set(yticks=[0.1, 1, 10], yticklabels=["0.1", "1", "10"])
    left.minorticks_off()
    left.text(56, 4.2, "new", color=style.colour("position"), fontweight="bold", fontsize=10, ha="center")
    style.label(left, 47, 2.3, "RoPE", "rope", fontweight="bold")
    style.label(left, 32, 0.3, "interpolation,\nYaRN", "position_interpolation", fontweight="bold", fontsize=8.5)
    right.set(title="slower")
    right.set_ylabel("")
    style.label(right, 1, 4.25, "interpolation", "position_interpolation", fontweight="bold")
    style.label(right, 31, 3.3, "YaRN", "yarn", fontweight="bold", ha="right")
    style.label(right, 41, 2.25, "NTK-aware", "ntk_aware", fontweight="bold")
    style.label(right, 52, 1.15, "RoPE", "rope", fontweight="bold")
    return figure
