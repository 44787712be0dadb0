"""From a binary counter to the sinusoidal formula: bits, the same bits as waves, and the clock hands of the formula.

Left, five bits of the numbers 0 to 31, the fast bit on top. Middle, waves whose sign is that bit. Right, the hands of
three pairs of a table with 8 components at five positions; the hand's height is the sine, its reach the cosine.
"""

import math

import numpy as np
from matplotlib.figure import Figure

from snippets.figures import style
from snippets.schemes.rope import frequencies
from snippets.schemes.sinusoidal import sinusoidal_table

NUMBERS, BITS = 32, 5
POSITIONS, PAIRS, DIM = (0, 1, 2, 5, 10), (0, 1, 2), 8

KOREAN = {  # the words of the drawing on Korean pages
    "bits": "비트",
    "bit": "비트",
    "waves": "파동",
    "wave": "파동",
    "hands": "바늘",
    "position": "위치",
}


def draw() -> Figure:
    """Bits, waves, hands."""
    figure = style.empty(2.7, narrow=5.1)
    if style.is_narrow():
        above, right = figure.subfigures(2, 1, squeeze=False).flat
        left, middle = above.subfigures(1, 2, squeeze=False).flat
    else:
        left, middle, right = figure.subfigures(1, 3, squeeze=False, width_ratios=(1, 1, 1.9)).flat
    m, bit = np.arange(NUMBERS), np.arange(BITS)[:, None]
    for part, values, title in (
        (left, (m >> bit) & 1, "bits"),
        (middle, (1 - np.sin(np.pi * (m + 0.5) / 2.0**bit)) / 2, "waves"),
    ):
        ax = part.subplots()
        ax.imshow(values, cmap=style.ramp("sinusoidal"), vmin=0, vmax=1, aspect="auto", interpolation="nearest")
        ax.set(title=title, xlabel="position", xticks=range(0, NUMBERS, 8), yticks=range(BITS))
        ax.set_ylabel("bit" if title == "bits" else "wave")
        ax.grid(False)
        ax.hlines(np.arange(BITS - 1) + 0.5, -0.5, NUMBERS - 0.5, color=style.colour("paper"), linewidth=2)
        ax.spines[:].set_visible(False)
    table = sinusoidal_table(POSITIONS[-1] + 1, DIM)
    clocks = right.subplots(len(PAIRS), len(POSITIONS))
    around = np.linspace(0, 2 * math.pi, 100)
    for row, pair in enumerate(PAIRS):
        for column, position in enumerate(POSITIONS):
            ax = clocks[row, column]
            sine, cosine = table[position, 2 * pair : 2 * pair + 2].tolist()
            ax.plot(np.cos(around), np.sin(around), color=style.colour("muted"), linewidth=0.8)
            ax.plot([0, cosine], [0, sine], color=style.colour("sinusoidal"), linewidth=2.2)
            ax.plot(cosine, sine, "o", color=style.colour("sinusoidal"), markersize=4)
            ax.set(xlim=(-1.25, 1.25), ylim=(-1.25, 1.25), xticks=[], yticks=[], aspect="equal")
            ax.grid(False)
            ax.spines[:].set_visible(False)
            if row == 0:
                ax.set_title(str(position), fontsize=9, fontweight="normal", loc="center", pad=3)
        wavelength = 2 * math.pi / frequencies(DIM)[pair]
        clocks[row, 0].set_ylabel(f"{wavelength:.0f}", rotation=0, ha="right", va="center")
    right.suptitle("hands", x=0.02, ha="left", fontsize=10, fontweight="bold", color=style.colour("ink"))
    return figure
