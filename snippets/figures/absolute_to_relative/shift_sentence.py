"""What to see: schemes that enter at the input notice that a sentence was moved; of all others only three do.

Ten tokens stand at positions k to k + 9. The height is how much their scores differ from those at k = 0, as a share of
how much two unrelated sets of scores differ. Weights that start near zero are drawn at random. The two schemes for
images read a text as rows of 16: their scores change where the end of a row falls between the ten tokens. FIRE
moves by a hair, since it divides an offset by the position of its query. Schemes that stay at zero are not drawn.
"""

from functools import lru_cache

import torch
from matplotlib.figure import Figure
from torch import Tensor

from snippets import catalogue
from snippets.figures import style

DIM, HEADS, TOKENS, SHIFTS = 64, 2, 10, 65
ZERO, LITTLE = 1e-3, 0.025


def drift(name: str) -> Tensor:
    """Change of the scores of ten tokens when they move by 0 to 64 places, 1 for unrelated scores: (65,)."""
    torch.manual_seed(0)
    scheme, x = catalogue.wake(catalogue.build(name, DIM, HEADS, 128)), torch.randn(TOKENS, DIM).double()
    w_q, w_k = torch.randn(2, DIM, DIM).double() / DIM**0.5
    with torch.no_grad():
        at = [catalogue.scores(scheme, x, torch.arange(TOKENS) + k, w_q, w_k, HEADS) for k in range(SHIFTS)]
    change = torch.stack([(scores - at[0]).square().mean().sqrt() for scores in at])
    return change / (2**0.5 * at[0].std())


@lru_cache
def moved() -> dict[str, Tensor]:
    """The change of each scheme that a shift changes at all."""
    changes = {name: drift(name) for name in catalogue.NAMES}
    return {name: change for name, change in changes.items() if change.max() > ZERO}


def draw() -> Figure:
    """Much: schemes whose scores change by much. Little, on a finer axis: those that change by a little, or not."""
    figure, (left, right) = style.subplots(1, 2, height=2.9)
    changes = moved()
    for ax, top, names in (
        (left, 1.1, [name for name in changes if changes[name].max() > LITTLE]),
        (right, LITTLE, [name for name in changes if changes[name].max() <= LITTLE]),
    ):
        for name in names:
            ax.plot(changes[name], **style.line(name), clip_on=False, zorder=3)
        ends = {name: changes[name][-4:].max().item() for name in names}
        style.label_ends(ax, SHIFTS - 1, ends, gap=top / 10)
        ax.set(xlabel="$k$", xlim=(0, SHIFTS - 1), ylim=(0, top), xticks=range(0, SHIFTS, 16))
    left.set(title="much", yticks=[0, 0.5, 1])
    right.set(title="little", yticks=[0, 0.01, 0.02])
    others = f"{len(catalogue.NAMES) - len(changes)} others: 0.00"
    style.label(right, 1, 0.0235, others, "muted")
    return figure
