"""The same small GPT with every scheme, trained on short windows and tested on long ones.

Text: three novels of Jane Austen, bytes as tokens; the last 100,000 bytes are for the test, the 100,000 before them
for choosing settings. Losses are in nats a byte. A window of every length ends at the same places of the test text, so
the last 32 targets are the same bytes at every length: only what stands before them differs.

    python -m snippets.experiments.train_short_test_long                    every scheme, three seeds
    python -m snippets.experiments.train_short_test_long --scheme rope      one scheme
    python -m snippets.experiments.train_short_test_long --scheme mine.py   a scheme of your own
    torchrun --nproc-per-node 8 -m snippets.experiments.train_short_test_long --profile gpu

A run whose result is stored is not repeated, one that was stopped goes on from its last look at the validation loss.
"""

import argparse
import hashlib
import json
import os
import time
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm

from snippets import catalogue
from snippets.experiments import run_files, small_gpt
from snippets.schemes import ntk_aware, position_interpolation, yarn

EXPERIMENT = "train_short_test_long"
RESULTS = Path("snippets/experiments/results") / EXPERIMENT
CHECKPOINTS = Path(".cache/runs")
TEXT = Path("snippets/data/austen.txt")
HELD_OUT = 100_000  # bytes of each held-out part
LAST = 32  # targets at the end of a window that every length has in common
BIN = 16  # positions that are averaged in a curve of loss by position
DECAY, CLIP = 0.1, 1.0  # AdamW's weight decay, the largest norm of a gradient
TUNING_SEED = 1000
SCHEMES = (
    "none", "sinusoidal", "learned", "concatenated", "concatenated_split", "shaw", "t5_bias", "alibi", "kerple", "fire",
    "cope", "rope", "partial_rope", "xpos",
)  # fmt: skip
STRETCHES = ("rope", "position_interpolation", "ntk_aware", "yarn")  # of the trained rope model; "rope": not stretched


@dataclass(frozen=True)
class Profile:
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

    @property
    def longest(self) -> int:
        """The longest window of the test, in tokens."""
        return round(self.length * max(self.multiples))


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
def losses(model: small_gpt.SmallGPT, cut: Tensor, window: int = 0, autocast=nullcontext) -> Tensor:
    """Loss of every target of the windows ``cut`` (W, T + 1), in nats: (W, T)."""
    device, found = model.read.weight.device, []
    for batch in cut.to(device).split(max(1, 8192 // cut.shape[1])):
        with autocast():
            scores = model(batch[:, :-1], window)
        found.append(F.cross_entropy(scores.float().mT, batch[:, 1:], reduction="none").cpu())
    return torch.cat(found)


def measure(model: small_gpt.SmallGPT, profile: Profile) -> dict:
    """What a run stores of a trained model: by length, and at the longest with only the nearest keys in sight."""
    found, test = {"by_length": {}}, text()[2]
    for multiple in profile.multiples:
        length = round(profile.length * multiple)
        loss = losses(model, windows(test, length, profile.windows, profile.longest), autocast=precision(profile))
        found["by_length"][str(length)] = {
            "mean": rounded(loss.mean()),
            "last": rounded(loss[:, -LAST:].mean()),
            "by_position": [rounded(part.mean()) for part in loss.split(BIN, dim=1)],
        }
    cut = windows(test, profile.longest, profile.windows, profile.longest)
    loss = losses(model, cut, profile.length, precision(profile))
    found["near"] = {"mean": rounded(loss.mean()), "last": rounded(loss[:, -LAST:].mean())}
    return found


def rounded(value: Tensor) -> float:
    """As stored: four digits."""
    return round(float(value), 4)


def device() -> torch.device:
    """The GPU of this process, or the CPU if there is none."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))


def precision(profile: Profile):
    """A context in which a model computes, in bfloat16 if the profile says so."""
    return (lambda: torch.autocast(device().type, torch.bfloat16)) if profile.bf16 else nullcontext


def share() -> tuple[int, int]:
    """Which process this is, and of how many."""
    return (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)


def wait_for_all() -> None:
    """Let no process look for a file before the first has written it."""
    if dist.is_initialized():
        dist.barrier()


def train(
    model, profile: Profile, steps: int, rate: float, seed: int, length=0, batch=0, checkpoint=None, bar=None
) -> list[float]:
    """AdamW over random windows of the text; the rate rises for a tenth of the steps and falls to a tenth of itself.

    Every process draws the same windows and takes its share, so that several give what one gives. ``checkpoint`` is
    written at every look and read first if it is there. Returns the validation loss at every look.
    """
    length, batch = length or profile.length, batch or profile.batch
    rank, processes = share()
    if batch % processes:
        raise ValueError(f"a batch of {batch} windows does not divide among {processes} processes")
    ids, validation, _ = text()
    generator = torch.Generator().manual_seed(seed)
    fast = torch.compile(model) if profile.compiled else model
    if processes > 1:
        own = [device().index] if torch.cuda.is_available() else None
        fast = DistributedDataParallel(fast, device_ids=own, find_unused_parameters=True)  # Shaw's values have no door
    optimizer = torch.optim.AdamW(model.parameters(), rate, betas=(0.9, 0.99), weight_decay=DECAY, fused=True)
    warm = max(1, steps // 10)
    pace = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min((s + 1) / warm, 1) * (1 - 0.9 * max(s - warm, 0) / max(steps - warm, 1))
    )
    parts, curve, done = {"model": model, "optimizer": optimizer, "pace": pace}, [], 0
    if checkpoint and checkpoint.is_file():
        saved = torch.load(checkpoint, map_location=device())
        for name, part in parts.items():
            part.load_state_dict(saved[name])
        generator.set_state(saved["generator"].cpu())
        curve, done = saved["curve"], saved["done"]
        if bar:
            bar.update(done)
    for step in range(done + 1, steps + 1):
        starts = torch.randint(len(ids) - length, (batch, 1), generator=generator)[rank::processes]
        window = ids[starts + torch.arange(length + 1)].to(device())
        with precision(profile)():
            scores = fast(window[:, :-1])
        loss = F.cross_entropy(scores.float().flatten(0, 1), window[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        pace.step()
        if bar:
            bar.update()
        if step % profile.look == 0 or step == steps:
            cut = windows(validation, profile.length, profile.windows, profile.longest)
            curve.append(rounded(losses(model, cut, autocast=precision(profile)).mean()))
            if checkpoint and rank == 0:
                checkpoint.parent.mkdir(parents=True, exist_ok=True)
                state = {name: part.state_dict() for name, part in parts.items()}
                state |= {"generator": generator.get_state(), "curve": curve, "done": step}
                torch.save(state, f"{checkpoint}.part")
                os.replace(f"{checkpoint}.part", checkpoint)
            wait_for_all()
    return curve


def fresh(scheme: str, profile: Profile, token_std: float, seed: int) -> small_gpt.SmallGPT:
    """A model as its seed starts it."""
    sizes = (profile.dim, profile.heads, profile.layers, profile.length, profile.longest)
    return small_gpt.build(scheme, *sizes, token_std, seed).to(device())


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


def label(scheme: str) -> str:
    """What results call a scheme: a name as it is, a file without its folder and ending."""
    return Path(scheme).stem if scheme.endswith(".py") else scheme


class Runs:
    """The runs of one profile: where they are stored, and what a stored run must agree with."""

    def __init__(self, profile: str, folder: Path = RESULTS, checkpoints: Path = CHECKPOINTS):
        if profile not in PROFILES:
            raise ValueError(f"profile must be one of {sorted(PROFILES)}, got {profile!r}")
        self.name, self.profile = profile, PROFILES[profile]
        self.folder, self.checkpoints = folder / profile, checkpoints / EXPERIMENT / profile
        sizes = {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self.profile).items()}
        self.settings = sizes | {"text": hashlib.sha256(TEXT.read_bytes()).hexdigest()[:16], "held_out": HELD_OUT}

    def path(self, scheme: str, seed: int | str) -> Path:
        """Where the run of a scheme (a name or a file) and a seed is stored."""
        return self.folder / f"{label(scheme)}-{seed}.json"

    def read(self, scheme: str, seed: int | str) -> dict:
        """A stored run. Raises FileNotFoundError if there is none, ValueError if it is not one of these."""
        return run_files.read(self.path(scheme, seed), EXPERIMENT, self.settings)

    def all(self) -> list[dict]:
        """Every stored run. Raises ValueError for a file that is not one."""
        return [run_files.read(path, EXPERIMENT, self.settings) for path in sorted(self.folder.glob("*.json"))]

    def _write(self, scheme: str, seed: int | str, began: float, found: dict) -> dict:
        head = {"experiment": EXPERIMENT, "profile": self.name, "scheme": label(scheme), "seed": seed}
        run = head | {"settings": self.settings, **run_files.here(), "seconds": round(time.time() - began, 1)} | found
        if share()[0] == 0:
            run_files.write(self.path(scheme, seed), run)
        wait_for_all()
        return run

    def tune(self, scheme: str) -> dict:
        """The grid of rates and token scales, each trained for a while with its own seed; the best by validation."""
        if self.path(scheme, "tuning").is_file():
            return self.read(scheme, "tuning")
        began, grid, profile = time.time(), [], self.profile
        pairs = [(rate, std) for rate in profile.rates for std in profile.token_stds]
        with self._bar(f"{scheme} tuning", len(pairs) * profile.tuning_steps) as bar:
            for rate, std in pairs:
                model = fresh(scheme, profile, std, TUNING_SEED)
                loss = train(model, profile, profile.tuning_steps, rate, TUNING_SEED, bar=bar)[-1]
                grid.append({"rate": rate, "token_std": std, "loss": loss})
        best = min(grid, key=lambda tried: tried["loss"])
        chosen = {"rate": best["rate"], "token_std": best["token_std"]}
        return self._write(scheme, "tuning", began, {"grid": grid} | chosen)

    def _bar(self, title: str, steps: int):
        return tqdm(total=steps, desc=title, unit="step", disable=share()[0] > 0)

    def run(self, scheme: str, seed: int, rate: float | None = None) -> dict:
        """Train and measure one scheme with one seed, or read what is stored.

        rate: in place of the one that tuning chose; such a run is stored under another name.
        """
        name = scheme if rate is None else f"{label(scheme)}@{rate:g}"
        if self.path(name, seed).is_file():
            return self.read(name, seed)
        best, began = self.tune(scheme), time.time()
        if rate is not None:
            best = best | {"rate": rate}
        resumed = self._checkpoint(name, seed, best).is_file()
        model, curve = self._trained(scheme, seed, best, name)
        seconds = time.time() - began
        tokens = self.profile.steps * self.profile.batch * self.profile.length
        found = {
            "rate": best["rate"],
            "token_std": best["token_std"],
            "parameters": sum(p.numel() for p in model.parameters()),
            "tokens_per_second": None if resumed else round(tokens / seconds),
            "curve": curve,
        }
        return self._write(name, seed, began, found | measure(model, self.profile))

    def _trained(self, scheme: str, seed: int, best: dict, name: str) -> tuple[small_gpt.SmallGPT, list]:
        model = fresh(scheme, self.profile, best["token_std"], seed)
        checkpoint = self._checkpoint(name, seed, best)
        with self._bar(f"{name} {seed}", self.profile.steps) as bar:
            curve = train(model, self.profile, self.profile.steps, best["rate"], seed, checkpoint=checkpoint, bar=bar)
        return model, curve

    def _checkpoint(self, name: str, seed: int, best: dict) -> Path:
        """Where a training is kept; another setting, another folder of results or an edited file has another place."""
        made = [str(self.folder.resolve()), self.settings, best["rate"], best["token_std"]]
        made += [Path(name).read_text()] if name.endswith(".py") else []
        digest = hashlib.sha256(json.dumps(made).encode()).hexdigest()[:16]
        return self.checkpoints / f"{label(name)}-{seed}-{digest}.pt"

    def run_stretched(self, way: str, tuned: bool, seed: int) -> dict:
        """The trained rope model, stretched by ``way``, as it is or after a short training on stretched windows."""
        name = f"rope+{way}" + "+tuned" * tuned
        if self.path(name, seed).is_file():
            return self.read(name, seed)
        profile, best, began = self.profile, self.tune("rope"), time.time()
        model, _ = self._trained("rope", seed, best, "rope")
        model.schemes = [stretched(way, profile)] * profile.layers
        curve = []
        if tuned:
            length, batch = profile.length * profile.stretch, max(share()[1], profile.batch // profile.stretch)
            with self._bar(f"{name} {seed}", profile.stretch_steps) as bar:
                rate = best["rate"] / 4
                curve = train(model, profile, profile.stretch_steps, rate, 100 + seed, length, batch, bar=bar)
        return self._write(name, seed, began, {"curve": curve} | measure(model, profile))


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--profile", choices=PROFILES, default="laptop")
    parser.add_argument("--scheme", nargs="*", default=SCHEMES, help="names of schemes, or files with one")
    parser.add_argument("--seed", nargs="*", type=int, help="seeds; those of the profile if not given")
    parser.add_argument("--rate", type=float, help="a learning rate in place of the one that tuning chose")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the result files")
    asked = parser.parse_args()
    if "WORLD_SIZE" in os.environ:
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    if torch.cuda.is_available():
        torch.cuda.set_device(device())
    runs = Runs(asked.profile, asked.results)
    for seed in asked.seed if asked.seed is not None else runs.profile.seeds:
        for scheme in asked.scheme:
            found = [(scheme, runs.run(scheme, seed, asked.rate))]
            if scheme == "rope" and asked.rate is None:
                for tuned in (False, True):
                    found += [(f"{way}, stretched" + ", tuned" * tuned, runs.run_stretched(way, tuned, seed))
                              for way in STRETCHES[not tuned :]]  # fmt: skip
            for name, run in found:
                last = {length: loss["last"] for length, loss in run["by_length"].items()}
                if share()[0] == 0:
                    print(f"{name}, seed {seed}: loss on the last {LAST} bytes by length {last}", flush=True)
    if dist.is_initialized():
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
