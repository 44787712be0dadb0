"""The recipes of 2024 to 2026 on three tasks with exact answers, learned at one length and asked at longer ones.

Tasks, rows and the grid of settings are those of where_position_matters, in four layers, of which a layer pattern makes
the last a global one. What a recipe does in each layer says snippets/training/recipes.py.

    python -m snippets.experiments.recipes_exact                             every recipe, three seeds
    python -m snippets.experiments.recipes_exact --scheme rope near_far      two of them

A run whose result is stored is not repeated; to train it anew, name another folder with --results.
"""

from dataclasses import replace
from pathlib import Path

import torch

from snippets.experiments import where_position_matters as base
from snippets.experiments.recipes import RECALIBRATED, turned_off
from snippets.training import runs
from snippets.training.loop import Plan, device
from snippets.training.model import SmallGPT
from snippets.training.recipes import RECIPES, build

EXPERIMENT = "recipes_exact"
RESULTS = Path("snippets/experiments/results") / EXPERIMENT
PROFILES = {"smoke": replace(base.PROFILES["smoke"], layers=4), "laptop": replace(base.PROFILES["laptop"], layers=4)}


class Runs(base.Runs):
    """The runs of one profile; those of the site are "laptop"."""

    experiment, profiles = EXPERIMENT, PROFILES

    def __init__(self, profile: str, folder: Path | None = None):
        super().__init__(profile, folder or {"smoke": Path(".cache/smoke") / EXPERIMENT}.get(profile, RESULTS))

    def fresh(self, scheme: str, token_std: float, seed: int) -> SmallGPT:
        sizes = self.profile
        return build(scheme, sizes.dim, sizes.heads, sizes.layers, sizes.length, token_std, seed).to(device())

    def train(self, model: SmallGPT, plan: Plan, checkpoint: Path | None, bar) -> tuple[float, dict]:
        """Train on the three tasks; "drope" loses its rotation for the last steps, which have their own rate."""
        if model.recipe != "drope" or plan.steps < self.profile.steps:
            return super().train(model, plan, checkpoint, bar)
        last = plan.steps // RECALIBRATED
        _, first = super().train(model, replace(plan, steps=plan.steps - last), checkpoint, bar)
        turned_off(model)
        loss, after = super().train(model, replace(plan, steps=last, seed=plan.seed + 100), checkpoint, bar)
        return loss, first | {"recalibrated": after["curve"]}


def main(arguments: list[str] | None = None) -> None:
    """Run what the command line asks for."""
    parser = runs.command_line(__doc__, RESULTS, PROFILES, "names of recipes")
    parser.set_defaults(scheme=RECIPES)
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    base.run_all(Runs(asked.profile, asked.results), asked.scheme, asked.seed)


if __name__ == "__main__":
    main()
