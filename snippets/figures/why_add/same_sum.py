"""One sum, many splits; with two known lists one split is left, unless two sums collide.

Violet arrows are tokens, amber arrows positions, the black dot is the sum (3, 4) that the model is
given. Left: without lists every way to (3, 4) is as good as any other. Middle: three tokens and two
positions allow six sums, and only one of them is (3, 4). Right: another list, where two pairs meet
in the same sum.
"""

from matplotlib.figure import Figure

from snippets.figures import style

SUM = (3, 4)
POSITIONS = ((2, 1), (1, 2))
BOOKS = {
    "two lists: one split": ((1, 3), (3, 0), (1, 1)),
    "a collision: two splits": ((1, 3), (3, 0), (2, 2)),
}
SPLITS = ((1, 3), (2.6, 0.6), (4.3, 2.2), (-0.5, 3.4), (1.2, 4.9), (2.1, 2.0))

KOREAN = {  # the words of the drawing on Korean pages
    "no list: any split": "목록 없음: 모두 가능",
    "two lists: one split": "목록 둘: 하나뿐",
    "a collision: two splits": "충돌: 두 가지",
    "token": "토큰",
    "position": "위치",
}


def _arrow(ax, start, end, name: str, strong: bool) -> None:
    look = {"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, "color": style.colour(name)}
    look |= {"lw": 2, "mutation_scale": 11} if strong else {"lw": 1, "alpha": 0.45, "mutation_scale": 7}
    ax.annotate("", end, start, arrowprops=look, zorder=4 if strong else 2)


def _add(a, b) -> tuple:
    return tuple(x + y for x, y in zip(a, b, strict=True))


def _frame(ax, title: str) -> None:
    ax.plot(*SUM, "o", color=style.colour("ink"), markersize=8, zorder=6)
    style.label(ax, 3, 4.25, "(3, 4)", fontweight="bold")
    ax.plot(0, 0, "+", color=style.colour("muted"), markersize=8)
    ax.set(xlim=(-1, 5.6), ylim=(-0.5, 5.7), xticks=range(6), yticks=range(6), aspect="equal", title=title)


def draw() -> Figure:
    """To see: without lists any split of a sum is possible; with lists only the listed pairs are left."""
    figure, axes = style.subplots(1, 3, height=2.75, sharey=True)
    for token in SPLITS:
        strong = token == SPLITS[0]
        _arrow(axes[0], (0, 0), token, "token", strong)
        _arrow(axes[0], token, SUM, "position", strong)
    _frame(axes[0], "no list: any split")
    style.label(axes[1], -0.85, 2.1, "token", "token")
    style.label(axes[1], 2.1, 3.32, "position", "position")

    for ax, (title, tokens) in zip(axes[1:], BOOKS.items(), strict=True):
        for token in tokens:
            ends = [_add(token, position) for position in POSITIONS]
            _arrow(ax, (0, 0), token, "token", SUM in ends)
            for end in ends:
                _arrow(ax, token, end, "position", end == SUM)
                ax.plot(*end, "o", color=style.colour("muted"), markersize=5, zorder=3)
        _frame(ax, title)
    return figure
