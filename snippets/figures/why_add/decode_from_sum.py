"""How often token (violet) and position (amber) are recovered from their sum, against dimension.

Solid: exhaustive search for the nearest of all V n sums. Dashed: the largest dot product with one list.
Lines are means of five seeds, bands run from the lowest to the highest; the numbers are read from
snippets/experiments/results/decode_from_sum.json. Without noise search needs one dimension only.
With noise it needs more than ten, and the dot product needs about a hundred either way.
"""

import json
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from snippets.figures import style

RESULTS = Path("snippets/experiments/results/decode_from_sum.json")
WIDTHS = {"token": 3.0, "position": 1.4}  # where both lie at 100 %, both stay visible


def _curve(ax, rows: list[dict], dimensions: list[int], decoder: str, part: str) -> None:
    values = [[100 * r[f"{decoder}_{part}"] for r in rows if r["d"] == d] for d in dimensions]
    look = {"color": style.colour(part), "zorder": 4, "clip_on": False}
    if decoder == "dot":
        look |= {"linestyle": (0, (4, 1.5)), "linewidth": 1.9}
    else:
        look |= {"linewidth": WIDTHS[part]}
    ax.plot(dimensions, [sum(v) / len(v) for v in values], **look)
    band = {"color": style.colour(part), "alpha": 0.25, "linewidth": 0, "zorder": 3}
    ax.fill_between(dimensions, [min(v) for v in values], [max(v) for v in values], **band)


def draw() -> Figure:
    """To see: search without noise needs no width; noise, and reading by a dot product, both ask for it."""
    stored = json.loads(RESULTS.read_text())
    settings = stored["settings"]
    figure, axes = style.subplots(1, 2, height=3.3, sharey=True)
    for ax, noise in zip(axes, settings["noises"], strict=True):
        rows = [row for row in stored["rows"] if row["noise"] == noise]
        for decoder in ("exhaustive", "dot"):
            for part in ("token", "position"):
                _curve(ax, rows, settings["dimensions"], decoder, part)
        for part, rows_in_list in (("token", settings["V"]), ("position", settings["n"])):
            ax.axhline(100 / rows_in_list, color=style.colour(part), linewidth=1, linestyle=(0, (1, 1.5)))
        ax.set(xscale="log", xlim=(1, 768), ylim=(-2, 104), xlabel="d")
        ax.xaxis.set_major_locator(FixedLocator((1, 3, 16, 64, 768)))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter("{x:g}")
        ax.set_title(f"noise {noise:g}" if noise else "no noise")
        style.label(ax, 75, 5, "chance", "muted")
    axes[0].set_ylabel("recovered, %")
    style.label(axes[0], 1.1, 93, "nearest sum")
    style.label(axes[0], 29, 50, "token", "token")
    style.label(axes[0], 11, 50, "position", "position", ha="right")
    style.label(axes[0], 29, 41, "dot product")
    style.label(axes[1], 8.2, 62, "nearest sum", ha="right")
    style.label(axes[1], 32, 50, "dot product")
    return figure
