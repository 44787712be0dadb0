"""Four ways to cut one chapter to 1024 tokens, and which of ten known facts are left.

Each row is the chapter from its first to its last token; the filled part is kept. Dots are facts at their place:
filled where the cut keeps them, hollow where it does not.
"""

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from snippets.chunks import alice
from snippets.figures import style
from snippets.truncation import FACTS, keeps, place

KOREAN = {  # the words of the drawing on Korean pages
    "front": "앞",
    "back": "뒤",
    "middle": "가운데",
    "head, tail": "앞과 뒤",
    "{} of {}": "{1}개 중 {0}개",
    "token of the chapter": "장의 토큰",
}


def draw() -> Figure:
    """To see: every cut keeps the same amount, and each keeps other facts."""
    chapter = alice()
    places = {fact: place(fact, chapter) for fact in FACTS}
    figure, narrow = style.empty(height=3.5, narrow=3.7), style.is_narrow()
    ax = figure.subplots()
    for row, (name, kept) in enumerate(keeps(len(chapter), 1024).items()):
        for part, shade, alpha in [(range(len(chapter)), "muted", 0.15), *[(part, "token", 0.35) for part in kept]]:
            ax.add_patch(
                Rectangle((part.start, row - 0.3), len(part), 0.6, color=style.colour(shade), alpha=alpha, lw=0)
            )
        inside = [any(at in part for part in kept) for at in places.values()]
        for at, found in zip(places.values(), inside, strict=True):
            face = style.colour("ink") if found else "none"
            edge = style.colour("ink" if found else "muted")
            ax.plot(at, row, "o", markersize=6, markerfacecolor=face, markeredgecolor=edge)
        ax.text(-45, row, name, ha="right", va="center", fontsize=9.5)
        ax.text(len(chapter) + 45, row, f"{sum(inside)} of {len(FACTS)}", va="center", fontsize=9.5)
    at, apart, turn = -1000, *((150, 90) if narrow else (105, 40))
    for fact, there in places.items():
        at = max(there, at + apart)  # labels keep a distance
        ax.text(at, -0.5, fact, rotation=turn, ha="left", va="bottom", fontsize=8, color=style.colour("muted"))
    left, right, top = (-760, 560, -3.1) if narrow else (-560, 260, -2.7)
    ax.set(xlim=(left, len(chapter) + right), ylim=(3.6, top), yticks=[])
    ax.set_xticks(range(0, 2501, 500))
    ax.set_xlabel("token of the chapter", loc="center")
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.grid(False)
    return figure
