"""Reading one part out of a sum that holds k others: the noise grows like sqrt(k/d).

Left: the spread of the dot product v . (v + k others) around its true value 1, for random unit
vectors; the lines are sqrt(k/d). Right: how often the right one of 1000 candidates has the largest
dot product; the lines follow from the same law, the bars span five codebooks.
"""

import json
from pathlib import Path

import torch
from matplotlib.figure import Figure

from snippets.figures import style

STORED = "snippets/figures/stored/interference.json"  # what measured() gave
KS = (1, 2, 4, 8, 16, 32, 64)
LOOK = {64: ("muted", "o"), 256: ("muted", "s"), 768: ("ink", "^")}
CANDIDATES, TRIALS, SEEDS = 1000, 500, 5


def measured() -> dict:
    """For each d, over KS: (spread of the reading, shares of right choices), each a list of SEEDS values."""
    result = {}
    for d in LOOK:
        spread, right = [[] for _ in KS], [[] for _ in KS]
        for seed in range(SEEDS):
            torch.manual_seed(seed)
            book = torch.nn.functional.normalize(torch.randn(CANDIDATES, d).double(), dim=1)
            noise, done = torch.zeros(TRIALS, d, dtype=torch.float64), 0
            for i, k in enumerate(KS):
                # each other part is a direction of its own, drawn anew in every trial
                while done < k:
                    noise += torch.nn.functional.normalize(torch.randn(TRIALS, d).double(), dim=1)
                    done += 1
                wanted = torch.arange(TRIALS) % CANDIDATES
                scores = (book[wanted] + noise) @ book.T
                spread[i].append(round(float(scores.gather(1, wanted[:, None]).std()), 5))
                right[i].append(int((scores.argmax(1) == wanted).sum()) / TRIALS)
        result[d] = (spread, right)
    return result


def _theory(k: float, d: int) -> float:
    """Share of right choices when the scores are normal: E[ Phi((1 + sqrt(k/d) z) / sqrt((k+1)/d))^(N-1) ]."""
    z = torch.linspace(-8, 8, 2001, dtype=torch.float64)
    weight = torch.exp(-(z**2) / 2)
    below = torch.special.ndtr((1 + (k / d) ** 0.5 * z) / ((k + 1) / d) ** 0.5)
    return float((below ** (CANDIDATES - 1) * weight).sum() / weight.sum())


def draw() -> Figure:
    """To see: noise of a reading is sqrt(k/d) exactly; at d = 768 the right part is found among many others."""
    figure, (left, right) = style.subplots(1, 2, height=3.1)
    stored = json.loads(Path(STORED).read_text())
    smooth = [2 ** (i / 8) for i in range(49)]
    for d, (name, marker) in LOOK.items():
        spread, found = stored[str(d)]
        left.plot(smooth, [(k / d) ** 0.5 for k in smooth], color=style.colour(name), linewidth=1.2)
        left.plot(KS, [sum(s) / SEEDS for s in spread], marker, color=style.colour(name), markersize=5)
        style.label(left, 64, (64 / d) ** 0.5, f"d = {d}", name)
        right.plot(smooth, [100 * _theory(k, d) for k in smooth], color=style.colour(name), linewidth=1.2)
        mean = [100 * sum(f) / SEEDS for f in found]
        low = [m - 100 * min(f) for m, f in zip(mean, found, strict=True)]
        high = [100 * max(f) - m for m, f in zip(mean, found, strict=True)]
        right.errorbar(KS, mean, (low, high), fmt=marker, color=style.colour(name), markersize=5, elinewidth=1.2)
        style.label(right, 64, mean[-1], f"d = {d}", name)
    for ax in (left, right):
        ax.set_xscale("log", base=2)
        ax.set(xticks=KS, xticklabels=KS, xlabel="k other parts in the sum")
        ax.set_xlim(0.85, 150)
        ax.minorticks_off()
    left.set_yscale("log")
    left.set_yticks([0.03, 0.1, 0.3, 1.0], ["0.03", "0.1", "0.3", "1"])
    left.minorticks_off()
    left.set_title("noise of one reading")
    right.set_title("right choice of 1000, %")
    right.set_ylim(-3, 106)
    return figure
