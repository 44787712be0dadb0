"""The live figure of chapter 1 draws the numbers that Python draws and reads the sums as the experiment does."""

import itertools
import re

import pytest
import torch
from modules import load

from snippets.live import same_sum as python

FIGURE = load("same_sum")
GRID = list(itertools.product((1, 2, 3, 6, 12, 16, 24, 32, 64), (0, 0.3, 1, 2), (4, 32, 128), (2, 32)))
PAIRS = list(itertools.product(range(4), range(2)))


def test_the_generator_is_the_one_in_python():
    """Exactly: 32-bit whole numbers on both sides."""
    places = [*range(300), 2**16, 2**19 - 1, python.PICKS + 199]
    wanted = [python.uniform(k) for k in places]
    assert FIGURE.grid("uniform", [[k] for k in places]) == wanted, "uniform differs from Python's"
    assert wanted[:2] == [0.6270739405881613, 0.002735721180215478], "mulberry32 with seed 1 begins with these"


def test_normal_numbers_are_those_of_python_and_normal():
    """1e-13: logarithm and cosine may differ in the last bit."""
    places = [*range(2000), *range(2**16, 2**16 + 2000), *range(2**17, 2**17 + 2000)]
    found = FIGURE.grid("normal", [[k] for k in places])
    for k, got in zip(places, found, strict=True):
        assert got == pytest.approx(python.normal(k), abs=1e-13), f"normal({k}) is {got}, in Python {python.normal(k)}"
    numbers = torch.tensor(found, dtype=torch.float64)
    assert abs(numbers.mean()) < 0.05
    assert abs(numbers.std() - 1) < 0.05
    assert abs((numbers.abs() < 1.96).double().mean() - 0.95) < 0.01
    assert abs(torch.corrcoef(torch.stack([numbers[:-1], numbers[1:]]))[0, 1]) < 0.05


def test_no_random_number_is_used_twice():
    last = {"tokens": 128, "places": 32, "noise": python.SUMS}
    used = [range(2 * start, 2 * (start + last[kind] * python.MOST)) for kind, start in python.STARTS.items()]
    used.append(range(python.PICKS, python.PICKS + 2 * python.SUMS))
    for one, other in itertools.combinations(used, 2):
        assert one.stop <= other.start or other.stop <= one.start


def test_every_sum_is_read_as_the_decoders_of_the_experiment_read_it():
    """The same pair for each of the 100 sums at 216 settings: only a tie could differ, and there is none."""
    assert len(GRID) >= 200
    for point, found in zip(GRID, FIGURE.grid("read", [list(point) for point in GRID]), strict=True):
        wanted = python.read(*point).tolist()
        for s, (got, want) in enumerate(zip(found, wanted, strict=True)):
            assert got == want, f"read{point} takes sum {s + 1} for {got}, Python for {want}"


def test_without_noise_search_is_always_right_and_the_dot_product_needs_width():
    def right(d: int, noise: float = 0) -> dict:
        return FIGURE.call("shares", {"d": d, "noise": noise, "size": 128, "count": 32})

    assert all(right(d)["both"] == 100 for d in (1, 2, 3, 16, 64))
    assert right(3)["token"] < 10 < right(16)["token"] < right(64)["token"]
    assert right(64)["token"] > 95
    assert right(1, 0.5)["both"] < 10 < 90 < right(64, 0.5)["both"]


def test_the_lists_of_the_text_hold_exactly_one_collision():
    made = [FIGURE.call("added", {"token": token, "place": place}, FIGURE.data) for token, place in PAIRS]
    tokens, places = list(python.TOKENS.values()), list(python.PLACES.values())
    assert made == [[a + b for a, b in zip(tokens[t], places[p], strict=True)] for t, p in PAIRS]
    assert [pair for pair, total in zip(PAIRS, made, strict=True) if total == [3, 4, 6]] == [(0, 1), (3, 0)]
    assert len({tuple(total) for total in made}) == 7, "seven sums of eight pairs"


@pytest.mark.parametrize("language", ["en", "ko"])
def test_by_hand_the_sentence_tells_the_sum_and_the_collision(language):
    words = FIGURE.words(language)
    for token, place in PAIRS:
        said = FIGURE.say(language, token=token, place=place)
        assert str(tuple(FIGURE.call("added", {"token": token, "place": place}, FIGURE.data))) in said
        assert words["tokens"][token] in said
        assert words["places"][place] in said
        collision = "collision" if language == "en" else "충돌"
        assert (collision in said) == ((token, place) == (3, 0)), said


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("point", [(16, 0, 64, 16, 1), (3, 0.5, 128, 32, 7), (64, 2, 4, 2, 100), (24, 1, 128, 8, 50)])
def test_the_sentence_says_what_python_reads(language, point):
    d, noise, size, count, which = point
    rows = python.read(d, noise, size, count)
    v, m, a, b, near_v, near_m = rows.T
    said = FIGURE.say(language, mode="random", d=d, noise=noise, size=size, count=count, which=which)
    shown = sorted(int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*", said))
    counts = [int((a == v).sum()), int((b == m).sum()), int(((near_v == v) & (near_m == m)).sum())]
    assert shown == sorted([*counts, 100, size * count, which, *(rows[which - 1, :4] + 1).tolist()]), said
    right = rows[which - 1, :2].equal(rows[which - 1, 2:4])
    words = FIGURE.words(language)
    assert words["right" if right else "wrong"] in said


@pytest.mark.parametrize("width", [300, 700])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_drawing_is_whole(width, language):
    for token, place in PAIRS:
        drawing = FIGURE.draw(width, language, token=token, place=place)
        assert not re.search(r"NaN|undefined|Infinity|\{\w+\}", drawing)
        assert drawing.count("data-set") == 8
    for d, noise, size, count in GRID[::12]:
        drawing = FIGURE.draw(width, language, mode="random", d=d, noise=noise, size=size, count=count)
        assert not re.search(r"NaN|undefined|Infinity|\{\w+\}", drawing)
        assert f"{FIGURE.call('shares', {'d': d, 'noise': noise, 'size': size, 'count': count})['both']} %" in drawing


def test_the_link_restores_what_can_be_chosen_and_nothing_else():
    found = FIGURE.restored(mode="random", d="24", noise="0.5", size="128", count="8", which="100")
    assert found == {**FIGURE.state, "mode": "random", "d": 24, "noise": 0.5, "size": 128, "count": 8, "which": 100}
    for raw in ({"d": "0"}, {"d": "65"}, {"noise": "-1"}, {"size": "256"}, {"count": "3"}, {"which": "101"}):
        assert FIGURE.restored(mode="random", **raw) == {**FIGURE.state, "mode": "random"}, raw
    assert FIGURE.restored(token="4", place="2") == FIGURE.state


def test_both_languages_say_the_same_things():
    def keys(words) -> object:
        if isinstance(words, dict):
            return {key: keys(value) for key, value in words.items()}
        return len(words) if isinstance(words, list) else sorted(re.findall(r"{\w+}", words))

    english, korean = keys(FIGURE.words("en")), keys(FIGURE.words("ko"))
    assert english == korean
