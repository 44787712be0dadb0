"""What a query may look at, and how far a stack of layers reaches.

Above: three masks for 24 tokens; a row is a query, a column a key. Below: from which tokens the last one can have
heard through 1 to 6 layers, when every layer has a window of 5, and when every third layer is global.
"""

import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from snippets.experiments.sinks import mask
from snippets.figures import style

LENGTH, WINDOW, LAYERS, EVERY = 24, 6, 6, 3

KOREAN = {  # the words of the drawing on Korean pages
    "all": "전체",
    "window": "윈도",
    "sinks, window": "싱크와 윈도",
    "all layers local": "모두 지역 층",
    "every third layer global": "세 층마다 하나가 전역",
    "query": "쿼리",
    "key": "키",
    "layer": "층",
    "token": "토큰",
}


def reached(kinds: list[bool], length: int = LENGTH, window: int = 5) -> list[list[bool]]:
    """For each layer from the top: the tokens whose input can reach the last token. kinds: True for a global layer."""
    here = torch.zeros(length, dtype=torch.bool)
    here[-1] = True
    found = []
    for is_global in reversed(kinds):
        allowed = mask(length, length if is_global else window)
        here = (here[:, None] & allowed).any(0)
        found.append(here.tolist())
    return found


def draw() -> Figure:
    """To see: a window forgets the start, sinks keep it; layers add up their windows, one global layer sees all."""
    figure = style.empty(height=5.3, narrow=8)
    top, bottom = figure.subfigures(2, 1, squeeze=False, height_ratios=(1.1 if style.is_narrow() else 1.25, 1)).flat
    masks = {"all": (LENGTH, 0), "window": (WINDOW, 0), "sinks, window": (WINDOW, 2)}
    for ax, (name, (window, sinks)) in zip(style.three(top), masks.items(), strict=True):
        allowed = mask(LENGTH, window, sinks).double()
        allowed[:, :sinks] *= 0.45
        ax.imshow(allowed.numpy(), cmap=style.ramp("rope"), vmin=0, vmax=1, interpolation="none")
        ax.set_title(name)
        ax.set(xticks=[0, 12, 23], yticks=[0, 12, 23], xlabel="key")
        ax.grid(False)
    top.axes[0].set_ylabel("query")
    for ax, (name, kinds) in zip(
        bottom.subplots(*(2, 1) if style.is_narrow() else (1, 2), sharey=True),
        {
            "all layers local": [False] * LAYERS,
            "every third layer global": [(i + 1) % EVERY == 0 for i in range(LAYERS)],
        }.items(),
        strict=True,
    ):
        rows = [[False] * (LENGTH - 1) + [True], *reached(kinds)]
        for depth, row in enumerate(rows):
            layer = LAYERS - depth  # what stands at this height is the output of this layer; 0 is the input
            is_global = layer > 0 and kinds[layer - 1]
            for n, on in enumerate(row):
                colour = style.colour("position" if is_global and on else "rope" if on else "muted")
                ax.add_patch(
                    Rectangle((n + 0.08, layer - 0.38), 0.84, 0.76, color=colour, alpha=0.9 if on else 0.15, lw=0)
                )
        ax.set(xlim=(0, LENGTH), ylim=(-0.6, LAYERS + 0.6), yticks=range(LAYERS + 1), xticks=[0.5, 12.5, 23.5])
        ax.set_xticklabels([0, 12, 23])
        ax.set_title(name)
        ax.set_xlabel("token")
        ax.grid(False)
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)
    bottom.axes[0].set_ylabel("layer")
    return figure
