"""Two processes of this machine that talk through gloo, as two GPUs would through
NCCL.
"""

import os
import tempfile
from collections.abc import Callable

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor

WORLD = 2


def say(*words: object) -> None:
    """Print once, and not once a process."""
    if dist.get_rank() == 0:
        print(*words, flush=True)


def join(part: Tensor, dim: int) -> Tensor:
    """The parts of all processes side by side, in the order of their ranks."""
    parts = [torch.empty_like(part) for _ in range(WORLD)]
    dist.all_gather(parts, part.contiguous())
    return torch.cat(parts, dim=dim)


def off(one: Tensor, other: Tensor) -> str:
    return f"off by {(one - other).abs().max():.1f}"


def run(*parts: Callable[[int], None]) -> None:
    """Call every part in two new processes, with the rank of each."""
    with tempfile.TemporaryDirectory() as folder:
        mp.spawn(_work, (f"{folder}/store", parts), nprocs=WORLD)


def _work(rank: int, store: str, parts: tuple[Callable[[int], None], ...]) -> None:
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)  # fills memory that nobody wrote with nan
    dist.init_process_group(
        "gloo", init_method=f"file://{store}", rank=rank, world_size=WORLD
    )
    for part in parts:
        torch.manual_seed(0)
        part(rank)
    dist.barrier()
    dist.destroy_process_group()
    os._exit(0)  # without torch's teardown; all that was said has been flushed
