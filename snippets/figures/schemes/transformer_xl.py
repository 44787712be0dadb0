"""What to see: each of the four terms has a pattern of its own, and the score is their sum.

(a) any pair its own value; (b) every row a curve over distance, its own, slid along with the query; (c) stripes:
a key that all queries like; (d) diagonals: a distance that all queries like. Later keys are masked.
"""

import torch
from matplotlib.figure import Figure

from snippets.figures import style
from snippets.schemes.transformer_xl import TransformerXL

LENGTH, DIM = 24, 32


def draw() -> Figure:
    """Four terms of one head in a row of triangles, equal colours for equal values."""
    with torch.random.fork_rng():
        torch.manual_seed(5)
        scheme = TransformerXL(DIM, 1)
        torch.nn.init.normal_(scheme.w.weight, std=DIM**-0.5)
        torch.nn.init.normal_(scheme.u)
        torch.nn.init.normal_(scheme.v)
        scheme.double()
        q, k = torch.randn(2, 1, 1, LENGTH, DIM).double()
    m, none = torch.arange(LENGTH), torch.zeros_like(q)
    with torch.no_grad():
        u, v = scheme.u.clone(), scheme.v.clone()
        found = {"$a$": q @ k.mT / DIM**0.5}
        for name, queries, keep_u, keep_v in (("$b$", q, 0, 0), ("$c$", none, 1, 0), ("$d$", none, 0, 1)):
            scheme.u.copy_(keep_u * u)
            scheme.v.copy_(keep_v * v)
            found[name] = scheme(queries, k, m, m)

    symbols = {
        "$a$": "$q_m \\cdot k_n$",
        "$b$": "$q_m \\cdot W R_{m-n}$",
        "$c$": "$u \\cdot k_n$",
        "$d$": "$v \\cdot W R_{m-n}$",
    }
    later = torch.ones(LENGTH, LENGTH).triu(1).bool()
    figure, axes = style.subplots(1, 4, height=2.5, sharey=True)
    for ax, (name, term) in zip(axes, found.items(), strict=True):
        shown = term[0, 0].masked_fill(later, torch.nan).numpy()
        ax.imshow(
            shown, cmap=style.diverging("sinusoidal", "transformer_xl"), vmin=-2.5, vmax=2.5, interpolation="nearest"
        )
        ax.set_title(f"{name}   {symbols[name]}", fontweight="normal", fontsize=10)
        ax.set(xlabel="key $n$", xticks=[0, 8, 16], yticks=[0, 8, 16])
        ax.grid(False)
        for spine in ax.spines.values():
            spine.set_visible(False)
        ax.plot(
            [-0.5, -0.5, LENGTH - 0.5], [-0.5, LENGTH - 0.5, LENGTH - 0.5], color=style.colour("muted"), linewidth=0.8
        )
    axes[0].set_ylabel("query $m$")
    bar = style.colorbar(figure, axes[-1].images[0], ax=axes, ticks=[-2, 0, 2], shrink=0.6, aspect=14, pad=0.01)
    bar.outline.set_visible(False)
    return figure
