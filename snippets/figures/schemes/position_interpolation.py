"""What to see: interpolation brings every pair back to angles it has met, and brings neighbours closer together.

Above, six pairs of a head as dials, from fast to slow, read for four times the trained length. Grey is the arc a pair
went through in training, amber the arc it reaches for the first time; the wedge is the step from one token to the next.
The first row is RoPE: slow pairs run into amber. In the second row no amber is left, and every wedge is four times
thinner. Below, the scores of one query that learned to look near, as it meets keys farther and farther away.
"""

import torch
from matplotlib.figure import Figure
from torch import Tensor

from snippets.figures import style
from snippets.figures.stretching import DIM, SCALE, TRAINED, dials
from snippets.schemes.position_interpolation import interpolated_frequencies
from snippets.schemes.rope import frequencies, rotate, rotations


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
    figure = style.empty(4.9, narrow=6.4)
    above, below = style.apart(figure, (1.4, 1)) if style.is_narrow() else figure.subplots(2, 1)
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
    style.label(below, 60, 1.4, "interpolation", "position_interpolation", fontweight="bold")
    return figure
