"""RoPE prefers no distance: random scores are alike at all offsets, and an aimed query peaks where it is aimed."""

from snippets.figures.absolute_to_relative.no_decay import AIMED, curves

RANDOM, MEANS = curves()


def test_random_scores_have_the_same_mean_and_spread_at_every_offset():
    assert RANDOM.mean(0).abs().max() < 0.12
    assert RANDOM.std(0).min() > 0.9 and RANDOM.std(0).max() < 1.1


def test_an_aimed_query_scores_best_where_it_is_aimed():
    assert {wanted: int(curve.argmax()) for wanted, curve in MEANS.items()} == {wanted: wanted for wanted in AIMED}
