"""What to see: one term gives each query word a curve over distance, the other gives each key word one.

The paper's own sentence, in which "new" occurs twice. Middle: its two rows hold the same values at the same
distances (outlined). Right: its two columns do. Left: content alone cannot tell the two apart at all.
"""

import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from snippets.figures import style
from snippets.schemes.deberta import DeBERTa, shrink

WORDS, DIM = ["a", "new", "store", "opened", "beside", "the", "new", "mall"], 32
TWICE = [1, 6]


def draw() -> Figure:
    """Three matrices of 8 by 8 words: content to content, content to position, position to content."""
    with torch.random.fork_rng():
        torch.manual_seed(8)
        vectors = {word: torch.randn(2, DIM).double() for word in dict.fromkeys(WORDS)}
        scheme = DeBERTa(DIM, 1, span=8)
        torch.nn.init.normal_(scheme.rows)
        scheme.double()
        to_key, to_query = torch.randn(2, DIM, DIM).double() * DIM**-0.5
    q, k = torch.stack([vectors[word] for word in WORDS], dim=1)[:, None, None]
    q, k = shrink(q, k)
    m = torch.arange(len(WORDS))
    with torch.no_grad():
        found = {"content · content": q @ k.mT / DIM**0.5}
        for title, keep_key, keep_query in (("content · position", 1, 0), ("position · content", 0, 1)):
            scheme.to_key.weight.copy_(keep_key * to_key)
            scheme.to_query.weight.copy_(keep_query * to_query)
            found[title] = scheme(q, k, m, m)

    figure, axes = style.subplots(1, 3, height=3.1, sharey=True)
    for ax, (title, term) in zip(axes, found.items(), strict=True):
        ax.imshow(
            term[0, 0].numpy(),
            cmap=style.diverging("sinusoidal", "deberta"),
            vmin=-1.6,
            vmax=1.6,
            interpolation="nearest",
        )
        ax.set_title(title, fontsize=9.5)
        ax.set_xticks(m.tolist(), WORDS, rotation=60, ha="right", rotation_mode="anchor")
        ax.set_yticks(m.tolist(), WORDS)
        ax.tick_params(length=0)
        ax.grid(False)
        for spine in ax.spines.values():
            spine.set_visible(False)
    axes[0].set_ylabel("query")
    axes[1].set_xlabel("key")
    outline = {"fill": False, "edgecolor": style.colour("ink"), "linewidth": 1.3}
    for at in TWICE:
        axes[1].add_patch(Rectangle((at - 1.5, at - 0.5), 3, 1, **outline))
        axes[2].add_patch(Rectangle((at - 0.5, at - 1.5), 1, 3, **outline))
    bar = style.colorbar(figure, axes[-1].images[0], ax=axes, ticks=[-1, 0, 1], shrink=0.55, aspect=12, pad=0.01)
    bar.outline.set_visible(False)
    return figure
