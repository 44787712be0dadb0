"""Attention sinks in SmolLM2-135M: what a sliding window loses when the first token leaves it.

Left: loss on 2048 tokens of Alice in Wonderland, in blocks of 128, with all keys, with the last 256, and with the
first token and the last 255. Right: share of attention that token 0 gets from queries past 256, by layer, all keys.
"""

import json

from matplotlib.figure import Figure

from snippets.figures import style

LOOK = {"all keys": ("muted", "-"), "last 256": ("alibi", "-"), "first 1, last 255": ("rope", "--")}


def draw() -> Figure:
    """To see: the loss jumps when token 0 leaves the window; keeping that one token undoes most of it."""
    with open("snippets/experiments/results/sinks.json") as file:
        found = json.load(file)
    figure, (left, right) = style.subplots(1, 2, height=3.1, width_ratios=(1.5, 1))
    middle = [(i + 0.5) * found["block"] for i in range(len(found["loss"]["all keys"]))]
    for name, (colour, line) in LOOK.items():
        left.plot(middle, found["loss"][name], line, color=style.colour(colour))
    left.axvline(found["window"], color=style.colour("muted"), lw=1, ls=":")
    for name, at, text in (
        ("alibi", 4.35, "last 256"),
        ("rope", 2.42, "first 1, last 255"),
        ("muted", 2.28, "all keys"),
    ):
        left.text(2048, at, text, color=style.colour(name), ha="right", fontsize=9)
    left.set(xticks=[0, 256, 1024, 2048], xlabel="token", ylim=(2.2, 4.6))
    left.set_title("loss, nats")
    share = [100 * value for value in found["share"]]
    right.bar(range(len(share)), share, color=style.colour("position"), width=0.75)
    right.set(xlabel="layer", ylim=(0, 70))
    right.set_title("attention on token 0, %")
    right.grid(axis="x", visible=False)
    return figure
