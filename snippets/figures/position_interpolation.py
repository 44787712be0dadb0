"""What to see: interpolation brings every pair back to angles it has met, and brings neighbours closer together.

Above, six pairs of a head as dials, from fast to slow, read for four times the trained length. Grey is the arc a pair
went through in training, amber the arc it reaches for the first time; the wedge is the step from one token to the next.
The first row is RoPE: slow pairs run into amber. In the second row no amber is left, and every wedge is four times
thinner. Below, the scores of one query that learned to look near, as it meets keys farther and farther away.
"""

import math

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Wedge
from torch import Tensor

from snippets.figures import style
from snippets.schemes.position_interpolation import interpolated_frequencies
from snippets.schemes.rope import frequencies, rotate, rotations

DIM, TRAINED, SCALE = 128, 2048, 4
PAIRS = (0, 16, 32, 44, 52, 63)


def dials(ax: Axes, rows: list[tuple[str, str, Tensor]]) -> None:
    """One row of dials for each (label, colour, speeds): what ``PAIRS`` see in SCALE * TRAINED tokens."""
    own = frequencies(DIM)
    for y, (label, name, theta) in zip((0, -2.75, -5.5), rows, strict=False):
        ax.text(-2.15, y, label, color=style.colour(name), ha="right", va="center", fontsize=9.5, fontweight="bold")
        for x, pair in zip(range(0, 18, 3), PAIRS, strict=True):
            met, reached = (math.degrees(a * speed[pair]) for a, speed in ((TRAINED, own), (SCALE * TRAINED, theta)))
            step = max(math.degrees(theta[pair]), 1.2)
            ax.add_patch(Wedge((x, y), 1.12, 0, 360, width=0.26, color=style.colour("grid"), linewidth=0))
            ax.add_patch(Wedge((x, y), 1.12, 0, min(met, 360), width=0.26, color=style.colour("muted"), linewidth=0))
            if met < 360 and reached > met * (1 + 1e-9):
                end = min(reached, 360)
                ax.add_patch(Wedge((x, y), 1.2, met, end, width=0.42, color=style.colour("position"), linewidth=0))
            ax.add_patch(Wedge((x, y), 0.74, 0, step, color=style.colour(name), linewidth=0))
            ax.add_patch(Circle((x, y), 0.05, color=style.colour(name), linewidth=0))
    for x, pair in zip(range(0, 18, 3), PAIRS, strict=True):
        wave = 2 * math.pi / own[pair].item()
        ax.text(x, 2.2, f"{pair}", ha="center", va="center", fontsize=9.5, fontweight="bold")
        ax.text(
            x, 1.5, rf"$\lambda$ = {wave:,.0f}", ha="center", va="center", fontsize=8.5, color=style.colour("muted")
        )
    ax.text(-2.15, 2.2, "pair", ha="right", va="center", fontsize=9.5, color=style.colour("muted"))
    ax.set(xlim=(-5.75, 16.3), ylim=(-1.35 - 2.75 * (len(rows) - 1), 2.6), aspect="equal")
    ax.axis("off")


def looks_near(offsets: Tensor, theta: Tensor) -> Tensor:
    """Scores, at ``offsets``, of a query made so that under RoPE exp(-k/100) fits them within the trained length."""
    near = rotations(torch.arange(TRAINED), frequencies(DIM), torch.complex128)
    basis = torch.cat((near.real, -near.imag), dim=1)
    ridge = basis.T @ basis + 1e-6 * torch.eye(DIM, dtype=torch.float64)
    even, odd = torch.linalg.solve(ridge, basis.T @ torch.exp(-torch.arange(TRAINED).double() / 100)).chunk(2)
    query = torch.stack((even, odd), dim=-1).flatten().expand(1, 1, len(offsets), DIM)
    key = torch.tensor([1.0, 0.0], dtype=torch.float64).repeat(DIM // 2)
    return (rotate(query, rotations(offsets, theta, torch.complex128)) * key).sum(-1)[0, 0]


def draw() -> Figure:
    """Above: dials under RoPE and under interpolation. Below: scores of one query, trained length and beyond."""
    figure = style.empty(4.9)
    above, below = figure.subplots(2, 1, height_ratios=(1, 1))
    interpolated = interpolated_frequencies(DIM, SCALE)
    dials(
        above,
        [("RoPE", "rope", frequencies(DIM)), ("interpolation", "position_interpolation", interpolated)],
    )
    offsets = torch.arange(0, SCALE * TRAINED, 8)
    plain, squeezed = looks_near(offsets, frequencies(DIM)), looks_near(offsets, interpolated)
    below.axvspan(0, TRAINED, color=style.colour("grid"), alpha=0.5, linewidth=0)
    below.plot(offsets, plain, **style.line("rope"))
    below.plot(offsets, squeezed, **style.line("position_interpolation"))
    below.set(xlim=(0, SCALE * TRAINED), xticks=range(0, 8193, 2048), xlabel="offset $k$", ylabel="score")
    below.text(TRAINED / 2, 1.95, "trained", ha="center", color=style.colour("muted"), fontsize=9)
    style.label(below, 2900, 1.95, "RoPE", "rope", fontweight="bold")
    style.label(below, 190, 0.72, "interpolation", "position_interpolation", fontweight="bold")
    return figure
