"""One sentence cut with three strides: which words become targets, how often, and with how much context.

Window 8. Each bar is a chunk: its eight inputs, and beyond the tick its last target. The strip below a group of
bars is the sum: how many tokens of context the best chunk gives each word as a target; a cross where none does.
"""

import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from snippets.chunks import alice, cost, cut
from snippets.figures import style

WINDOW, STRIDES = 8, (8, 4, 9)

KOREAN = {  # the words of the drawing on Korean pages
    "stride {}": "스트라이드 {}",
    "context": "문맥",
}


def draw() -> Figure:
    """To see: stride 8 starts every eighth word with no context, stride 4 doubles the work, stride 9 skips a word."""
    tokens = alice()[6:34]
    length = len(tokens)
    figure, narrow = style.empty(height=4.35, narrow=4.6), style.is_narrow()
    ax = figure.subplots()
    y = 0.75 if narrow else 0.0
    ramp, grey = style.ramp("sinusoidal"), style.colour("muted")
    for stride in STRIDES:
        inputs, _ = cut(torch.arange(length), WINDOW, stride)
        x, above, side = (-5, -0.35, "left") if narrow else (-0.7, 0.55, "right")
        ax.text(x, y + above, f"stride {stride}", va="center", ha=side, fontsize=9.5, fontweight="bold")
        rows = 2 if stride < WINDOW else 1
        for k, chunk in enumerate(inputs.tolist()):
            level = y + 0.62 * (k % rows)
            ax.add_patch(Rectangle((chunk[0] + 0.06, level), WINDOW - 0.12, 0.5, color=grey, alpha=0.3, lw=0))
            ax.plot([chunk[-1] + 1.06, chunk[-1] + 1.94], [level + 0.25] * 2, color=grey, lw=1.4)
            ax.text(chunk[0] + 1.2, level + 0.26, str(k + 1), va="center", fontsize=8)
        y += 0.62 * rows + 0.1
        _, context = cost(length, WINDOW, stride)
        for i, count in enumerate(context.tolist()):
            if count:
                ax.add_patch(Rectangle((i, y), 1, 0.62, color=ramp(count / WINDOW), lw=0))
                ink = "paper" if count > 5 else "ink"
                ax.text(i + 0.5, y + 0.32, str(count), ha="center", va="center", fontsize=8, color=style.colour(ink))
            else:
                ax.text(i + 0.5, y + 0.32, "×", ha="center", va="center", fontsize=11, color=style.colour("alibi"))
        ax.text(-0.7, y + 0.32, "context", ha="right", va="center", fontsize=8.5, color=style.colour("muted"))
        y += 2.0 if narrow else 1.25
    turn, y, left, room = (90, y - 0.75, -5.2, 1.5) if narrow else (60, y, -4.2, 1.1)
    for i, token in enumerate(tokens):
        ax.text(i + 0.5, y - 0.3, token, rotation=turn, ha="right", va="top", fontsize=8.5, rotation_mode="anchor")
    ax.set(xlim=(left, length + 0.1), ylim=(y + room, -0.25))
    ax.axis("off")
    return figure
