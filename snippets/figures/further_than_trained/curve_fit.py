"""What to see: a score function that fits every point within the trained length goes wild behind it.

The experiment of Chen et al. 2023, figure 2. One random target for each of 2048 offsets is fitted by least squares with
the waves of a head of LLaMA. Left, the fit within the trained length; middle, the same curve up to twice that, on a
scale of powers of ten; right, the same curve between whole offsets, where interpolation reads it.
"""

import torch
from matplotlib.figure import Figure
from torch import Tensor

from snippets.figures import style
from snippets.schemes.rope import frequencies

DIM, TRAINED = 128, 2048


def waves(offsets: Tensor) -> Tensor:
    """Cosine and sine of every pair at ``offsets`` (T,): (T, d_h)."""
    angles = offsets[:, None].double() * frequencies(DIM)
    return torch.cat((angles.cos(), angles.sin()), dim=1)


def targets(seed: int) -> Tensor:
    """A random score for every offset within the trained length: (2048,)."""
    return torch.randn(TRAINED, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def fitted(seed: int, ridge: float = 0.0) -> Tensor:
    """Strengths of all waves, (d_h,), that fit the targets of ``seed`` with the smallest squared error.

    ridge: what a strength of 1 costs; 0 is plain least squares. Combinations of waves that are more than 300,000 times
    weaker than the strongest within the trained length are left out: how many digits a fit can use is a choice, too.
    Raises ValueError for a ridge below 0.
    """
    if not ridge >= 0:
        raise ValueError(f"ridge must be 0 or more, since it is a cost; got {ridge}")
    u, s, v = torch.linalg.svd(waves(torch.arange(TRAINED)), full_matrices=False)
    kept = torch.where(s > s[0] / 300_000, s / (s.square() + ridge), 0)
    return v.T @ (kept * (u.T @ targets(seed)))


def draw() -> Figure:
    """Left: within the trained length. Middle: beyond. Right: between whole offsets."""
    figure, (left, middle, right) = style.subplots(1, 3, height=2.9)
    strengths, name = fitted(0), style.colour("rope")
    at = torch.arange(0, TRAINED, 16)
    left.plot(at, targets(0)[::16], ".", color=style.colour("muted"), markersize=3.5)
    left.plot(at, waves(at) @ strengths, color=name, linewidth=1.6)
    left.set(title="trained", ylim=(-3.2, 3.2), xticks=[0, 1024, 2048], xlabel="$m - n$", ylabel="score")

    at = torch.arange(0, 2 * TRAINED, 4)
    middle.axvspan(0, TRAINED, color=style.colour("grid"), alpha=0.5, linewidth=0)
    middle.plot(at, waves(at) @ strengths, color=name, linewidth=1.6)
    middle.set_yscale("symlog", linthresh=1)
    middle.set(title="beyond", xticks=[0, 2048, 4096], xlabel="$m - n$", ylim=(-4000, 4000))
    middle.set(yticks=[-1000, -10, 0, 10, 1000], yticklabels=["−1000", "−10", "0", "10", "1000"])
    middle.minorticks_off()

    at = torch.linspace(100, 108, 129)
    whole = torch.arange(100, 109)
    right.plot(at, waves(at) @ strengths, color=style.colour("position_interpolation"), linewidth=1.9)
    right.plot(whole, waves(whole) @ strengths, "o", color=name, markersize=4)
    right.set(title="between", ylim=(-3.2, 3.2), xticks=[100, 104, 108], xlabel="$m - n$")
    return figure
