"""What to see: which layers of ten models look at everything, and how soon such a layer lets all tokens be heard.

Layers: a row is a model with the layers of its default configuration, a cell is a layer; pale cells look at a window,
full ones at everything, and their colour says what becomes of positions there. Reach: from how many tokens the last
one of 131,072 can have heard, layer by layer, in a stack of windows alone and with every sixth layer global.
"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from snippets.figures import style
from snippets.schemes.layer_pattern import every_from_first, every_from_last, last_too, reach

# model, its layers from the first on with True for the global ones, what these do with positions, what local ones see
MODELS = (
    ("Cohere 2", every_from_first(40, 4), "none", "window"),
    ("EXAONE 4", every_from_first(32, 4), "none", "window"),
    ("Trinity", every_from_first(32, 4), "none", "window"),
    ("Muse Glimmer", every_from_last(52, 4), "none", "window"),
    ("Llama 4", every_from_first(48, 4), "none", "chunk"),
    ("SmolLM3", every_from_first(36, 4), "none", "all"),
    ("Gemma 3", every_from_first(26, 6), "position", "window"),
    ("Gemma 4", last_too(every_from_first(30, 6)), "position", "window"),
    ("Olmo 3", every_from_first(32, 4), "rope", "window"),
    ("gpt-oss", every_from_first(36, 2), "rope", "window"),
)
LAYERS, EVERY, WINDOW, LENGTH = 26, 6, 1024, 131_072
WORDS = {"none": "no positions", "position": "larger base", "rope": "same base"}


def draw() -> Figure:
    """Layers of ten models, and the reach of a stack of windows with and without global layers."""
    figure = style.empty(6.3, narrow=8.2)
    parts = figure.subfigures(2, 1, squeeze=False, height_ratios=(1.75, 1) if style.is_narrow() else (1.6, 1)).flat
    _layers(parts[0].subplots())
    _reach(parts[1].subplots())
    return figure


def _layers(ax: Axes) -> None:
    longest = max(len(is_global) for _, is_global, _, _ in MODELS)
    for row, (_, is_global, far, near) in enumerate(MODELS):
        for layer, whole in enumerate(is_global):
            colour = style.colour(far if whole else "layer_pattern")
            faint = 1 if whole else 0.55 if near == "all" else 0.25
            ax.add_patch(Rectangle((layer - 0.42, row - 0.32), 0.84, 0.64, color=colour, alpha=faint, lw=0))
    ax.set(
        xlim=(-1, longest),
        ylim=(len(MODELS) + (1.75 if style.is_narrow() else 0.9), -0.7),
        xticks=range(0, longest, 12),
        xlabel="layer",
    )
    ax.set_yticks(range(len(MODELS)), [name for name, *_ in MODELS])
    ax.set_title("Layers")
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    across = 2 if style.is_narrow() else 4
    for place, (name, word) in enumerate((("layer_pattern", "window"), *WORDS.items())):
        x, y = place % across * (27 if style.is_narrow() else 12), len(MODELS) + 0.35 + place // across * 0.85
        faint = 0.25 if name == "layer_pattern" else 1
        ax.add_patch(Rectangle((x - 0.42, y - 0.32), 0.84, 0.64, color=style.colour(name), alpha=faint, lw=0))
        ax.text(x + 0.9, y, word, va="center", fontsize=8.5, color=style.colour("muted"))


def _reach(ax: Axes) -> None:
    depth = range(1, LAYERS + 1)
    with_global, alone = (
        reach(is_global, WINDOW, LENGTH) for is_global in (every_from_first(LAYERS, EVERY), [False] * LAYERS)
    )
    ax.plot(depth, with_global, **style.line("layer_pattern"))
    ax.plot(depth, alone, **style.line("alibi"))
    ax.set(yscale="log", ylim=(700, 250_000), xlim=(1, LAYERS), xlabel="layers", title="Reach")
    ax.set_yticks((1024, 8192, LENGTH), ("1k", "8k", "128k"))
    ax.minorticks_off()
    ax.set_xticks((1, 6, 12, 18, 24))
    style.label(ax, 7, 80_000, "every sixth global", "layer_pattern")
    style.label(ax, 14, 9000, "windows alone", "alibi")
