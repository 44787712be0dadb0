"""What to see: a row of the wide matrix is a row of the narrow one, slid so that offset 0 lies on the diagonal.

Left, what the file computes: every query against the 2K + 1 key vectors. Right, what is added to the scores:
each pair of positions looks its offset up, and past the clip the first and last entry go on to the edge.
"""

import torch
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch, Rectangle

from snippets.figures import style
from snippets.schemes.shaw import Shaw

LENGTH, CLIP, DIM, QUERY = 20, 4, 16, 12


def draw() -> Figure:
    """Left: T rows by 2K + 1 offsets. Right: T rows by T keys, one row outlined in both."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        scheme = Shaw(DIM, CLIP)
        torch.nn.init.normal_(scheme.to_keys)
        scheme.double()
        q = torch.randn(LENGTH, DIM).double()
    m = torch.arange(LENGTH)
    wide = scheme(q[None, None], m, m)[0, 0].detach()
    narrow = (q @ scheme.to_keys.T / DIM**0.5).detach()

    figure, (left, right) = style.subplots(1, 2, height=3.7, width_ratios=(2 * CLIP + 1, LENGTH))
    look = {
        "cmap": style.diverging("sinusoidal", "shaw"),
        "vmin": -narrow.abs().max(),
        "vmax": narrow.abs().max(),
        "interpolation": "nearest",
        "aspect": "auto",
    }
    left.imshow(narrow.numpy(), **look)
    image = right.imshow(wide.numpy(), **look)
    left.set(title="$q_m \\cdot a_k\\,/\\sqrt{d_h}$", xlabel="offset $k$", ylabel="query $m$")
    left.set_xticks(range(0, 2 * CLIP + 1, CLIP), [f"−{CLIP}", "0", f"+{CLIP}"])
    right.set(title="added", xlabel="key $n$", xticks=[0, 4, 8, 12, 16])
    for ax in (left, right):
        ax.set_yticks([0, 4, 8, 12, 16])
        ax.grid(False)
        for spine in ax.spines.values():
            spine.set_visible(False)
    if not style.is_narrow():
        right.set_yticklabels([])

    ink = style.colour("ink")
    outline = {"fill": False, "edgecolor": ink, "linewidth": 1.3, "zorder": 5}
    top = QUERY - 0.5
    left.add_patch(Rectangle((-0.5, top), 2 * CLIP + 1, 1, **outline))
    right.add_patch(Rectangle((-0.5, top), LENGTH, 1, **outline))
    for at_left, at_right in ((0, QUERY - CLIP), (CLIP, QUERY), (2 * CLIP, QUERY + CLIP)):
        arc = ConnectionPatch(
            (at_left, top), (at_right, top), "data", "data", axesA=left, axesB=right, color=ink, linewidth=0.9,
            arrowstyle="-|>", connectionstyle="arc3,rad=-0.12", shrinkA=0, shrinkB=1, mutation_scale=8, zorder=6,
        )  # fmt: skip
        figure.add_artist(arc)
    for key in (QUERY - CLIP - 0.5, QUERY + CLIP + 0.5):
        right.plot([key, key], [top, top + 1], color=ink, linewidth=1.3, zorder=5)
    bar = style.colorbar(figure, image, ax=right, ticks=[-2, 0, 2], shrink=0.5, aspect=12, pad=0.02)
    bar.outline.set_visible(False)
    return figure
