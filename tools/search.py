"""What search knows of a page: the words of each section, its formulas once and readable, and the names in its code.

The theme's plugin reads a page as it is shown, where a formula stands three times and code is cut into spans. Here a
page is read before. ``docs/assets/js/search-worker.js`` ranks what is kept and cuts the excerpts.
"""

import json
import re
from collections import Counter, defaultdict
from html import escape, unescape
from itertools import islice, zip_longest
from urllib.parse import urljoin

from tools import formulas

# What nobody searches: lists of works, claims and labs, which have entries of their own, how a file is tested, what a
# chapter says twice, a file behind its signatures, what a figure shows beside its section, and cells without a word.
_LEFT_OUT_SECTIONS = {"sources", "claims", "try", "reference", "takeaways"}
_SHELLS = {"figure", "conventions"}  # left out where no words stand between them and the next heading
_LEFT_OUT = re.compile(
    r'<(a|p|span|div) class="(?:headerlink|md-button|more|reference-places|more-people)".*?</\1>'
    r'|<(p|span|div) class="(?:facts|conformance|matrix-\w+)".*?</\2>'
    r'|<details class="(?:quote|file)">.*?</details>|<summary>.*?</summary>'
    r"|<strong>(?:What this does not show|이 결과의 한계)\.</strong>"
    r"|<figcaption\b.*?</figcaption>|<td[^>]*>[^<A-Za-z가-힣]*</td>"
    r'|<div class="(?:next|scheme-facts|counts)">.*?</div>|<table class="(?:sortable|matrix)">.*?</table>'
    r'|<small class="reference-note">.*?</small>'
    r"|<(script|style)\b.*?</\3>|<!--.*?-->"
    r'|\s*\((?=<span class="cite">).*?</span>\)',  # a citation; the work has an entry of its own
    re.DOTALL,
)
_START = re.compile(r'(?=<h[1-4][ >])|(?=<div class="reference")|(?=<dt>)')
_HEADING = re.compile(r"<(?:h[1-4]|dt|div)\b([^>]*)>(.*?)</(?:h[1-4]|dt|strong)>")
_ALSO = re.compile(r'<p class="also">(.*?)</p>', re.DOTALL)
_CODE = re.compile(r"<pre\b[^>]*>(.*?)</pre>", re.DOTALL)
_FILE = re.compile(r'<span class="filename">.*?</span>')
_BREAK = re.compile(r"</(?:p|li|td|th|dt|dd|figcaption|div|h\d)>|<br\b")
_ROW = re.compile(r"<tr>\s*<td[^>]*>(.*?)</td>(.*?)</tr>", re.DOTALL)
_DEFINED = re.compile(r"^(?:def|class) ([a-zA-Z]\w*)|^([A-Z_]+) =", re.MULTILINE)
_OURS = re.compile(r"^from snippets\.\S+", re.MULTILINE)
_USED = re.compile(r"\b(?<!torch\.)(?:[A-Za-z]\w*_\w+|[A-Z]\w*[a-z]\w*[A-Z]\w*)\b")


FIELDS = ("location", "title", "text", "also", "names", "defines", "other")
_WORD = re.compile(r"([^\W\d_]{2,} ?)")
_SIGNS = [chr(code) for code in (*range(0xA1, 0x300), *range(0x400, 0x530))]  # letters of other scripts, two bytes each


class Index:
    """Stands where the plugin keeps an index of its own, and answers to the same three names.

    What is written holds each entry as a list, of ``FIELDS`` in their order, without the empty ones at its end. The
    words that take most room stand once, in the configuration, and a sign for each in its place: a third of the bytes.
    """

    def __init__(self):
        self.entries = []

    def add_entry_from_context(self, page) -> None:
        self.entries += page.entries

    def generate_search_index(self, _) -> str:
        # The separator is what the theme splits the words of a followed result by (?h=), to mark them on the page.
        signs, docs = _shortened([*map(_written, self._with_other_names())])
        config = {"separator": r"[\s\-]+", "fields": FIELDS, "signs": "".join(signs.values()), "words": [*signs]}
        index = {"config": config, "docs": docs}
        return json.dumps(index, ensure_ascii=False, separators=(",", ":"))

    def _with_other_names(self) -> list[dict]:
        """The entries, and with each the names that a table of other names leads to it from."""
        names = defaultdict(list)
        for entry in self.entries:
            for text, location in entry.get("leads", []):
                names[location].append(text)
        return [entry | {"other": ", ".join(names[entry["location"]])} for entry in self.entries]


def read_index(text: str) -> list[dict]:
    """The entries of a written index, with all fields."""
    config, docs = json.loads(text).values()
    words = str.maketrans(dict(zip(config["signs"], config["words"], strict=True)))
    entries = [[*entry[:2], *(field.translate(words) for field in entry[2:])] for entry in docs]
    return [dict(zip_longest(config["fields"], entry, fillvalue="")) for entry in entries]


def _written(entry: dict) -> list[str]:
    """An entry as a list; a section's location without its page, which stands before it."""
    page, mark, id_ = entry["location"].partition("#")
    written = [mark + id_ or page, *(entry.get(field, "") for field in FIELDS[1:])]
    while not written[-1]:
        written.pop()
    return written


def _shortened(docs: list[list[str]]) -> tuple[dict[str, str], list[list[str]]]:
    """The sign of each word that takes much room, and the entries with signs for words but in location and title."""
    heads = "\0".join(field for entry in docs for field in entry[:2])
    body = _WORD.split("\0".join(field for entry in docs for field in entry[2:]))  # every second is a word
    counts = Counter(body[1::2]) + Counter(_WORD.findall(heads))

    def saved(word: str) -> tuple[int, str]:
        return counts[word] * (len(word.encode()) - 2) - len(word.encode()), word

    letters = {*heads, *"".join(body)}
    free = [sign for sign in _SIGNS if sign not in letters]
    signs = dict(zip(sorted(counts, key=saved, reverse=True), free, strict=False))
    fields = iter("".join(map(signs.get, body, body)).split("\0"))
    return signs, [[*entry[:2], *islice(fields, len(entry[2:]))] for entry in docs]


def take_over(config) -> None:
    """To be called when the plugin has been configured."""
    config.plugins["material/search"].search_index = Index()


def read(html: str, page) -> None:
    """Keep what is searched of a page, whose formulas have not been set."""
    about = ". ".join(filter(None, (page.meta.get("summary"), page.meta.get("models"))))
    page.entries = entries(html, page.url, about)
    if not page.meta.get("search", {}).get("sections", True):
        page.entries = page.entries[:1]


def entries(html: str, url: str, about: str = "") -> list[dict]:
    """A page, then each of its sections and definitions. ``about`` is the text of a page that begins with a heading."""
    found, id_ = [], ""
    for part in filter(str.strip, _START.split(_LEFT_OUT.sub("", html))):
        heading = _HEADING.match(part)
        if found and heading and (own := re.search(r'\bid="([^"]+)"', heading[1])):
            id_ = own[1]
        if id_ in _LEFT_OUT_SECTIONS:
            continue
        body = part[heading.end() :] if heading else part
        code = "\n".join(unescape(re.sub("<[^>]+>", "", block)) for block in _CODE.findall(body))
        used = dict.fromkeys(_USED.findall(_OURS.sub("", code)))
        entry = {
            "location": f"{url}#{id_}" if id_ else url,
            "title": words(heading[2]) if heading else "",
            "text": words(_CODE.sub(" ", _FILE.sub(" ", _ALSO.sub("", body)))) or ("" if found else about),
            "also": words(" ".join(_ALSO.findall(body))).removeprefix("Also called: ").removeprefix("다른 이름: "),
            "names": " ".join(used),
        }
        if id_ == "other-names":
            rows = [(words(names), re.findall(r'href="([^"]+)"', rest)) for names, rest in _ROW.findall(body)]
            entry["leads"] = [(names, urljoin(url, address)) for names, addresses in rows for address in addresses]
        if _FILE.search(body):
            defines = " ".join(defined or constant for defined, constant in _DEFINED.findall(code))
            first = found[0] if found else entry
            first["defines"] = " ".join(filter(None, (first.get("defines"), defines)))
        if entry["text"] or id_ not in _SHELLS:
            found.append(entry)
    return [found[0], *(_without(section, found[0].get("defines", "")) for section in found[1:])]


def _without(section: dict, defined: str) -> dict:
    """A section without the names that its page defines, which lead to the page."""
    names = " ".join(name for name in section["names"].split() if name not in defined.split())
    return section | {"names": names}


def words(html: str) -> str:
    """The text of a piece of HTML on one line, each formula as one would type it."""
    html = formulas.ARITHMATEX.sub(_formula, html)
    return " ".join(unescape(re.sub(r"<[^>]+>", "", _BREAK.sub(r" \g<0>", html))).split())


def _formula(match: re.Match) -> str:
    return escape(formulas.words(*formulas.named(match))) + match["after"]
