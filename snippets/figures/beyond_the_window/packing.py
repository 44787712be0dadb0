"""Three documents packed into one chunk: which pairs of tokens meet without a mask between documents, and with one.

Rows are queries, columns keys. Left: the causal mask alone; pairs from two documents are red. Right: those pairs
removed, and positions counted anew in each document (numbers along the edge).
"""

import torch
from matplotlib.figure import Figure

from snippets.figures import style

LENGTHS = (5, 3, 6)

KOREAN = {  # the words of the drawing on Korean pages
    "causal mask": "인과 마스크",
    "and a mask between documents": "문서 사이 마스크까지",
    "{} % across": "문서 사이 {}%",
    "position": "위치",
}


def draw() -> Figure:
    """To see: without a mask more than half of all pairs join two documents."""
    document = torch.repeat_interleave(torch.arange(len(LENGTHS)), torch.tensor(LENGTHS))
    total = len(document)
    causal = torch.ones(total, total).tril().bool()
    same = document[:, None] == document
    figure, axes = style.subplots(1, 2, height=3.5)
    restarted = [i for length in LENGTHS for i in range(length)]
    for ax, apart, positions in zip(axes, (False, True), (list(range(total)), restarted), strict=True):
        for m in range(total):
            for n in range(m + 1):
                if same[m, n] or not apart:
                    colour = style.colour("sinusoidal" if same[m, n] else "alibi")
                    ax.plot(
                        n, m, "s", markersize=7.6, color=colour, alpha=0.85 if same[m, n] else 0.55, markeredgewidth=0
                    )
        share = (causal & ~same).sum() / causal.sum() if not apart else 0
        ax.set_title("causal mask" if not apart else "and a mask between documents")
        ax.text(total - 0.6, 0.6, f"{100 * share:.0f} % across", ha="right", fontsize=9,
                color=style.colour("alibi" if share else "muted"))  # fmt: skip
        ax.set(xlim=(-0.7, total - 0.3), ylim=(total - 0.3, -0.7), aspect="equal")
        ax.set_xticks(range(total), positions)
        ax.set_yticks(range(total), positions)
        ax.tick_params(labelsize=7.5, length=0)
        ax.grid(False)
        ax.spines[:].set_visible(False)
        ax.set_xlabel("position")
    return figure
