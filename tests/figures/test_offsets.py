"""The grids of offsets: a zero in every row, one number a diagonal, and nothing to the right behind a causal mask."""

import torch

from snippets.figures.absolute_to_relative.offsets import WORDS, offsets


def test_every_token_is_the_zero_of_its_own_row():
    found = offsets(causal=False)
    assert (found == 0).sum(1).tolist() == [1] * len(WORDS)
    assert len(found.unique()) == 2 * len(WORDS) - 1
    assert torch.equal(found[1:, 1:], found[:-1, :-1])


def test_a_causal_mask_leaves_zero_and_positive_offsets():
    found = offsets(causal=True)
    left = found[~found.isnan()]
    assert left.min() == 0 and len(left) == len(WORDS) * (len(WORDS) + 1) // 2
