"""In many dimensions all distances are nearly equal, and all of a sphere lies near its equator.

Left: distance between two random points, divided by the mean distance. It spreads widely in 3
dimensions and hardly at all in 768. Right: the share of a sphere's surface that lies within 10 degrees
of any equator you choose, and the distance from a point to the nearest of 1000 others over the distance
to the farthest. Both go to 1.
"""

import json
import math
from pathlib import Path

import torch
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from snippets.figures import style
from snippets.figures.cosines import share_beyond

STORED = "snippets/figures/stored/distance_concentration.json"  # what measured() gave
LOOK = {3: ("muted", (0, (1, 1.2))), 64: ("muted", (0, (4, 1.5))), 768: ("ink", "-")}
DIMENSIONS = (2, 3, 6, 12, 24, 48, 96, 192, 384, 768)
PAIRS, STARTS, OTHERS = 20_000, 20, 1000


def _density(ratio: torch.Tensor, d: int) -> torch.Tensor:
    """Density of distance / mean distance for standard normal points: a chi law with d degrees of freedom."""
    mean = math.sqrt(2) * math.exp(math.lgamma((d + 1) / 2) - math.lgamma(d / 2))
    r = ratio * mean
    log_density = (d - 1) * r.log() - r**2 / 2 - (d / 2 - 1) * math.log(2) - math.lgamma(d / 2)
    return mean * log_density.exp()


def _ratios(d: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(d)
    a, b = torch.randn(2, PAIRS, d, generator=generator).double()
    distances = (a - b).norm(dim=1)
    return distances / distances.mean()


def _nearest_over_farthest(d: int) -> float:
    generator = torch.Generator().manual_seed(d)
    starts = torch.randn(STARTS, d, generator=generator).double()
    distances = torch.cdist(starts, torch.randn(OTHERS, d, generator=generator).double())
    return float((distances.min(1).values / distances.max(1).values).mean())


def measured() -> dict:
    """Sampled points: how many distances over their mean fall in each hundredth up to 2.4; nearest over farthest."""
    edges = torch.linspace(0, 2.4, 241, dtype=torch.float64)
    return {
        "counts": {d: torch.histogram(_ratios(d), edges).hist.long().tolist() for d in LOOK},
        "nearest over farthest": [round(_nearest_over_farthest(d), 5) for d in DIMENSIONS],
    }


def draw() -> Figure:
    """To see: what we know from 3 dimensions, near and far, poles and equator, is gone by 768."""
    figure, (left, right) = style.subplots(1, 2, height=3.1)
    ratio = torch.linspace(0.002, 2.4, 1200, dtype=torch.float64)
    found = json.loads(Path(STORED).read_text())
    edges = [k / 100 for k in range(241)]
    for d, (name, dash) in LOOK.items():
        left.stairs(
            [100 * count / PAIRS for count in found["counts"][str(d)]],
            edges,
            fill=True,
            color=style.colour(name),
            alpha=0.2,
        )
        left.plot(ratio, _density(ratio, d), color=style.colour(name), linestyle=dash)
    for x, y, d in ((1.03, 12, 768), (1.1, 3.2, 64), (1.5, 0.85, 3)):
        style.label(left, x, y, f"d = {d}", LOOK[d][0])
    left.set(xlim=(0, 2.4), ylim=(0, 16.5), xlabel="distance / mean distance", ylabel="density")
    left.set_title("distance between two points")

    curves = (
        ("ink", "-", [1 - share_beyond(math.sin(math.radians(10)), d) for d in DIMENSIONS]),
        ("muted", (0, (4, 1.5)), found["nearest over farthest"]),
    )
    for name, dash, values in curves:
        right.plot(DIMENSIONS, values, "o", color=style.colour(name), linestyle=dash)
    style.label(right, 24, 0.7, "within 10° of\nthe equator", ha="right")
    style.label(right, 44, 0.42, "nearest / farthest", "muted")
    right.set(xscale="log", ylim=(0, 1.03), xlabel="d", ylabel="share or ratio")
    right.xaxis.set_major_locator(FixedLocator((3, 16, 64, 768)))
    right.xaxis.set_minor_locator(NullLocator())
    right.xaxis.set_major_formatter("{x:g}")
    right.set_title("what is left of near and far")
    return figure
