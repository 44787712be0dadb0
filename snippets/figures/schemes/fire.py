"""What to see: every distance lands on one ruler from 0 to 1, and a function on that ruler can be other schemes.

Left, where distances of 1, 10, 100, .. tokens stand on the ruler of four queries. Up to L = 512 the rulers agree;
past it the marks move left, so that the whole context still fits. Right, one FIRE with three heads whose weights
are set by hand: its dots lie on the curves of T5, ALiBi and KERPLE.
"""

import torch
from matplotlib.figure import Figure

from snippets.figures import style
from snippets.schemes.fire import Fire
from snippets.schemes.t5_bias import bucket

QUERIES = (64, 512, 4096, 32768)
MARKS = (1, 10, 100, 1000, 10_000)
LENGTH = 160


def others(distance: torch.Tensor) -> dict[str, torch.Tensor]:
    """Biases of a T5 head with a made-up table, an ALiBi head and a KERPLE head, by distance: each (T,)."""
    table = 1.2 - 3 * (torch.arange(32).double() / 31) ** 0.6 + 0.8 * torch.cos(torch.arange(32).double() / 4)
    return {
        "t5_bias": table[bucket(distance.long())],
        "alibi": -distance / 44,
        "kerple": -1.35 * torch.log1p(0.5 * distance),
    }


def equal_to(values: torch.Tensor, c: float = 0.1) -> Fire:
    """A FIRE whose head h has bias values[h, d] at every distance d: one hidden unit a distance, and L above all."""
    heads, distances = values.shape
    scheme = Fire(heads, distances - 1, c, float(distances)).double()
    m = torch.tensor([distances])
    x = scheme.normalised(m, distances - torch.arange(distances))[0].detach()
    slopes = values.diff() / x.diff()
    with torch.no_grad():
        first_weight, first_bias, last_weight, last_bias = scheme.mlp.parameters()
        first_weight.fill_(1)
        first_bias.copy_(-x[:-1])
        last_weight.copy_(torch.cat((slopes[:, :1], slopes.diff()), dim=1))
        last_bias.copy_(values[:, 0])
    return scheme


def draw() -> Figure:
    """Left: four rulers with the same marks. Right: three schemes as curves, FIRE as dots on them."""
    figure, (left, right) = style.subplots(1, 2, height=3.4, width_ratios=(1.1, 1))
    scheme = Fire(heads=1).double()
    with torch.no_grad():
        rulers = [
            [scheme.normalised(torch.tensor([m]), torch.tensor([m - d])).item() for d in MARKS if d < m]
            for m in QUERIES
        ]
        ends = [scheme.normalised(torch.tensor([m]), torch.tensor([0])).item() for m in QUERIES]
    for place, (marks, end) in enumerate(zip(rulers, ends, strict=True)):
        y = -place
        left.plot([0, 1], [y, y], color=style.colour("grid"), linewidth=5, solid_capstyle="butt")
        left.plot([0, end], [y, y], color=style.colour("fire"), linewidth=5, alpha=0.45, solid_capstyle="butt")
        for x, distance in zip(marks, MARKS, strict=False):
            left.plot([x, x], [y - 0.16, y + 0.16], color=style.colour("fire"), linewidth=2)
            left.text(x, y + 0.24, f"{distance}", ha="center", va="bottom", fontsize=9.5, color=style.colour("ink"))
        if place:
            for above, here in zip(rulers[place - 1], marks, strict=False):
                left.plot([above, here], [y + 0.84, y + 0.56], color=style.colour("muted"), linewidth=0.8)
    left.set_yticks([-place for place in range(len(QUERIES))], [f"{m}" for m in QUERIES])
    left.set(title="distances on the ruler", xlim=(-0.03, 1.04), ylim=(-3.4, 0.6), xticks=(0, 0.5, 1))
    left.set_xlabel(r"$\psi(m - n)\,/\,\psi(\max(L, m))$")
    left.set_ylabel("query $m$")
    left.grid(False)
    left.spines["left"].set_visible(False)
    left.tick_params(axis="y", length=0)

    distance = torch.arange(LENGTH).double()
    curves = others(distance)
    m = torch.tensor([LENGTH - 1])
    with torch.no_grad():
        bias = equal_to(torch.stack(list(curves.values())))(m, torch.arange(LENGTH))[:, 0].flip(-1)
    dots = {"linestyle": "none", "marker": "o", "markersize": 5, "markeredgewidth": 1.4}
    dots |= {"markerfacecolor": style.colour("paper"), "markeredgecolor": style.colour("fire"), "zorder": 4}
    for (name, curve), head in zip(curves.items(), bias, strict=True):
        right.plot(distance, curve, color=style.colour(name), linewidth=1.6)
        right.plot(distance[::8], head[::8], **dots)
        style.label(right, LENGTH - 1, curve[-1].item(), style.MARKS[name].label, name)
    right.plot([], [], label="FIRE", **dots)
    right.legend(loc="upper right", handletextpad=0.1, borderpad=0)
    right.set(
        title="three schemes", xlabel="distance $m - n$", ylabel="bias", xlim=(0, LENGTH - 1), xticks=(0, 50, 100, 150)
    )
    return figure
