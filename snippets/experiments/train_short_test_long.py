"""The same small GPT with each of fourteen schemes, trained on short windows and tested on long ones.

Text: three novels of Jane Austen, bytes as tokens; the last 100,000 bytes are for the test, the 100,000 before them
for choosing settings. Losses are in nats a byte. A window of every length ends at the same places of the test text, so
the last 32 targets are the same bytes at every length: only what stands before them differs.

    python -m snippets.experiments.train_short_test_long                    all fourteen, three seeds
    python -m snippets.experiments.train_short_test_long --scheme rope      one scheme
    python -m snippets.experiments.train_short_test_long --scheme mine.py   a scheme of your own
    torchrun --nproc-per-node 8 -m snippets.experiments.train_short_test_long --profile gpu

A run whose result is stored is not repeated, one that was stopped goes on from its last look at the validation loss.
To train anew what is stored, name another folder with --results.
"""

import hashlib
import os
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Generator, Tensor
from tqdm import tqdm

from snippets import catalogue
from snippets.schemes import ntk_aware, position_interpolation, yarn
from snippets.training import loop, runs
from snippets.training.loop import Plan, device, precision, share
from snippets.training.model import SmallGPT
from snippets.training.novels import HELD_OUT, TEXT, losses, text, windows
from snippets.training.results import rounded
from snippets.training.runs import LAST

EXPERIMENT = "train_short_test_long"
RESULTS = Path("snippets/experiments/results") / EXPERIMENT
CHECKPOINTS = Path(".cache/runs")
BIN = 16  # positions that are averaged in a curve of loss by position
STRETCHES = ("rope", "position_interpolation", "ntk_aware", "yarn")  # of the trained rope model; "rope": not stretched


@dataclass(frozen=True)
class Profile(loop.Sizes):
    """Sizes of model, training and test. Lengths in tokens; ``multiples`` of the trained length are tested."""

    dim: int = 128
    heads: int = 4
    layers: int = 4
    length: int = 128
    batch: int = 8
    steps: int = 1500
    look: int = 250
    multiples: tuple[float, ...] = (1, 1.5, 2, 4, 8)
    windows: int = 64
    rates: tuple[float, ...] = (1e-3, 2e-3, 4e-3)
    token_stds: tuple[float, ...] = (0.1, 1.0)
    tuning_steps: int = 250
    stretch: int = 4
    stretch_steps: int = 100
    seeds: tuple[int, ...] = (0, 1, 2)
    bf16: bool = False
    compiled: bool = False


PROFILES = {
    "smoke": Profile(
        dim=32, heads=2, layers=2, length=32, steps=300, look=150, windows=16, multiples=(1, 2, 8), rates=(1e-2,),
        token_stds=(0.5,), tuning_steps=10, stretch_steps=5, seeds=(0,),
    ),
    "laptop": Profile(),
    "gpu": Profile(
        dim=512, heads=8, layers=8, length=512, batch=64, steps=3000, multiples=(1, 1.5, 2, 4, 8, 16), windows=128,
        rates=(3e-4, 6e-4, 1.2e-3), bf16=True, compiled=True,
    ),
}  # fmt: skip


def train(
    model: SmallGPT, profile: Profile, plan: Plan, length: int, batch: int, checkpoint: Path | None = None, bar=None
) -> list[float]:
    """Train on batches of ``batch`` random windows of ``length``; the validation loss at every look.

    Every process draws the same windows and takes its share, so that several give what one gives.
    Raises ValueError if the windows do not divide among the processes.
    """
    rank, processes = share()
    if batch % processes:
        raise ValueError(f"a batch of {batch} windows does not divide among {processes} processes")
    ids, validation, _ = text()
    cut = windows(validation, profile.length, profile.windows, profile.longest)
    fast = loop.spread(model, profile.compiled)

    def batch_loss(generator: Generator) -> Tensor:
        starts = torch.randint(len(ids) - length, (batch, 1), generator=generator)[rank::processes]
        window = ids[starts + torch.arange(length + 1)].to(device())
        with precision(profile.bf16)():
            scores = fast(window[:, :-1])
        return F.cross_entropy(scores.float().flatten(0, 1), window[:, 1:].flatten())

    def look() -> float:
        return rounded(losses(model, cut, bf16=profile.bf16).mean())

    return loop.train(model, batch_loss, look, plan, checkpoint, bar)


def measure(model: SmallGPT, profile: Profile) -> dict:
    """What a run stores of a trained model: by length, and at the longest with only the nearest keys in sight."""
    found, test = {"by_length": {}}, text()[2]
    for multiple in profile.multiples:
        length = round(profile.length * multiple)
        loss = losses(model, windows(test, length, profile.windows, profile.longest), bf16=profile.bf16)
        found["by_length"][str(length)] = {
            "mean": rounded(loss.mean()),
            "last": rounded(loss[:, -LAST:].mean()),
            "by_position": [rounded(part.mean()) for part in loss.split(BIN, dim=1)],
        }
    cut = windows(test, profile.longest, profile.windows, profile.longest)
    loss = losses(model, cut, nearest=profile.length, bf16=profile.bf16)
    found["near"] = {"mean": rounded(loss.mean()), "last": rounded(loss[:, -LAST:].mean())}
    return found


def stretched(way: str, profile: Profile) -> catalogue.Scheme:
    """RoPE for ``profile.stretch`` times the trained length, by a way of STRETCHES; ValueError for another."""
    size, scale = profile.dim // profile.heads, profile.stretch
    match way:
        case "rope":
            return catalogue.build("rope", profile.dim, profile.heads, profile.length)
        case "position_interpolation":
            return catalogue.turning(position_interpolation.interpolated_frequencies(size, scale))
        case "ntk_aware":
            return catalogue.turning(ntk_aware.ntk_frequencies(size, scale))
        case "yarn":
            speeds = yarn.yarn_frequencies(size, scale, profile.length)
            return catalogue.turning(speeds, yarn.yarn_attention_factor(scale))
    raise ValueError(f"way must be one of {STRETCHES}, got {way!r}")


class Runs(runs.Runs[Profile]):
    """The runs of one profile; those of the table are the profile "laptop"."""

    experiment, profiles = EXPERIMENT, PROFILES

    def __init__(self, profile: str, folder: Path | None = None, checkpoints: Path | None = None):
        kept = (checkpoints or CHECKPOINTS) / EXPERIMENT / profile
        super().__init__(profile, (folder or RESULTS) / profile, kept)

    @cached_property
    def settings(self) -> dict:
        """The sizes, and which text."""
        digest = hashlib.sha256(TEXT.read_bytes()).hexdigest()[:16]
        return self.profile.as_stored() | {"text": digest, "held_out": HELD_OUT}

    def train(self, model: SmallGPT, plan: Plan, checkpoint: Path | None, bar: tqdm) -> tuple[float, dict]:
        """Train on the profile's windows; no speed is told of a training that was stopped."""
        length, batch, began = self.profile.length, self.profile.batch, time.time()
        resumed = checkpoint is not None and checkpoint.is_file()
        curve = train(model, self.profile, plan, length, batch, checkpoint, bar)
        speed = plan.steps * batch * length / (time.time() - began)
        return curve[-1], {"tokens_per_second": None if resumed else round(speed), "curve": curve}

    def measure(self, model: SmallGPT) -> dict:
        return measure(model, self.profile)

    def run_stretched(self, way: str, tuned: bool, seed: int) -> dict:
        """The trained rope model, stretched by ``way``, as it is or after a short training on stretched windows."""
        name = f"rope+{way}+tuned" if tuned else f"rope+{way}"
        if self.path(name, seed).is_file():
            return self.read(name, seed)
        profile, best, began = self.profile, self.tune("rope"), time.time()
        model, _ = self.trained("rope", seed, best, "rope")
        model.schemes = [stretched(way, profile)] * profile.layers
        curve = []
        if tuned:
            plan = Plan(profile.stretch_steps, best["rate"] / 4, 100 + seed, profile.look)
            length = profile.length * profile.stretch
            batch = max(share()[1], profile.batch // profile.stretch)
            with self.bar(f"{name} {seed}", plan.steps) as bar:
                curve = train(model, profile, plan, length, batch, bar=bar)
        return self.write(name, seed, began, {"curve": curve} | measure(model, profile))


def main(arguments: list[str] | None = None) -> None:
    """Run what the command line asks for."""
    parser = runs.command_line(__doc__, RESULTS, PROFILES)
    parser.add_argument("--rate", type=float, help="a learning rate in place of the one that tuning chose")
    asked = parser.parse_args(arguments)
    if "WORLD_SIZE" in os.environ:
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    if torch.cuda.is_available():
        torch.cuda.set_device(device())
    made = Runs(asked.profile, asked.results)
    for seed in asked.seed if asked.seed is not None else made.profile.seeds:
        for scheme in asked.scheme:
            tell(scheme, seed, made.run(scheme, seed, asked.rate))
            if scheme == "rope" and asked.rate is None:
                for way in STRETCHES[1:]:
                    tell(f"{way}, stretched", seed, made.run_stretched(way, False, seed))
                for way in STRETCHES:
                    tell(f"{way}, stretched, tuned", seed, made.run_stretched(way, True, seed))
    if dist.is_initialized():
        dist.destroy_process_group()


def tell(name: str, seed: int, run: dict) -> None:
    """Print the losses of a run, in one process of all."""
    last = {length: loss["last"] for length, loss in run["by_length"].items()}
    if share()[0] == 0:
        print(f"{name}, seed {seed}: loss on the last {LAST} bytes by length {last}", flush=True)


if __name__ == "__main__":
    main()
