"""What to see: a softmax over more keys spreads out, and queries that grow with the logarithm of length resist.

Temperature: what a query is multiplied by, by its position, in Llama 4 and by the rule "log-n"; beside them what YaRN
makes of a score for 16 times the length, at every position alike. Share: the weight of one key whose score is 10 above
that of all others, by the number of keys.
"""

import torch
from matplotlib.figure import Figure
from torch import Tensor

from snippets.figures import style
from snippets.schemes.length_temperature import tau_log, tau_steps
from snippets.schemes.yarn import yarn_attention_factor

LENGTH, LAST, AHEAD, SCALE = 8192, 2**20, 10.0, 16


def share(tau: Tensor, keys: Tensor) -> Tensor:
    """Weight of a key whose score is ``AHEAD`` above that of each other key."""
    return torch.sigmoid(tau * AHEAD - (keys - 1).log())


def draw() -> Figure:
    """What queries are multiplied by, and what one key keeps of a softmax."""
    figure, (taus, shares) = style.subplots(1, 2, height=3.3)
    counts = {round(2 ** (9 + step / 50)) for step in range(551)}
    steps = {LENGTH * step - before for step in range(1, 17) for before in (0, 1)}
    at = torch.tensor(sorted(counts | steps)) - 1
    keys = (at + 1).double()
    rules = {
        "length_temperature": (tau_steps(at, LENGTH).double(), "Llama 4", 1.22, 0.62),
        "none": (torch.ones(len(at), dtype=torch.float64), "1", 1.03, 0.1),
        "ink": (tau_log(at, LENGTH).double(), "log-n", 1.4, 0.93),
    }
    for name, (tau, label, high, low) in rules.items():
        look = {"color": style.colour("ink"), "linestyle": (0, (4, 2))} if name == "ink" else style.line(name)
        taus.plot(keys, tau, **look)
        shares.plot(keys, share(tau, keys), **look)
        style.label(taus, 1.4e5 if name == "ink" else 8e5, high, label, name, ha="right")
        style.label(shares, 4e5, low, label, name, ha="right")
    scores = yarn_attention_factor(SCALE) ** 2
    taus.plot([keys[0], LAST], [scores, scores], **style.line("yarn"))
    style.label(taus, 600, scores + 0.04, f"YaRN, {SCALE} times", "yarn")
    ticks = [2**k for k in (10, 13, 16, 20)]
    for ax, title in ((taus, "Temperature"), (shares, "Share of one key")):
        ax.set_xscale("log", base=2)
        ax.set(xlim=(keys[0], LAST), xlabel="position", title=title)
        ax.set_xticks(ticks, [f"{k // 1024}k" if k < LAST else "1M" for k in ticks])
    shares.set(ylim=(0, 1.05), xlabel="keys")
    taus.set(ylim=(0.95, 1.75))
    return figure
