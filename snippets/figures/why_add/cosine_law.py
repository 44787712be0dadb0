"""The cosine between two random directions: its exact density, and its spread 1/sqrt(d).

Left: filled steps are sampled pairs, curves the exact law. In 3 dimensions every cosine is equally
likely; with d the cosines gather around zero. Right: the standard deviation of the cosine against d;
dots are samples, the line is 1/sqrt(d). It falls slowly and never reaches zero.
"""

import json
import math
from pathlib import Path

import torch
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from snippets.figures import style

STORED = "snippets/figures/stored/cosine_law.json"  # what measured() gave
PAIRS = 20_000
LOOK = {3: ("muted", (0, (1, 1.2))), 16: ("muted", (0, (4, 1.5))), 64: ("muted", "-"), 768: ("ink", "-")}
DIMENSIONS = (2, 3, 6, 12, 24, 48, 96, 192, 384, 768)


def _density(t: torch.Tensor, d: int) -> torch.Tensor:
    log_constant = math.lgamma(d / 2) - math.lgamma((d - 1) / 2) - math.log(math.pi) / 2
    return math.exp(log_constant) * (1 - t**2) ** ((d - 3) / 2)


def _cosines(d: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(d)
    a, b = torch.randn(2, PAIRS, d, generator=generator).double()
    return torch.cosine_similarity(a, b, dim=1)


def measured() -> dict:
    """Sampled cosines: how many fall in each of 160 equal parts of [-1, 1], and their spread, by dimension."""
    edges = torch.linspace(-1, 1, 161, dtype=torch.float64)
    return {
        "counts": {d: torch.histogram(_cosines(d), edges).hist.long().tolist() for d in LOOK},
        "spread": [round(float(_cosines(d).std()), 5) for d in DIMENSIONS],
    }


def draw() -> Figure:
    """To see: with many dimensions random cosines gather near zero, with a spread of exactly 1/sqrt(d)."""
    figure, (left, right) = style.subplots(1, 2, height=3.1, width_ratios=[1.25, 1])
    found = json.loads(Path(STORED).read_text())
    edges = [-1 + k / 80 for k in range(161)]
    for d, (name, dash) in LOOK.items():
        left.stairs(
            [80 * count / PAIRS for count in found["counts"][str(d)]],
            edges,
            fill=True,
            color=style.colour(name),
            alpha=0.2,
        )
        t = torch.linspace(-1, 1, 601, dtype=torch.float64)
        left.plot(t, _density(t, d), color=style.colour(name), linestyle=dash)
    for d, x, y in ((768, 0.05, 9.2), (64, 0.11, 2.55), (16, 0.38, 1.2), (3, 0.72, 0.93)):
        style.label(left, x, y, f"d = {d}", LOOK[d][0])
    left.set(xlim=(-1, 1), ylim=(0, 12), xticks=[-1, -0.5, 0, 0.5, 1], xlabel="cosine", ylabel="density")
    left.set_title("where cosines fall")

    right.plot([2, 1000], [2**-0.5, 1000**-0.5], **style.line("random"))
    right.plot(DIMENSIONS, found["spread"], "o", color=style.colour("ink"))
    style.label(right, 55, 0.16, r"$1/\sqrt{d}$", "random")
    style.label(right, 3, 3**-0.5, f"{3**-0.5:.2f}", va="bottom")
    style.label(right, 560, 0.034, f"{768**-0.5:.3f}", ha="right")
    right.set(xscale="log", yscale="log", xlim=(1.6, 1200), ylim=(0.02, 1))
    right.set(xlabel="d", ylabel="std of the cosine")
    for axis, ticks in ((right.xaxis, (3, 16, 64, 768)), (right.yaxis, (0.03, 0.1, 0.3, 1))):
        axis.set_major_locator(FixedLocator(ticks))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter("{x:g}")
    right.set_title("how far from zero")
    return figure
