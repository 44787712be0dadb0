"""A head of LLaMA that reads four times the text it was trained on: what several figures draw of it.

Also how often the pairs of released models turn in training.
"""

import math

import torch
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Wedge
from torch import Tensor

from snippets.figures import style
from snippets.schemes.rope import frequencies

DIM, TRAINED, SCALE = 128, 2048, 4
PAIRS = (0, 16, 32, 44, 52, 63)

MODELS = {  # head dimension, base, trained length
    "LLaMA": (128, 10_000.0, 2048),
    "SmolLM2": (64, 100_000.0, 8192),
    "Llama 3": (128, 500_000.0, 8192),
}


def turns(name: str) -> Tensor:
    """How often each pair of model ``name`` goes round in its trained length: (d_h/2,)."""
    dim, base, trained = MODELS[name]
    return trained * frequencies(dim, base) / (2 * math.pi)


def dials(ax: Axes, rows: list[tuple[str, str, Tensor]]) -> None:
    """One row of dials for each (label, colour, speeds): what ``PAIRS`` see in SCALE * TRAINED tokens.

    On a narrow screen the slow pairs stand below the fast ones.
    """
    across = 3 if style.is_narrow() else len(PAIRS)
    high = 2.75 * len(rows) + 1.7
    for start in range(0, len(PAIRS), across):
        _dials(ax, rows, PAIRS[start : start + across], -high * start / across)
    bottom = high * (len(PAIRS) / across - 1) + 2.75 * (len(rows) - 1) + 1.35
    ax.set(xlim=(-5.6, 3 * across - 1.7), ylim=(-bottom, 2.6), aspect="equal")
    ax.axis("off")


def _dials(ax: Axes, rows: list[tuple[str, str, Tensor]], pairs: tuple[int, ...], top: float) -> None:
    own, places = frequencies(DIM), range(0, 3 * len(pairs), 3)
    for row, (label, name, theta) in enumerate(rows):
        y = top - 2.75 * row
        ax.text(-2.15, y, label, color=style.colour(name), ha="right", va="center", fontsize=9.5, fontweight="bold")
        for x, pair in zip(places, pairs, strict=True):
            met, reached = (math.degrees(a * speed[pair]) for a, speed in ((TRAINED, own), (SCALE * TRAINED, theta)))
            step = max(math.degrees(theta[pair]), 1.2)
            ax.add_patch(Wedge((x, y), 1.12, 0, 360, width=0.26, color=style.colour("grid"), linewidth=0))
            ax.add_patch(Wedge((x, y), 1.12, 0, min(met, 360), width=0.26, color=style.colour("muted"), linewidth=0))
            if met < 360 and reached > met * (1 + 1e-9):
                end = min(reached, 360)
                ax.add_patch(Wedge((x, y), 1.2, met, end, width=0.42, color=style.colour("position"), linewidth=0))
            ax.add_patch(Wedge((x, y), 0.74, 0, step, color=style.colour(name), linewidth=0))
            ax.add_patch(Circle((x, y), 0.05, color=style.colour(name), linewidth=0))
    for x, pair in zip(places, pairs, strict=True):
        wave = rf"$\lambda$ = {2 * math.pi / own[pair].item():,.0f}"
        ax.text(x, top + 2.2, f"{pair}", ha="center", va="center", fontsize=9.5, fontweight="bold")
        ax.text(x, top + 1.5, wave, ha="center", va="center", fontsize=8.5, color=style.colour("muted"))
    ax.text(-2.15, top + 2.2, "pair", ha="right", va="center", fontsize=9.5, color=style.colour("muted"))


def slowing(ax: Axes, lines: list[tuple[str, Tensor]]) -> int:
    """How many times slower than RoPE every pair turns, for each (colour, speeds); the first pair that never turned."""
    own, pairs = frequencies(DIM), torch.arange(DIM // 2)
    first = int((TRAINED * own < 2 * torch.pi).nonzero()[0])
    ax.axvspan(first, DIM // 2 - 1, color=style.colour("grid"), alpha=0.5, linewidth=0)
    for name, theta in lines:
        ax.plot(pairs, own / theta, **style.line(name))
    ax.set(xlim=(0, DIM // 2 - 1), ylim=(0.8, SCALE + 0.55), yticks=range(1, SCALE + 1), xlabel="pair $i$")
    ax.set(ylabel=r"slower  $\theta_i\,/\,\theta_i^{\prime}$", xticks=[0, 16, 32, 44, 52, 63])
    return first
