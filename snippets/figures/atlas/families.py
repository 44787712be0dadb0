"""Which ways of telling positions the families of transformers use, counted by what their attentions take in.

Counted from the record of the atlas. A family counts once in each row and panel; what is not established is left out.
"""

import json
from collections import Counter
from pathlib import Path

from matplotlib.figure import Figure

from snippets.figures import style

RECORD = Path("snippets/data/atlas.json")
ROWS = {  # what the record calls a way: its word in the figure, and its colour
    "rotation": ("rotation", "rope"),
    "learned table": ("learned", "learned"),
    "sinusoids": ("sinusoids", "sinusoidal"),
    "bias by distance": ("bias", "t5_bias"),
    "vectors by distance": ("vectors", "shaw"),
    "transformer-xl": ("Transformer-XL", "transformer_xl"),
    "alibi": ("ALiBi", "alibi"),
    "convolution": ("convolution", "muted"),
}
KINDS = ("text", "vision", "audio")


def families() -> dict[str, Counter]:
    """{kind of attention: {way: families}}."""
    found: dict[str, Counter] = {kind: Counter() for kind in KINDS}
    for family in json.loads(RECORD.read_text("utf-8"))["families"].values():
        ways = {(each.get("kind"), way) for each in family["attentions"] for way in each.get("scheme", [])}
        for kind, way in ways:
            if kind in found:
                found[kind][way] += 1
    return found


def draw() -> Figure:
    """To see: text rotates, images look up tables, and sound has no favourite."""
    figure, axes = style.subplots(1, len(KINDS), height=2.9, narrow=(len(KINDS), 1, 6.6), sharey=True)
    found = families()
    for ax, kind in zip(axes, KINDS, strict=True):
        for place, (way, (_, mark)) in enumerate(ROWS.items()):
            count = found[kind][way]
            ax.barh(place, count, color=style.colour(mark), height=0.66)
            ax.annotate(
                str(count), (count, place), xytext=(3, 0), textcoords="offset points", va="center", fontsize=8.5
            )
        ax.set_yticks(range(len(ROWS)), [word for word, _ in ROWS.values()])
        ax.set(title=kind, xlabel="families", xlim=(0, 1.18 * max(found[kind].values())))
        ax.grid(False, axis="y")
    axes[0].invert_yaxis()
    return figure
