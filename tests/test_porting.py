"""The tables of docs/*/atlas/porting.md say what snippets/data/porting.json holds, cell by cell."""

import json

import pytest

from tools import ROOT

RECORD = json.loads((ROOT / "snippets/data/porting.json").read_text("utf-8"))
TURNING = RECORD["conventions"]
WORDS = {
    "en": {
        "neighbours": "interleaved",
        "halves": "half-split",
        "neighbours to halves": "reads interleaved, writes half-split",
        "one": "one for all",
        "each": "each sequence its own",
        "right": "goes on",
        "before": "before the turn",
        "after": "after the turn",
        "none": "has none",
        "whole pairs": "whole pairs",
        "another": "runs the other way",
        "top": "1 and 2",
        "bottom": "4 and 5",
    },
    "ko": {
        "neighbours": "번갈아 놓기",
        "halves": "반씩 놓기",
        "neighbours to halves": "번갈아 읽고 반씩 쓰기",
        "one": "모두 같은 값",
        "each": "시퀀스마다 다른 값",
        "right": "그대로 계산",
        "before": "회전 전",
        "after": "회전 후",
        "none": "없음",
        "whole pairs": "쌍 단위",
        "another": "반대 방향",
        "top": "1개, 2개",
        "bottom": "4개, 5개",
        "Llama's own code": "Llama 자체 코드",
        "onnxruntime's own": "onnxruntime 자체 연산자",
        "ONNX, keys as K": "ONNX, 키를 K로",
        "ONNX, 3 keys as past_key": "ONNX, 키 3개를 past_key로",
    },
}
SEEN = {(1, 2): "top", (4, 5): "bottom"}


def code(text, words):
    return f"`{text}`" if text else words["none"]


def layouts(words):
    for one in TURNING:
        other = code(one["other layout"], words)
        if one["its layout"] == "neighbours to halves":
            other += f", {words['neighbours to halves']}"
        yield [one["library"], words[one["layout"]], other, str(one["channels of 64"]), str(one["axis of tokens"])]


def positions(words):
    for one in TURNING:
        past = one["past a table of 16"]
        shared = words["each" if one["own for each sequence"] else "one"]
        past = words.get(past, code(past, words))
        yield [one["library"], f"`{one['positions']}`, {shared}", past, code(one["divides by 4"], words)]


def yarn(words):
    for one in TURNING:
        if found := one["YaRN"]:
            slowed = f"{found['fastest slowed']:.0f}, {found['slowest slowed']:.0f}"
            yield [
                one["library"],
                f"`{found['called']}`",
                slowed,
                words[found["ramp"]],
                f"{found['multiplies']:.3f}",
            ]


def around(part, cell):
    return [[one["library"], one["version"], f"`{one['called']}`", cell(one)] for one in RECORD[part]]


def versions(words):
    return [[one["library"], one["version"], f"`{one['called']}`"] for one in TURNING]


TABLES = {
    "table": layouts,
    "positions": positions,
    "yarn": yarn,
    "causal": lambda words: around("causal", lambda one: words[SEEN[tuple(one["seen"])]]),
    "alibi": lambda words: around("alibi", lambda one: str(one["step back"])),
    "norms": lambda words: around("norms", lambda one: words[one["side"]]),
    "versions": versions,
}


def table(language, heading):
    """The rows of the first table below a heading, without its head."""
    text = (ROOT / f"docs/{language}/atlas/porting.md").read_text("utf-8")
    _, _, below = text.partition(f"{{ #{heading} }}")
    lines = below[below.index("\n|") + 1 :].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize("heading", TABLES)
@pytest.mark.parametrize("language", WORDS)
def test_every_cell_says_what_was_recorded(language, heading):
    want, words = list(TABLES[heading](WORDS[language])), WORDS[language]
    want = [[words.get(name, name), *cells] for name, *cells in want]
    rows = table(language, heading)
    assert [row[0] for row in rows] == [row[0] for row in want]
    for row, values in zip(rows, want, strict=True):
        assert row == values, f"{row[0]}, below #{heading}: not what was recorded"


def test_what_the_page_says_of_all_libraries_at_once():
    assert {one["sign"] for one in TURNING} == {"+"}
    assert {one["ramp"] for one in (t["YaRN"] for t in TURNING) if one} == {"whole pairs", "another"}


def test_where_positions_are_scaled_the_argument_divides_them():
    for one in TURNING:
        assert one["divides by 4"] is None or one["its error"] < 1e-5, one["library"]
