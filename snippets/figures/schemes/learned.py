"""What to see: training writes into the rows that sequences reach and leaves the other rows as random noise.

A toy table of 64 rows. Sequences have 16 to 48 tokens, and each token must tell which of 8 phases its
position has. Left, how far each row moved from its start; right, the cosine between all pairs of rows.
"""

import json
from pathlib import Path

import torch
from matplotlib.figure import Figure
from torch import nn

from snippets.figures import style
from snippets.schemes.learned import LearnedPositions

STORED = "snippets/figures/stored/learned.json"  # what measured() gave
ROWS, DIM, LONGEST, PERIOD = 64, 32, 48, 8


def trained() -> tuple[torch.Tensor, torch.Tensor]:
    """The table before and after training: (n, d) each."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        scheme, read_out = LearnedPositions(ROWS, DIM), nn.Linear(DIM, PERIOD)
        start = scheme.weight.detach().clone()
        optimizer = torch.optim.Adam([*scheme.parameters(), *read_out.parameters()], lr=0.01)
        for _ in range(300):
            length = int(torch.randint(16, LONGEST + 1, ()))
            tokens = 0.5 * torch.randn(32, length, DIM)
            phase = (torch.arange(length) % PERIOD).expand(32, length)
            loss = nn.functional.cross_entropy(read_out(scheme(tokens)).flatten(0, 1), phase.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return start, scheme.weight.detach().clone()


def measured() -> dict:
    """How far each row moved, and the cosine of every pair of rows."""
    start, end = trained()
    unit = end.double() / end.double().norm(dim=1, keepdim=True)
    moved = (end - start).double().norm(dim=1)
    return {"moved": moved.round(decimals=4).tolist(), "cosines": (unit @ unit.T).round(decimals=3).tolist()}


def draw() -> Figure:
    """Left: distance each row moved, zero past the longest sequence. Right: cosine between rows."""
    found = json.loads(Path(STORED).read_text())
    figure, (left, right) = style.subplots(1, 2, height=3.3, width_ratios=(1.1, 1))
    moved = found["moved"]
    left.axvspan(LONGEST, ROWS, color=style.colour("grid"), alpha=0.5, linewidth=0)
    left.vlines(range(ROWS), 0, moved, color=style.colour("learned"), linewidth=2.2)
    left.set(title="how far each row moved", xlabel="row $m$", ylabel="distance from the start")
    left.set(xlim=(-1, ROWS), ylim=(0, None), xticks=range(0, 65, 16))
    left.grid(False, axis="x")
    left.text(56, 0.5 * max(moved), "never\nreached", ha="center", va="center", color=style.colour("muted"))

    image = right.imshow(
        found["cosines"],
        cmap=style.diverging("position", "learned"),
        vmin=-1,
        vmax=1,
        interpolation="nearest",
    )
    right.set(title="cosine between rows", xlabel="row $n$", ylabel="row $m$")
    right.set(xticks=range(0, 65, 16), yticks=range(0, 65, 16))
    right.grid(False)
    bar = style.colorbar(figure, image, ax=right, ticks=[-1, 0, 1], shrink=0.6, aspect=14, pad=0.02)
    bar.outline.set_visible(False)
    return figure
