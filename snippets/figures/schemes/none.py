"""What to see: the mask alone counts, and order arrives with the second layer.

Left, the weights of a head that attends evenly: row m shares its attention over m + 1 keys, so what it takes from
the first one is 1/(m + 1), a ruler. Right, how much every token changes when two tokens of the prefix are swapped,
layer by layer in a random network: after one layer nothing behind the pair notices, after two everything does.
"""

import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from snippets.figures import style
from snippets.schemes.none import causal_attention

LENGTH, DIM, DEPTH = 12, 32, 4
SWAPPED = (2, 5)


def even_weights() -> torch.Tensor:
    """Attention weights of a head whose queries are all zero: (T, T)."""
    zeros = torch.zeros(1, 1, LENGTH, LENGTH, dtype=torch.float64)
    return causal_attention(zeros, zeros, torch.eye(LENGTH, dtype=torch.float64)[None, None])[0, 0]


def changes() -> torch.Tensor:
    """Length of the change of every token behind every layer, relative to the token: (layers + 1, T)."""
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(1, 1, LENGTH, DIM, generator=draw, dtype=torch.float64)
    order = list(range(LENGTH))
    order[SWAPPED[0]], order[SWAPPED[1]] = order[SWAPPED[1]], order[SWAPPED[0]]
    pair = torch.cat((x, x[:, :, order]))
    found = []
    for _ in range(DEPTH):
        q, k, v = (pair @ torch.randn(3, 1, DIM, DIM, generator=draw, dtype=torch.float64)[i] / DIM**0.5
                   for i in range(3))  # fmt: skip
        pair = pair + causal_attention(q, k, v)
        found.append((pair[1] - pair[0])[0].norm(dim=-1) / pair[0, 0].norm(dim=-1))
    return torch.stack(found)


def draw() -> Figure:
    """Left: even weights, queries down. Right: the change of every token, layers up."""
    figure, (left, right) = style.subplots(1, 2, height=3.3, width_ratios=(1, 1.35))
    weights = even_weights()
    left.imshow(weights.sqrt().numpy(), cmap=style.ramp("none"), vmin=0, vmax=1)
    for m in range(LENGTH):
        ink = style.colour("paper" if weights[m, 0] > 0.4 else "ink")
        left.text(0, m, "1" if m == 0 else f"1/{m + 1}", ha="center", va="center", fontsize=6.8, color=ink)
    left.add_patch(Rectangle((-0.5, -0.5), 1, LENGTH, fill=False, edgecolor=style.colour("position"), linewidth=1.6))
    left.set(title="even attention", xlabel="key $n$", ylabel="query $m$")
    left.set_xticks(range(0, LENGTH, 2))
    left.set_yticks(range(0, LENGTH, 2))

    found = changes()
    shade = ((found.clamp_min(1e-6).log10() + 4) / 4).clamp(0, 1)
    right.imshow(shade.numpy(), cmap=style.ramp("token"), vmin=0, vmax=1, origin="lower", aspect="auto")
    for layer in range(DEPTH):
        for m in range(LENGTH):
            if found[layer, m] < 1e-12:
                right.text(m, layer, "0", ha="center", va="center", fontsize=9, color=style.colour("muted"))
    first, second = SWAPPED
    right.annotate("", (second, -0.53), xytext=(first, -0.53), annotation_clip=False,
                   arrowprops={"arrowstyle": "<|-|>", "color": style.colour("token"),
                               "connectionstyle": "arc3,rad=0.28"})  # fmt: skip
    right.set(title="change by a swap", xlabel="token", ylabel="layer")
    right.set_xticks(range(LENGTH))
    right.set_yticks(range(DEPTH), range(1, DEPTH + 1))
    right.tick_params(axis="x", pad=19)
    for axis in (left, right):
        axis.grid(False)
        axis.tick_params(length=0)
        for side in axis.spines.values():
            side.set_visible(False)
    return figure
