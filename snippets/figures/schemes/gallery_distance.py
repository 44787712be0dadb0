"""The score of a fixed query and a fixed key at every distance, scheme by scheme, on the same axes.

All tokens are one token, so that nothing but position moves the score. Grey: the scheme without positions.
A smooth line that falls is a preference for what is near; a wave is a rotation; a ragged line is a table
that training has yet to fill; a line that ends is a window. One of eight heads; weights are as each file starts them,
tables that start at or near zero are drawn at random.
"""

from functools import lru_cache

import torch
from matplotlib.figure import Figure

from snippets import catalogue
from snippets.figures import style

HEADS, SIZE, LENGTH, HEAD = 8, 64, 128, 3


@lru_cache
def curves() -> dict[str, torch.Tensor]:
    """Score of the last of 128 equal tokens with each token before it, by distance: (128,) for every scheme.

    A key out of sight has the score -inf.
    """
    x, same = torch.ones(LENGTH, HEADS * SIZE).double(), torch.eye(HEADS * SIZE).double()
    found = {}
    for name in catalogue.NAMES:
        torch.manual_seed(0)
        scheme = catalogue.wake(catalogue.build(name, HEADS * SIZE, HEADS, LENGTH))
        with torch.no_grad():
            found[name] = catalogue.scores(scheme, x, torch.arange(LENGTH), same, same, HEADS)[HEAD, -1].flip(0)
    return found


def draw() -> Figure:
    """To see: what each scheme makes of distance when nothing else differs."""
    found = curves()
    return style.gallery(catalogue.GROUPS, lambda ax, name: _panel(ax, name, found))


def _panel(ax, name, found):
    ax.axhline(found["none"][0], color=style.colour("muted"), linewidth=0.8, alpha=0.6)
    ax.plot(found[name][found[name].isfinite()], color=style.colour(name), linewidth=1.6)
    ax.set(xlim=(0, LENGTH - 1), ylim=(-3, 19), xticks=[0, 100], yticks=[0, 16])
    ax.grid(visible=False)
