"""A moved sentence keeps its scores under relative schemes, and loses them where position enters at the input."""

import pytest

from snippets import catalogue
from snippets.figures.absolute_to_relative.shift_sentence import draw, drift
from snippets.figures.style import MARKS

IMAGES = {"rope_2d", "m_rope"}  # they read a text as rows of 16
ADDED = {"sinusoidal", "learned", "concatenated"}


@pytest.mark.parametrize("name", [n for n in catalogue.NAMES if n not in IMAGES | {"fire"}])
def test_only_schemes_that_enter_at_the_input_notice_a_shift(name):
    change = drift(name)
    assert change[0] == 0
    assert (change[1:].min() > 0.05) if name in ADDED else (change.max() < 1e-3)


@pytest.mark.parametrize("name", sorted(IMAGES))
def test_schemes_for_images_keep_scores_under_a_shift_by_whole_rows(name):
    change = drift(name)
    assert change[[16, 32, 48, 64]].max() < 1e-3
    assert change[8] > 0.01


def test_fire_notices_a_shift_a_little_because_it_divides_by_the_position_of_the_query():
    change = drift("fire")
    assert 1e-3 < change[64] < 0.1


def test_schemes_that_no_shift_changes_are_not_drawn_but_counted():
    drawn = {text.get_text() for ax in draw().axes for text in ax.texts}
    moved = ADDED | IMAGES | {"fire"}
    others = [name for name in catalogue.NAMES if name not in moved]
    assert all(drift(name).max() < 0.005 for name in others), "the drawing says 0.00"
    assert drawn == {MARKS[name].label for name in moved} | {f"{len(others)} others: 0.00"}
