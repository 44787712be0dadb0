"""How many directions fit when no two may come nearer than |cosine| = eps.

Left: the largest |cosine| among N random directions; dots are means of several draws, bars their
range, lines the value that one pair is expected to pass. Right: how many random directions can be drawn
before one pair is expected to pass eps. In 768 dimensions a token list the size of GPT-2's needs
eps near 0.22; under 0.1 only a handful of random directions fit.
"""

import json
import math
from functools import lru_cache
from pathlib import Path

import torch
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from snippets.figures import style
from snippets.figures.cosines import share_beyond

STORED = "snippets/figures/stored/room_for_directions.json"  # what measured() gave
LOOK = {3: ("muted", (0, (1, 1.2))), 64: ("muted", (0, (4, 1.5))), 768: ("ink", "-")}
COUNTS = (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
DRAWS = 3
GPT2_TOKENS = 50257


def _largest(d: int) -> list[tuple]:
    """For each N of COUNTS the largest |cosine| among the first N of 4096 random directions, in each draw."""
    draws = []
    for seed in range(DRAWS):
        generator = torch.Generator().manual_seed(seed)
        vectors = torch.nn.functional.normalize(torch.randn(max(COUNTS), d, generator=generator).double(), dim=1)
        cosines = (vectors @ vectors.T).abs_().fill_diagonal_(0)
        draws.append([round(float(cosines[:n, :n].max()), 5) for n in COUNTS])
    return list(zip(*draws, strict=True))


@lru_cache(maxsize=64)
def _passed_by_one_pair(count: float, d: int) -> float:
    """The eps with N(N-1)/2 share_beyond(eps, d) = 1, found by halving."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        enough = count * (count - 1) / 2 * share_beyond(middle, d) > 1
        low, high = (middle, high) if enough else (low, middle)
    return low


def measured() -> dict:
    """The largest |cosine| among random directions, for each number of them in each draw, by dimension."""
    return {d: _largest(d) for d in LOOK}


@lru_cache(maxsize=512)
def _fit(eps: float, d: int) -> float:
    """The N with N(N-1)/2 share_beyond(eps, d) = 1."""
    return 0.5 + math.sqrt(0.25 + 2 / share_beyond(eps, d))


def draw() -> Figure:
    """To see: in many dimensions many directions fit, but only once a cosine of 0.2 or so is allowed."""
    figure, (left, right) = style.subplots(1, 2, height=3.2)
    stored = json.loads(Path(STORED).read_text())
    for d, (name, dash) in LOOK.items():
        look = {"color": style.colour(name), "linestyle": dash}
        left.plot(COUNTS, [_passed_by_one_pair(n, d) for n in COUNTS], **look)
        values = stored[str(d)]
        left.plot(COUNTS, [sum(v) / DRAWS for v in values], "o", color=style.colour(name))
        left.vlines(COUNTS, [min(v) for v in values], [max(v) for v in values], color=style.colour(name))
        eps = [0.005 * i for i in range(91)]
        right.plot(eps, [_fit(x, d) for x in eps], **look)
    for y, d in ((0.93, 3), (0.42, 64), (0.07, 768)):
        style.label(left, 420, y, f"d = {d}", LOOK[d][0])
    left.set(xscale="log", ylim=(0, 1.03), xlabel="N directions", ylabel="largest |cosine|")
    left.xaxis.set_major_locator(FixedLocator((2, 16, 128, 1024, 4096)))
    left.xaxis.set_minor_locator(NullLocator())
    left.xaxis.set_major_formatter("{x:g}")
    left.set_title("nearest pair among N")

    right.axhline(GPT2_TOKENS, color=style.colour("token"), linewidth=1.2)
    style.label(right, 0.005, 95_000, "tokens of GPT-2", "token")
    for x, y, d in ((0.145, 400, 768), (0.3, 60, 64), (0.36, 1.35, 3)):
        style.label(right, x, y, f"d = {d}", LOOK[d][0], ha="right" if d == 768 else "left")
    right.set(yscale="log", ylim=(1, 1e6), xlim=(0, 0.45))
    right.set(xlabel="largest |cosine| allowed", ylabel="N directions")
    right.set_title("random directions that fit")
    return figure
