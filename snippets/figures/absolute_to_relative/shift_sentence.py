"""What to see: schemes that enter at the input notice that a sentence was moved, relative ones do not.

Ten tokens stand at positions k to k + 9. The height is how much their scores differ from those at k = 0, as a share of
how much two unrelated sets of scores differ. Weights that start near zero are drawn at random. FIRE moves by a
hair, since it divides an offset by the position of its query. The two schemes for images read a text as rows of 16, so
a move by 16 is a move by one row and keeps them; others break a row in two.
"""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from snippets import catalogue
from snippets.figures import style

DIM, HEADS, TOKENS, SHIFTS = 64, 2, 10, 65


def drift(name: str) -> Tensor:
    """Change of the scores of ten tokens when they move by 0 to 64 places, 1 for unrelated scores: (65,)."""
    torch.manual_seed(0)
    scheme, x = catalogue.wake(catalogue.build(name, DIM, HEADS, 128)), torch.randn(TOKENS, DIM).double()
    w_q, w_k = torch.randn(2, DIM, DIM).double() / DIM**0.5
    with torch.no_grad():
        at = [catalogue.scores(scheme, x, torch.arange(TOKENS) + k, w_q, w_k, HEADS) for k in range(SHIFTS)]
    change = torch.stack([(scores - at[0]).square().mean().sqrt() for scores in at])
    return change / (2**0.5 * at[0].std())


def draw() -> Figure:
    """To see: lines at zero are schemes to which a moved sentence is the same sentence."""
    return style.gallery(catalogue.GROUPS, _panel)


def _panel(ax: Axes, name: str) -> None:
    ax.axhline(1, color=style.colour("grid"), linewidth=1.2)
    ax.plot(range(0, SHIFTS, 2), drift(name)[::2], **style.line(name), clip_on=False, zorder=3)
    ax.grid(False)
    ax.set(xlim=(0, SHIFTS - 1), ylim=(0, 1.25), xticks=[0, 32, 64], yticks=[0, 1])
