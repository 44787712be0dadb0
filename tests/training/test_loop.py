"""The loop that trains: the course of the rate, what is looked at, and going on where it was stopped."""

import pytest
import torch
from torch import nn

from snippets.training import loop

PLAN = loop.Plan(steps=20, rate=0.1, seed=3, look=8)


def rates(steps):
    optimizer = torch.optim.AdamW(nn.Linear(1, 1).parameters(), lr=1.0)
    pace, found = loop.schedule(optimizer, steps), []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        pace.step()
    return found


def test_the_rate_rises_for_a_tenth_and_falls_to_a_tenth():
    found = rates(100)
    assert found[:11] == pytest.approx([*(0.1 * step for step in range(1, 11)), 1])
    assert found == [*sorted(found[:10]), *sorted(found[10:], reverse=True)]
    assert found[-1] == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_a_short_training_has_a_rate_too(steps):
    assert all(0 < rate <= 1 for rate in rates(steps))


def trained(after=None, checkpoint=None):
    """What the looks saw of a line learned from random points, and its weights; stopped before step ``after``."""
    torch.manual_seed(0)
    model, steps = nn.Linear(4, 1), []

    def batch_loss(generator):
        if len(steps) == after:
            raise KeyboardInterrupt
        steps.append(1)
        x = torch.randn(8, 4, generator=generator)
        return (model(x)[:, 0] - x.sum(1)).square().mean()

    seen = loop.train(model, batch_loss, lambda: model.weight.sum().item(), PLAN, checkpoint)
    return seen, model.weight


def test_it_is_looked_at_after_so_many_steps_and_at_the_end():
    assert len(trained()[0]) == 3, "after 8, 16 and 20 steps"


def test_the_same_plan_gives_the_same_weights():
    assert torch.equal(trained()[1], trained()[1])


def test_what_was_stopped_goes_on_from_its_last_look(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        trained(after=10, checkpoint=tmp_path / "new" / "line.pt")
    seen, weights = trained(after=12, checkpoint=tmp_path / "new" / "line.pt")
    whole, wanted = trained()
    assert seen == whole and torch.equal(weights, wanted)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["line.pt"]


def test_without_processes_a_model_is_its_own_share():
    assert loop.share() == (0, 1) and loop.spread(model := nn.Linear(1, 1), compiled=False) is model
