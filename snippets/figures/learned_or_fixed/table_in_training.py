"""A position table through training: at five moments, how alike its rows are and where each place looks.

A toy: one attention head has to name the previous token. The texts of a step have one length, from 2 to 20 tokens, and
the table has 24 rows. Above, the cosine of every pair of rows. Below, attention averaged over 64 random texts of 24
tokens.
"""

import json
from pathlib import Path
from typing import NamedTuple

import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from snippets.attention import Attention
from snippets.figures import style
from snippets.schemes.learned import LearnedPositions

STORED = "snippets/figures/stored/table_in_training.json"  # what measured() gave
ROWS, LONGEST, DIM, TOKENS = 24, 20, 32, 16
EVERY, LAST = 10, 300  # steps from one record to the next, and in all
MOMENTS = (0, 60, 100, 150, 300)  # drawn side by side


class Moment(NamedTuple):
    """One step, and the table before it moves."""

    length: int  # tokens in each text of the step
    loss: float  # nats
    gradient: Tensor  # norm of each row's gradient at this step: (N,)
    moved: Tensor  # distance of each row from where it began: (N,)
    cosines: Tensor  # of the rows: (N, N)
    looks: Tensor  # attention from place to place: (N, N)


def trained(last: int = LAST) -> dict[int, Moment]:
    """What is seen at every tenth step up to ``last``."""
    moments = {}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        tokens, table = nn.Embedding(TOKENS, DIM), LearnedPositions(ROWS, DIM)
        head, out = Attention(DIM, 1), nn.Linear(DIM, TOKENS)
        weights = [w for module in (tokens, table, head, out) for w in module.double().parameters()]
        optimizer = torch.optim.Adam(weights, lr=5e-3)
        probe = torch.randint(TOKENS, (64, ROWS))
        began = table.weight.detach().clone()
        later = torch.ones(ROWS, ROWS, dtype=torch.bool).triu(1)
        for step in range(last + 1):
            length = int(torch.randint(2, LONGEST + 1, ()))
            ids = torch.randint(TOKENS, (32, length))
            scores = out(head(table(tokens(ids))))[:, 1:]
            loss = nn.functional.cross_entropy(scores.flatten(0, 1), ids[:, :-1].flatten())
            optimizer.zero_grad()
            loss.backward()
            if step % EVERY == 0:
                rows, gradient = table.weight.detach(), table.weight.grad
                assert gradient is not None, "backward() has filled it"
                unit = rows / rows.norm(dim=1, keepdim=True)
                q, k, _ = head.qkv(rows + tokens(probe)).detach().chunk(3, -1)
                looks = (q @ k.mT / DIM**0.5).masked_fill(later, -torch.inf).softmax(-1).mean(0)
                moved = (rows - began).norm(dim=1)
                moments[step] = Moment(length, loss.item(), gradient.norm(dim=1), moved, unit @ unit.T, looks)
            optimizer.step()
    return moments


def measured(last: int = LAST) -> dict:
    """Every moment, rounded; cosines and attention from each row to those up to itself."""
    return {
        str(step): {
            "length": moment.length,
            "loss": round(moment.loss, 3),
            "gradient": moment.gradient.round(decimals=5).tolist(),
            "moved": moment.moved.round(decimals=3).tolist(),
            "cosines": [row[: m + 1].round(decimals=2).tolist() for m, row in enumerate(moment.cosines)],
            "looks": [row[: m + 1].round(decimals=2).tolist() for m, row in enumerate(moment.looks)],
        }
        for step, moment in trained(last).items()
    }


def draw() -> Figure:
    """Above: cosines between rows. Below: attention from place to place. Left to right: five moments."""
    figure, axes = style.subplots(2, len(MOMENTS), height=3.2, narrow=(5, 2, 8.6), sharex=True, sharey=True)
    stored = json.loads(Path(STORED).read_text())
    for column, step in enumerate(MOMENTS):
        above, below = axes[:, column]
        found = stored[str(step)]
        looks = [row + [0] * (ROWS - len(row)) for row in found["looks"]]
        cosines = [[found["cosines"][max(m, n)][min(m, n)] for n in range(ROWS)] for m in range(ROWS)]
        above.imshow(cosines, cmap=style.diverging("position", "learned"), vmin=-1, vmax=1)
        below.imshow(looks, cmap=style.ramp("learned"), vmin=0, vmax=0.8)
        above.set_title(f"step {step}" if column == 0 else step)
        for ax in (above, below):
            ax.grid(False)
            ax.axhline(LONGEST - 0.5, color=style.colour("muted"), linewidth=0.8, linestyle=(0, (3, 2)))
            ax.axvline(LONGEST - 0.5, color=style.colour("muted"), linewidth=0.8, linestyle=(0, (3, 2)))
            ax.set(xticks=(0, 10, 20), yticks=(0, 10, 20))
    axes[0, 0].set_ylabel("row")
    axes[1, 0].set_ylabel("query")
    if style.is_narrow():
        axes[0, -1].set_xlabel("row")
        axes[1, -1].set_xlabel("key")
    else:
        axes[1, 2].set_xlabel("row (above), key (below)")
    for row, ticks, name in ((axes[0], (-1, 0, 1), "cosine"), (axes[1], (0, 0.8), "attention")):
        bar = style.colorbar(figure, row[-1].images[0], ax=list(row), ticks=ticks, shrink=0.9, aspect=12, pad=0.015)
        bar.outline.set_visible(False)
        bar.set_label(name)
    return figure
