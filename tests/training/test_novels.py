"""The text in three parts, its windows, and the loss on them."""

import pytest
import torch

from snippets.experiments.train_short_test_long import PROFILES
from snippets.training import novels
from snippets.training.loop import fresh

SMOKE = PROFILES["smoke"]


def test_the_held_out_parts_are_apart_and_the_text_is_the_one_that_ships():
    learn, validation, test = novels.text()
    assert len(learn) + len(validation) + len(test) == novels.TEXT.stat().st_size
    assert len(validation) == len(test) == novels.HELD_OUT
    whole = novels.TEXT.read_bytes()
    assert bytes(test.tolist()) == whole[-novels.HELD_OUT :] and whole[: len(learn)] == bytes(learn.tolist())


def test_windows_of_every_length_end_with_the_same_bytes():
    ids = torch.arange(5000)
    long = novels.windows(ids, 64, 9, 64)
    for length in (16, 40, 64):
        cut = novels.windows(ids, length, 9, 64)
        assert cut.shape == (9, length + 1)
        assert torch.equal(cut[:, -16:], long[:, -16:])
    assert long[0, 0] == 0 and long[-1, -1] == 4999


def test_losses_are_those_of_a_slow_loop():
    model, cut = fresh("rope", SMOKE, 0.5, 0), novels.windows(novels.text()[2], 12, 3, 12)
    found = novels.losses(model, cut)
    for row, window in enumerate(cut):
        for place in range(12):
            with torch.no_grad():
                chance = model(window[None, : place + 1])[0, -1].softmax(-1)[window[place + 1]]
            assert found[row, place].item() == pytest.approx(-chance.log().item(), abs=1e-4)


def test_bfloat16_changes_a_loss_by_little():
    model, cut = fresh("rope", SMOKE, 0.5, 0), novels.windows(novels.text()[2], 32, 4, 32)
    assert (novels.losses(model, cut) - novels.losses(model, cut, bf16=True)).abs().mean() < 0.05
