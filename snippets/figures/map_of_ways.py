"""Where position can enter a transformer: three doors, and a model with none.

Read downwards: the path from a token to its attention weights. Each amber arrow is a door through
which position comes in; beside it stand the schemes that use it. The last row has no door: the
causal mask alone tells the order.
"""

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from snippets.figures import style

ROWS = (
    ("input", "x = e + p", [[("sinusoidal", "sinusoidal")], [("learned", "learned")],
                            [("concatenated", "concatenated")]]),
    ("queries, keys", "rotate q, k", [[("RoPE", "ink")], [("stretched: PI · NTK · YaRN", "muted")]]),
    ("scores", "q · k + b", [[("T5 · ALiBi · KERPLE · FIRE", "ink")],
                             [("Shaw · Transformer-XL", "ink")], [("DeBERTa · CoPE", "ink")]]),
    ("no door", "causal mask", [[("NoPE", "none")]]),
)


def draw() -> Figure:
    """To see: input, queries and keys, scores: three doors for position, and the schemes at each."""
    figure, ax = style.subplots(height=5.6)
    ax.set(xlim=(0, 9.1), ylim=(-0.55, 8.05))
    ax.axis("off")
    for row, (place, formula, schemes) in enumerate(ROWS):
        y = 6.9 - 2.1 * row
        door = place != "no door"
        ax.add_patch(FancyBboxPatch(
            (0.1, y - 0.66), 3.3, 1.32, boxstyle="round,pad=0,rounding_size=0.18", linewidth=1.4,
            facecolor="none", edgecolor=style.colour("ink" if door else "muted"),
            linestyle="-" if door else (0, (3, 2)),
        ))
        ax.text(1.75, y + 0.26, place, ha="center", va="center", fontsize=14.5, fontweight="bold")
        ax.text(1.75, y - 0.3, formula, ha="center", va="center", fontsize=13, color=style.colour("muted"))
        if row < 2:
            ax.annotate("", (1.75, y - 1.46), (1.75, y - 0.68), arrowprops={
                "arrowstyle": "-|>", "color": style.colour("muted"), "linewidth": 1.4, "mutation_scale": 15})
        if door:
            ax.annotate("", (3.5, y), (4.6, y), arrowprops={
                "arrowstyle": "-|>", "color": style.colour("position"), "linewidth": 3.2, "mutation_scale": 24})
            ax.text(4.05, y + 0.36, "position", ha="center", va="center", fontsize=11,
                    color=style.colour("position"))
        for i, line in enumerate(schemes):
            offset = (len(schemes) - 1) / 2 - i
            text, name = line[0]
            ax.text(4.85, y + 0.58 * offset, text, ha="left", va="center", fontsize=14,
                    color=style.colour(name))
    return figure
