"""The table over all schemes: what ``snippets/catalogue.py`` finds out about each, and what its page says of itself.

A page shows it with one line, ``<!-- schemes -->``, and the page of a scheme has its own row as a card under its title.
The findings, the curve of each scheme among them, are cached under the hash of what they come from.
"""

import ast
import importlib
import re
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from mkdocs.exceptions import PluginError

from tools import ROOT, atlas, cache, citations, pages, sources

PLACE = "<!-- schemes -->"
SOURCE = ROOT / "snippets/catalogue.py"
CURVES = ROOT / "snippets/figures/schemes/gallery_distance.py"
TIMELINE = ROOT / "snippets/figures/schemes/timeline.py"
EVERY, LOW, HIGH = 3, -3, 19  # a curve's point for every third distance, on the axis of the figure of all curves
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
        "kind": {
            "absolute": "absolute",
            "relative": "relative",
            "both": "relative and absolute",
            "content": "by content",
            "none": "none",
        },
        "groups": {
            "input": "Added to or joined with the input",
            "bias": "Relative vectors and biases",
            "rotation": "Rotation",
            "stretch": "Stretching rotation",
        },
        "curve": "Score by distance",
        "shapes": {
            "flat": "flat at {0:.1f}",
            "falls": "falls all the way, from {0:.1f} at distance 0 to {1:.1f} at {last}",
            "moves": "up and down between {low:.1f} and {high:.1f}; {0:.1f} at distance 0, {1:.1f} at {last}",
            "ends": "; no key is seen from distance {} on",
        },
        True: "yes",
        False: "no",
        "defined": {True: "defined", False: "IndexError"},
        "card": {
            "first": "First appeared",
            "weights": "Weights it adds",
            "past": "Past its length",
            "models": "Used by",
            "file": "The file",
            "sizes": "{:,} in GPT-2 small, {:,} at the size of Llama 3 8B",
            "no weights": "none",
            "defined": {True: "it gives a score, which need not be a good one", False: "it fails: IndexError"},
            "download": "Download {}",
        },
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
        "kind": {
            "absolute": "절대",
            "relative": "상대",
            "both": "상대와 절대",
            "content": "내용에 따름",
            "none": "없음",
        },
        "groups": {
            "input": "입력에 더하거나 붙이기",
            "bias": "상대 벡터와 편향",
            "rotation": "회전",
            "stretch": "회전 늘리기",
        },
        "curve": "거리별 점수",
        "shapes": {
            "flat": "줄곧 {0:.1f}",
            "falls": "거리 0의 {0:.1f}에서 거리 {last}의 {1:.1f}까지 계속 내려감",
            "moves": "{low:.1f}에서 {high:.1f} 사이를 오르내림. 거리 0에서 {0:.1f}, 거리 {last}에서 {1:.1f}",
            "ends": ". 거리 {}부터는 키가 보이지 않음",
        },
        True: "예",
        False: "아니요",
        "defined": {True: "정의됨", False: "IndexError"},
        "card": {
            "first": "처음 나온 해",
            "weights": "추가되는 가중치",
            "past": "학습 길이 너머",
            "models": "쓰는 모델",
            "file": "파일",
            "sizes": "GPT-2 small에서 {:,}개, Llama 3 8B 크기에서 {:,}개",
            "no weights": "없음",
            "defined": {True: "점수가 나오지만, 좋은 점수라는 뜻은 아닙니다", False: "IndexError가 납니다"},
            "download": "{} 내려받기",
        },
    },
}


def facts() -> dict[str, dict]:
    """What the code finds out about every scheme, from the cache if no snippet it comes from has changed."""
    return cache.remembered("schemes", key, _facts)


def key() -> str:
    """A hash of everything that ``facts`` come from."""
    return cache.key([Path(__file__).resolve(), *sources.of(SOURCE), *sources.of(CURVES)], ("torch",))


def _facts() -> dict[str, dict]:
    catalogue = importlib.import_module("snippets.catalogue")
    marks = importlib.import_module("snippets.figures.style").MARKS
    curves = importlib.import_module("snippets.figures.schemes.gallery_distance").curves()
    return {
        "facts": {name: catalogue.facts(name) for name in catalogue.NAMES},
        "groups": {group: list(names) for group, names in catalogue.GROUPS.items()},
        "curves": {
            name: [round(score, 3) for score in curve[curve.isfinite()].tolist()] for name, curve in curves.items()
        },
        "colours": {name: [marks[name].light, marks[name].dark] for name in catalogue.NAMES},
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
    """The HTML of the table, a body for each group's name and each scheme; a script makes it sortable.

    Without the script nothing is lost. The first row of a scheme has what the code found, the second one what its page
    says.
    """
    words, stored = WORDS[language], facts()
    if stored is None:  # they are being found out while the site is served for the first time
        return "<p>…</p>"
    head = "".join(f'<th scope="col">{word.replace(", ", ",<br>")}</th>' for word in words["head"][:7])
    head += f'<th scope="col" data-no-order>{words["curve"]}</th>'
    bodies = []
    for group, names in stored["groups"].items():
        title = f'<th colspan="8" scope="colgroup"><span>{words["groups"][group]}</span></th>'
        bodies.append(f'<tbody class="group"><tr>{title}</tr></tbody>')
        for name in names:
            page, families = said(name, language), atlas.link(name, language, "../")
            page["models"] += f"; {families}" if families else ""
            bodies.append(_body(name, stored, page, words))
    return (
        f'<div class="schemes-table" tabindex="0" role="region" aria-label="{words["head"][0]}">'
        f'<table class="sortable"><thead><tr>{head}</tr></thead>{"".join(bodies)}</table></div>'
    )


def _body(name: str, stored: dict, page: dict, words: dict) -> str:
    found, (work, models) = stored["facts"][name], words["head"][7:]
    curve = _curve(stored["curves"][name], len(stored["curves"]["none"]), stored["colours"][name], words)
    title = page["title"].replace("(", "<wbr>(")  # Korean has no space there
    numbers = "".join(
        f'<td data-sort="{count}" class="number">{f"{count:,}" if count else "0"}</td>' for count in found["parameters"]
    )
    return (
        f'<tbody data-scheme="{name}"><tr><th scope="rowgroup"><a href="{name}/">{title}</a></th>'
        f"<td>{words['door'][found['door']]}</td><td>{words['kind'][found['kind']]}</td>{numbers}"
        f"<td>{words['defined'][found['defined_past']]}</td><td>{words[found['shift_invariant']]}</td>"
        f"<td>{curve}</td></tr>"
        f'<tr class="more"><td colspan="8"><div><p class="summary">{page["summary"]}</p>'
        f"<p><b>{work}</b> {page['work']}</p> <p><b>{models}</b> {page['models']}</p></div></td></tr></tbody>"
    )


def _curve(scores: list[float], distances: int, colours: list[str], words: dict) -> str:
    """A drawing of the score by distance, the score of no positions at half its height, and what it shows in words.

    A scheme with a window has fewer scores than there are distances.
    """
    said = shape(scores, words["shapes"])
    if len(scores) < distances:
        said += words["shapes"]["ends"].format(len(scores))
    points = " ".join(f"{at},{round(2 * (HIGH - scores[at]))}" for at in range(0, len(scores), EVERY))
    light, dark = colours
    return (
        f'<svg class="curve" role="img" aria-label="{said}" '
        f'viewBox="0 0 {distances} {2 * (HIGH - LOW)}" style="--light:{light};--dark:{dark}">'
        f'<polyline points="{points}"/></svg>'
    )


def shape(scores: list[float], words: dict[str, str]) -> str:
    """What a curve does from distance 0 to the last, in ``words`` for one that is flat, one that falls, any other."""
    low, high = min(scores), max(scores)
    falls = all(later <= sooner for sooner, later in pairwise(scores))
    kind = "flat" if high - low < 0.05 else "falls" if falls else "moves"
    said = words[kind].format(scores[0], scores[-1], last=len(scores) - 1, low=low, high=high)
    return said.replace("-", "−")


def is_scheme(source: str) -> bool:
    """Whether a source path, from the folder of its language, is the page of a scheme."""
    return source.startswith("schemes/") and source.endswith(".md") and source != "schemes/index.md"


def reads(page: Path) -> set[Path]:
    """The files whose words a page shows in its card, besides its own."""
    return {TIMELINE} if page.parent.name == "schemes" else set()


def works() -> dict[str, tuple[int, str]]:
    """The year in which each scheme appeared and the key of its work in the bibliography, as the timeline has them."""
    return _works(TIMELINE.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _works(changed: int) -> dict[str, tuple[int, str]]:
    for node in ast.parse(TIMELINE.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "LANES":
            lanes = ast.literal_eval(node.value)
            return {name: (year, key) for lane in lanes.values() for name, year, _, key in lane}
    raise PluginError(f"{pages.name(TIMELINE)} has no table LANES, which says when each scheme appeared")


def with_card(markdown: str, source: str, language: str) -> str:
    """The Markdown of a scheme's page with its card below the title, around the line of its other names."""
    name = Path(source).stem
    head = re.match(r"\s*# .+\n(?:\s*\n(?P<also>(?:[^\n]+\n)+\{ \.also \})\n)?", markdown)
    if not head:
        raise PluginError(f"{source}: it needs a title, `# ... {{ #id }}`, in its first line")
    title, also = markdown[: head.end()].strip().partition("\n")[0], head["also"] or ""
    rows = "\n\n".join(f"{label}\n:   {said}" for label, said in _card(name, language).items())
    card = (
        f'<div class="scheme-card" markdown="block">\n{also}\n\n'
        f'<div class="scheme-facts" markdown="block">\n{rows}\n</div>\n</div>'
    )
    return f"{title}\n\n{card}\n{markdown[head.end() :]}"


def _card(name: str, language: str) -> dict[str, str]:
    words, page, stored = WORDS[language], said(name, language), facts()
    own, labels = words["card"], words["head"]
    if name not in works():
        raise PluginError(f"{pages.name(TIMELINE)} does not say when {name} appeared")
    year, key = works()[name]
    card = {own["first"]: f"{year}: {citations.note(citations.bibliography()[key])}"}
    if stored:  # or it is still being found out, while the site is served for the first time
        found = stored["facts"][name]
        sizes = own["sizes"].format(*found["parameters"]) if any(found["parameters"]) else own["no weights"]
        card |= {
            labels[1]: words["door"][found["door"]],
            labels[2]: words["kind"][found["kind"]],
            own["weights"]: sizes,
            own["past"]: own["defined"][found["defined_past"]],
            labels[6]: words[found["shift_invariant"]],
        }
    file = f"{name}.py"
    link = f'[{own["download"].format(file)}](../snippets/schemes/{file}){{ download="{file}" }}'
    families = atlas.link(name, language, "../../")
    models = f"{page['models']}; {families}" if families else page["models"]
    return card | {labels[7]: page["work"], own["models"]: models, own["file"]: link}
