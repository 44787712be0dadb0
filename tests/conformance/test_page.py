"""The page of the matrix: it tells of every situation, and the build shows what the record says."""

import json

import pytest
from bs4 import BeautifulSoup
from mkdocs.exceptions import PluginError

from snippets import catalogue
from snippets.experiments.conformance import SITUATIONS
from tools import LANGUAGES, ROOT, conformance, pages

NAMES = {name: name.upper() for name in catalogue.NAMES}
PAGE = "measured/conformance.md"


def page(language):
    return (ROOT / "docs" / language / PAGE).read_text("utf-8")


def shown(language, markdown=None):
    return conformance.expand(markdown or page(language), PAGE, language, NAMES, "../../")


@pytest.fixture
def records(tmp_path, monkeypatch):
    """Write a record of its own: {situation: {scheme: cell}}, and one of ONNX."""

    def write(found, onnx=None):
        cells = [{"situation": s, "scheme": n} | cell for s, row in found.items() for n, cell in row.items()]
        (tmp_path / "record.json").write_text(json.dumps({"cells": cells}))
        if onnx:
            (tmp_path / "onnx.json").write_text(json.dumps({"settings": {"opset": 23}} | onnx))
        monkeypatch.setattr(conformance, "RECORD", tmp_path / "record.json")
        monkeypatch.setattr(conformance, "ONNX", tmp_path / "onnx.json")

    return write


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_a_section_for_every_situation_and_one_for_onnx(language):
    told = conformance.sections(page(language))
    assert told.keys() == SITUATIONS.keys() | {"onnx"}
    assert all(heading and also for heading, also in told.values()), "a situation without other words to find it by"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cell_of_the_record_is_shown_with_its_sign(language):
    table = BeautifulSoup(shown(language), "html.parser").select_one("table.matrix")
    record, signs = conformance.record(), conformance._SIGNS
    rows = table.select("tr[data-words]")
    assert [row.th.a["href"][1:].replace("-", "_") for row in rows] == [
        name for name in conformance.sections(page(language)) if name in record
    ]
    for row in rows:
        cells = record[row.th.a["href"][1:].replace("-", "_")]
        assert [td.text for td in row.select("td")] == [signs[cells[name]["verdict"]] for name in NAMES]
        assert all(td["aria-label"] for td in row.select("td"))


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_lines_that_ran_are_those_of_the_file(name):
    lines = conformance.code(name)
    assert lines.startswith(f"def {name}(name: str) -> None:") and lines in "".join(
        path.read_text("utf-8") for path in conformance.FOLDER.glob("*.py")
    )
    assert max(map(len, lines.splitlines())) <= 84


def test_a_refusal_is_told_with_its_message_and_who_raised_it(records):
    cells = {
        "rope": {"verdict": "right"},
        "shaw": {"verdict": "refused", "by": "scheme", "says": "ValueError: a < b"},
        "fire": {"verdict": "refused", "by": "torch", "says": "RuntimeError: no"},
        "none": {"verdict": "does not apply", "says": "It has no weights."},
        "cope": {"verdict": "wrong", "says": "values are off by 2"},
    }
    records({"empty_batch": cells})
    markdown = "## Batches { #b }\n\n### Empty { #empty-batch }\n\n<!-- conformance: empty_batch -->\n"
    text = BeautifulSoup(shown("en", markdown), "html.parser").get_text(" ")
    for words in (
        "Right (1): ROPE",
        "Refused by the scheme's file (1): SHAW : ValueError: a < b",
        "Stopped by an error from torch (1): FIRE : RuntimeError: no",
        "Does not apply (1): NONE : It has no weights.",
        "Wrong, without an error (1): COPE : values are off by 2",
    ):
        assert words in " ".join(text.split()), f"{words!r} is not in {text}"
    assert "가중치가 없습니다." in shown("ko", markdown)


def test_a_reason_that_has_no_korean_stops_the_build(records):
    records({"packing": {"rope": {"verdict": "does not apply", "says": "It is new."}}})
    with pytest.raises(PluginError, match=r"needs in REASONS what this is in Korean: It is new\."):
        shown("ko", "### Packed { #packing }\n\n<!-- conformance: packing -->\n")


def test_every_reason_of_the_record_is_known_in_korean():
    said = {cell["says"] for row in conformance.record().values() for cell in row.values() if "says" in cell}
    wanted = {says for says in said if says.startswith("It")}
    assert wanted <= conformance.REASONS.keys()


def test_a_situation_that_the_page_does_not_tell_of_is_named(records):
    records({"packing": {"rope": {"verdict": "right"}}, "zigzag": {"rope": {"verdict": "right"}}})
    with pytest.raises(PluginError, match=r"conformance\.md: it tells of other situations .*: packing, zigzag"):
        shown("en", "<!-- conformance -->\n")


def test_a_heading_with_another_id_is_named():
    with pytest.raises(PluginError, match="the heading 'Packed' needs the id own-positions"):
        conformance.sections("### Packed { #packing }\n\n<!-- conformance: own_positions -->\n")


def test_a_record_of_onnx_becomes_one_more_row(records):
    through = "through the operator RotaryEmbedding, with cosines and sines as inputs"
    onnx = {
        "alibi": {"result": "right", "why": "the file as it is"},
        "rope": {"result": "right", "why": through, "as it is": "no complex"},
        "cope": {"result": "refused", "why": "no such node"},
    }
    markdown = "## G { #g }\n\n<!-- conformance -->\n\n### ONNX { #onnx }\n\n<!-- conformance: onnx -->\n"
    records({}, onnx)
    html = BeautifulSoup(shown("en", markdown), "html.parser")
    assert [td.text for td in html.select("tr[data-words] td")] == ["✗", "✓", "✓"] or len(
        html.select("tr[data-words]")
    ) == 1
    text = " ".join(html.get_text(" ").split())
    assert f"ROPE : {through}. The file as it is: no complex" in text and "COPE : no such node" in text
    assert "연산자 RotaryEmbedding으로" in shown("ko", markdown)


def test_without_a_record_of_onnx_its_row_is_left_out(records):
    records({"packing": {"rope": {"verdict": "right"}}})
    markdown = "## G { #g }\n\n<!-- conformance -->\n\n### P { #packing }\n\n<!-- conformance: packing -->\n\n"
    html = BeautifulSoup(shown("en", markdown + "### O { #onnx }\n\n<!-- conformance: onnx -->\n"), "html.parser")
    assert [row.th.text for row in html.select("tr[data-words]")] == ["P"]


def test_the_names_of_schemes_are_those_of_the_navigation():
    nav = [{"Home": "index.md"}, {"Schemes": ["schemes/index.md", {"Rotation": [{"RoPE": "schemes/rope.md"}]}]}]
    assert conformance.names_in(nav) == {"rope": "RoPE"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_heading_is_longer_than_a_row_of_the_table_can_show(language):
    assert all(len(heading) <= 60 for heading, _ in conformance.sections(page(language)).values())
    assert len(pages.headings(page(language))) >= len(SITUATIONS)
