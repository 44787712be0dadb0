"""The figure of the home page: without positions two sentences look alike from their middle; with them they do not."""

import torch

from snippets.figures.home.dog_bites_man import seen_from_the_middle


def test_without_positions_both_sentences_give_the_word_the_same_vector():
    torch.testing.assert_close(*seen_from_the_middle(with_positions=False))


def test_with_positions_they_do_not():
    one, other = seen_from_the_middle(with_positions=True)
    assert (one - other).abs().max() > 0.3, "a reader would see no difference"
