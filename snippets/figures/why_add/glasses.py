"""Projections as coloured glasses: the same 256 sums x = e + p, seen on three pairs of axes.

Four random token vectors, each at 64 sinusoidal positions, d = 384; the shade is the position.
Left: two plain coordinates. Middle: the two leading directions of the position table. Right: what
is left without the 8 leading position directions, on its own two leading directions.
"""

from functools import lru_cache

import torch
from matplotlib.figure import Figure

from snippets.figures import style
from snippets.schemes.sinusoidal import sinusoidal_table

TOKENS = ("apple", "bank", "the", "runs")

KOREAN = {  # the words of the drawing on Korean pages
    "two raw coordinates": "원래 좌표 두 개",
    "position glasses": "위치 안경",
    "token glasses": "토큰 안경",
}


@lru_cache
def _views(n: int = 64, d: int = 384, removed: int = 8):
    """Three (tokens, n, 2) views of the same sums, and the share of position energy removed."""
    torch.manual_seed(27)
    p = sinusoidal_table(n, d).double()
    e = torch.randn(len(TOKENS), d, dtype=torch.float64) * p.norm(dim=1).mean() / d**0.5
    x = (e[:, None] + p).flatten(0, 1)
    centred = p - p.mean(0)
    _, s, axes = torch.linalg.svd(centred, full_matrices=False)
    middle = (x - x.mean(0)) @ axes[:2].T
    rest = x - x.mean(0)
    rest = rest - rest @ axes[:removed].T @ axes[:removed]
    right = rest @ torch.linalg.svd(rest, full_matrices=False)[2][:2].T
    share = (s[:removed] ** 2).sum() / (s**2).sum()
    return [v.reshape(len(TOKENS), n, 2).numpy() for v in (x[:, [5, 6]], middle, right)], float(share)


def draw() -> Figure:
    """To see: one projection shows the position and hides the token, another does the reverse."""
    views, _ = _views()
    n = views[0].shape[1]
    figure, axes = style.subplots(1, 3, height=2.75)
    titles = ("two raw coordinates", "position glasses", "token glasses")
    for ax, view, title in zip(axes, views, titles, strict=True):
        for points in view:
            ax.scatter(
                points[:, 0],
                points[:, 1],
                c=range(-n // 4, n - n // 4),
                cmap=style.ramp("position"),
                vmin=-n // 2,
                vmax=n * 0.75,
                s=13,
                linewidths=0,
                rasterized=True,
            )
        ax.set_title(title)
        ax.set(xticks=[], yticks=[])
        ax.grid(False)
        ax.margins(0.2)
        ax.set_aspect("equal", adjustable="datalim")
    middle = views[1].mean(0)
    centre = middle.mean(0)
    for m in (0, 16, 32, 48, 63):
        x, y = middle[m] + 0.4 * (centre - middle[m])
        axes[1].text(
            x, y, str(m), ha="center", va="center", fontsize=9.5, fontweight="bold", color=style.colour("position")
        )
    for token, points in zip(TOKENS, views[2], strict=True):
        x, y = points.mean(0)
        axes[2].annotate(
            token,
            (x, y),
            xytext=(0, 14),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=9.5,
            fontweight="bold",
            color=style.colour("token"),
        )
    return figure
