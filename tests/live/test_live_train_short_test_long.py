"""The measured curves: every value is that of the stored runs, rounded, and the sentence says it."""

import json
from pathlib import Path

import pytest
from modules import load

from snippets.figures.panels import PANELS
from snippets.live.train_short_test_long import RUNS
from snippets.training import compare

FOLDER = Path("snippets/experiments/results/train_short_test_long/laptop")
LENGTHS, BIN = (128, 192, 256, 512, 1024), 16


def seeds(name: str, view: str, length: int) -> list[list[float]]:
    """Of each seed the losses that a curve shows at a length, read from the files: one, or one every 16 positions."""
    runs = [
        json.loads((FOLDER / f"{RUNS[name]}-{seed}.json").read_text())["by_length"][str(length)] for seed in (0, 1, 2)
    ]
    return [run["by_position"] if view == "position" else [run[view]] for run in runs]


@pytest.mark.parametrize("view", ["last", "mean", "position"])
def test_every_value_is_that_of_the_results_rounded_to_three_digits(view):
    """Mean, smallest and largest seed; 0.0005 is half of the last digit."""
    figure, compared = load("train_short_test_long"), 0
    for name in RUNS:
        for length in LENGTHS:
            found = zip(*seeds(name, view, length), strict=True)
            wanted = [(sum(values) / 3, min(values), max(values)) for values in found]
            points = [[name, view, length, BIN * place] for place in range(len(wanted))]
            for point, one, other in zip(points, figure.of_data("point", points), wanted, strict=True):
                compared += 1
                gap = max(abs(a - b) for a, b in zip(one, other, strict=True))
                assert gap <= 0.0005 + 1e-9, f"point of the script differs at {point}: {one}, the results have {other}"
    assert compared >= (200 if view == "position" else 105)


def test_curves_are_made_of_these_points():
    figure = load("train_short_test_long")
    for name in RUNS:
        last, position = figure.of_data("curve", [[name, view, 256] for view in ("last", "position")])
        assert [at for at, *_ in last] == list(LENGTHS)
        assert [at for at, *_ in position] == list(range(8, 256, 16))
        assert [values for _, *values in last] == figure.of_data("point", [[name, "last", at, 0] for at in LENGTHS])
        assert [values for _, *values in position] == figure.of_data(
            "point", [[name, "position", 256, at] for at in range(0, 256, 16)]
        )


def test_it_shows_the_schemes_of_the_static_figure():
    found = load("train_short_test_long").controls()
    items = {control["item"] for control in found if control["kind"] == "toggle"}
    assert items == set(RUNS) == {name for run in compare.finished() if "@" not in run["scheme"] for name in names(run)}
    (choice,) = (control for control in found if control["kind"] == "choice" and "key" not in control)
    groups = [values["schemes"] for _, _, values in choice["options"]]
    assert (
        {name for panel in PANELS.values() for name in panel} <= items == {name for group in groups for name in group}
    )
    assert items in [set(group) for group in groups] and [] in groups


def names(run: dict) -> list[str]:
    return [name for name, scheme in RUNS.items() if scheme == run["scheme"]]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_sentence_says_what_the_results_hold(language):
    figure = load("train_short_test_long")
    for view in ("last", "mean", "position"):
        for length in (128, 256, 1024):
            for place in (0, 112, length - BIN):
                chosen = {"view": view, "length": length, "place": place}
                said = figure.say(language, **chosen)
                for name in figure.state["schemes"]:
                    values = [loss[place // BIN if view == "position" else 0] for loss in seeds(name, view, length)]
                    for value in (sum(values) / 3, min(values), max(values)):
                        assert f"{value:.3f}" in said, f"{name} {value} is not in {said!r}"


def test_the_sentence_agrees_with_the_table_of_the_page():
    """The page prints two digits: RoPE 2.97, ALiBi 1.37 at twice the trained length."""
    said = load("train_short_test_long").say("en", schemes=["rope", "alibi"], length=256)
    assert (
        said.startswith("Loss on the last 32 of 256 bytes (2× the trained length): ALiBi 1.37")
        and "; RoPE 2.97" in said
    )


def test_of_many_schemes_the_lowest_and_the_highest_are_named():
    everything = list(RUNS)
    said = load("train_short_test_long").say("en", schemes=everything, length=1024)
    means = {name: compare.middle([seed[0] for seed in seeds(name, "last", 1024)])[0] for name in RUNS}
    assert (
        f"lowest KERPLE {min(means.values()):.3f}" in said and f"highest partial RoPE {max(means.values()):.3f}" in said
    )
    assert "of 21" in said


def test_a_place_behind_the_window_is_its_last():
    """A cursor at position 512 stands at the end when a window of 128 bytes is asked for."""
    figure = load("train_short_test_long")
    assert "positions 112 to 127" in figure.say("en", view="position", length=128, place=512)


def test_an_address_with_an_unknown_scheme_or_place_changes_nothing():
    figure = load("train_short_test_long")
    for asked in ({"schemes": "rope,other"}, {"place": "7"}, {"place": "1024"}, {"length": "300"}):
        assert figure.restored(**asked) == figure.state
    assert figure.restored(schemes="rope,yarn_tuned", length="512") == figure.state | {
        "schemes": ["rope", "yarn_tuned"],
        "length": 512,
    }
