"""Cosines between 2048 token vectors and 512 position vectors of all-MiniLM-L6-v2.

As stored, after each set's mean vector is taken off, and for Gaussian vectors of the same shapes.
"""

from functools import lru_cache

import numpy as np
from matplotlib.figure import Figure

from snippets.figures import style

EDGES = np.linspace(-0.2, 0.24, 177)


def _cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """All cosines between the rows of ``a`` and of ``b``, as one flat array."""
    a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
    return (a @ b.T).ravel()


@lru_cache
def _measured() -> dict[str, tuple[np.ndarray, float]]:
    """Density over ``EDGES`` and mean absolute cosine: real vectors, centred, centred but turned, random."""
    data = np.load("snippets/data/minilm.npz")
    e, p = (data[name].astype(np.float64) for name in ("tokens", "positions"))
    e_c, p_c = e - e.mean(0), p - p.mean(0)
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.standard_normal((e.shape[1], e.shape[1])))[0]
    pairs = {
        "as stored": (e, p),
        "centred": (e_c, p_c),
        "centred, turned": (e_c, p_c @ turn),
        "random": (rng.standard_normal(e.shape), rng.standard_normal(p.shape)),
    }
    result = {}
    for name, (a, b) in pairs.items():
        cosines = _cosines(a, b)
        result[name] = np.histogram(cosines, EDGES, density=True)[0], float(abs(cosines).mean())
    return result


def draw() -> Figure:
    """To see: once the mean vectors are taken off, real tokens and positions are more perpendicular than random."""
    measured = _measured()
    looks = {
        "as stored": {"color": style.colour("ink"), "linewidth": 1.2},
        "centred": style.line("learned") | {"linestyle": "-"},
        "random": style.line("random"),
    }
    figure, (left, right) = style.subplots(1, 2, height=2.9, gridspec_kw={"width_ratios": (1.45, 1)})
    middle = (EDGES[1:] + EDGES[:-1]) / 2
    for name, look in looks.items():
        left.plot(middle, measured[name][0], **look)
        left.fill_between(middle, measured[name][0], color=look["color"], alpha=0.1, linewidth=0)
    left.set(xlim=(-0.17, 0.2), ylim=(0, None), yticks=[], xlabel="cosine of a token and a position")
    left.set_title("distribution")
    left.spines["left"].set_visible(False)
    left.axvline(0, color=style.colour("muted"), linewidth=0.8)
    style.label(left, 0.024, 20, "centred", "learned")
    style.label(left, 0.066, 8.5, "as stored")
    style.label(left, -0.076, 4.6, "random", "random", ha="right")
    names = list(measured)[::-1]
    colours = {"as stored": "ink", "centred": "learned"}
    for row, name in enumerate(names):
        value, mark = measured[name][1], colours.get(name, "random")
        right.plot([0, value], [row, row], color=style.colour(mark), linewidth=1.2)
        right.plot(value, row, "o", color=style.colour(mark), markersize=7)
    right.set_yticks(range(len(names)), names)
    right.set(xlim=(0, 0.047), ylim=(-0.6, len(names) - 0.4), xlabel="mean |cosine|", title="size")
    right.grid(axis="y", visible=False)
    return figure
