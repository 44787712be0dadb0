"""The learned position table of all-MiniLM-L6-v2 through its own principal directions.

Left: the two leading directions; a dot a row, darker is later, seven neighbouring rows joined. Middle: four of the
directions over the first 160 positions. Right: length of each row, with the three that stand out.
"""

from functools import lru_cache

import numpy as np
from matplotlib.figure import Figure

from snippets.figures import style

SHOWN = (2, 3, 7, 0)


@lru_cache
def _views() -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of the rows along the leading directions, (n, 8), and the length of each row, (n,)."""
    p = np.load("snippets/data/minilm.npz")["positions"].astype(np.float64)
    u, s, axes = np.linalg.svd(p - p.mean(0), full_matrices=False)
    signs = np.sign(axes[np.arange(len(s)), abs(axes).argmax(1)])  # fixes what SVD leaves open
    return (u * s * signs)[:, :8], np.linalg.norm(p, axis=1)


def draw() -> Figure:
    """To see: nobody asked for sinusoids, yet training put rows on circles, at several speeds."""
    y, norms = _views()
    n = len(y)
    figure, (left, middle, right) = style.subplots(1, 3, height=2.7, gridspec_kw={"width_ratios": (1, 1.25, 1)})
    left.scatter(
        y[:, 0], y[:, 1], c=range(n), cmap=style.ramp("learned"), vmin=-n // 3, s=6, linewidths=0, rasterized=True
    )
    hand = range(200, 207)
    left.plot(y[hand, 0], y[hand, 1], "-", color=style.colour("ink"), linewidth=0.9)
    left.plot(y[hand, 0], y[hand, 1], "o", color=style.colour("ink"), markersize=3.5)
    for m in hand[:6]:
        left.text(*1.42 * y[m, :2], str(m), ha="center", va="center", fontsize=8.5)
    left.set(xticks=[], yticks=[], title="directions 1, 2", xlabel="rows 200 to 206 joined")
    left.grid(False)
    left.spines[:].set_visible(False)
    left.set_aspect("equal", adjustable="datalim")
    left.margins(0.3)
    upto = 160
    for row, i in enumerate(SHOWN):
        middle.plot(y[:upto, i] / abs(y[1:, i]).max() - 2.3 * row, color=style.colour("learned"), linewidth=1)
    middle.set_yticks([-2.3 * row for row in range(len(SHOWN))], [str(i + 1) for i in SHOWN])
    middle.set(xlim=(0, upto), xlabel="position", ylabel="direction", title="coordinates")
    middle.grid(axis="y", visible=False)
    right.plot(norms, color=style.colour("learned"), linewidth=1.4)
    for m, dx in ((0, 7), (127, 7), (n - 1, -7)):
        right.annotate(
            str(m),
            (m, norms[m]),
            xytext=(dx, 2),
            textcoords="offset points",
            fontsize=9,
            ha="left" if dx > 0 else "right",
        )
    right.set(ylim=(0, 2.6), xlim=(-12, n + 8), xlabel="position", title="length of a row")
    return figure
