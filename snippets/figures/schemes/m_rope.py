"""What to see: three counters that part in an image and meet again in text, and one ladder of speeds they share.

Left, the ids of time, row and column for some text, an image of 4 rows and 6 columns, and more text. Right, which
of the 64 pairs turns by which counter, from the fastest pair to the slowest: in three blocks (Qwen2-VL) or dealt in
turn (Qwen3-VL).
"""

import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from snippets.figures import style
from snippets.schemes.m_rope import chunked, grid_positions, interleaved

TEXT, HEIGHT, WIDTH = 5, 4, 6
AXES = ("time", "row", "column")
SHADES = ("m_rope", "position", "rope")  # three colours that stay apart without hue


def _ids() -> torch.Tensor:
    """(3, T): text, one image, text."""
    before = torch.arange(TEXT).expand(3, -1)
    image = grid_positions(1, HEIGHT, WIDTH, start=TEXT)
    after = torch.arange(TEXT).expand(3, -1) + int(image.max()) + 1
    return torch.cat((before, image, after), dim=1)


def draw() -> Figure:
    """Ids over the tokens of a sequence; two allotments of the pairs."""
    figure = style.empty(height=3.3, narrow=6)
    left, right = style.side_by_side(figure, (1, 1.25), heights=(1, 1))
    cells = right.subgridspec(2, 1)
    ids = _ids()
    ax = figure.add_subplot(left)
    length = ids.shape[1]
    ax.axvspan(TEXT - 0.5, TEXT + HEIGHT * WIDTH - 0.5, color=style.colour("grid"), alpha=0.55, linewidth=0)
    for name, own, marker, size in zip(SHADES, ids, ("s", "o", "."), (5.2, 3.6, 4.4), strict=True):
        ax.plot(range(length), own, color=style.colour(name), linewidth=0.7, marker=marker, markersize=size)
    last = TEXT + HEIGHT * WIDTH - 1
    ends = ids[:, last].tolist()
    for axis, name in enumerate(SHADES):
        ax.text(last + 1.7, ends[axis] - 0.25, AXES[axis], color=style.colour(name), fontsize=9, va="center")
    ax.text(TEXT + HEIGHT * WIDTH / 2 - 0.5, 15.4, "image", color=style.colour("muted"), fontsize=9, ha="center")
    ax.set(title="ids", xlabel="token", ylabel="id", xlim=(-0.8, length + 2.8), ylim=(-0.8, 16.4))
    ax.grid(False)

    for place, (title, axes) in enumerate(
        (("in blocks: 16, 24, 24", chunked((16, 24, 24))), ("in turn: 24, 20, 20", interleaved((24, 20, 20))))
    ):
        ax = figure.add_subplot(cells[place])
        for pair, axis in enumerate(axes.tolist()):
            colour = style.colour(SHADES[axis])
            ax.add_patch(Rectangle((pair + 0.1, 2 - axis + 0.1), 0.8, 0.8, facecolor=colour, linewidth=0))
        for axis, name in enumerate(SHADES):
            ax.axhline(2 - axis, color=style.colour("grid"), linewidth=0.7)
            ax.text(-1.2, 2.5 - axis, AXES[axis], color=style.colour(name), fontsize=9, ha="right", va="center")
        ax.set(title=title, xlim=(0, 64), ylim=(0, 3), yticks=[], xticks=[0, 16, 40, 64])
        ax.grid(False)
        ax.spines[["left", "bottom"]].set_visible(False)
        ax.tick_params(length=0)
        if place:
            ax.set(xlabel="pair, fast to slow", xticks=[0, 20, 40, 64])
    return figure
