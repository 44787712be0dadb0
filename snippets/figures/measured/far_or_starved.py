"""The same 32 bytes three times: after 128 bytes, after 1024 with only the nearest 128 in sight, after all 1024.

Dots are means over the seeds, thin lines reach from the best to the worst seed.
"""

from functools import lru_cache

from matplotlib.figure import Figure

from snippets.figures import style
from snippets.training import compare
from snippets.training.model import SCHEMES

READINGS = {"128": ("o", 0.0), "nearest 128 of 1024": ("s", 0.2), "1024": ("^", 0.4)}


def draw() -> Figure:
    """To see: hiding far keys heals rotation and most biases, so far keys were what broke them; it heals no table."""
    figure, ax = style.subplots(height=5.2)
    for row, name in enumerate(SCHEMES):
        for reading, (marker, down) in READINGS.items():
            mean, low, high = compare.middle(loss(name, reading))
            ax.plot((low, high), (row + down,) * 2, color=style.colour(name), linewidth=1)
            face = style.colour("paper") if reading.startswith("nearest") else style.colour(name)
            ax.plot(mean, row + down, marker, color=style.colour(name), markerfacecolor=face, markersize=5.5)
    for reading, (marker, _) in READINGS.items():
        face = "none" if reading.startswith("nearest") else style.colour("ink")
        ax.plot([], [], marker, color=style.colour("ink"), markerfacecolor=face, label=reading)
    if style.is_narrow():
        figure.legend(loc="outside upper left", title="bytes in sight")
    else:
        ax.legend(loc="center right", title="bytes in sight")
    ax.set_yticks([row + 0.2 for row in range(len(SCHEMES))], [style.MARKS[name].label for name in SCHEMES])
    for label, name in zip(ax.get_yticklabels(), SCHEMES, strict=True):
        label.set_color(style.colour(name))
    ax.invert_yaxis()
    ax.grid(False, axis="y")
    ax.set_xlabel("loss on the same 32 bytes, nats a byte")
    return figure


@lru_cache
def loss(scheme: str, reading: str) -> list[float]:
    """Loss of every seed in one of READINGS. Raises KeyError for another."""
    place = {
        "128": lambda run: run["by_length"]["128"],
        "nearest 128 of 1024": lambda run: run["near"],
        "1024": lambda run: run["by_length"]["1024"],
    }[reading]
    return [place(run)["last"] for run in _finished() if run["scheme"] == scheme]


@lru_cache
def _finished() -> list[dict]:
    return compare.finished()
