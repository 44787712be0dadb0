"""Three tasks with exact answers that hang on position, learned at one length and asked at longer ones.

    previous   at every letter: the letter before it
    copy       a random string, then the string again: at every letter of the second, the next one
    retrieve   letters and questions in turn: at a question for k, the k-th letter back, 2k - 1 places before it

A row opens with the mark of its task; letters are drawn alike and apart, so guessing is right one time in ``letters``.
One model learns all three. It sees strings of many lengths to copy, again and again up to the end of the row, so that
no fixed distance copies them all; it is asked to copy the longest that fits twice. Accuracies are shares of answers.

    python -m snippets.experiments.where_position_matters                    all fourteen, three seeds
    python -m snippets.experiments.where_position_matters --scheme rope      one scheme
    python -m snippets.experiments.where_position_matters --scheme mine.py   a scheme of your own

A run whose result is stored is not repeated; to train it anew, name another folder with --results.
Shapes: B rows, T places; ids and answers are (B, T).
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from snippets.training import loop, runs
from snippets.training.loop import Plan, device
from snippets.training.model import SmallGPT
from snippets.training.results import rounded
from snippets.training.runs import LAST

EXPERIMENT = "where_position_matters"
RESULTS = Path("snippets/experiments/results") / EXPERIMENT
TASKS = ("previous", "copy", "retrieve")
PREVIOUS, COPY, RETRIEVE, ASK = 200, 201, 202, 202  # ids of the marks; ASK + k asks for the k-th letter back
NOT_ASKED = -100  # as an answer: nothing is asked here
VALIDATION_SEED, TEST_SEED = 2000, 3000


@dataclass(frozen=True)
class Profile(loop.Sizes):
    """Sizes of model, training and test. Lengths in places; ``multiples`` of the trained length are tested."""

    dim: int = 64
    heads: int = 4
    layers: int = 2
    length: int = 64
    letters: int = 32
    farthest: int = 16
    shortest: int = 3
    rows: tuple[int, ...] = (3, 6, 3)
    steps: int = 1200
    look: int = 100
    multiples: tuple[float, ...] = (1, 1.5, 2, 4, 8)
    test_places: int = 8192
    look_places: int = 2048
    rates: tuple[float, ...] = (3e-3, 6e-3)
    token_stds: tuple[float, ...] = (0.1, 1.0)
    tuning_steps: int = 400
    seeds: tuple[int, ...] = (0, 1, 2)


PROFILES = {
    "smoke": Profile(
        dim=32, heads=2, length=16, letters=8, farthest=2, rows=(8, 8, 8), steps=60, look=30, multiples=(1, 4),
        test_places=1024, rates=(1e-2,), token_stds=(0.1,), tuning_steps=5, seeds=(0,),
    ),
    "laptop": Profile(),
}  # fmt: skip
FOLDERS = {"smoke": Path(".cache/smoke") / EXPERIMENT, "laptop": RESULTS}


def previous(letters: Tensor) -> tuple[Tensor, Tensor]:
    """ids and answers from letters (B, T): the letter before, asked from the second letter on."""
    ids, answers = letters.clone(), torch.full_like(letters, NOT_ASKED)
    ids[:, 0] = PREVIOUS
    answers[:, 2:] = ids[:, 1:-1]
    return ids, answers


def copy(letters: Tensor, period: Tensor) -> tuple[Tensor, Tensor]:
    """ids and answers from letters (B, T): the mark and the first ``period`` - 1 of them, over and over.

    period: (B, 1). Asked for each letter from the second time on, at the place before it.
    """
    at = torch.arange(letters.shape[1] + 1)
    repeated = letters.gather(1, at % period).masked_fill(at % period == 0, COPY)
    again = (at > period) & (at % period != 0)
    return repeated[:, :-1], repeated.where(again, NOT_ASKED)[:, 1:]


def retrieve(letters: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
    """ids and answers from letters (B, T), those at even places from 2 on replaced by questions for ``k`` (B, Q).

    Raises ValueError: a k that asks for a letter before the first.
    """
    at = torch.arange(2, letters.shape[1], 2)
    if (k < 1).any() or (k > at // 2).any():
        raise ValueError(f"k must be 1 at least and {(at // 2).tolist()} at most at the places asked, got {k.tolist()}")
    ids, answers = letters.clone(), torch.full_like(letters, NOT_ASKED)
    ids[:, 0], ids[:, 2::2] = RETRIEVE, ASK + k
    answers[:, 2::2] = letters.gather(1, at - 2 * k + 1)
    return ids, answers


def draw(task: str, rows: int, length: int, profile: Profile, generator: Generator, learn: bool = False):
    """Random ids and answers of one task; to ``learn``, strings to copy are of every length from the shortest on.

    Raises ValueError for a task that is none of TASKS, or an odd length.
    """
    if length % 2:
        raise ValueError(f"length must be even, for two strings or for letters and questions in turn, got {length}")
    letters = torch.randint(profile.letters, (rows, length), generator=generator)
    match task:
        case "previous":
            return previous(letters)
        case "copy":
            first = profile.shortest + 1 if learn else length // 2
            return copy(letters, torch.randint(first, length // 2 + 1, (rows, 1), generator=generator))
        case "retrieve":
            known = torch.arange(1, length // 2).clamp(max=profile.farthest)
            return retrieve(letters, 1 + (torch.rand(rows, len(known), generator=generator) * known).long())
    raise ValueError(f"task must be one of {TASKS}, got {task!r}")


def asked(task: str, length: int, places: int, profile: Profile, seed: int) -> tuple[Tensor, Tensor]:
    """ids and answers to look at or to test on, the same for every model: as many rows as make so many places."""
    return draw(task, max(1, places // length), length, profile, Generator().manual_seed(seed))


def train(model: SmallGPT, profile: Profile, plan: Plan, bar=None) -> tuple[float, dict]:
    """Train on fresh rows of all tasks.

    Returns the validation loss at the end, in nats an answer, each task counting alike, and the accuracy of each task
    at every look.
    """
    validation = {task: asked(task, profile.length, profile.look_places, profile, VALIDATION_SEED) for task in TASKS}

    def batch_loss(generator: Generator) -> Tensor:
        parts = [draw(task, rows, profile.length, profile, generator, learn=True)
                 for task, rows in zip(TASKS, profile.rows, strict=True)]  # fmt: skip
        ids, answers = (torch.cat(part).to(device()) for part in zip(*parts, strict=True))
        return F.cross_entropy(model(ids).flatten(0, 1), answers.flatten(), ignore_index=NOT_ASKED)

    def look() -> dict:
        return {task: answered(model, *rows) for task, rows in validation.items()}

    seen = loop.train(model, batch_loss, look, plan, bar=bar)
    loss = sum(loss for _, loss in seen[-1].values()) / len(TASKS)
    return loss, {task: [accuracy(at[task][0]) for at in seen] for task in TASKS}


@torch.no_grad()
def answered(model: SmallGPT, ids: Tensor, answers: Tensor) -> tuple[Tensor, float]:
    """Whether each answer is right, 1 or 0, and -1 where nothing is asked, (B, T); the mean loss in nats an answer."""
    scores = model(ids.to(device())).float().cpu()
    right = (scores.argmax(-1) == answers).float().masked_fill(answers == NOT_ASKED, -1)
    return right, float(F.cross_entropy(scores.flatten(0, 1), answers.flatten(), ignore_index=NOT_ASKED))


def measure(model: SmallGPT, profile: Profile) -> dict:
    """Accuracy by length: of each task over all answers and over those of the last places, of retrieve by k."""
    found = {}
    for multiple in profile.multiples:
        length = round(profile.length * multiple)
        here: dict[str, dict] = {}
        for task in TASKS:
            ids, answers = asked(task, length, profile.test_places, profile, TEST_SEED)
            right, _ = answered(model, ids, answers)
            here[task] = {"mean": accuracy(right), "last": accuracy(right[:, -LAST:])}
            if task == "retrieve":
                here[task]["by_k"] = [rounded(right[ids == ASK + k].mean()) for k in range(1, profile.farthest + 1)]
        found[str(length)] = here
    return {"by_length": found}


def accuracy(right: Tensor) -> float:
    """The share of right answers among those asked, of what ``answered`` says of them."""
    return rounded(right[right >= 0].mean())


class Runs(runs.Runs[Profile]):
    """The runs of one profile; those of the table are the profile "laptop"."""

    experiment, profiles = EXPERIMENT, PROFILES

    def __init__(self, profile: str, folder: Path | None = None):
        super().__init__(profile, folder or FOLDERS.get(profile, RESULTS))

    @cached_property
    def settings(self) -> dict:
        """The sizes but the seeds, of which there may be more one day."""
        return {name: size for name, size in self.profile.as_stored().items() if name != "seeds"}

    def train(self, model: SmallGPT, plan: Plan, checkpoint: Path | None, bar) -> tuple[float, dict]:
        """Train on the three tasks; so short a training has no checkpoint."""
        loss, curve = train(model, self.profile, plan, bar)
        return loss, {"curve": curve}

    def measure(self, model: SmallGPT) -> dict:
        return measure(model, self.profile)


def main(arguments: list[str] | None = None) -> None:
    """Run what the command line asks for."""
    wanted = runs.command_line(__doc__, RESULTS, PROFILES).parse_args(arguments)
    torch.set_num_threads(1)  # so small a model is fastest on one
    run_all(Runs(wanted.profile, wanted.results), wanted.scheme, wanted.seed)


def run_all(made: Runs, schemes: list[str], seeds: list[int] | None) -> None:
    """Run every scheme with every seed, those of the profile for None, and print what it answers."""
    for seed in seeds if seeds is not None else made.profile.seeds:
        for scheme in schemes:
            by_length = made.run(scheme, seed)["by_length"]
            for task in TASKS:
                right = {length: found[task]["mean"] for length, found in by_length.items()}
                print(f"{scheme}, seed {seed}, {task}: accuracy by length {right}", flush=True)


if __name__ == "__main__":
    main()
