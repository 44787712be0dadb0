"""What to see: heads put their energy into pairs that turned about half a turn in training, and little into fast ones.

Share of |q||k| by pair in all 270 heads of SmolLM2-135M. Above, the mean over heads of the first, middle and last ten
layers; below, one row a head, sorted by where its energy lies. Right of the line a pair never turned once in training.
"""

import json
from pathlib import Path

import torch
from matplotlib.figure import Figure
from torch import Tensor

from snippets.figures import style
from snippets.figures.stretching import turns

RESULT = Path("snippets/experiments/results/smollm2.json")
LAYERS = {"1–10": ("rope", "-"), "11–20": ("token", (0, (5, 1.5))), "21–30": ("position", (0, (1, 1.2)))}


def energy() -> Tensor:
    """Share of each pair in each head: (30, 9, 32)."""
    return torch.tensor(json.loads(RESULT.read_text("utf-8"))["energy"], dtype=torch.float64)


def draw() -> Figure:
    """Above: mean over ten layers. Below: every head."""
    found = energy()
    figure, (above, below) = style.subplots(2, 1, height=5, sharex=True, height_ratios=(1, 1.5))
    first = int((turns("SmolLM2") < 1).nonzero()[0]) - 0.5
    for (label, (name, line)), part in zip(LAYERS.items(), found.split(10), strict=True):
        above.plot(part.mean((0, 1)), color=style.colour(name), linestyle=line, label=label)
    above.axhline(1 / 32, color=style.colour("muted"), linewidth=0.9)
    above.axvspan(first, 31.5, color=style.colour("position"), alpha=0.12, linewidth=0)
    above.text(-0.2, 1 / 32 + 0.012, "even", color=style.colour("muted"), fontsize=8.5)
    above.legend(title="layers", loc="upper left", bbox_to_anchor=(0.0, 1.0), ncols=3, alignment="left")
    above.set(ylabel="share", ylim=(0, 0.26), yticks=[0, 0.1, 0.2])

    heads = found.flatten(0, 1)
    rows = heads[(heads * torch.arange(32)).sum(1).argsort()]
    below.imshow(rows.numpy(), cmap=style.ramp("rope"), aspect="auto", interpolation="none", vmin=0, vmax=0.4)
    below.axvline(first, color=style.colour("position"), linewidth=1.6)
    below.set(xlabel="pair $i$", ylabel="heads", yticks=[0, 135, 269], yticklabels=["1", "136", "270"])
    below.set(xlim=(-0.5, 31.5), xticks=[0, 8, 16, 20, 24, 31])
    below.grid(False)
    return figure
