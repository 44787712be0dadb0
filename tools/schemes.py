"""The table over all schemes: what ``snippets/catalogue.py`` finds out about each, and what its page says of itself.

A page shows it with one line, ``<!-- schemes -->``. The findings are cached under the hash of what they come from.
"""

import importlib
from pathlib import Path
from typing import Any

import yaml
from mkdocs.exceptions import PluginError

from tools import ROOT, cache, pages, sources

PLACE = "<!-- schemes -->"
SOURCE = ROOT / "snippets/catalogue.py"
WORDS: dict[str, dict[Any, Any]] = {
    "en": {
        "head": (
            "Scheme",
            "Enters at",
            "Position it sees",
            "Weights, GPT-2 small",
            "Weights, Llama-3-8B size",
            "Past its length",
            "Shift-invariant",
            "Extra work",
            "Models",
        ),
        "door": {"input": "input", "queries, keys": "queries, keys", "scores": "scores", "none": "no door"},
        "kind": {"absolute": "absolute", "relative": "relative", "content": "by content", "none": "none"},
        "groups": {
            "input": "Added to or joined with the input",
            "bias": "Relative vectors and biases",
            "rotation": "Rotation",
            "stretch": "Stretching rotation",
        },
        True: "yes",
        False: "no",
        "defined": {True: "defined", False: "IndexError"},
    },
    "ko": {
        "head": (
            "방식",
            "들어가는 곳",
            "보는 위치",
            "가중치, GPT-2 small",
            "가중치, Llama-3-8B 크기",
            "학습 길이 너머",
            "이동 불변",
            "추가 작업",
            "모델",
        ),
        "door": {"input": "입력", "queries, keys": "쿼리·키", "scores": "점수", "none": "없음"},
        "kind": {"absolute": "절대", "relative": "상대", "content": "내용에 따름", "none": "없음"},
        "groups": {
            "input": "입력에 더하거나 붙이기",
            "bias": "상대 벡터와 편향",
            "rotation": "회전",
            "stretch": "회전 늘리기",
        },
        True: "예",
        False: "아니요",
        "defined": {True: "정의됨", False: "IndexError"},
    },
}


def facts() -> dict[str, dict]:
    """What the code finds out about every scheme, from the cache if no snippet it comes from has changed."""
    return cache.remembered("schemes", key, _facts)


def key() -> str:
    """A hash of everything that ``facts`` come from."""
    return cache.key([Path(__file__).resolve(), *sources.of(SOURCE)], ("torch",))


def _facts() -> dict[str, dict]:
    catalogue = importlib.import_module("snippets.catalogue")
    return {
        "facts": {name: catalogue.facts(name) for name in catalogue.NAMES},
        "groups": {group: list(names) for group, names in catalogue.GROUPS.items()},
    }


def said(name: str, language: str) -> dict[str, str]:
    """What the front matter of a scheme's page says: title, summary, work, models. PluginError if a word is missing."""
    path = ROOT / f"docs/{language}/schemes/{name}.md"
    text = path.read_text(encoding="utf-8")
    found = yaml.safe_load(pages.front_matter(text)[0]) or {}
    for word in ("summary", "work", "models"):
        if not found.get(word):
            raise PluginError(f"{pages.name(path)}: its front matter needs a line `{word}: ...` for the table")
    return {**found, "title": pages.headings(text)[0].text}


def table(language: str) -> str:
    """The HTML of the table, one body a group; a script makes it sortable, and without it nothing is lost."""
    words, stored = WORDS[language], facts()
    if stored is None:  # they are being found out while the site is served for the first time
        return "<p>…</p>"
    head = "".join(f'<th scope="col">{word}</th>' for word in words["head"])
    bodies = []
    for group, names in stored["groups"].items():
        width = len(words["head"])
        rows = [
            f'<tr class="group"><th colspan="{width}" scope="colgroup"><span>{words["groups"][group]}</span></th></tr>'
        ]
        rows += [_row(name, stored["facts"][name], said(name, language), words) for name in names]
        bodies.append(f"<tbody>{''.join(rows)}</tbody>")
    return (
        f'<div class="schemes-table" tabindex="0" role="region" aria-label="{words["head"][0]}">'
        f'<table class="sortable"><thead><tr>{head}</tr></thead>{"".join(bodies)}</table></div>'
    )


def _row(name: str, found: dict, page: dict, words: dict) -> str:
    first = f'<th scope="row"><a href="{name}/">{page["title"]}</a><span class="summary">{page["summary"]}</span></th>'
    numbers = "".join(
        f'<td data-sort="{count}" class="number">{f"{count:,}" if count else "0"}</td>' for count in found["parameters"]
    )
    return (
        f'<tr data-scheme="{name}">{first}'
        f"<td>{words['door'][found['door']]}</td><td>{words['kind'][found['kind']]}</td>{numbers}"
        f"<td>{words['defined'][found['defined_past']]}</td><td>{words[found['shift_invariant']]}</td>"
        f"<td>{page['work']}</td><td>{page['models']}</td></tr>"
    )
