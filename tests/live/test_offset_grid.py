"""The offset grid: every score that it can show, under all schemes, is the one that the Python files give."""

import itertools
import re
from functools import cache

import pytest
import torch
from modules import compare, load

from snippets import catalogue
from snippets.live import shift_sentence as grid
from snippets.schemes import alibi, fire, kerple, sinusoidal, t5_bias, xpos

SHIFTS = (0, 1, 5, 8, 16, 24, 31, 47, 64)
LANGUAGE = pytest.mark.parametrize("language", ["en", "ko"])
scores = cache(grid.scores)


def pairs(first: int = 0) -> list[tuple[int, int]]:
    return list(itertools.product(range(first, 74, 4), range(0, 74, 5)))


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_scores_are_those_of_the_scheme_wherever_the_sentence_stands(name):
    """0.001: queries and keys are stored with four digits after the point, and some schemes turn them in float32.

    900 scores a scheme, among them those of each scheme whose scores are stored once, for every shift.
    """
    for shift in SHIFTS:
        seen = load("shift_sentence").grid("scores", [[name, shift, load("shift_sentence").data]])[0]
        gaps = (torch.tensor(seen).double() - scores(name, shift)).abs()
        where = divmod(gaps.argmax().item(), 10)
        assert gaps.max() < 1e-3, f"scores of {name}, moved by {shift}, differ at query and key {where} by {gaps.max()}"


def test_formulas_are_those_of_the_scheme_files():
    """1e-12 and exact buckets: both sides compute in float64; FIRE's network is stored with six digits."""
    points = pairs()
    m, n = torch.tensor(points).T
    compare(
        "shift_sentence", "alibi_bias", points, alibi.alibi_bias(m, n, 2, torch.float64)[0].diagonal().tolist(), 1e-12
    )
    distances = [[k] for k in range(-50, 300)]
    compare("shift_sentence", "bucket", distances, t5_bias.bucket(torch.tensor(distances)[:, 0]).tolist(), 0)
    rows = [[m, 32] for m in range(200)]
    wanted = sinusoidal.add_sinusoidal(torch.zeros(1, 200, 32, dtype=torch.float64))[0]
    compare("shift_sentence", "sinusoidal", rows, wanted.tolist(), 1e-12)
    half = xpos.decays(16)
    corners = [[i, 8, offset] for i in range(8) for offset in range(-36, 37, 2)]
    compare("shift_sentence", "decay", corners, [(half[i] ** (offset / 512)).item() for i, _, offset in corners], 1e-12)
    data = load("shift_sentence").data
    for name, file, weights in (("kerple", kerple, data["kerple"]), ("fire", fire, data["fire"])):
        module = grid.scheme(name).layer_modules[0]
        assert type(module).__module__ == file.__name__
        with torch.no_grad():
            wanted = module(m, n)[0].diagonal().tolist()
        compare("shift_sentence", name, [[*point, weights] for point in points], wanted, 1e-4)


def test_slopes_of_any_power_of_two():
    for heads in (1, 2, 4, 8, 16):
        assert load("shift_sentence").call("slopes", heads) == pytest.approx(alibi.slopes(heads).tolist(), abs=1e-15)


def test_the_same_schemes_notice_as_in_the_static_figure():
    from snippets.figures.absolute_to_relative.shift_sentence import ZERO, drift

    module = load("shift_sentence")
    for name in catalogue.NAMES:
        moves = max(module.call("change", name, shift, module.data) for shift in SHIFTS) >= 0.001
        assert moves == bool(drift(name).max() > ZERO), f"{name}: the live figure and the static one disagree"


@LANGUAGE
@pytest.mark.parametrize(
    "name, shift", [("rope", 24), ("learned", 1), ("rope_2d", 8), ("sinusoidal", 64), ("fire", 64)]
)
def test_the_sentence_says_the_changes_that_python_finds(language, name, shift):
    said = load("shift_sentence").say(language, scheme=name, shift=shift, query=7)
    gaps = (scores(name, shift) - scores(name, 0)).abs()
    first, _, others = said.partition(". ") if language == "en" else said.partition("다. ")
    numbers = [float(x) for x in re.findall(r"\d+\.\d\d", first)]
    if name == "rope":
        assert not numbers
    else:
        assert numbers == pytest.approx([gaps[7].max().item(), gaps.max().item()], abs=0.01)
    moved = [n for n in catalogue.NAMES if (scores(n, shift) - scores(n, 0)).abs().max() >= 0.001]
    names = load("shift_sentence").data["names"] | load("shift_sentence").words(language)["names"]
    labels = ", ".join(names[n] for n in moved)
    assert labels in others and "29" in others


@pytest.mark.parametrize("width", [318, 559, 560, 714])
def test_the_list_of_schemes_ends_where_the_drawing_does(width):
    drawn = load("shift_sentence").draw(width)
    height = float(re.search(r'viewBox="0 0 [\d.]+ ([\d.]+)"', drawn)[1])
    boxes = re.findall(r'<rect [^>]*\by="([\d.]+)"[^>]* height="([\d.]+)"', drawn)
    ends = [float(top) + float(high) for top, high in boxes]
    assert len(ends) > 100 and max(ends) <= height


def test_an_unmoved_sentence_invites_to_move_it():
    assert "Move" in load("shift_sentence").say(shift=0)
