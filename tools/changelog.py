"""What has changed: a page that is written by hand in both languages, ``CHANGELOG.md``, and an Atom feed a language.

``python -m tools.changelog`` writes ``CHANGELOG.md``, for those who read the repository, from the English page.
"""

import re
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree

import markdown

from tools import ROOT, command, pages

FILE = ROOT / "CHANGELOG.md"
FEED = "feed.xml"
ATOM = "http://www.w3.org/2005/Atom"

_ENTRY = re.compile(r"^## (?P<title>.+?) \{ #v(?P<date>\d{4}-\d\d-\d\d) \}\n(?P<text>.*?)(?=^## |\Z)", re.M | re.S)
_LINK = re.compile(r"\[(?P<text>(?:[^\[\]]|\[[^\]]*\])+)\]\((?P<page>[\w/-]+\.md)?(?P<id>#[\w-]+)?\)")


@dataclass(frozen=True)
class Entry:
    title: str
    date: str  # as in 2026-11-24
    text: str  # in Markdown


def entries(language: str) -> list[Entry]:
    """What has changed, the newest first, as the page of a language says it."""
    text = (ROOT / "docs" / language / "changelog.md").read_text("utf-8")
    return [Entry(found["title"], found["date"], found["text"].strip()) for found in _ENTRY.finditer(text)]


def whole() -> str:
    """``CHANGELOG.md``: the English page with links that lead somewhere at the root of the repository."""
    text = pages.front_matter((ROOT / "docs/en/changelog.md").read_text("utf-8"))[1].lstrip()
    text = re.sub(r"^(#+ .+?) \{ #[\w-]+ \}$", r"\1", text, flags=re.M).replace("\n{ .lead }", "")
    text = text.replace(f"[feed]({FEED})", "feed")
    return re.sub(r"\]\((?=[\w/-]+\.md)", "](docs/en/", text)


def feed(language: str, site_url: str, site_name: str, author: str) -> str:
    """The entries as an Atom feed (RFC 4287). It has links only where ``site_url`` says where they lead."""
    ElementTree.register_namespace("", ATOM)
    found = entries(language)
    root = ElementTree.Element(f"{{{ATOM}}}feed", {"xml:lang": language})
    _add(root, "id", _id(language))
    _add(root, "title", site_name)
    _add(root, "updated", _time(found[0].date))
    _add(_add(root, "author"), "name", author)
    if site_url:
        _add(root, "link", rel="self", type="application/atom+xml", href=site_url + FEED)
        _add(root, "link", rel="alternate", type="text/html", href=f"{site_url}changelog/")
    for one in found:
        entry = _add(root, "entry")
        _add(entry, "id", _id(f"{language} {one.date}"))
        _add(entry, "title", one.title)
        _add(entry, "updated", _time(one.date))
        if site_url:
            _add(entry, "link", rel="alternate", type="text/html", href=f"{site_url}changelog/#v{one.date}")
        _add(entry, "content", markdown.markdown(_linked(one.text, site_url)), type="html")
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _add(parent, name: str, text: str = "", **attributes: str):
    child = ElementTree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    child.text = text or None
    return child


def _id(name: str) -> str:
    """The same for ever, wherever the site stands."""
    return uuid5(NAMESPACE_URL, f"how models know position, changes, {name}").urn


def _time(date: str) -> str:
    return f"{date}T00:00:00Z"


def _linked(text: str, site_url: str) -> str:
    """``text`` with whole addresses of pages, or without links."""

    def one(link: re.Match) -> str:
        page = re.sub(r"(^|/)index\.md$", r"\1", link["page"] or "changelog.md")
        address = re.sub(r"\.md$", "/", page) + (link["id"] or "")
        return f"[{link['text']}]({site_url}{address})" if site_url else link["text"]

    return _LINK.sub(one, text)


if __name__ == "__main__":
    command("changelog", __doc__).parse_args()
    FILE.write_text(whole(), encoding="utf-8")
    print(f"{pages.name(FILE)} says what docs/en/changelog.md says")
