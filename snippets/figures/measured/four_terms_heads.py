"""What the scores of all 12 heads in layer 0 of all-MiniLM-L6-v2 are made of: shares of the terms, over real text.

Heads are sorted by the token-token share. Measured by snippets/experiments/minilm_heads.py.
"""

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from snippets.figures import style

PARTS = (  # label and where it starts, columns of the result, colour, its strength
    ("token · token", 0.012, (0,), "token", 0.85),
    ("the two crossed", 0.2, (1, 2), "ink", 0.9),
    ("position · position", 0.43, (3,), "position", 0.85),
    ("same for every query", 0.72, (4,), "muted", 0.3),
)


@lru_cache
def _shares() -> np.ndarray:
    """Share of each term by head, (12, 5)."""
    return np.array(json.loads(Path("snippets/experiments/results/minilm_heads.json").read_text())["share"])


def draw() -> Figure:
    """To see: heads specialise on words or on places; the two crossed terms stay small in most of them."""
    share = _shares()
    order = np.argsort(share[:, 0])
    figure, ax = style.subplots(height=3.5)
    start = np.zeros(len(share))
    above = len(share) - 0.05
    for place, (name, at, columns, mark, alpha) in enumerate(PARTS):
        width = share[order][:, columns].sum(1)
        ax.barh(range(len(share)), width, left=start, color=style.colour(mark), alpha=alpha, height=0.72)
        if style.is_narrow():
            at, above = 0.012 + 0.48 * (place % 2), len(share) + 0.95 - place // 2
        style.label(ax, at, above, name, mark)
        ax.plot(at, above, "s", color=style.colour(mark), alpha=alpha, markersize=7, clip_on=False)
        start += width
    ax.set_yticks(range(len(share)), [str(h) for h in order])
    top = len(share) + (1.5 if style.is_narrow() else 0.5)
    ax.set(xlim=(0, 1), ylim=(-0.6, top), ylabel="head", xlabel="share of what differs between keys")
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
    ax.grid(axis="y", visible=False)
    return figure
