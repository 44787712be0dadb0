"""The tables of docs/*/atlas/porting.md say what snippets/data/porting.json holds, cell by cell."""

import json

import pytest

from tools import ROOT

FOUND = json.loads((ROOT / "snippets/data/porting.json").read_text("utf-8"))["conventions"]
NONE = "–"
WORDS = {
    "en": {
        "neighbours": "interleaved",
        "halves": "half-split",
        "one": "one for all",
        "each": "each sequence its own",
        "right": "goes on",
        "before": "before the turn",
        "after": "after the turn",
    },
    "ko": {
        "neighbours": "번갈아 놓기",
        "halves": "반씩 놓기",
        "one": "모두 같은 값",
        "each": "시퀀스마다 다른 값",
        "right": "그대로 계산",
        "before": "회전 전",
        "after": "회전 후",
    },
}


def code(text):
    return f"`{text}`" if text else NONE


def number(value):
    if value is None:
        return NONE
    return value if isinstance(value, str) else f"{value:.2f}"


def cells(one, words):
    """What a library's column says, row by row."""
    past = one["past a table of 16"]
    return [
        words[one["layout"]],
        code(one["other layout"]),
        one["sign"],
        str(one["channels of 64"]),
        str(one["axis of tokens"]),
        f"`{one['positions']}`, {words['each' if one['own for each sequence'] else 'one']}",
        words.get(past, code(past)),
        number(one["bfloat16 queries at 8001"]),
        number(one["bfloat16 module at 8001"]),
        code(one["divides by 4"]),
        words.get(one["gains"], NONE),
    ]


def tables(language):
    """The rows of every table on the page, without the line below the head."""
    text = (ROOT / f"docs/{language}/atlas/porting.md").read_text("utf-8")
    found, inside = [], False
    for line in text.splitlines():
        if line.startswith("|"):
            if not inside:
                found.append([])
            if set(line) - set("|-: "):
                found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        inside = line.startswith("|")
    return found


@pytest.mark.parametrize("language", WORDS)
def test_every_cell_says_what_was_recorded(language):
    head, *rows = tables(language)[0]
    assert head[1:] == [one["library"] for one in FOUND]
    want = list(zip(*(cells(one, WORDS[language]) for one in FOUND), strict=True))
    for row, values in zip(rows, want, strict=True):
        assert row[1:] == list(values), f"the row {row[0]!r} does not say what was recorded"


@pytest.mark.parametrize("language", WORDS)
def test_every_library_is_listed_with_its_version_and_what_was_called(language):
    _, *rows = tables(language)[1]
    assert rows == [[one["library"], one["version"], f"`{one['called']}`"] for one in FOUND]


def test_where_positions_are_scaled_the_argument_divides_them():
    for one in FOUND:
        assert one["divides by 4"] is None or one["its error"] < 1e-5, one["library"]
