"""Four ways to cut: the same amount, other facts."""

import pytest

from snippets.chunks import alice
from snippets.truncation import FACTS, keeps, place


def test_every_way_keeps_exactly_one_window_of_the_text_in_order():
    for kept in keeps(2656, 1024).values():
        tokens = [i for part in kept for i in part]
        assert len(tokens) == 1024 and tokens == sorted(set(tokens))
        assert tokens[0] >= 0 and tokens[-1] < 2656


def test_each_way_keeps_the_end_it_is_named_for():
    kept = keeps(100, 40)
    assert kept["front"] == [range(40)] and kept["back"] == [range(60, 100)] and kept["middle"] == [range(30, 70)]
    assert kept["head, tail"] == [range(10), range(70, 100)]


def test_facts_stand_in_the_chapter_in_this_order():
    places = [place(fact, alice()) for fact in FACTS]
    assert places == sorted(places) and len(set(places)) == len(FACTS)


def test_no_way_keeps_all_facts_and_no_fact_is_kept_by_all():
    chapter = alice()
    left = {name: {f for f in FACTS if any(place(f, chapter) in part for part in kept)}
            for name, kept in keeps(len(chapter), 1024).items()}  # fmt: skip
    assert all(0 < len(facts) < len(FACTS) for facts in left.values())
    assert not set.intersection(*left.values())


def test_bad_input_is_refused_by_name():
    with pytest.raises(ValueError, match=r"less than the length 10.*got 10"):
        keeps(10, 10)
    with pytest.raises(ValueError, match="does not hold 'Cheshire Cat'"):
        place("Cheshire Cat", alice())
