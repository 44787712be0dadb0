"""What to see: an absolute scheme hangs a vector on each word, a relative one puts a label on each pair of words.

Left, boxes with the index hang on the words. Right, arcs join the words; those that "apple" sees carry their offset,
query minus key, and those of all other pairs are grey.
"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Arc, FancyBboxPatch

from snippets.figures import style

WORDS = ("put", "the", "apple", "on", "it")
APPLE = WORDS.index("apple")

KOREAN = {  # the words of the drawing on Korean pages
    "absolute: on the nodes": "절대: 노드에 붙는다",
    "relative: on the edges": "상대: 간선에 붙는다",
}


def draw() -> Figure:
    """Left: nodes. Right: edges."""
    figure, (left, right) = style.subplots(1, 2, height=2.5, narrow=(2, 1, 3.3))
    for ax, title in ((left, "absolute: on the nodes"), (right, "relative: on the edges")):
        for place, word in enumerate(WORDS):
            apple = place == APPLE
            ax.text(
                place, 0, word, ha="center", va="center", fontsize=10.5, fontweight="bold" if apple else "normal",
                color=style.colour("token" if apple else "ink"),
            )  # fmt: skip
        ax.set(xlim=(-0.55, 4.55), ylim=(-0.95, 1.75), title=title)
        ax.axis("off")
    _nodes(left)
    _edges(right)
    return figure


def _nodes(ax: Axes) -> None:
    for place in range(len(WORDS)):
        ax.plot([place, place], [0.22, 0.62], color=style.colour("position"), linewidth=1.4)
        box = FancyBboxPatch(
            (place - 0.27, 0.65), 0.54, 0.42, boxstyle="round,pad=0.02,rounding_size=0.08", linewidth=1.4,
            facecolor="none", edgecolor=style.colour("position"),
        )  # fmt: skip
        ax.add_patch(box)
        ax.text(place, 0.86, f"$p_{place}$", ha="center", va="center", fontsize=10.5, color=style.colour("position"))


def _edges(ax: Axes) -> None:
    for one in range(len(WORDS)):
        for other in range(one + 1, len(WORDS)):
            seen, apart = APPLE in (one, other), other - one
            look = {"color": style.colour("token" if seen else "muted"), "lw": 1.9 if seen else 0.9}
            below = not seen
            angles = {"theta1": 180, "theta2": 360} if below else {"theta1": 0, "theta2": 180}
            y, height = (-0.22, 0.34 * apart) if below else (0.24, 1.05 * apart)
            ax.add_patch(Arc(((one + other) / 2, y), apart, height, alpha=1 if seen else 0.6, **angles, **look))
            if seen:
                offset = APPLE - (one + other - APPLE)
                ax.text(
                    (one + other) / 2, y + height / 2 + 0.15, f"{offset:+d}".replace("-", "−"), ha="center",
                    va="center", fontsize=10, color=style.colour("token"), fontweight="bold",
                )  # fmt: skip
