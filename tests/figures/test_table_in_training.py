"""The toy table starts as noise, learns the task, and leaves its last rows alone."""

import torch

from snippets.figures.learned_or_fixed import counter_and_hands, table_in_training, toeplitz


def test_the_loss_starts_at_a_guess_and_ends_near_zero():
    moments = table_in_training.trained()
    assert list(moments) == list(table_in_training.MOMENTS)
    assert moments[0][2] > 2.5 and moments[400][2] < 0.2


def test_rows_never_reached_stay_noise_and_neighbours_grow_alike():
    first, last = (table_in_training.trained()[step][0] for step in (0, 400))
    assert torch.equal(first[20:, 20:], last[20:, 20:])
    assert first.diagonal(1)[:18].mean() < 0.2 < 0.7 < last.diagonal(1)[:18].mean()


def test_every_trained_place_looks_one_back_and_the_others_all_look_at_one_place():
    looks = table_in_training.trained()[400][1]
    back = sum(int(looks[m].argmax()) == m - 1 for m in range(1, 20))
    assert back == 19 and (looks[20:].argmax(1) == 18).all()


def test_only_weights_that_turn_pairs_keep_the_diagonals():
    spread = {
        name: max(float(values.diagonal(-k).std()) for k in range(32)) for name, values in toeplitz.scores().items()
    }
    assert spread["nothing between"] < 1e-5 and spread["turns of pairs"] < 1e-4 < 0.1 < spread["random weights"]
    moved = toeplitz.scores()["turns of pairs"]
    assert int(moved[10].argmax()) == 10 + toeplitz.MOVED


def test_the_counter_has_as_many_bits_as_its_numbers_need():
    assert 2**counter_and_hands.BITS == counter_and_hands.NUMBERS
