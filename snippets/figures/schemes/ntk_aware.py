"""What to see: a larger base spares fast pairs and stops the slowest exactly, but lets pairs between go too far.

Above, the dials of the page on position interpolation: grey is the arc met in training, amber what is new, the wedge is
the step from one token to the next. The first wedges keep their width; pairs 44 and 52 show some amber, pair 63 none.
Below, by how much each pair is slowed. A pair that never turned in training needs the full four (the shaded region):
NTK-aware scaling stays under it until the last pair. Interpolation gives four to all, needed or not.
"""

from matplotlib.figure import Figure

from snippets.figures import style
from snippets.figures.stretching import DIM, SCALE, dials, slowing
from snippets.schemes.ntk_aware import ntk_frequencies
from snippets.schemes.rope import frequencies


def draw() -> Figure:
    """Above: dials under RoPE and under the larger base. Below: how much slower every pair turns."""
    figure = style.empty(4.9, narrow=6.4)
    above, below = style.apart(figure, (1.4, 1)) if style.is_narrow() else figure.subplots(2, 1)
    scaled = ntk_frequencies(DIM, SCALE)
    dials(above, [("RoPE", "rope", frequencies(DIM)), ("NTK-aware", "ntk_aware", scaled)])
    everywhere = frequencies(DIM) / SCALE
    first = slowing(below, [("rope", frequencies(DIM)), ("position_interpolation", everywhere), ("ntk_aware", scaled)])
    short = (frequencies(DIM) / scaled)[first:]
    below.fill_between(range(first, DIM // 2), short, SCALE, color=style.colour("position"), alpha=0.3, linewidth=0)
    style.label(below, 1, 4.25, "interpolation", "position_interpolation", fontweight="bold")
    style.label(below, 20, 1.95, "NTK-aware", "ntk_aware", fontweight="bold", ha="right")
    style.label(below, 34, 1.2, "RoPE", "rope", fontweight="bold")
    style.label(below, 42, 3.75, "missing", "position", fontweight="bold")
    return figure
