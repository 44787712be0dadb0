"""The score of a fixed query and a fixed key at every distance, scheme by scheme, on the same axes.

All tokens are one token, so that nothing but position moves the score. Grey: the scheme without positions.
A smooth line that falls is a preference for what is near; a wave is a rotation; a ragged line is a table
that training has yet to fill. Weights are as each file starts them; biases that start at zero are drawn at
random, with a standard deviation of 1.
"""

import torch
from matplotlib.figure import Figure

from snippets import catalogue
from snippets.figures import style

DIM, LENGTH = 64, 128


def curves() -> dict[str, torch.Tensor]:
    """Score of the last of 128 equal tokens with each token before it, by distance: (128,) for every scheme."""
    torch.manual_seed(0)
    x = torch.ones(LENGTH, DIM)
    found = {}
    for name in catalogue.NAMES:
        scheme = catalogue.wake(catalogue.build(name, DIM, 1, LENGTH))
        with torch.no_grad():
            at = torch.arange(LENGTH)
            found[name] = catalogue.scores(scheme, x, at, torch.eye(DIM), torch.eye(DIM))[0, -1].flip(0)
    return found


def draw() -> Figure:
    """To see: what each scheme makes of distance when nothing else differs."""
    found = curves()
    return style.gallery(catalogue.GROUPS, lambda ax, name: _panel(ax, name, found))


def _panel(ax, name, found):
    ax.plot(found["none"], color=style.colour("grid"), linewidth=1.4)
    ax.plot(found[name], **style.line(name))
    ax.set(xlim=(0, LENGTH - 1), ylim=(-6, 18), xticks=[0, 64, 127], yticks=[0, 8, 16])
