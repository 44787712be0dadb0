"""Every choice of window and stride for one chapter: what is never a target, and how much context a target has.

Left: share of the chapter's tokens that are a target in no chunk. Right: tokens of context the best chunk gives a
target, as a share of the window, averaged over the targets. Both counted token by token by ``chunks.cost``.
"""

from functools import lru_cache

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from snippets.chunks import alice, cost
from snippets.figures import style

WINDOWS, STRIDES = (16, 32, 64, 128, 256, 512), (8, 16, 32, 64, 128, 256, 512, 1024)


@lru_cache(maxsize=1)
def _counted() -> tuple[np.ndarray, np.ndarray]:
    length = len(alice())
    never, context = np.zeros((2, len(WINDOWS), len(STRIDES)))
    for i, window in enumerate(WINDOWS):
        for j, stride in enumerate(STRIDES):
            seen, best = cost(length, window, stride)
            never[i, j] = 100 * (seen[1:] == 0).double().mean()
            context[i, j] = 100 * best[seen > 0].double().mean() / window
    return never, context


def draw() -> Figure:
    """To see: no gaps while the stride is at most the window, and the smaller the stride the more context."""
    figure, axes = style.subplots(1, 2, height=3.3, sharey=True)
    titles = "never a target, % of tokens", "context of a target, % of window"
    for ax, values, title, name in zip(axes, _counted(), titles, ("alibi", "sinusoidal"), strict=True):
        ax.imshow(values, cmap=style.ramp(name), vmin=0, vmax=100, aspect="auto")
        for (i, j), value in np.ndenumerate(values):
            ink = style.colour("paper" if value > 55 else "ink")
            ax.text(j, i, f"{value:.0f}", ha="center", va="center", fontsize=8.5, color=ink)
        for i, window in enumerate(WINDOWS):
            j = STRIDES.index(window)
            ax.add_patch(Rectangle((j - 0.46, i - 0.46), 0.92, 0.92, fill=False, color=style.colour("ink"), lw=1.2))
        ax.set(xticks=range(len(STRIDES)), xticklabels=STRIDES, yticks=range(len(WINDOWS)), yticklabels=WINDOWS)
        ax.set_xlabel("stride")
        ax.set_title(title)
        ax.grid(False)
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)
    axes[0].set_ylabel("window")
    return figure
