"""Each page once more as Markdown, for machines, where llmstxt.org asks for it: ``index.html.md`` beside the page.

Code, what it printed and the tables that the build makes stand in place. A figure is its alternative text with a link
to the drawing, a citation leads to the work itself, and a link to a page leads to its Markdown.
"""

import json
import posixpath
import re
from html.parser import HTMLParser
from pathlib import Path
from textwrap import dedent
from urllib.parse import urlsplit

from mkdocs.structure.files import File

from tools import ROOT, atlas, chapters, citations, claims, conformance, counts, drawings, figures, labs, pages, schemes

NAME = "index.html.md"
_INSIDE = ".twin"  # behind its name while MkDocs builds, for which everything else that ends in .md is a page

_LINK = re.compile(r"(?<=\])\((?P<target>[^()\s]+)(?P<title>\s+\"[^\"]*\")?\)")
_FOLDED = re.compile(r'^\?\?\? \w+ "(?P<title>[^"\n]+)"\n\n(?P<body>(?:(?: {4}.*)?\n)+)', re.MULTILINE)
_VERDICT = re.compile(r"^(### .+ \{ #claim-\d+) \.([\w-]+) \}$", re.MULTILINE)
_HEADING = re.compile(r"^(#{1,6} .+?) *\{ *(#[\w-]+)[^}\n]*\}$", re.MULTILINE)
_MARKS = re.compile(r"^\{ [^}\n]*\}\n|(?<=[)\]])\{ [^}\n]*\}", re.MULTILINE)  # { .lead } on a line, or behind a link
_LAYOUT = re.compile(r"^</?div\b[^>\n]*>\n", re.MULTILINE)
_DEFINED = re.compile(r"^(?P<name>[^\n]+)\n:   ", re.MULTILINE)
_TAG = re.compile(r"</?(?:a|b|br|code|details|div|em|li|p|pre|q|script|small|span|strong|summary|table|ul|wbr)\b[^>]*>")
_INCLUDED = re.compile(r'^ *-+8<-+ "(?P<file>[^"\n]+)"$', re.MULTILINE)
_RECORD = re.compile(r'<tr class="more">.*?</tr>', re.DOTALL)
_ANCHOR = re.compile(r'^<a id="(?P<id>[\w-]+)"></a>\s*^(?P<heading>#+ .+)$', re.MULTILINE)
_COMMENT = re.compile(r"<!--(?P<said>.*?)-->\n*", re.DOTALL)

_LEFT_OUT = ("button", "form", "script", "svg")
_AROUND = {"b": "**", "code": "`", "em": "*", "i": "*", "strong": "**"}
_BEFORE = {"br": " ", "details": "\n\n", "li": "\n* ", "p": "\n\n", "q": "“", "ul": "\n"}
_AFTER = {"details": "\n\n", "div": "\n\n", "p": "\n\n", "q": "”", "summary": "\n\n", "ul": "\n\n"}


def of_page(path: Path, url: str, language: str, names: dict[str, str]) -> str:
    """The page at ``path``, which the site shows at ``url`` below its language, as Markdown.

    names: what the navigation calls each scheme.
    """
    if path.suffix == ".py":
        return _of_lab(path, url)
    source = path.relative_to(ROOT / "docs" / language).as_posix()
    text = pages.front_matter(path.read_text("utf-8"))[1]
    text = _generated(text, path, url, language, names)
    text = _with_figures(text, language)
    text = _VERDICT.sub(lambda m: f"{m[1]} }}\n\n**{claims.WORDS[language][m[2]]}.**", text)
    text = _DEFINED.sub(r"* **\g<name>**: ", text)
    text = pages.in_prose(text, lambda piece: _links(citations.to_works(piece), posixpath.dirname(source), url))
    return _finished("".join(part if code else _prose(part, url) for code, part in _by_fences(text)))


def inside(url: str) -> str:
    """What the build calls the Markdown of the page at ``url``."""
    return f"{url}{NAME}{_INSIDE}"


def file(config, address: str, content: str) -> File:
    """A file of the site; the Markdown of a page at its own address."""
    made = File.generated(config, address, content=content)
    made.dest_uri = address.removesuffix(_INSIDE)
    return made


def _generated(text: str, path: Path, url: str, language: str, names: dict[str, str]) -> str:
    """What the build adds to a page, in its place; the list of claims is left to their headings."""
    source, up = path.relative_to(ROOT / "docs" / language).as_posix(), "../" * url.count("/")
    if chapters.is_chapter(source):
        text = chapters.with_verdicts(text, source, language)
    if schemes.is_scheme(source):
        text = schemes.with_card(atlas.with_users(text, path.stem, language), source, language)
    text = conformance.expand(text, source, language, names, up)
    text = _FOLDED.sub(lambda m: f"{m['title']}:\n\n{dedent(m['body'])}", text)
    for place, make in (
        (citations.PLACE, citations.listing),
        (schemes.PLACE, schemes.table),
        (counts.PLACE, counts.listing),
    ):
        text = text.replace(place, make(language)) if place in text else text
    text = atlas.expand(text, language)
    if atlas.PLACE in text:  # without the records, which are a file of their own
        text = text.replace(atlas.PLACE, _converted(_RECORD.sub("", atlas.table(language, up)), url))
    return text


def _with_figures(text: str, language: str) -> str:
    count = 0

    def one(line: re.Match) -> str:
        nonlocal count
        count += 1
        number = figures.WORDS[language]["figure"].format(count)
        address = drawings.address(line["name"], drawings.of_language(line["name"], language)["light"])
        return f"![{line['alt']}]({line['up']}{address})\n\n*{number}.* {line['caption']}"

    return figures.LINE.sub(one, text)


def _by_fences(text: str) -> list[tuple[bool, str]]:
    """``text`` cut into (is it a fence?, piece)."""
    lines, cut, last = text.splitlines(keepends=True), [], 0
    for fence in pages.fences(text):
        cut += [(False, "".join(lines[last : fence.line - 1])), (True, "".join(lines[fence.line - 1 : fence.end]))]
        last = fence.end
    return [*cut, (False, "".join(lines[last:]))]


def _prose(text: str, url: str) -> str:
    """A piece without comments, attributes and tags."""
    text = _LAYOUT.sub("\n", _MARKS.sub("", _HEADING.sub(r"\1 {\2}", _COMMENT.sub("", text))))
    lines = (_without_tags(line, url) if _TAG.search(line) else line for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _without_tags(line: str, url: str) -> str:
    if line.startswith("<"):
        return _converted(line, url)
    return "".join(_converted(piece, url) if is_prose else piece for is_prose, piece in pages.pieces(line))


def _links(text: str, folder: str, url: str) -> str:
    return _LINK.sub(lambda m: f"({_moved(m['target'], folder, url)}{m['title'] or ''})", text)


def _moved(target: str, folder: str, url: str) -> str:
    """A target that is relative to ``folder``, relative to the page at ``url``; the Markdown of what is a page."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not parts.path:
        return target
    path = posixpath.normpath(posixpath.join(folder, parts.path)).removeprefix("./")
    page = re.sub(r"(?:^|(?<=/))index$", "", re.sub(r"\.md$|(?<=^labs/)([\w-]+)\.py$", r"\1", path))
    if page != path or parts.path.endswith("/"):
        path = posixpath.join(page.removeprefix("."), NAME)
    return posixpath.relpath(path, url or ".") + ("#" + parts.fragment if parts.fragment else "")


def _finished(text: str) -> str:
    """Fences with what they show and a plain info string, and one empty line between two parts."""
    text = re.sub(r"^(`{3,}) \{ \.python\b[^}\n]*\}$", r"\1python", text, flags=re.MULTILINE)
    shown = _INCLUDED.sub(lambda m: (ROOT / m["file"]).read_text("utf-8").rstrip("\n"), text)
    return shown.strip("\n") + "\n"


def _of_lab(path: Path, url: str) -> str:
    """A lab: its text, its cells, and what they printed and drew."""
    waiting, told, parts, drawn = iter(labs.outputs(path) or ()), [], [], 0
    for cell in json.loads(labs.notebook(path))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            told += [m["said"].strip().removeprefix("figure:").strip() for m in _COMMENT.finditer(source)]
            text = _ANCHOR.sub(r"\g<heading> {#\g<id>}", _COMMENT.sub("", source)).strip()
            parts.append(pages.in_prose(text, lambda piece: _links(piece, url, url)))
            continue
        parts.append(f"```python\n{source}\n```")
        for output in next(waiting, None) or ():
            if "light" in output:
                drawn += 1
                parts.append(f"![{told.pop(0)}](../{path.stem}-{drawn}-light.svg)")
            elif shown := output["text"].strip("\n").rstrip():
                parts.append(f"```text\n{shown}\n```")
    return "\n\n".join(filter(None, parts)) + "\n"


def _converted(html: str, url: str) -> str:
    reader = _Reader(url)
    reader.feed(html)
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.out[0])) if "\n" in html else "".join(reader.out[0])


class _Reader(HTMLParser):
    """Reads what the build makes as HTML and writes it as Markdown. What only a screen needs is left out."""

    def __init__(self, url: str):
        super().__init__()
        self.url, self.out = url, [[]]  # what is written, the innermost link or cell last
        self.left_out, self.depth = "", 0  # the tag that is left out, and how deep in it we are
        self.targets: list[str] = []
        self.rows: list[list[str]] = []
        self.group = False

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if self.left_out:
            self.depth += tag == self.left_out
        elif tag in _LEFT_OUT or (tag == "div" and "hidden" in said):
            self.left_out, self.depth = tag, 1
            self.out[-1].append(said.get("aria-label") or "" if tag == "svg" else "")
        elif tag == "table":
            self.rows = []
        elif tag == "tr":
            self.rows += [] if said.get("class") == "more" else [[]]  # what is folded below a row is its last cell
        elif tag in ("td", "th"):
            self.group = said.get("scope") == "colgroup"
            self.out.append([])
        elif tag == "a":
            self.targets.append(said.get("href") or "")
            self.out.append([])
        else:
            self.out[-1].append(_AROUND.get(tag) or _BEFORE.get(tag, ""))

    def handle_endtag(self, tag):
        if self.left_out:
            self.depth -= tag == self.left_out
            self.left_out = self.left_out if self.depth else ""
        elif tag in ("td", "th"):
            text = " ".join("".join(self.out.pop()).split()).replace("|", r"\|")
            self.rows[-1].append(f"**{text}**" if self.group else text)
        elif tag == "a":
            text, target = "".join(self.out.pop()), _moved(self.targets.pop(), self.url, self.url)
            self.out[-1].append(f"[{text}]({target})")
        elif tag == "table":
            self.out[-1].append(f"\n\n{_table(self.rows)}\n\n")
        else:
            self.out[-1].append(_AROUND.get(tag) or _AFTER.get(tag, ""))

    def handle_data(self, data):
        if not self.left_out:
            self.out[-1].append(data)


def _table(rows: list[list[str]]) -> str:
    width = max(map(len, rows))
    head, *body = ([*row, *[""] * (width - len(row))] for row in rows)
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * width, *body])
