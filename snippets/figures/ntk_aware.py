"""What to see: a larger base spares fast pairs and stops the slowest exactly, but lets pairs between go too far.

Above, the dials of the page on position interpolation: grey is the arc met in training, amber what is new, the wedge is
the step from one token to the next. The first wedges keep their width; pairs 44 and 52 show some amber, pair 63 none.
Below, by how much each pair is slowed. A pair that never turned in training needs the full four (the shaded region):
NTK-aware scaling stays under it until the last pair. Interpolation gives four to all, needed or not.
"""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from snippets.figures import style
from snippets.figures.position_interpolation import DIM, SCALE, TRAINED, dials
from snippets.schemes.ntk_aware import ntk_frequencies
from snippets.schemes.rope import frequencies


def slowing(ax: Axes, lines: list[tuple[str, Tensor]]) -> int:
    """How many times slower than RoPE every pair turns, for each (colour, speeds); the first pair that never turned."""
    own, pairs = frequencies(DIM), torch.arange(DIM // 2)
    first = int((TRAINED * own < 2 * torch.pi).nonzero()[0])
    ax.axvspan(first, DIM // 2 - 1, color=style.colour("grid"), alpha=0.5, linewidth=0)
    for name, theta in lines:
        ax.plot(pairs, own / theta, **style.line(name))
    ax.set(xlim=(0, DIM // 2 - 1), ylim=(0.8, SCALE + 0.55), yticks=range(1, SCALE + 1), xlabel="pair $i$")
    ax.set(ylabel=r"slower  $\theta_i\,/\,\theta_i^{\prime}$", xticks=[0, 16, 32, 44, 52, 63])
    return first


def draw() -> Figure:
    """Above: dials under RoPE and under the larger base. Below: how much slower every pair turns."""
    figure = style.empty(4.9)
    above, below = figure.subplots(2, 1)
    scaled = ntk_frequencies(DIM, SCALE)
    dials(above, [("RoPE", "rope", frequencies(DIM)), ("NTK-aware", "ntk_aware", scaled)])
    everywhere = frequencies(DIM) / SCALE
    first = slowing(below, [("rope", frequencies(DIM)), ("position_interpolation", everywhere), ("ntk_aware", scaled)])
    short = (frequencies(DIM) / scaled)[first:]
    below.fill_between(range(first, DIM // 2), short, SCALE, color=style.colour("position"), alpha=0.3, linewidth=0)
    style.label(below, 1, 4.25, "interpolation", "position_interpolation", fontweight="bold")
    style.label(below, 20, 1.95, "NTK-aware", "ntk_aware", fontweight="bold", ha="right")
    style.label(below, 1, 1.2, "RoPE", "rope", fontweight="bold")
    style.label(below, 43, 3.4, "missing", "position", fontweight="bold")
    return figure
