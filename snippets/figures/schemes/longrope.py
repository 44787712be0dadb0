"""What to see: a list of factors found by search, which no formula gives, and what it does to the slow pairs.

Left, the two lists of Phi-3.5-mini against the one number of position interpolation. Right, how many turns each of
the 48 pairs has made at the last position: fast pairs stay near RoPE, slow ones end below what 4,096 tokens of
training made, where interpolation would put every pair.
"""

import json
import math

import torch
from matplotlib.figure import Figure

from snippets.figures import style
from snippets.schemes.longrope import longrope_frequencies
from snippets.schemes.rope import frequencies

DATA = "snippets/data/phi35_longrope.json"


def draw() -> Figure:
    """Left: factor over pair, logarithmic. Right: turns at the last position over pair, logarithmic."""
    with open(DATA, encoding="utf-8") as file:
        model = json.load(file)
    dim = model["hidden_size"] // model["num_attention_heads"]
    trained, length = model["original_max_position_embeddings"], model["max_position_embeddings"]
    plain = frequencies(dim, model["rope_theta"])
    long = longrope_frequencies(dim, model["long_factor"], model["rope_theta"])
    pairs = torch.arange(dim // 2)

    figure, (left, right) = style.subplots(1, 2, height=3.4, width_ratios=(1, 1.1))
    ours = {"color": style.colour("longrope"), "marker": "o", "markersize": 3, "linewidth": 1}
    left.plot(pairs, model["long_factor"], **ours)
    left.plot(pairs, model["short_factor"], **ours, markerfacecolor=style.colour("paper"))
    left.axhline(length / trained, **style.line("position_interpolation"))
    style.label(left, 35, 90, "long", "longrope")
    style.label(left, 35, 3, "short", "longrope")
    style.label(left, 0, 42, "interpolation", "position_interpolation")
    left.set_yscale("log", base=2)
    left.set(title="factor", xlabel="pair", ylim=(0.85, 128), xticks=range(0, 49, 12))
    left.set_yticks([1, 2, 4, 8, 16, 32, 64], [1, 2, 4, 8, 16, 32, 64])
    left.minorticks_off()

    turns = 1 / (2 * math.pi)
    known = trained * plain * turns
    right.axhspan(1e-3, 1, color=style.colour("grid"), alpha=0.55, linewidth=0)
    right.plot(pairs, length * plain * turns, **{**style.line("rope"), "linewidth": 1.5})
    right.plot(pairs, known, **style.line("position_interpolation"))
    right.plot(pairs, length * long * turns, **ours)
    style.label(right, 21, 1200, "RoPE", "rope")
    style.label(right, 1, 18, "interpolation", "position_interpolation")
    style.label(right, 0, 0.17, "under one turn", "muted")
    right.set_yscale("log")
    right.set(title="turns at the end", xlabel="pair", ylim=(0.03, 4e4), xticks=range(0, 49, 12))
    right.minorticks_off()
    return figure
