"""Every scheme in every situation: the record is whole, it is what the code does today, and no cell is silent."""

import json
import re

import pytest
import torch

from snippets import catalogue
from snippets.conformance.layer import Layer
from snippets.experiments import conformance
from snippets.schemes import rope, xpos
from snippets.training import results
from tools import ROOT

RECORD = ROOT / conformance.RESULT
CELLS = {(cell["situation"], cell["scheme"]): cell for cell in results.read(RECORD)["cells"]}
AGAIN = f"delete {conformance.RESULT} and run `python -m snippets.experiments.conformance` if this is as it should be"
CHEAP = [name for name in conformance.SITUATIONS if name not in conformance.SLOW | conformance.IN_TWO]
SAMPLE = [  # of what takes seconds a scheme
    *(("exported", name) for name in ("sinusoidal", "shaw", "transformer_xl", "deberta", "xpos")),
    *(("second_derivatives", name) for name in catalogue.NAMES),
    *(("compiled", name) for name in ("learned", "rope")),
]
IN_TWO = ("learned", "shaw", "deberta", "fire", "rope")


def recorded(situation: str, name: str) -> dict:
    assert (situation, name) in CELLS, f"the record has no cell for {name} in {situation}: {AGAIN}"
    return {key: value for key, value in CELLS[situation, name].items() if key not in ("situation", "scheme")}


def agree(situation: str, name: str, now: dict) -> None:
    then = recorded(situation, name)
    assert now == then, f"{name} in {situation}: the record says {then}, and now it is {now}; {AGAIN}"


def test_every_scheme_has_one_cell_in_every_situation_and_there_are_no_others():
    want = {(situation, name) for situation in conformance.SITUATIONS for name in catalogue.NAMES}
    missing, more = sorted(want - CELLS.keys()), sorted(CELLS.keys() - want)
    assert not missing, f"the record has no cell for {missing}: {AGAIN}"
    assert not more, f"the record has cells that no code makes: {more}"
    assert len(results.read(RECORD)["cells"]) == len(want), "a cell stands twice in the record"
    assert len(conformance.SITUATIONS) >= 20 and conformance.SITUATIONS.keys() >= conformance.SLOW | conformance.IN_TWO


def test_no_cell_is_silent():
    for (situation, name), cell in CELLS.items():
        where = f"{name} in {situation}"
        assert cell["verdict"] in ("right", "refused", "does not apply", "wrong"), f"{where}: {cell['verdict']}"
        assert ("says" in cell) == (cell["verdict"] != "right"), f"{where} is {cell['verdict']} and says nothing"
        if cell["verdict"] == "refused":
            assert cell["by"] in ("scheme", "torch") and re.fullmatch(r"\w+: .{20,}", cell["says"]), where
    wrong = {place for place, cell in CELLS.items() if cell["verdict"] == "wrong"}
    assert not wrong, f"wrong values without an error: {sorted(wrong)}"


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_the_run_that_all_are_compared_with_gives_what_it_gave(name):
    then, now = results.read(RECORD)["plain"][name], conformance.plain(name)
    assert now == pytest.approx(then, abs=2e-4), (
        f"{name} reads a whole text as {now}, and the record says {then}; {AGAIN}"
    )


@pytest.mark.parametrize("name", catalogue.NAMES)
@pytest.mark.parametrize("situation", CHEAP)
def test_a_cell_is_what_the_record_says(situation, name):
    agree(situation, name, conformance.run(situation, name))


@pytest.mark.parametrize(("situation", "name"), SAMPLE, ids=[f"{situation}-{name}" for situation, name in SAMPLE])
def test_a_cell_that_takes_long_is_what_the_record_says(situation, name):
    agree(situation, name, conformance.run(situation, name))


def test_two_processes_give_what_the_record_says():
    for situation, row in conformance.in_two_processes(IN_TWO).items():
        for name, cell in row.items():
            agree(situation, name, cell)


def in_float32(positions, theta, dtype=torch.complex64):
    angles = positions[..., None].float() * theta.float()
    return torch.polar(torch.ones_like(angles), angles).to(dtype)


BROKEN = {  # each a mistake that people have made, and where it shows
    "angles in float32": ("far_positions", "rope", rope, "rotations", in_float32),
    "queries taken for the last of all slots": (
        "preallocated_cache",
        "cope",
        Layer,
        "bias",
        lambda self, q, k, m, n, slots=None: self.weights[0](q, k),
    ),
    "cached keys centred on their own call": (
        "turned_keys",
        "xpos",
        xpos,
        "xpos",
        lambda q, k, m, n, centre=None: turned(q, k, m, n),
    ),
}
turned = xpos.xpos


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_scheme_that_is_wrong_is_told_by_how_much(broken, monkeypatch):
    situation, name, place, attribute, mistake = broken
    monkeypatch.setattr(place, attribute, mistake)
    cell = conformance.run(situation, name)
    assert cell["verdict"] == "wrong" and re.fullmatch(r"values are off by \d.*", cell["says"]), cell


def test_a_reason_that_no_longer_holds_is_named(monkeypatch):
    monkeypatch.setitem(conformance.REASONS, ("one_query", "rope"), "It cannot.")
    with pytest.raises(ValueError, match="rope is right in one_query: strike the reason"):
        conformance.run("one_query", "rope")


def test_the_record_is_what_a_run_writes():
    text = RECORD.read_text("utf-8")
    assert results.dumps(json.loads(text)) == text, f"{conformance.RESULT} was changed by hand"
