"""A position table through training: at five moments, how alike its rows are and where each place looks.

A toy: one attention head has to name the previous token. Training texts have 20 tokens, the table has 24 rows. Above,
the cosine of every pair of rows. Below, attention averaged over 64 random texts of 24 tokens.
"""

import json
from pathlib import Path

import torch
from matplotlib.figure import Figure
from torch import nn

from snippets.attention import Attention
from snippets.figures import style
from snippets.schemes.learned import LearnedPositions

STORED = "snippets/figures/stored/table_in_training.json"  # what measured() gave
ROWS, LONGEST, DIM, TOKENS = 24, 20, 32, 16
MOMENTS = (0, 30, 60, 100, 400)


def trained() -> dict[int, tuple[torch.Tensor, torch.Tensor, float]]:
    """For each moment: cosines of the rows and attention between places, (N, N) each, and the loss in nats."""
    moments = {}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        tokens, table = nn.Embedding(TOKENS, DIM), LearnedPositions(ROWS, DIM)
        head, out = Attention(DIM, 1), nn.Linear(DIM, TOKENS)
        weights = [w for module in (tokens, table, head, out) for w in module.double().parameters()]
        optimizer = torch.optim.Adam(weights, lr=5e-3)
        probe = torch.randint(TOKENS, (64, ROWS))
        for step in range(MOMENTS[-1] + 1):
            ids = torch.randint(TOKENS, (32, LONGEST))
            scores = out(head(table(tokens(ids))))[:, 1:]
            loss = nn.functional.cross_entropy(scores.flatten(0, 1), ids[:, :-1].flatten())
            if step in MOMENTS:
                rows = table.weight.detach()
                unit = rows / rows.norm(dim=1, keepdim=True)
                q, k, _ = head.qkv(rows + tokens(probe)).detach().chunk(3, -1)
                later = torch.ones(ROWS, ROWS, dtype=torch.bool).triu(1)
                looks = (q @ k.mT / DIM**0.5).masked_fill(later, -torch.inf).softmax(-1).mean(0)
                moments[step] = unit @ unit.T, looks, loss.item()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return moments


def measured() -> dict:
    """For each moment: cosines of the rows, and the attention from every place to those up to itself."""
    return {
        step: {
            "cosines": cosines.round(decimals=3).tolist(),
            "looks": [row[: m + 1].round(decimals=3).tolist() for m, row in enumerate(looks)],
        }
        for step, (cosines, looks, _) in trained().items()
    }


def draw() -> Figure:
    """Above: cosines between rows. Below: attention from place to place. Left to right: five moments."""
    figure, axes = style.subplots(2, len(MOMENTS), height=3.2, narrow=(5, 2, 8.6), sharex=True, sharey=True)
    for column, (step, found) in enumerate(json.loads(Path(STORED).read_text()).items()):
        above, below = axes[:, column]
        looks = [row + [0] * (ROWS - len(row)) for row in found["looks"]]
        above.imshow(found["cosines"], cmap=style.diverging("position", "learned"), vmin=-1, vmax=1)
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
