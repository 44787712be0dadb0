"""Three novels of Jane Austen as bytes, in three parts, and the loss of a model on windows of them.

The last 100,000 bytes are for the test, the 100,000 before them for choosing settings. A window of every length ends
at the same places, so its last targets are the same bytes at every length: only what stands before them differs.
"""

from functools import cache
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from snippets.training.loop import precision
from snippets.training.model import SmallGPT

TEXT = Path("snippets/data/austen.txt")
HELD_OUT = 100_000  # bytes of each held-out part


@cache
def text() -> tuple[Tensor, Tensor, Tensor]:
    """Bytes to learn from, to choose settings by, and to test on, each (L,)."""
    ids = torch.frombuffer(bytearray(TEXT.read_bytes()), dtype=torch.uint8).long()
    return ids[: -2 * HELD_OUT], ids[-2 * HELD_OUT : -HELD_OUT], ids[-HELD_OUT:]


def windows(ids: Tensor, length: int, count: int, longest: int) -> Tensor:
    """``count`` windows of ``length`` inputs and one more target, whose ends do not hang on ``length``: (W, T + 1)."""
    ends = torch.linspace(longest + 1, len(ids), count).long()
    return ids[ends[:, None] - length - 1 + torch.arange(length + 1)]


@torch.no_grad()
def losses(model: SmallGPT, cut: Tensor, nearest: int = 0, bf16: bool = False) -> Tensor:
    """Loss of every target of the windows ``cut`` (W, T + 1), in nats: (W, T).

    nearest: how many keys a query sees; 0: all before it.
    """
    device, found = model.read.weight.device, []
    for batch in cut.to(device).split(max(1, 8192 // cut.shape[1])):
        with precision(bf16)():
            scores = model(batch[:, :-1], nearest)
        found.append(F.cross_entropy(scores.float().mT, batch[:, 1:], reduction="none").cpu())
    return torch.cat(found)
