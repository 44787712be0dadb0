"""The recipes of 2024 to 2026 in eight small layers: trained on short windows of the novels, tested on long ones.

Text, losses and windows are those of train_short_test_long; what a recipe does in each layer says
snippets/training/recipes.py. Of every trained model is stored, besides its losses by length and by position:

    near     the loss at the longest length when a query sees only as many keys as it was trained with
    sharper  for SWEPT: the loss at longer lengths when all scores are multiplied by a number

    python -m snippets.experiments.recipes                             every recipe, three seeds, hours on one core
    python -m snippets.experiments.recipes --scheme rope near_far      two of them
    python -m snippets.experiments.recipes --profile larger            four times the weights

A run whose result is stored is not repeated, one that was stopped goes on from its last look at the validation loss.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import torch

from snippets.catalogue import Scheme
from snippets.experiments import train_short_test_long as base
from snippets.schemes import rope
from snippets.training import runs
from snippets.training.loop import Plan, device
from snippets.training.model import SmallGPT
from snippets.training.novels import losses, text, windows
from snippets.training.recipes import RECIPES, build
from snippets.training.results import rounded
from snippets.training.runs import LAST

EXPERIMENT = "recipes"
RESULTS = Path("snippets/experiments/results") / EXPERIMENT
CHECKPOINTS = Path(".cache/runs")
IN_BOTH_SIZES = ("rope", "none", "near_far", "near_far_open", "near", "two_bases", "proportional_rope", "alibi")
SWEPT = ("none", "rope", "near_far", "drope")
SHARPER = (0.8, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2.0)
RECALIBRATED = 8  # one step in so many is left for a model whose rotation was taken away


@dataclass(frozen=True)
class Profile(base.Profile):
    """Sizes of model, training and test."""

    dim: int = 96
    heads: int = 3
    layers: int = 8


PROFILES = {
    "smoke": Profile(
        dim=32, heads=2, layers=4, length=32, steps=32, look=16, windows=16, multiples=(1, 2, 8), rates=(1e-2,),
        token_stds=(0.5,), tuning_steps=4, seeds=(0,),
    ),
    "laptop": Profile(),
    "larger": Profile(dim=192, heads=6, rates=(2e-3, 4e-3), token_stds=(1.0,)),  # see the smaller's tuning
}  # fmt: skip
SHOWN = ("laptop", "larger")  # on the page, the smaller first


def turned_off(model: SmallGPT) -> None:
    """Take the rotation away from every layer (DroPE)."""
    model.schemes = [replace(scheme, at_qk=None, turns=None, turn=None) for scheme in model.schemes]


def sharper(model: SmallGPT, profile: Profile) -> dict:
    """Length -> number that all scores are multiplied by -> loss on the last 32 targets."""
    plain, test, found = model.schemes, text()[2], {}
    for multiple in profile.multiples:
        length = round(profile.length * multiple)
        cut = windows(test, length, profile.windows, profile.longest)
        found[str(length)] = {}
        for factor in SHARPER:
            model.schemes = [times(scheme, factor) for scheme in plain]
            found[str(length)][str(factor)] = rounded(losses(model, cut)[:, -LAST:].mean())
    model.schemes = plain
    return found


def times(scheme: Scheme, factor: float) -> Scheme:
    """The scheme with queries ``factor`` times as long; what it adds to scores must be 0 or minus infinity."""
    turn = scheme.at_qk or (lambda q, k, m, n: (q, k))
    return replace(scheme, at_qk=lambda q, k, m, n: turn(q * factor, k, m, n), turns=None, turn=None)


def base_bound(size: int, length: int, step: float = 1.01) -> float:
    """The smallest base, in steps of one percent, with which near keys are preferred at every distance up to length.

    That is: the sum of cos(distance theta_i) is not negative (Xu et al. 2024, arXiv:2405.14591).
    """
    distances, tried = torch.arange(length + 1, dtype=torch.float64), 100.0
    while (distances[:, None] * rope.frequencies(size, tried)).cos().sum(1).min() < 0:
        tried *= step
    return tried


class Runs(runs.Runs[Profile]):
    """The runs of one profile; those of the site are "laptop" and "larger"."""

    experiment, profiles = EXPERIMENT, PROFILES

    def __init__(self, profile: str, folder: Path | None = None, checkpoints: Path | None = None):
        kept = (checkpoints or CHECKPOINTS) / EXPERIMENT / profile
        super().__init__(profile, (folder or RESULTS) / profile, kept)

    def fresh(self, scheme: str, token_std: float, seed: int) -> SmallGPT:
        sizes = self.profile
        return build(scheme, sizes.dim, sizes.heads, sizes.layers, sizes.length, token_std, seed).to(device())

    @cached_property
    def settings(self) -> dict:
        return base.Runs("laptop").settings | self.profile.as_stored()

    def train(self, model: SmallGPT, plan: Plan, checkpoint: Path | None, bar) -> tuple[float, dict]:
        """Train on the profile's windows; "drope" loses its rotation for the last steps, which have their own rate."""
        profile, drops = self.profile, model.recipe == "drope" and plan.steps == self.profile.steps
        last = plan.steps // RECALIBRATED if drops else 0
        first = replace(plan, steps=plan.steps - last)
        curve = base.train(model, profile, first, profile.length, profile.batch, checkpoint, bar)
        if not drops:
            return curve[-1], {"curve": curve}
        turned_off(model)
        cut = windows(text()[1], profile.length, profile.windows, profile.longest)
        dropped = rounded(losses(model, cut).mean())
        again = replace(plan, steps=last, seed=plan.seed + 100)
        kept = checkpoint and checkpoint.with_suffix(".dropped.pt")
        after = base.train(model, profile, again, profile.length, profile.batch, kept, bar)
        return after[-1], {"curve": curve, "dropped": dropped, "recalibrated": after}

    def measure(self, model: SmallGPT) -> dict:
        found = base.measure(model, self.profile)
        return found | ({"sharper": sharper(model, self.profile)} if model.recipe in SWEPT else {})


def main(arguments: list[str] | None = None) -> None:
    """Run what the command line asks for."""
    parser = runs.command_line(__doc__, RESULTS, PROFILES, "names of recipes")
    parser.set_defaults(scheme=None)
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)  # two such runs side by side would else slow each other many times over
    made = Runs(asked.profile, asked.results)
    recipes = asked.scheme or (IN_BOTH_SIZES if asked.profile == "larger" else RECIPES)
    for seed in asked.seed if asked.seed is not None else made.profile.seeds:
        for recipe in recipes:
            base.tell(recipe, seed, made.run(recipe, seed))


if __name__ == "__main__":
    main()
