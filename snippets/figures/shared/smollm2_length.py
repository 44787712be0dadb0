"""What to see: past its 8192 tokens RoPE breaks; stretched, untuned, the same weights go on reading.

Loss of SmolLM2-135M on Emma in blocks of 512 tokens. Above, every form; the grey region is the length it was made for.
Below, the difference to plain RoPE, so that passages that are hard for all cancel: interpolation pays for the far half
in the near one.
"""

import json
from pathlib import Path

from matplotlib.figure import Figure

from snippets.figures import style

RESULT = Path("snippets/experiments/results/smollm2.json")


def draw() -> Figure:
    """Above: loss by position. Below: what stretching adds."""
    found = json.loads(RESULT.read_text("utf-8"))["long"]
    size, trained, loss = found["block"], found["trained"], found["loss"]
    at = [size * (block + 0.5) for block in range(found["tokens"] // size)]
    figure, (above, below) = style.subplots(2, 1, height=4.6, sharex=True, height_ratios=(1.5, 1))
    for ax in (above, below):
        ax.axvspan(0, trained, color=style.colour("grid"), alpha=0.5, linewidth=0)
    for name, blocks in loss.items():
        above.plot(at, blocks, **style.line(name))
        if name != "rope":
            below.plot(at, [b - own for b, own in zip(blocks, loss["rope"], strict=True)], **style.line(name))
    style.label(above, 13900, 6.25, "RoPE", "rope", fontweight="bold", ha="right")
    style.label(above, 2900, 4.95, "interpolation", "position_interpolation", fontweight="bold")
    style.label(above, 16200, 2.72, "NTK-aware, YaRN", "yarn", fontweight="bold", ha="right")
    style.label(below, 300, -3.2, "lower than RoPE", "muted")
    below.axhline(0, color=style.colour("rope"), linewidth=1.2)
    above.set(ylabel="loss", ylim=(2.4, 7.3), title="loss")
    below.set(ylabel="difference", xlabel="position", xlim=(0, found["tokens"]), ylim=(-4.2, 1.4), title="minus RoPE")
    below.set(xticks=[0, 4096, 8192, 12288, 16384])
    return figure
