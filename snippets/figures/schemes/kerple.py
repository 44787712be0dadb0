"""What to see: a learned bend between ALiBi's straight line and a curve that hardly falls any more.

Left, four log penalties that start equally steep, r1 r2 = 1/16: the smaller r2, the straighter, until ALiBi's line.
Right, the weights they leave among equal keys, both axes logarithmic: ALiBi falls off a cliff, the log form
becomes a straight line, which is a power law.
"""

import math

import torch
from matplotlib.figure import Figure

from snippets.figures import style
from snippets.schemes.alibi import alibi_bias
from snippets.schemes.kerple import KerpleLog

BENDS, SLOPE = (1 / 2, 1 / 8, 1 / 32, 1 / 256), 1 / 16


def draw() -> Figure:
    """Left: the penalty over distance. Right: the weight it leaves."""
    figure, (left, right) = style.subplots(1, 2, height=3.3)
    far = 1000
    n = torch.arange(far + 1)
    log = KerpleLog(len(BENDS)).double()
    with torch.no_grad():
        log.log_r2.copy_(torch.tensor(BENDS, dtype=torch.float64).log())
        log.log_r1.copy_(math.log(SLOPE) - log.log_r2)
        bends = log(n[-1:], n)[:, 0].flip(-1)
    line = alibi_bias(n[-1:], n, heads=2, dtype=torch.float64)[0, 0].flip(-1)  # slope 1/16

    for bias, r2 in zip(bends, BENDS, strict=True):
        for ax in (left, right):
            ax.plot(n, bias if ax is left else bias.exp(), **{**style.line("kerple"), "linewidth": 1.6})
        style.label(left, 100, bias[100].item(), f"1/{1 / r2:.0f}", "kerple")
        style.label(right, far, bias[far].exp().item(), f"1/{1 / r2:.0f}", "kerple")
    left.plot(n, line, **style.line("alibi"))
    right.plot(n, line.exp(), **style.line("alibi"))
    style.label(left, 100, line[100].item(), "ALiBi", "alibi")
    style.label(right, 52, 1.2e-5, "ALiBi", "alibi")
    left.set(title="bias", xlabel="distance $m - n$", xlim=(0, 100), ylim=(-6.6, 0.15))
    left.set_xticks(range(0, 101, 25))
    right.set_xscale("log")
    right.set_yscale("log")
    right.set(title="weight", xlabel="distance $m - n$", xlim=(1, far), ylim=(3e-6, 1.3))
    right.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1,000"])
    right.set_yticks([1, 1e-2, 1e-4])
    right.minorticks_off()
    style.label(left, 100, 0.55, "$r_2$", "muted", annotation_clip=False)
    return figure
