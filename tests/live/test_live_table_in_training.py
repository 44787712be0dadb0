"""A table in training: every number is that of the recorded run, and the codes beside it are those of the formula."""

import json
import math
from pathlib import Path

import pytest
import torch
from modules import compare, load

from snippets.figures.learned_or_fixed.table_in_training import EVERY, LAST, LONGEST, ROWS, STORED, measured
from snippets.schemes.sinusoidal import add_sinusoidal

POSITIONS, PAIRS, BITS, DIM = range(256), range(4), range(8), 8
STEPS = range(0, LAST + 1, EVERY)


def recorded() -> dict:
    return json.loads(Path(STORED).read_text())


def compare_stored(function: str, points: list, wanted: list) -> None:
    """But for the last bit of a float64, since decimals are stored without their points."""
    found = load("table_in_training").of_data(function, points)
    for point, one, other in zip(points, found, wanted, strict=True):
        assert abs(one - other) <= 1e-12, f"{function} of the script differs at {point}: {one}, recorded is {other}"


def test_hands_are_those_of_the_formula():
    """1e-12: speeds may differ in the last bit of a float64, and an angle of 255 radians with them."""
    rows = add_sinusoidal(torch.zeros(1, len(POSITIONS), DIM, dtype=torch.float64))[0].view(-1, DIM // 2, 2)
    points = [[m, pair] for m in POSITIONS for pair in PAIRS]
    compare("table_in_training", "hand", points, [rows[m, pair].tolist() for m, pair in points], 1e-12)
    turns = [m * 10000 ** (-2 * pair / DIM) / math.tau for m, pair in points]
    compare("table_in_training", "turns", points, turns, 1e-12)


def test_the_counter_is_binary():
    points = [[m, bit] for m in POSITIONS for bit in BITS]
    compare("table_in_training", "bit", points, [int(f"{m:08b}"[-1 - bit]) for m, bit in points], 0)


def test_every_number_of_the_run_is_the_recorded_one():
    found = recorded()
    for function in ("length", "loss"):
        compare_stored(function, [[step] for step in STEPS], [found[str(step)][function] for step in STEPS])
    for step in STEPS:
        now = found[str(step)]
        for function in ("gradient", "moved"):
            compare_stored(function, [[step, m] for m in range(ROWS)], now[function])
        points = [[step, m, n] for m in range(ROWS) for n in range(ROWS)]
        compare_stored("cosine", points, [now["cosines"][max(m, n)][min(m, n)] for _, m, n in points])
        compare_stored("look", points, [now["looks"][m][n] if n <= m else 0 for _, m, n in points])


def test_the_beginning_of_the_run_comes_out_again():
    """Rounding apart, by a digit where a number lies half-way; the whole run is compared in tests/figures."""
    found = recorded()
    for step, now in measured(last=40).items():
        assert now["length"] == found[step]["length"]
        for name, tolerance in (
            ("loss", 2e-3),
            ("gradient", 3e-5),
            ("moved", 2e-3),
            ("cosines", 0.011),
            ("looks", 0.011),
        ):
            here, there = (torch.tensor(numbers(values[name])) for values in (now, found[step]))
            assert (here - there).abs().max() <= tolerance, f"{name} of step {step}: run python -m tools.stored"


def numbers(value) -> list[float]:
    return [one for part in value for one in numbers(part)] if isinstance(value, list) else [value]


def test_rows_that_the_texts_do_not_reach_get_nothing_and_those_never_reached_stay():
    for step, now in recorded().items():
        assert all(now["gradient"][: now["length"]]) and not any(now["gradient"][now["length"] :]), f"step {step}"
        assert not any(now["moved"][LONGEST:]) and (step == "0" or all(now["moved"][:LONGEST]))


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_sentence_says_what_python_recorded(language):
    figure, found = load("table_in_training"), recorded()
    for step in (0, 40, 110, 300):
        now, length = found[str(step)], found[str(step)]["length"]
        for m in (0, length - 1, length, 21, 37, 255):
            said = figure.say(language, step=step, position=m)
            wanted = [f"{now['loss']:.3f}", str(length), str(length - 1), f"{m:08b}", f"{m / math.tau:.3f}"]
            if m < length:
                wanted.append(f"{now['gradient'][m]:.5f}")
            if m < LONGEST:
                wanted.append(f"{now['moved'][m]:.3f}")
            if 0 < m < ROWS:
                wanted.append(f"{now['looks'][m][m - 1]:.2f}")
            missing = [number for number in wanted if number not in said]
            assert not missing, f"step {step}, position {m}: {missing} are not in {said!r}"


@pytest.mark.parametrize("position, sign", [(12, "lies"), (21, "never reached"), (24, "no row 24"), (255, "11111111")])
def test_a_fixed_code_stands_at_every_position_and_a_row_does_not(position, sign):
    said = load("table_in_training").say("en", step=110, position=position)
    assert sign in said and f"{position:08b}" in said
