"""Adding and three ways of concatenating, drawn to scale, with the parameters each needs.

Left: the token part (violet) and the position part (amber) of one input vector; a bar's length is
its number of coordinates, striped where the two share coordinates. Right: the parameters of the
whole model at GPT-2 small's sizes. Only widening the blocks makes the model large.
"""

from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from snippets.figures import style

V, N, D, LAYERS = 50257, 1024, 768, 12

KOREAN = {  # the words of the drawing on Korean pages
    "add": "더하기",
    "concatenate, project back": "이어붙이고 다시 투영하기",
    "split the width": "너비 나누기",
    "concatenate, widen": "이어붙이고 넓히기",
    "every block 1536 wide": "모든 블록의 너비가 1536",
    "parameters, millions": "파라미터, 백만 개",
    "token {}": "토큰 {}",
    "position {}": "위치 {}",
    "{} %": "{}%",
    "{} times": "{}배",
}


def _parameters(token: int, position: int, width: int, project: bool = False) -> int:
    """Parameters of a GPT-2 with 12 blocks of ``width``, tables of ``token`` and ``position`` columns.

    The output embedding is tied to the token table. A block of width d holds 12 d^2 + 13 d numbers:
    attention 4 d^2 + 4 d, the two-layer network 8 d^2 + 5 d, two layer norms 4 d.
    ``project`` counts one matrix from token + position to width coordinates, without a bias.
    """
    for name, value in (("token", token), ("position", position), ("width", width)):
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a whole number of coordinates, at least 1, got {value!r}")
    tables = V * token + N * position
    blocks = LAYERS * (12 * width**2 + 13 * width) + 2 * width
    return tables + blocks + (token + position) * width * project


WAYS = {
    "add": _parameters(D, D, D),
    "concatenate, project back": _parameters(D, D, D, project=True),
    "split the width": _parameters(D - 64, 64, D),
    "concatenate, widen": _parameters(D, D, 2 * D),
}


def _bar(ax, x: float, y: float, width: float, name: str, text: str = "", height: float = 0.34) -> None:
    ax.add_patch(Rectangle((x, y - height / 2), width, height, facecolor=style.colour(name), edgecolor="none"))
    ax.text(x + width / 2, y, text, ha="center", va="center_baseline", fontsize=9, color=style.colour("paper"))


def _mixed(ax, x: float, y: float) -> None:
    stripes = 32
    for i in range(stripes):
        _bar(ax, x + i / stripes, y, 1 / stripes, "token" if i % 2 == 0 else "position")


def _arrow(ax, start: float, end: float, y: float) -> None:
    ax.annotate("", (end, y), (start, y), arrowprops={"arrowstyle": "-|>", "color": style.colour("muted")})


def _schematic(ax) -> None:
    ax.set(xlim=(-0.02, 3.55), ylim=(-0.45, 3.85))
    ax.axis("off")
    for row, name in enumerate(WAYS):
        ax.text(0, 3 - row + 0.5, name, fontsize=10.5, fontweight="bold", va="center")
    _bar(ax, 0, 3.13, 1, "token", "token 768", 0.22)
    _bar(ax, 0, 2.87, 1, "position", "position 768", 0.22)
    ax.text(1.14, 3, "+", ha="center", va="center", fontsize=14)
    _arrow(ax, 1.24, 2.46, 3)
    _mixed(ax, 2.5, 3)
    for y in (2, 0):
        _bar(ax, 0, y, 1, "token", "768")
        _bar(ax, 1, y, 1, "position", "768")
    trapezoid = [(2.06, 2.24), (2.06, 1.76), (2.42, 1.85), (2.42, 2.15)]
    ax.add_patch(Polygon(trapezoid, facecolor=style.colour("grid"), edgecolor="none"))
    ax.text(2.24, 2, "W", ha="center", va="center", fontsize=10)
    _mixed(ax, 2.5, 2)
    _arrow(ax, 1.14, 2.46, 1)
    for x in (0, 2.5):
        _bar(ax, x, 1, 704 / D, "token", "704")
        _bar(ax, x + 704 / D, 1, 64 / D, "position")
        ax.text(x + 1, 0.72, "64", ha="right", va="center", fontsize=9, color=style.colour("position"))
    ax.text(2.12, 0, "every block 1536 wide", ha="left", va="center", fontsize=9, color=style.colour("muted"))


def draw() -> Figure:
    """To see: three of the four ways cost about the same; widening every block costs three times as much."""
    figure, (left, right) = style.subplots(1, 2, height=3.9, sharey=True, width_ratios=[1.75, 1])
    _schematic(left)
    base = WAYS["add"]
    for row, count in enumerate(WAYS.values()):
        y = 3 - row
        right.barh(y, count / 1e6, height=0.34, color=style.colour("muted"))
        change = f"{count / base:.2f} times" if count > 2 * base else f"{100 * (count / base - 1):+.2f} %"
        right.text(0, y + 0.34, f"{count:,}" + ("" if row == 0 else f"   {change}"), fontsize=9.5, va="center")
    right.set_title("parameters, millions", pad=4)
    right.set(xlim=(0, 400), xticks=[0, 100, 200, 300, 400], yticks=[])
    right.spines["left"].set_visible(False)
    right.grid(axis="y", visible=False)
    return figure
