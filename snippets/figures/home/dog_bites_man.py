"""What to see: attention without positions gives "bites" the same vector in both sentences; with positions it does not.

Left and right are the two sentences, the bars are the eight numbers that one head makes of the word in the middle.
Above nothing says which word comes first, below sinusoids are added. Words are random vectors, and no weights are used.
"""

from matplotlib.figure import Figure
from torch import Generator, Tensor, randn

from snippets.figures import style
from snippets.schemes.sinusoidal import add_sinusoidal

SENTENCES = (("dog", "bites", "man"), ("man", "bites", "dog"))
DIM = 8

KOREAN = {"no positions": "위치 없음", "positions": "위치"}  # the words of the drawing on Korean pages


def seen_from_the_middle(with_positions: bool) -> list[Tensor]:
    """What attention returns for the second word of each sentence, (d,)."""
    vectors = randn(3, DIM, generator=Generator().manual_seed(2)).double()
    words = dict(zip(SENTENCES[0], vectors, strict=True))
    found = []
    for sentence in SENTENCES:
        x = vectors.new_empty(1, 3, DIM)
        for place, word in enumerate(sentence):
            x[0, place] = words[word]
        x = add_sinusoidal(x) if with_positions else x
        weights = (x[0, 1] @ x[0].T / DIM**0.5).softmax(-1)
        found.append(weights @ x[0])
    return found


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
        ax.set_title(" ".join(sentence), pad=12)
    return figure
