"""The scores of 32 equal tokens with each other, scheme by scheme: query down, key across.

A matrix that is constant along its diagonals (Toeplitz) knows the distance alone; the word below each panel says
whether it is. Colour runs from the smallest to the largest score of each panel.
"""

from functools import lru_cache

import torch
from matplotlib.figure import Figure

from snippets import catalogue
from snippets.figures import style

HEADS, SIZE, LENGTH, HEAD = 8, 64, 32, 3


@lru_cache
def matrices() -> dict[str, torch.Tensor]:
    """Scores of 32 equal tokens, (32, 32) for every scheme, with one pair of random matrices W_q and W_k."""
    torch.manual_seed(0)
    dim = HEADS * SIZE
    x, w_q, w_k = torch.ones(LENGTH, dim).double(), *torch.randn(2, dim, dim).double() / dim**0.5
    found = {}
    for name in catalogue.NAMES:
        torch.manual_seed(0)
        scheme = catalogue.wake(catalogue.build(name, dim, HEADS, LENGTH))
        with torch.no_grad():
            found[name] = catalogue.scores(scheme, x, torch.arange(LENGTH), w_q, w_k, HEADS)[HEAD]
    return found


def toeplitz(matrix: torch.Tensor) -> bool:
    """Whether a matrix is constant along every diagonal, to rounding."""
    return torch.allclose(matrix[1:, 1:], matrix[:-1, :-1], atol=1e-3)


def draw() -> Figure:
    """To see: stripes along the diagonal mean that distance alone counts."""
    found = matrices()
    return style.gallery(catalogue.GROUPS, lambda ax, name: _panel(ax, name, found[name]), height=9.4)


def _panel(ax, name, matrix):
    seen = torch.ones_like(matrix).tril().bool() & matrix.isfinite()
    low, high = matrix[seen].aminmax()
    room = max(high - low, 1e-3)  # so that a constant matrix has a colour too
    shown = matrix.masked_fill(~seen, torch.nan)
    ax.imshow(shown.numpy(), cmap=style.ramp(name), vmin=low - 0.25 * room, vmax=high, interpolation="none")
    ax.set(xticks=[], yticks=[])
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.set_xlabel("Toeplitz" if toeplitz(matrix) else "not Toeplitz", fontsize=8)
