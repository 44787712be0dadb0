"""The scores of 32 equal tokens with each other, scheme by scheme: query down, key across.

A matrix that is constant along its diagonals (Toeplitz) knows the distance alone; the title of any other is
struck by a cross. Colour runs from the smallest to the largest score of each panel.
"""

import torch
from matplotlib.figure import Figure

from snippets import catalogue
from snippets.figures import style

DIM, LENGTH = 64, 32


def matrices() -> dict[str, torch.Tensor]:
    """Scores of 32 equal tokens, (32, 32) for every scheme, with one pair of random matrices W_q and W_k."""
    torch.manual_seed(0)
    x = torch.ones(LENGTH, DIM)
    w_q, w_k = torch.randn(2, DIM, DIM) / DIM**0.5
    found = {}
    for name in catalogue.NAMES:
        scheme = catalogue.wake(catalogue.build(name, DIM, 1, LENGTH))
        with torch.no_grad():
            found[name] = catalogue.scores(scheme, x, torch.arange(LENGTH), w_q, w_k)[0]
    return found


def toeplitz(matrix: torch.Tensor) -> bool:
    """Whether a matrix is constant along every diagonal, to rounding."""
    return bool(torch.allclose(matrix[1:, 1:], matrix[:-1, :-1], atol=1e-3))


def draw() -> Figure:
    """To see: stripes along the diagonal mean that distance alone counts."""
    found = matrices()
    return style.gallery(catalogue.GROUPS, lambda ax, name: _panel(ax, name, found[name]))


def _panel(ax, name, matrix):
    seen = matrix.tril().masked_fill(torch.ones_like(matrix).triu(1).bool(), torch.nan)
    ax.imshow(seen, cmap=style.ramp(name), interpolation="none")
    ax.set(xticks=[], yticks=[])
    ax.grid(False)
    ax.set_xlabel("Toeplitz" if toeplitz(matrix) else "not Toeplitz", fontsize=8)
