"""What to see: attention without positions gives "bites" the same vector in both sentences; with positions it does not.

Left and right are the two sentences, the bars are the eight numbers that one layer returns for the word in the middle.
Above nothing says which word comes first, below sinusoids are added. Words and weights are random; they are those of
the live figure.
"""

import torch
from matplotlib.figure import Figure
from torch import Tensor

from snippets.figures import style
from snippets.live.dog_bites_man import DIM, WORDS, returned

ORDERS = torch.tensor([[0, 1, 2, 3, 4], [3, 4, 2, 0, 1]])
SENTENCES = [" ".join(WORDS[word] for word in order) for order in ORDERS]

KOREAN = {"no positions": "위치 없음", "positions": "위치"}  # the words of the drawing on Korean pages


def seen_from_the_middle(with_positions: bool) -> Tensor:
    """What attention without a mask returns for "bites" in each sentence, (2, d)."""
    return returned(ORDERS, "sinusoidal" if with_positions else "none", "none")


def draw() -> Figure:
    """Above: no positions, twice the same bars. Below: positions, other bars."""
    figure = style.empty(height=2.35)
    if not style.is_narrow():
        figure.set_figwidth(5.8)
    axes = figure.subplots(2, 2, sharex=True, sharey=True)
    for row, (name, title, sign) in zip(
        axes, (("token", "no positions", "="), ("position", "positions", "≠")), strict=True
    ):
        for ax, values in zip(row, seen_from_the_middle(name == "position"), strict=True):
            ax.bar(range(DIM), values.tolist(), color=style.colour(name), width=0.7)
            ax.axhline(0, color=style.colour("muted"), linewidth=0.8)
            ax.set(xticks=[], yticks=[])
            ax.grid(False)
            for side in ax.spines.values():
                side.set_visible(False)
        row[0].set_ylabel(title, color=style.colour(name), fontweight="bold")
        row[0].text(1.1, 0.5, sign, transform=row[0].transAxes, ha="center", va="center", fontsize=18)
    for ax, sentence in zip(axes[0], SENTENCES, strict=True):
        ax.set_title(sentence, pad=12, fontsize=style.SMALLEST if style.is_narrow() else 10)
    return figure
