"""What is in a position table: waves by wavelength, and likeness by distance.

Four tables: the one all-MiniLM-L6-v2 learned (512 rows), the one our small byte model learned (its 64 trained rows),
the sinusoidal formula at MiniLM's size, and noise. Left, the share of the centred table's energy at wavelengths of
at least so many tokens; a steep rise is a band. Right, mean cosine of centred rows by their distance.
"""

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from snippets.figures import style
from snippets.schemes.sinusoidal import sinusoidal_table


def spectrum(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Wavelengths in tokens, longest first, and the share of the centred table's energy at each: (n // 2,) each.

    Raises ValueError for a table that is not (n, d) with n even and at least 2.
    """
    if table.ndim != 2 or len(table) < 2 or len(table) % 2:
        raise ValueError(f"table must be (n, d) with an even number of rows, got shape {table.shape}")
    energy = (abs(np.fft.rfft(table - table.mean(0), axis=0)) ** 2).sum(1)[1:]
    energy[:-1] *= 2  # all but the fastest wave stand for two terms of the full transform
    return len(table) / np.arange(1, len(energy) + 1), energy / energy.sum()


def by_distance(table: np.ndarray) -> np.ndarray:
    """Mean cosine of centred rows at distances 0 .. n - 1: (n,)."""
    centred = table - table.mean(0)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    cosines = unit @ unit.T
    return np.array([np.diagonal(cosines, k).mean() for k in range(len(table))])


@lru_cache
def tables() -> dict[str, np.ndarray]:
    """The four tables, (n, d) each."""
    minilm = np.load("snippets/data/minilm.npz")["positions"].astype(np.float64)
    ours = json.loads(Path("snippets/experiments/results/learned_or_fixed_table.json").read_text())["table"]
    return {
        "minilm": minilm,
        "ours": np.array(ours)[:64],
        "sinusoidal": sinusoidal_table(*minilm.shape).double().numpy(),
        "random": np.random.default_rng(0).standard_normal(minilm.shape),
    }


LOOKS = {
    "minilm": ("learned", "MiniLM", {"linestyle": "-"}),
    "ours": ("concatenated", "ours", {"linestyle": "-."}),
    "sinusoidal": ("sinusoidal", "formula", {}),
    "random": ("random", "noise", {}),
}


def draw() -> Figure:
    """Left: energy by wavelength, cumulated. Right: cosine by distance."""
    figure, (left, right) = style.subplots(1, 2, height=3.2)
    for name, table in tables().items():
        mark, text, more = LOOKS[name]
        look = {**style.line(mark), **more}
        waves, share = spectrum(table)
        left.step(waves, share.cumsum(), where="post", label=text, **look)
        reach = min(64, len(table) // 2)
        right.plot(range(reach + 1), by_distance(table)[: reach + 1], **look)
    left.set(xscale="log", xlim=(560, 2), ylim=(0, 1.02), xlabel="wavelength at least (tokens)", title="energy")
    left.set_xticks([512, 128, 64, 16, 8, 4, 2], ["512", "128", "64", "16", "8", "4", "2"])
    left.minorticks_off()
    left.legend(loc="upper left", handlelength=2.6)
    right.axhline(0, color=style.colour("muted"), linewidth=0.8)
    right.set(xlim=(0, 64), xlabel="distance (tokens)", title="cosine of rows", xticks=range(0, 65, 16))
    return figure
