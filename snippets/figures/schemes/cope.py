"""What to see: the same words counted twice, in tokens and in full stops.

The gates are open at the full stops alone, so CoPE's position stays on a level through a sentence and steps at its
end: it says how many sentences back a word stands. The distance in tokens climbs with every word. Right, the
positions of all queries: a staircase of plateaus whose widths are the lengths of the sentences.
"""

import torch
from matplotlib.figure import Figure

from snippets.figures import style
from snippets.schemes.cope import positions

WORDS = ["Rain", "fell", ".", "Nobody", "saw", "the", "cat", "leave", ".", "It", "slept", ".", "Who", "knew"]


def gated_at_stops() -> torch.Tensor:
    """CoPE positions (T, T) with gates open at full stops: one head, q and k set by hand."""
    stop = torch.tensor([1.0 if word == "." else -1.0 for word in WORDS], dtype=torch.float64)
    k = torch.stack((stop, torch.zeros_like(stop)), dim=-1)[None, None]
    return positions(torch.full_like(k, 6 * 2**0.5), k)[0, 0]


def draw() -> Figure:
    """Left: gates, then positions by CoPE and by tokens for the last query. Right: CoPE's of all pairs."""
    figure = style.empty(4.3, narrow=7.4)
    left, right = style.side_by_side(figure, (1.25, 1), heights=(1.2, 1))
    gates, counts = left.subgridspec(2, 1, height_ratios=(1, 3.2)).subplots(sharex=True, squeeze=False).flat
    grid = figure.add_subplot(right)
    place, tokens = torch.arange(len(WORDS)), len(WORDS)
    counted = gated_at_stops()
    last = counted[-1]
    opened = last - torch.cat((last[1:], torch.zeros(1, dtype=torch.float64)))

    gates.bar(place, opened.numpy(), color=style.colour("cope"), width=0.72)
    gates.set(title="gate", ylim=(0, 1.1), yticks=(0, 1))
    gates.grid(False)

    counts.plot(place, tokens - place, color=style.colour("muted"), linestyle=(0, (4, 2)), linewidth=1.4, marker="o")
    counts.step(place, last, where="mid", color=style.colour("cope"), linewidth=2.2)
    counts.plot(place, last, "o", color=style.colour("cope"))
    style.label(counts, 4.6, 10.6, "tokens", "muted")
    style.label(counts, 4.6, 3.4, "CoPE", "cope")
    counts.set(title="position", ylim=(-0.6, tokens + 0.8), yticks=(0, 3, 6, 9, 12))
    counts.set_xticks(place, WORDS, rotation=90)
    for tick, word in zip(counts.get_xticklabels(), WORDS, strict=True):
        tick.set_color(style.colour("cope" if word == "." else "ink"))
    counts.grid(axis="x")

    shown = counted.masked_fill(torch.ones(tokens, tokens).triu(1).bool(), torch.nan)
    grid.imshow(shown.numpy(), cmap=style.ramp("cope"), vmin=-0.6, vmax=3, interpolation="nearest")
    for m in range(tokens):
        for n in range(m + 1):
            deep = shown[m, n] > 1.5
            grid.text(
                n,
                m,
                f"{shown[m, n]:.0f}",
                ha="center",
                va="center",
                fontsize=7.5,
                color=style.colour("paper" if deep else "ink"),
            )
    grid.set(title="all pairs", xlabel="key $n$", ylabel="query $m$")
    grid.set_xticks(range(0, tokens, 3))
    grid.set_yticks(range(0, tokens, 3))
    grid.grid(False)
    return figure
