"""The atlas on pages: what ``snippets/data/atlas.json`` records of every model family, and how many use a scheme.

A page shows the table with ``<!-- atlas -->``, what was established and how with ``<!-- atlas: how -->``, and the list
of what was not with ``<!-- atlas: unknown -->``. The table is put in when everything else is done with the page: search
knows the names of its families and nothing else. The page of a scheme says below its heading ``#used-by`` how many
families the record has, with a link to them.
"""

import hashlib
import json
import re
from collections import Counter
from functools import lru_cache
from html import escape
from pathlib import Path

from mkdocs.exceptions import PluginError

from tools import ROOT, atlas_lines, pages

RECORD = ROOT / "snippets/data/atlas.json"
PLACE = "<!-- atlas -->"
PAGE = "atlas/models"
SCRIPT = "assets/js/atlas.js"
_PLACES = re.compile(r"^<!-- atlas: (?P<what>\w+) -->$", re.MULTILINE)
_USED_BY = re.compile(r"^## .+\{ #used-by[^\n]*\}\n", re.MULTILINE)
COLUMNS = ("kind", "scheme", "layout", "base", "share", "stretch", "without", "table", "how")
FILTERS = ("kind", "scheme", "layout", "base", "share", "stretch", "without", "how")
_SCHEMES = {  # the page of a scheme for what the record calls a way
    "rotation": "rope",
    "learned table": "learned",
    "sinusoids": "sinusoidal",
    "transformer-xl": "transformer_xl",
    "alibi": "alibi",
}
_MODULES = {  # and for a module, whose forward we read
    "InklingRelativeLogits": "content_bias",
    "Inkling2RelativeLogits": "content_bias",
}
_STRETCHES = {  # and for the type of a stretching
    "linear": "position_interpolation",
    "dynamic": "ntk_aware",
    "yarn": "yarn",
    "llama3": "llama3_scaling",
    "longrope": "longrope",
}
_WIDER = {"t5_bias": "bias by distance", "shaw": "vectors by distance"}  # the record does not tell their kinds apart
_NOT_STRETCHED = {"default", "axial", "proportional"}  # types that say which pairs turn, and by what
WORDS: dict[str, dict] = {
    "en": {
        "family": "Family",
        "search": "Search",
        "all": "all",
        "shown": "{shown} of {all} families",
        "clear": "Clear",
        "columns": {
            "kind": "Kind",
            "scheme": "Scheme",
            "layout": "Layout",
            "base": "Base",
            "share": "Part of a head",
            "stretch": "Stretching",
            "without": "Layers without",
            "table": "Table rows",
            "how": "Found by",
        },
        "kind": {
            "text": "text",
            "vision": "vision",
            "audio": "audio",
            "multimodal": "several",
            "series": "time series",
            "other": "other",
        },
        "scheme": {
            "rope": "rotation",
            "partial_rope": "rotation of a part",
            "proportional_rope": "rotation of the fast pairs",
            "decoupled_rope": "rotation of a shared key",
            "rope_2d": "rotation by two axes",
            "m_rope": "M-RoPE",
            "learned": "learned table",
            "sinusoidal": "sinusoids",
            "bias by distance": "bias by distance",
            "vectors by distance": "vectors by distance",
            "transformer_xl": "Transformer-XL",
            "alibi": "ALiBi",
            "content_bias": "content bias",
            "convolution": "convolution",
            "module": "other module",
            "buffer": "other table",
            "none": "nothing found",
        },
        "layout": {"halves": "half-split", "neighbours": "interleaved", "other": "other"},
        "share": {"whole": "all", "part": "a part", "unknown": "not known"},
        "without": {"some": "in some layers", "none": "in no layer"},
        "how": {"run": "running", "read": "reading", "unknown": "not found"},
        "of": "{} of {}",
        "from": "{}, first is row {}",
        "open": "{} unknown",
        "lines": "Lines that do the same",
        "no lines": "No file of this site does the same, or the record does not hold enough to say which lines.",
        "record": "The record",
        "pages": "Explained on",
        "established": "Of {all} families that have attention, **{run}** are established by running, **{read}** by "
        "reading, and **{unknown}** not at all. Of their {attentions} attentions {open} are open. {lines} families "
        "come with lines.",
        "unrecorded": "Another {count} folders have not been reached yet.",
        "unknown": "What is not established: {families} families with {attentions} attentions",
        "users": "In the [atlas](HREF) {count} of {all} families {verb} by default, in `transformers` `{version}`.",
        "count": "{count} families in the atlas",
        "verbs": {
            "rope": "rotate queries and keys",
            "partial_rope": "rotate a part of each head",
            "proportional_rope": "rotate the fast pairs of a whole head",
            "decoupled_rope": "rotate a key that all heads share, beside keys rebuilt from a latent,",
            "rope_2d": "rotate by two axes",
            "m_rope": "rotate by several rows of positions",
            "learned": "look up learned rows",
            "sinusoidal": "use sinusoids",
            "transformer_xl": "score distances as Transformer-XL does",
            "alibi": "have slopes as ALiBi does",
            "content_bias": "mix a bias by distance out of learned profiles",
            "t5_bias": "add a learned bias by distance, in T5's form or another,",
            "shaw": "use vectors by distance, in Shaw's form or another,",
            "none": "leave some layers without positions",
            "layer_pattern": "leave some layers without positions",
            "stretch": "stretch in this way",
        },
    },
    "ko": {
        "family": "모델 계열",
        "search": "찾기",
        "all": "전체",
        "shown": "{all}개 계열 중 {shown}개",
        "clear": "지우기",
        "columns": {
            "kind": "종류",
            "scheme": "방식",
            "layout": "채널 배열",
            "base": "밑(base)",
            "share": "회전하는 비율",
            "stretch": "늘리기",
            "without": "위치 없는 층",
            "table": "표의 행",
            "how": "확인 방법",
        },
        "kind": {
            "text": "텍스트",
            "vision": "이미지",
            "audio": "오디오",
            "multimodal": "여러 입력",
            "series": "시계열",
            "other": "기타",
        },
        "scheme": {
            "rope": "회전",
            "partial_rope": "일부만 회전",
            "proportional_rope": "빠른 쌍만 회전",
            "decoupled_rope": "공유 키를 회전",
            "rope_2d": "두 축으로 회전",
            "m_rope": "M-RoPE",
            "learned": "학습된 표",
            "sinusoidal": "사인파",
            "bias by distance": "거리별 편향",
            "vectors by distance": "거리별 벡터",
            "transformer_xl": "Transformer-XL",
            "alibi": "ALiBi",
            "content_bias": "내용 편향",
            "convolution": "합성곱",
            "module": "다른 모듈",
            "buffer": "다른 표",
            "none": "찾지 못함",
        },
        "layout": {"halves": "반씩 놓기", "neighbours": "번갈아 놓기", "other": "기타"},
        "share": {"whole": "전부", "part": "일부", "unknown": "모름"},
        "without": {"some": "일부 층", "none": "없음"},
        "how": {"run": "실행", "read": "코드 읽기", "unknown": "미확인"},
        "of": "{1}개 중 {0}개",
        "from": "{}, 첫 위치는 행 {}",
        "open": "미확인 {}개",
        "lines": "같은 일을 하는 코드",
        "no lines": "같은 일을 하는 파일이 이 사이트에 없거나, 코드를 정하기에 기록이 부족합니다.",
        "record": "기록",
        "pages": "설명",
        "established": "어텐션이 있는 계열 {all}개 중 **{run}**개는 실행해서, **{read}**개는 코드를 읽어서 확인했고 "
        "**{unknown}**개는 확인하지 못했습니다. 이 계열들의 어텐션 {attentions}개 중 {open}개가 미확인입니다. "
        "{lines}개 계열에는 코드가 딸려 있습니다.",
        "unrecorded": "이 밖에 폴더 {count}개는 아직 조사하지 못했습니다.",
        "unknown": "확인하지 못한 것: 계열 {families}개의 어텐션 {attentions}개",
        "users": "[아틀라스](HREF)에서는 `transformers` `{version}`의 기본 설정을 기준으로 {all}개 계열 중 "
        "{count}개가 {verb}.",
        "count": "아틀라스의 {count}개 계열",
        "verbs": {
            "rope": "쿼리와 키를 회전합니다",
            "partial_rope": "헤드의 일부만 회전합니다",
            "proportional_rope": "헤드 전체에서 빠른 쌍만 회전합니다",
            "decoupled_rope": "잠재 벡터로 만든 키 옆에, 모든 헤드가 함께 쓰는 키를 따로 두고 회전합니다",
            "rope_2d": "두 축으로 회전합니다",
            "m_rope": "여러 줄의 위치로 회전합니다",
            "learned": "학습된 행을 찾아 씁니다",
            "sinusoidal": "사인파를 씁니다",
            "transformer_xl": "Transformer-XL처럼 거리를 점수에 넣습니다",
            "alibi": "ALiBi처럼 기울기를 씁니다",
            "content_bias": "학습된 프로필을 섞어 거리별 편향을 만듭니다",
            "t5_bias": "T5나 다른 형태의 학습된 거리별 편향을 더합니다",
            "shaw": "Shaw나 다른 형태의 거리별 벡터를 씁니다",
            "none": "일부 층에 위치를 넣지 않습니다",
            "layer_pattern": "일부 층에 위치를 넣지 않습니다",
            "stretch": "이 방법으로 늘립니다",
        },
    },
}


def record() -> dict:
    """The whole file."""
    return _record(RECORD.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _record(changed: int) -> dict:
    return json.loads(RECORD.read_text("utf-8"))


def stamp(markdown: str) -> str:
    """What a page that shows the table is made from besides its text and ``tools``; nothing for other pages."""
    return hashlib.sha256(RECORD.read_bytes()).hexdigest() if PLACE in markdown else ""


@lru_cache(maxsize=1)
def _every(changed: int) -> dict[str, dict[str, list[str]]]:
    """The tokens of every family: most pages of a build ask for them."""
    return {name: tokens(family) for name, family in _record(changed)["families"].items()}


def is_shown(text: str, page: Path) -> bool:
    """Whether a page shows something of the record."""
    return PLACE in text or bool(_PLACES.search(text)) or page.parent.name == "schemes"


def tokens(family: dict) -> dict[str, list[str]]:
    """What a family is found by: the values of each filter, sorted, without what is not established."""
    found: dict[str, set[str]] = {name: set() for name in FILTERS}
    found["kind"] |= set(family["kind"])
    found["how"].add(family["how"])
    for attention in family["attentions"]:
        groups = attention.get("groups", [])
        found["stretch"] |= _stretches(attention)
        if groups:
            some = any(group["positions"] for group in groups) and not all(group["positions"] for group in groups)
            found["without"].add("some" if some else "none")
            found["scheme"] |= {"none"} if not attention["scheme"] else set()
        for what in (what for group in groups for what in group["positions"]):
            found["scheme"] |= _schemes(what, attention)
            if what["kind"] == "rotation":
                found["layout"] |= {what["layout"].partition(":")[0]} if "layout" in what else set()
                found["base"] |= {str(what["base"])} if "base" in what else set()
                found["share"].add(_share(what, attention)[0])
    if "some" in found["without"]:
        found["without"].discard("none")
    if found["scheme"] > {"none"}:
        found["scheme"].discard("none")
    return {name: sorted(values, key=_in_order) for name, values in found.items()}


def _in_order(value: str) -> tuple[int, str]:
    """Numbers by their size, words behind them."""
    return (int(value), "") if value.isdigit() else (1 << 60, value)


def _stretches(attention: dict) -> set[str]:
    return {part["rope_type"] for part in attention.get("stretch", {}).values()} - _NOT_STRETCHED


def _schemes(what: dict, attention: dict) -> set[str]:
    """How the table calls a way in which positions enter: by the page of its scheme where there is one."""
    found = {_MODULES.get(what.get("class", "")) or _SCHEMES.get(what["kind"], what["kind"])}
    if what["kind"] == "rotation":
        found |= {"rope_2d"} if atlas_lines.is_axial(what, attention) else set()
        found |= {"m_rope"} if atlas_lines.axes(what) else set()
        part = "proportional_rope" if atlas_lines.is_p_rope(what) else "partial_rope"
        found |= {part} if _share(what, attention)[0] == "part" else set()
        found |= {"decoupled_rope"} if atlas_lines.is_decoupled(what) else set()
    return found


def _share(what: dict, attention: dict) -> tuple[str, float]:
    """whole, part or unknown, and the share of the head that turns, 0 where it is not known."""
    head = atlas_lines.whole(what, attention)
    partial = head is not None and what.get("turned", head) < head
    if head is None or (partial and atlas_lines.is_axial(what, attention)):  # only one axis of the image was moved
        return "unknown", 0
    return ("part", what["turned"] / head) if partial else ("whole", 1)


def _state(name: str) -> tuple[str, str]:
    """The filter that shows who uses the scheme of a page, and its value."""
    if kinds := [kind for kind, page in _STRETCHES.items() if page == name]:
        return "stretch", kinds[0]
    if name in ("none", "layer_pattern"):
        return "without", "some"
    return "scheme", _WIDER.get(name, name)


def users(name: str) -> tuple[int, str]:
    """How many families use the scheme of a page, and the state of the table that shows them."""
    key, value = _state(name)
    count = sum(value in found[key] for found in _every(RECORD.stat().st_mtime_ns).values())
    return count, f"#families?{key}={value.replace(' ', '+')}"


def with_users(markdown: str, name: str, language: str) -> str:
    """The page of a scheme, with how many families use it below the heading of its users."""
    count, state = users(name)
    if not count:
        return markdown
    words, found = WORDS[language], record()
    verb = words["verbs"].get(name, words["verbs"]["stretch"])
    about = {"count": count, "all": len(found["families"]), "version": found["about"]["version"], "verb": verb}
    href = f'<a href="../../{PAGE}/{state}">'
    said = re.sub(r"\[(.+?)\]\(HREF\)", rf"{href}\1</a>", words["users"].format(**about))
    return _USED_BY.sub(lambda heading: f"{heading[0]}\n{said}\n", markdown, count=1)


def link(name: str, language: str, up: str) -> str:
    """A link to the families that use a scheme, which says how many; nothing if the record has none."""
    count, state = users(name)
    said = WORDS[language]["count"].format(count=count)
    return f'<a href="{up}{PAGE}/{state}">{said}</a>' if count else ""


def expand(markdown: str, language: str) -> str:
    """``markdown`` with what was established and what was not in their places."""
    makers = {"how": _how, "unknown": _unknown}

    def one(match: re.Match) -> str:
        if match["what"] not in makers:
            raise PluginError(f"the atlas has no part {match['what']!r}; known: {', '.join(makers)}")
        return makers[match["what"]](language)

    return _PLACES.sub(one, markdown)


def _how(language: str) -> str:
    found, words = record(), WORDS[language]
    families = found["families"].values()
    hows = Counter(family["how"] for family in families)
    attentions = [attention for family in families for attention in family["attentions"]]
    said = words["established"].format(
        all=len(families),
        **{how: hows[how] for how in ("run", "read", "unknown")},
        attentions=len(attentions),
        open=sum(attention["how"] == "unknown" for attention in attentions),
        lines=sum(bool(atlas_lines.lines(family)) for family in families),
    )
    if missing := found["not_recorded"]:
        said += " " + words["unrecorded"].format(count=len(missing))
    return said


def _unknown(language: str) -> str:
    """The list of unknowns, folded: each family with its open attentions and why."""
    rows = []
    for name, family in record()["families"].items():
        reasons: dict[str, list[str]] = {}
        for attention in family["attentions"]:
            if attention["how"] == "unknown":
                reasons.setdefault(attention.get("reason", ""), []).append(attention["class"])
        if reasons:
            said = "; ".join(f"{', '.join(names)}: <q>{escape(why)}</q>" for why, names in reasons.items())
            rows.append(f"<li><code>{name}</code> {said}</li>")
    if not rows:
        return ""
    attentions = [a for family in record()["families"].values() for a in family["attentions"]]
    open_ = sum(attention["how"] == "unknown" for attention in attentions)
    title = WORDS[language]["unknown"].format(families=len(rows), attentions=open_)
    return f'<details class="quote"><summary>{title}</summary><ul class="atlas-unknown">{"".join(rows)}</ul></details>'


def names() -> str:
    """What search knows of the table."""
    return f'<p class="also">{", ".join(record()["families"])}</p>'


def table(language: str, up: str) -> str:
    """The HTML of the table: a body a family, with its row and, behind its name, the record and the lines."""
    words, families = WORDS[language], record()["families"]
    every = _every(RECORD.stat().st_mtime_ns)
    head = "".join(f'<th scope="col">{words["columns"][column]}</th>' for column in COLUMNS)
    bodies = "".join(_body(name, families[name], every[name], language, up) for name in families)
    return (
        f"{_filter(every, words)}"
        f'<div class="schemes-table atlas" tabindex="0" role="region" aria-label="{words["family"]}">'
        f'<table class="sortable"><thead><tr><th scope="col">{words["family"]}</th>{head}</tr></thead>{bodies}</table>'
        f'</div><script type="module" src="{up}{SCRIPT}"></script>'
    )


def fill(html: str, language: str, up: str) -> str:
    """``html`` of a page with the table in its place; ``up`` leads to the root of its language."""
    return html.replace(PLACE, table(language, up), 1) if PLACE in html else html


def _filter(every: dict[str, dict], words: dict) -> str:
    """What narrows the table down, where scripts run."""
    fields = [f'<label>{words["search"]} <input type="search" name="q"></label>']
    for name in FILTERS:
        counts = Counter(value for found in every.values() for value in found[name])
        values = sorted(counts, key=_in_order) if name == "base" else [value for value, _ in counts.most_common()]
        options = "".join(f'<option value="{v}">{_said(name, v, words)} ({counts[v]})</option>' for v in values)
        select = f'<select name="{name}"><option value="">{words["all"]}</option>{options}</select>'
        fields.append(f"<label>{words['columns'][name]} {select}</label>")
    found = (
        f'<div><p role="status" data-said="{words["shown"]}"></p>'
        f'<button type="reset" class="md-button">{words["clear"]}</button></div>'
    )
    return f'<form class="matrix-filter atlas-filter">{"".join(fields)}{found}</form>'


def _said(name: str, value: str, words: dict) -> str:
    """How the table calls a value of a filter."""
    if name == "base":
        return f"{int(value):,}" if value.isdigit() else value
    return words.get(name, {}).get(value, value)


def _body(name: str, family: dict, found: dict[str, list[str]], language: str, up: str) -> str:
    words = WORDS[language]
    cells = "".join(_cell(column, family, found, words) for column in COLUMNS)
    data = "".join(f' data-{key}="{"|".join(values)}"' for key, values in found.items() if values)
    more = f'<td colspan="{len(COLUMNS) + 1}"><div>{_more(name, family, found, language, up)}</div></td>'
    breaking = name.replace("_", "_<wbr>")
    return (
        f'<tbody{data}><tr><th scope="row"><details><summary>{breaking}</summary></details></th>{cells}</tr>'
        f'<tr class="more">{more}</tr></tbody>'
    )


def _cell(column: str, family: dict, found: dict[str, list[str]], words: dict) -> str:
    """A cell of a row; what it is sorted by, if that is another thing than its text."""
    if column == "base":
        first = f' data-sort="{found[column][0]}"' if found[column] else ""
        return f"<td{first}>{', '.join(_said(column, value, words) for value in found[column])}</td>"
    if column in ("kind", "layout"):
        return f"<td>{', '.join(_said(column, value, words) for value in found[column])}</td>"
    if column == "scheme":
        special = {"partial_rope", "proportional_rope", "decoupled_rope", "rope_2d", "m_rope"} & set(found[column])
        shown = [value for value in found[column] if value != "rope" or not special]
        return f"<td>{', '.join(_said(column, value, words) for value in shown)}</td>"
    if column == "how":
        open_ = sum(attention["how"] == "unknown" for attention in family["attentions"])
        more = f"; {words['open'].format(open_)}" if open_ and family["how"] != "unknown" else ""
        return f"<td>{words['how'][family['how']]}{more}</td>"
    said, key = {"share": _shares, "stretch": _stretched, "without": _without, "table": _tables}[column](family, words)
    return f'<td data-sort="{key}">{said}</td>' if said else "<td></td>"


def _rotations(family: dict) -> list[tuple[dict, dict]]:
    return [
        (what, attention)
        for attention in family["attentions"]
        for group in attention.get("groups", [])
        for what in group["positions"]
        if what["kind"] == "rotation"
    ]


def _shares(family: dict, words: dict) -> tuple[str, float]:
    found = sorted({_share(what, attention) for what, attention in _rotations(family)}, key=lambda one: one[1])
    said = {"whole": words["share"]["whole"], "unknown": words["share"]["unknown"]}
    shown = [said[kind] if kind in said else f"{100 * share:.3g} %" for kind, share in found]
    return ", ".join(shown), min((share for _, share in found), default=0)


def _stretched(family: dict, words: dict) -> tuple[str, str]:
    parts = [part for attention in family["attentions"] for part in attention.get("stretch", {}).values()]
    said = {
        part["rope_type"] + (f" × {part['factor']:g}" if "factor" in part else "")
        for part in parts
        if part["rope_type"] not in _NOT_STRETCHED
    }
    return ", ".join(sorted(said)), min(said, default="")


def _without(family: dict, words: dict) -> tuple[str, int]:
    """Layers without positions in a stack whose other layers have some."""
    said, most = [], 0
    for attention in family["attentions"]:
        groups = attention.get("groups", [])
        bare = [group for group in groups if not group["positions"]]
        if bare and len(bare) < len(groups):
            count = sum(last - first + 1 for group in bare for first, last in group["layers"])
            said.append(words["of"].format(count, attention["layers"]))
            most = max(most, count)
    return ", ".join(dict.fromkeys(said)), most


def _tables(family: dict, words: dict) -> tuple[str, int]:
    found = {
        (what["rows"], what.get("offset", 0))
        for attention in family["attentions"]
        for group in attention.get("groups", [])
        for what in group["positions"]
        if what["kind"] == "learned table" and "rows" in what
    }
    said = [words["from"].format(f"{rows:,}", offset) if offset else f"{rows:,}" for rows, offset in sorted(found)]
    return "; ".join(said), max((rows for rows, _ in found), default=0)


def _more(name: str, family: dict, found: dict[str, list[str]], language: str, up: str) -> str:
    """The lines that do the same, where they are explained, and the whole record, but a file of the usual name."""
    words, parts, file = WORDS[language], [], f"modeling_{name}.py"
    if code := atlas_lines.lines(family):
        parts.append(f"<b>{words['lines']}</b>")
        for places, lines in code:
            where = "\n".join(f"# {place}" for place in places)
            parts.append(f"<pre>{escape(where, quote=False)}\n{escape(lines, quote=False)}</pre>")
    else:
        parts.append(f"<p>{words['no lines']}</p>")
    explained = {value: _title(value, language) for value in found["scheme"] if value != "none"}
    explained |= {page: _title(page, language) for value in found["stretch"] if (page := _STRETCHES.get(value))}
    if links := [f'<a href="{up}schemes/{page}/">{title}</a>' for page, title in explained.items() if title]:
        parts.append(f"<p>{words['pages']}: {', '.join(links)}</p>")
    attentions = [{k: v for k, v in each.items() if (k, v) != ("file", file)} for each in family["attentions"]]
    shown = "\n".join(atlas_lines.record({"attention": attentions}))
    return f"{''.join(parts)}<b>{words['record']}</b><pre>{escape(shown, quote=False)}</pre>"


@lru_cache(maxsize=64)
def _title(scheme: str, language: str) -> str:
    """What the page of a scheme is called; nothing if there is none."""
    path = ROOT / f"docs/{language}/schemes/{scheme}.md"
    return pages.headings(path.read_text("utf-8"))[0].text if path.is_file() else ""
