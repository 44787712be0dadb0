"""The toy table starts as noise, learns the task, and leaves its last rows alone."""

from functools import lru_cache

import torch

from snippets.figures.learned_or_fixed import counter_and_hands, table_in_training, toeplitz


@lru_cache
def trained() -> dict[int, table_in_training.Moment]:
    return table_in_training.trained()


def test_the_loss_starts_at_a_guess_and_ends_near_zero():
    moments = trained()
    assert set(table_in_training.MOMENTS) <= set(moments)
    assert moments[0].loss > 2.5 and moments[300].loss < 0.2


def test_rows_never_reached_stay_noise_and_neighbours_grow_alike():
    first, last = (trained()[step].cosines for step in (0, 300))
    assert torch.equal(first[20:, 20:], last[20:, 20:]) and not trained()[300].moved[20:].any()
    assert first.diagonal(1)[:18].mean() < 0.2 < 0.7 < last.diagonal(1)[:18].mean()


def test_a_step_gives_a_gradient_to_the_rows_that_its_texts_reach():
    for moment in trained().values():
        assert (moment.gradient != 0).tolist() == [m < moment.length for m in range(24)]


def test_early_places_look_one_back_before_late_ones_and_those_never_trained_all_look_at_one():
    middle, last = (trained()[step].looks for step in (100, 300))
    back = [looks.diagonal(-1)[:19] for looks in (middle, last)]  # of the places 1 to 19
    assert (back[0][:8] > 0.2).all() and (back[0][8:] < 0.2).all()
    assert (back[1][:15] > 0.4).all() and (back[1][15:] < 0.15).all()
    assert (last[20:].argmax(1) == 14).all()


def test_only_weights_that_turn_pairs_keep_the_diagonals():
    spread = {
        name: max(float(values.diagonal(-k).std()) for k in range(32)) for name, values in toeplitz.scores().items()
    }
    assert spread["nothing between"] < 1e-5 and spread["turns of pairs"] < 1e-4 < 0.1 < spread["random weights"]
    moved = toeplitz.scores()["turns of pairs"]
    assert int(moved[10].argmax()) == 10 + toeplitz.MOVED


def test_the_counter_has_as_many_bits_as_its_numbers_need():
    assert 2**counter_and_hands.BITS == counter_and_hands.NUMBERS
