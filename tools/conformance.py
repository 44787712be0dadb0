"""The matrix of schemes and situations: what ``snippets/experiments/conformance.py`` recorded, as a page shows it.

A page shows the whole with ``<!-- conformance -->``, and below the heading of a situation what came out there and the
lines that were run with ``<!-- conformance: NAME -->``. The heading names the situation in the matrix, and its id is
NAME with hyphens. The paragraph marked ``{ .also }`` below it holds the words by which a reader may look for it. The
situation ``onnx`` is read from a record of its own, and shown if there is one.
"""

import ast
import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from html import escape
from pathlib import Path

from mkdocs.exceptions import PluginError

from tools import ROOT, pages

FOLDER = ROOT / "snippets/conformance"
RECORD = ROOT / "snippets/experiments/results/conformance.json"
ONNX = ROOT / "snippets/data/onnx.json"  # one more situation, recorded where its packages are; shown if it is there
PLACE = "<!-- conformance"
SCRIPT = "assets/js/matrix.js"
_PLACE = re.compile(rf"^{PLACE}(?:: (?P<name>\w+))? -->$", re.MULTILINE)
_SIGNS = {"right": "✓", "refused": "✗", "does not apply": "–", "wrong": "!"}
WORDS: dict[str, dict] = {
    "en": {
        "situation": "Situation",
        "search": "Find a situation",
        "scheme": "Scheme",
        "all": "all",
        "none": "No situation has these words.",
        "right": "right",
        "refused": "refused",
        "does not apply": "does not apply",
        "wrong": "wrong",
        "works": "Right",
        "every": "All of them: right.",
        "scheme refuses": "Refused by the scheme's file",
        "torch refuses": "Stopped by an error from torch",
        "not": "Does not apply",
        "off": "Wrong, without an error",
        "as it is": "The file as it is:",
        "code": "The lines that ran",
    },
    "ko": {
        "situation": "상황",
        "search": "상황 찾기",
        "scheme": "방식",
        "all": "전체",
        "none": "이 단어가 들어간 상황이 없습니다.",
        "right": "맞음",
        "refused": "거부",
        "does not apply": "해당 없음",
        "wrong": "틀림",
        "works": "맞음",
        "every": "모든 방식에서 맞습니다.",
        "scheme refuses": "방식의 파일이 거부",
        "torch refuses": "torch의 오류로 중단",
        "not": "해당 없음",
        "off": "오류 없이 틀림",
        "as it is": "파일 그대로는",
        "code": "실행한 코드",
    },
}
REASONS = {  # in Korean, by what the record says
    "It has no weights.": "가중치가 없습니다.",
    "It enters once, before the first layer, so no second layer needs its weights.": (
        "첫 층 앞에서 한 번만 들어가므로, 그 가중치를 함께 쓸 다른 층이 없습니다."
    ),
    "It does not turn keys: a cache holds them as they are.": "키를 회전하지 않으므로 캐시에 그대로 보관합니다.",
    "It counts the tokens of the other branch too. Give each branch a row of the batch.": (
        "다른 갈래의 토큰까지 셉니다. 갈래마다 배치의 한 행을 주면 됩니다."
    ),
    "Its file is causal attention. Cross-attention without positions is attention with no mask.": (
        "이 파일은 인과 어텐션입니다. 위치 없는 교차 어텐션은 마스크가 없는 어텐션과 같습니다."
    ),
    "It counts tokens between a key and a query of one text, and here the two are of two texts.": (
        "한 텍스트 안에서 키와 쿼리 사이의 토큰을 셉니다. 여기서는 키와 쿼리가 서로 다른 텍스트에 있습니다."
    ),
    "Its factors grow without end for keys after their query, so it is for causal attention only.": (
        "쿼리보다 뒤에 있는 키에서는 배율이 끝없이 커지므로, 인과 어텐션에만 쓸 수 있습니다."
    ),
    "Its second term needs the weights of the softmax, which the fused function does not give. "
    "Its first term alone goes in as a mask.": (
        "둘째 항에는 소프트맥스의 가중치가 필요한데, 융합된 함수는 이를 돌려주지 않습니다. "
        "첫째 항만은 마스크로 넣을 수 있습니다."
    ),
    "It sees the place itself and not only distances, so each text must count from 0.": (
        "거리만이 아니라 자리 자체를 보므로, 텍스트마다 위치를 0부터 세야 합니다."
    ),
    "It has one turned key for all heads: each device needs that key beside those of its own heads.": (
        "회전한 키 하나를 모든 헤드가 함께 씁니다. 장치마다 자기 헤드의 키와 함께 그 키도 있어야 합니다."
    ),
    "the file as it is": "파일 그대로",
    "the file as it is, with the optimizer MatMulScaleFusion of onnxruntime off": (
        "파일 그대로, onnxruntime의 최적화 MatMulScaleFusion을 끄고"
    ),
    "through the operator RotaryEmbedding, with cosines and sines as inputs": (
        "연산자 RotaryEmbedding으로, 코사인과 사인을 입력으로 받아서"
    ),
}


def expand(markdown: str, page: str, language: str, names: dict[str, str], up: str) -> str:
    """``markdown`` with what was recorded in its places.

    names: what the navigation calls each scheme. up: from the page, as it is shown, to the root of the site.
    Raises PluginError, naming ``page``, where the page and the record do not hold the same situations.
    """
    if PLACE not in markdown:
        return markdown
    found, told = record(), sections(markdown)
    if others := (found.keys() ^ told.keys()) - {"onnx"}:
        raise PluginError(f"{page}: it tells of other situations than the record: {', '.join(sorted(others))}")

    def one(match: re.Match) -> str:
        if match["name"] is None:
            return _matrix(found, told, markdown, language, names, up)
        return _outcome(match["name"], found[match["name"]], language, names, up) if match["name"] in found else ""

    return _PLACE.sub(one, markdown)


def record() -> dict[str, dict[str, dict]]:
    """{situation: {scheme: cell}}, in the order in which they were run."""
    found: dict[str, dict[str, dict]] = {}
    for cell in json.loads(RECORD.read_text("utf-8"))["cells"]:
        found.setdefault(cell["situation"], {})[cell["scheme"]] = cell
    if ONNX.is_file():
        found["onnx"] = {name: _of_onnx(row) for name, row in _rows_of_onnx().items()}
    return found


def _rows_of_onnx() -> dict[str, dict]:
    rows = json.loads(ONNX.read_text("utf-8"))
    return {name: row for name, row in rows.items() if isinstance(row, dict) and "result" in row}


def _of_onnx(row: dict) -> dict:
    """A cell: how a scheme gets there, and what the exporter says of its file as it is, if it refuses that."""
    if row["result"] != "right":
        return {"verdict": "refused", "by": "torch", "says": row["why"]}
    refused = {"as it is": row["as it is"]} if "as it is" in row else {}
    return {"verdict": "right", "says": row["why"]} | refused


def sections(markdown: str) -> dict[str, tuple[str, str]]:
    """Of each situation that a page tells of: its heading, and other words by which it is looked for.

    Raises PluginError for a heading that has another id than its situation.
    """
    found = {}
    for part in re.split(r"^(?=#{2,3} )", markdown, flags=re.MULTILINE):
        place = _PLACE.search(part)
        if place and place["name"]:
            heading = pages.headings(part)[0]
            if heading.id != place["name"].replace("_", "-"):
                raise PluginError(f"the heading {heading.text!r} needs the id {place['name'].replace('_', '-')}")
            also = re.search(r"\n\n([^\n]+(?:\n[^\n]+)*)\n\{ \.also \}", part)
            found[place["name"]] = (heading.text, " ".join(also[1].split()) if also else "")
    return found


def files() -> list[Path]:
    """What a page shows of the matrix."""
    return [RECORD, ONNX, *sorted(FOLDER.glob("*.py"))]


def code(name: str) -> str:
    """The lines of a situation, from the file that was run; nothing if it ran elsewhere."""
    return _functions(tuple((path, path.stat().st_mtime_ns) for path in sorted(FOLDER.glob("*.py")))).get(name, "")


@lru_cache(maxsize=4)
def _functions(stamped: tuple[tuple[Path, int], ...]) -> dict[str, str]:
    found = {}
    for path, _ in stamped:
        text = path.read_text("utf-8")
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef):
                found[node.name] = "\n".join(text.splitlines()[node.lineno - 1 : node.end_lineno])
    return found


def _matrix(found: dict, told: dict, markdown: str, language: str, names: dict[str, str], up: str) -> str:
    words = WORDS[language]
    columns = [name for name in names if any(name in row for row in found.values())]
    heads = "".join(f'<th scope="col"><a href="{up}schemes/{n}/"><span>{names[n]}</span></a></th>' for n in columns)
    bodies = []
    for title, situations in _groups(markdown):
        rows = [f'<tr class="group"><th colspan="{len(columns) + 1}" scope="colgroup"><span>{title}</span></th></tr>']
        for name in filter(found.get, situations):
            heading, also = told[name]
            first = f'<th scope="row"><a href="#{name.replace("_", "-")}">{heading}</a></th>'
            cells = "".join(_cell(found[name].get(scheme), words) for scheme in columns)
            rows.append(f'<tr data-words="{escape(_plain(also))}">{first}{cells}</tr>')
        bodies.append(f"<tbody>{''.join(rows)}</tbody>")
    options = "".join(f'<option value="{n}">{names[scheme]}</option>' for n, scheme in enumerate(columns, 1))
    legend = ", ".join(f"<span class='sign'>{sign}</span> {words[verdict]}" for verdict, sign in _shown(found))
    return (
        f'<p class="matrix-legend">{legend}</p>'
        f'<div class="matrix-filter" hidden><label>{words["search"]} <input type="search"></label>'
        f'<label>{words["scheme"]} <select><option value="0">{words["all"]}</option>{options}</select></label>'
        f'<p role="status" data-none="{words["none"]}"></p></div>'
        f'<div class="schemes-table matrix" tabindex="0" role="region" aria-label="{words["situation"]}">'
        f'<table class="matrix"><thead><tr><th scope="col">{words["situation"]}</th>{heads}</tr></thead>'
        f"{''.join(bodies)}</table></div>"
        f'<script type="module" src="{up}{SCRIPT}"></script>'
    )


def _shown(found: dict) -> Iterator[tuple[str, str]]:
    """The verdicts that occur, and their signs."""
    for verdict, sign in _SIGNS.items():
        if any(cell["verdict"] == verdict for row in found.values() for cell in row.values()):
            yield verdict, sign


def _groups(markdown: str) -> list[tuple[str, list[str]]]:
    """Title and situations of each second heading that has some."""
    parts = re.split(r"^(?=## )", markdown, flags=re.MULTILINE)
    found = [(pages.headings(part), [m["name"] for m in _PLACE.finditer(part) if m["name"]]) for part in parts]
    return [(headings[0].text, situations) for headings, situations in found if situations]


def _cell(cell: dict | None, words: dict) -> str:
    if cell is None:
        return "<td></td>"
    verdict = cell["verdict"]
    title = f' title="{escape(cell["says"])}"' if verdict == "refused" else ""
    return f'<td class="{verdict.split()[0]}"{title} aria-label="{words[verdict]}">{_SIGNS[verdict]}</td>'


def _outcome(name: str, row: dict[str, dict], language: str, names: dict[str, str], up: str) -> str:
    words, parts = WORDS[language], []

    def listed(found: list[str]) -> str:
        return ", ".join(f'<a href="{up}schemes/{scheme}/">{names[scheme]}</a>' for scheme in found)

    right = [scheme for scheme, cell in row.items() if cell["verdict"] == "right"]
    if len(right) == len(row):
        parts.append(f'<p class="works">{words["every"]}</p>')
    elif right:
        parts.append(f'<p class="works"><strong>{words["works"]}</strong> ({len(right)}): {listed(right)}.</p>')
    parts += _ways(row, listed, language)
    for title, verdict, by in (
        ("off", "wrong", None),
        ("scheme refuses", "refused", "scheme"),
        ("torch refuses", "refused", "torch"),
        ("not", "does not apply", None),
    ):
        by_words: dict[str, list[str]] = {}
        for scheme, cell in row.items():
            if cell["verdict"] == verdict and cell.get("by") == by:
                by_words.setdefault(cell["says"], []).append(scheme)
        if by_words:
            says = "".join(f"<li>{listed(f)}: {_said(s, verdict, language)}</li>" for s, f in by_words.items())
            count = sum(map(len, by_words.values()))
            parts.append(f"<p><strong>{words[title]}</strong> ({count}):</p><ul>{says}</ul>")
    lines = code(name)
    shown = "\n".join(f"    {line}".rstrip() for line in lines.splitlines())
    block = f'\n\n??? quote "{words["code"]}"\n\n    ``` {{ .python .lines }}\n{shown}\n    ```\n' if lines else ""
    return f'<div class="conformance">{"".join(parts)}</div>{block}'


def _ways(row: dict[str, dict], listed: Callable, language: str) -> list[str]:
    """How schemes come out right where there is more than one way, and what refuses the others."""
    ways: dict[tuple[str, str], list[str]] = {}
    for scheme, cell in row.items():
        if cell["verdict"] == "right" and "says" in cell:
            ways.setdefault((cell["says"], cell.get("as it is", "")), []).append(scheme)
    if not ways:
        return []
    lines = []
    for (way, refused), schemes in ways.items():
        without = f" {WORDS[language]['as it is']} <code>{escape(refused)}</code>" if refused else ""
        lines.append(f"<li>{listed(schemes)}: {_said(way, 'right', language)}.{without}</li>")
    return [f"<ul>{''.join(lines)}</ul>"]


def _said(says: str, verdict: str, language: str) -> str:
    if verdict == "refused":
        return f"<code>{escape(says)}</code>"
    if language == "en" or verdict == "wrong":
        return escape(says)
    if says not in REASONS:
        raise PluginError(f"tools/conformance.py needs in REASONS what this is in Korean: {says}")
    return REASONS[says]


def _plain(markdown: str) -> str:
    return markdown.replace("`", "").replace("*", "")


def names_in(nav: list) -> dict[str, str]:
    """What the navigation calls each scheme, in its order."""
    found = {}
    for entry in nav:
        for title, target in entry.items() if isinstance(entry, dict) else ():
            if isinstance(target, list):
                found |= names_in(target)
            elif match := re.fullmatch(r"schemes/(\w+)\.md", target):
                found[match[1]] = title
    return found
