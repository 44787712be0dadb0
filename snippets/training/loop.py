"""How the experiments train: AdamW, one schedule of the rate, one process or several, on from where it was stopped."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Generator, Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from snippets.training.model import SmallGPT, build

DECAY, CLIP = 0.1, 1.0  # AdamW's weight decay, the largest norm of a gradient


@dataclass(frozen=True)
class Sizes:
    """What the profile of every experiment says of model, training and test; a profile is a frozen dataclass.

    Lengths in tokens; ``multiples`` of the trained length are tested.
    """

    dim: int
    heads: int
    layers: int
    length: int
    steps: int
    look: int
    multiples: tuple[float, ...]
    rates: tuple[float, ...]
    token_stds: tuple[float, ...]
    tuning_steps: int
    seeds: tuple[int, ...]

    @property
    def longest(self) -> int:
        """The longest window of the test, in tokens."""
        return round(self.length * max(self.multiples))

    def as_stored(self) -> dict:
        """Every size by its name, in the order of the profile, as JSON gives it back."""
        sizes = {name: getattr(self, name) for name in type(self).__annotations__}
        return {name: list(size) if isinstance(size, tuple) else size for name, size in sizes.items()}


@dataclass(frozen=True)
class Plan:
    """One training: its steps, its highest rate, the seed of its batches, the steps from one look to the next."""

    steps: int
    rate: float
    seed: int
    look: int


def device() -> torch.device:
    """The GPU of this process, or the CPU if there is none."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))


def precision(bf16: bool) -> Callable[[], AbstractContextManager]:
    """A context in which a model computes, in bfloat16 if so wanted."""
    return (lambda: torch.autocast(device().type, torch.bfloat16)) if bf16 else nullcontext


def share() -> tuple[int, int]:
    """Which process this is, and of how many."""
    return (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)


def wait_for_all() -> None:
    """Let no process look for a file before the first has written it."""
    if dist.is_initialized():
        dist.barrier()


def fresh(scheme: str, sizes: Sizes, token_std: float, seed: int) -> SmallGPT:
    """A model as its seed starts it."""
    model = build(scheme, sizes.dim, sizes.heads, sizes.layers, sizes.length, sizes.longest, token_std, seed)
    return model.to(device())


def spread(model: nn.Module, compiled: bool) -> Callable[..., Tensor]:
    """The model to call in training: compiled if so wanted, its gradients averaged over all processes."""
    fast = torch.compile(model) if compiled else model
    if share()[1] == 1:
        return fast
    own = [device().index] if torch.cuda.is_available() else None
    return DistributedDataParallel(fast, device_ids=own, find_unused_parameters=True)  # Shaw's values have no door


def schedule(optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LambdaLR:
    """The rate rises for a tenth of the steps and falls to a tenth of itself."""
    warm = max(1, steps // 10)
    return torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min((s + 1) / warm, 1) * (1 - 0.9 * max(s - warm, 0) / max(steps - warm, 1))
    )


def train(
    model: nn.Module,
    batch_loss: Callable[[Generator], Tensor],
    look: Callable[[], object],
    plan: Plan,
    checkpoint: Path | None = None,
    bar=None,
) -> list:
    """Train ``model`` in place by ``plan``; returns what every look saw.

    batch_loss: draws a batch by the generator and gives its loss. ``checkpoint`` is written at every look and read
    first if it is there. bar: told of every step, as tqdm is.
    """
    generator = Generator().manual_seed(plan.seed)
    optimizer = torch.optim.AdamW(model.parameters(), plan.rate, betas=(0.9, 0.99), weight_decay=DECAY, fused=True)
    pace = schedule(optimizer, plan.steps)
    parts, seen, done = {"model": model, "optimizer": optimizer, "pace": pace}, [], 0
    if checkpoint and checkpoint.is_file():
        seen, done = _load(checkpoint, parts, generator)
        if bar:
            bar.update(done)
    for step in range(done + 1, plan.steps + 1):
        loss = batch_loss(generator)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        pace.step()
        if bar:
            bar.update()
        if step % plan.look == 0 or step == plan.steps:
            seen.append(look())
            if checkpoint and share()[0] == 0:
                _save(checkpoint, parts, generator, seen, step)
            wait_for_all()
    return seen


def _save(path: Path, parts: dict, generator: Generator, seen: list, done: int) -> None:
    state = {name: part.state_dict() for name, part in parts.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state | {"generator": generator.get_state(), "seen": seen, "done": done}, f"{path}.part")
    os.replace(f"{path}.part", path)


def _load(path: Path, parts: dict, generator: Generator) -> tuple[list, int]:
    saved = torch.load(path, map_location=device())
    for name, part in parts.items():
        part.load_state_dict(saved[name])
    generator.set_state(saved["generator"].cpu())
    return saved["seen"], saved["done"]
