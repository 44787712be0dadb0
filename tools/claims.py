"""The claims ledger: an entry is a heading, ``### the claim { #claim-7 .caveat }``, and what follows it.

A page asks for it with one line, ``<!-- claims -->``, where the filter and the list of claims are to stand. Everything
works without a script: the filter is radio buttons, and the style sheet hides what does not match.
"""

import re
from collections import Counter
from dataclasses import dataclass
from html import escape

from mkdocs.exceptions import PluginError

from tools import pages

PLACE = "<!-- claims -->"
VERDICTS = ("true", "caveat", "false")
WORDS = {
    "en": {
        "show": "Show the claims that are",
        "all": "All",
        "true": "True",
        "caveat": "Caveat",
        "false": "False",
        "list": "All claims",
    },
    "ko": {
        "show": "판정별로 보기",
        "all": "전체",
        "true": "참",
        "caveat": "조건부",
        "false": "거짓",
        "list": "주장 목록",
    },
}

_ENTRY = re.compile(r"^### (?P<text>.+?) \{ #claim-(?P<number>\d+)(?: \.(?P<verdict>[\w-]+))? \}$", re.MULTILINE)
_HEADING = re.compile(
    r'<h3(?=[^>]* id="claim-(\d+)")(?:[^>]* class="([\w-]+)")?[^>]*>(.*?)(?:<a class="headerlink".*?)?</h3>'
)
_SAID = '<p class="said">'


@dataclass(frozen=True)
class Entry:
    number: int
    verdict: str | None
    text: str
    body: str


def entries(text: str) -> list[Entry]:
    """Every entry of a ledger page's Markdown, in order."""
    code = "".join(piece if is_prose else re.sub(r"[^\n]", "x", piece) for is_prose, piece in pages.pieces(text))
    ends = [m.start() for m in re.finditer(r"^#{1,3} ", code, re.MULTILINE)] + [len(text)]
    found = []
    for match in _ENTRY.finditer(code):
        end = next(end for end in ends if end > match.start())
        heading = text[slice(*match.span("text"))]
        found.append(Entry(int(match["number"]), match["verdict"], heading, text[match.end() : end]))
    return found


def dress(html: str, language: str) -> str:
    """The HTML of a page with every entry in a section of its own, a badge in each, filter and list in their place."""
    if PLACE not in html:
        return html
    words, out, grouped, found = WORDS[language], [], False, []
    parts = re.split(r"(?=<h[23][ >])", html)
    for part, following in zip(parts, [*parts[1:], ""], strict=True):
        heading = _HEADING.match(part)
        if heading:
            number, verdict, text = heading.groups()
            if verdict not in VERDICTS:
                raise PluginError(f"claim {number}: its verdict must be one of {', '.join(VERDICTS)}, got {verdict!r}")
            if _SAID not in part:
                raise PluginError(f"claim {number} needs a paragraph marked {{ .said }}, which says where it is said")
            found.append((number, verdict, text))
            part = part.replace(_SAID, f'{_SAID}<span class="number">{number}</span> {badge(verdict, language)} ', 1)
            out.append(f'<section class="claim {verdict}" aria-labelledby="claim-{number}">{part}</section>')
            continue
        if grouped:
            out.append("</section>")
        grouped = _HEADING.match(following) is not None and part.startswith("<h2")
        out.append('<section class="claims">' + part if grouped else part)
    out.append("</section>" if grouped else "")
    return "".join(out).replace(PLACE, _filter(found, words) + _list(found, language), 1)


def badge(verdict: str, language: str) -> str:
    """A verdict as pages show it."""
    return f'<strong class="verdict {verdict}">{WORDS[language][verdict]}</strong>'


def _filter(found: list[tuple], words: dict) -> str:
    """One radio button for all claims and one for each verdict, with their counts."""
    counts = {"all": len(found), **Counter(verdict for _, verdict, _ in found)}
    buttons = "".join(
        f'<input type="radio" name="verdict" id="show-{name}" autocomplete="off"{" checked" * (name == "all")}>'
        f'<label for="show-{name}" class="{name}">{words[name]} <span>{counts.get(name, 0)}</span></label>'
        for name in ("all", *VERDICTS)
    )
    return f'<fieldset class="claims-filter"><legend>{words["show"]}</legend>{buttons}</fieldset>'


def _list(found: list[tuple], language: str) -> str:
    rows = "".join(
        f'<li class="claim {verdict}"><span class="number">{number}</span>'
        f'<a href="#claim-{number}">{text.strip()}</a> {badge(verdict, language)}</li>'
        for number, verdict, text in found
    )
    return f'<nav class="claims-list" aria-label="{escape(WORDS[language]["list"])}"><ol>{rows}</ol></nav>'
