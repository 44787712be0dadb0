"""One word at two places: how much its two input vectors look alike, scheme by scheme.

Above: cosine between the input vectors of one token at position m and at position n, averaged over
tokens; the darker, the more alike. Below: the same by distance. Sinusoidal: random tokens with
components of variance 1, d = 384. Learned: real tokens and rows of all-MiniLM-L6-v2, after its
LayerNorm. Concatenated: 320 token coordinates beside 64 sinusoidal ones.
"""

from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from matplotlib.figure import Figure

from snippets.figures import style
from snippets.schemes.concatenated import concatenate
from snippets.schemes.sinusoidal import add_sinusoidal, sinusoidal_table

LENGTH, TOKENS = 128, 64


@lru_cache(maxsize=1)
def similarities() -> dict[str, np.ndarray]:
    """Mean cosine (T, T) of one token with itself at every pair of positions, by scheme."""
    generator = torch.Generator().manual_seed(0)
    random = torch.randn(TOKENS, 1, 384, generator=generator).double()
    real = np.load("snippets/data/minilm.npz")
    tokens = torch.from_numpy(real["tokens"].astype(np.float64))[:TOKENS, None]
    rows = torch.from_numpy(real["positions"].astype(np.float64))[:LENGTH]
    weight, bias, type_ = (torch.from_numpy(real[k].astype(np.float64)) for k in ("ln_weight", "ln_bias", "token_type"))
    inputs = {
        "none": random.expand(-1, LENGTH, -1),
        "sinusoidal": add_sinusoidal(random.expand(-1, LENGTH, -1)),
        "learned": F.layer_norm(tokens + rows + type_, (384,), weight, bias, eps=1e-12),
        "concatenated": concatenate(random[..., :320].expand(-1, LENGTH, -1), sinusoidal_table(LENGTH, 64).double()),
    }
    units = {name: F.normalize(x, dim=-1) for name, x in inputs.items()}
    return {name: (x @ x.transpose(1, 2)).mean(0).numpy() for name, x in units.items()}


def draw() -> Figure:
    """To see: each scheme makes one word's two places less alike in its own way; without positions nothing changes."""
    figure = style.empty(height=5.0, narrow=6)
    top, bottom = figure.subfigures(2, 1, squeeze=False, height_ratios=(1.8 if style.is_narrow() else 1.15, 1)).flat
    found = similarities()
    for ax, name in zip(style.three(top), ("sinusoidal", "learned", "concatenated"), strict=True):
        matrix = found[name]
        shown = matrix[:64, :64]
        ax.imshow(shown, cmap=style.ramp(name), vmin=shown[1:, 1:].min(), vmax=1, interpolation="none")
        ax.set_title(name, color=style.colour(name))
        ax.set(xticks=[0, 32, 63], yticks=[0, 32, 63], xlabel="n")
        ax.grid(False)
    top.axes[0].set_ylabel("m")
    ax = bottom.subplots()
    for name, matrix in found.items():
        by_distance = [np.diagonal(matrix, k).mean() for k in range(LENGTH - 16)]
        ax.plot(by_distance, **style.line(name))
        style.label(ax, LENGTH - 17, by_distance[-1], style.MARKS[name].label, name)
    ax.set(xlim=(0, LENGTH + 16), xticks=range(0, LENGTH - 15, 16), xlabel="distance |m − n|", ylabel="cosine")
    return figure
