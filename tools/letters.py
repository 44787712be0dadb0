"""Letters explain themselves: the first ``$d_h$`` in a section leads to its meaning, and shows it on hover and focus.

A scheme's page defines letters in the list of its section ``#formula``; they lead there. The notation page defines all
others, of which only those are linked that mean the same on every page. The style sheet shows the notes.
"""

import re
from functools import lru_cache
from pathlib import Path

from tools import ROOT, pages

NOWHERE = ("k", "x")  # a key, an offset, any number: more than one on one page
EVERYWHERE = ("d_h", r"\theta_i", "W_q", "W_k", "W_v", "T", "N", "V", "d", "m", "n", "L", "s")
OTHERWISE = {  # pages that use some of these for something else
    "chapters/beyond-the-window.md": ("L",),
    "chapters/geometry-of-sums.md": ("N", "d", "m"),
    "schemes/decoupled_rope.md": ("d_h",),
    "schemes/length_temperature.md": ("N",),
    "schemes/m_rope.md": ("s",),
}

_SECTION = re.compile(r"(?=^## )", re.MULTILINE)
_ITEM = re.compile(r"^\* (.+(?:\n  .+)*)", re.MULTILINE)
_MATH = re.compile(r"(?<![$\\])\$([^$\n]+)\$(?!\$)")
_LETTER = re.compile(r"(?:[A-Za-z]|\\[a-z]+)(?:_(?:\w|\\[a-z]+))?'?")
_LINKED = re.compile(r"\[[^\]]*\](?:\([^)]*\))?(?:\{[^}]*\})?")


def reads(page: Path, language: str) -> set[Path]:
    """The file whose words a page shows in its notes, besides its own."""
    return {_notation(language)} if page.parent.name in ("chapters", "schemes") else set()


def _notation(language: str) -> Path:
    return ROOT / f"docs/{language}/notation.md"


def explain(markdown: str, source: str, language: str) -> str:
    """A chapter or the page of a scheme with its letters explained; any other page as it is."""
    if source.partition("/")[0] not in ("chapters", "schemes"):
        return markdown
    page = _notation(language)
    own = in_list(markdown)
    noted = in_tables(page) if page.is_file() else {}
    known = {letter: (f"../notation.md{where}", said) for letter, (where, said) in noted.items()}
    meant = [letter for letter in EVERYWHERE if letter in known and letter not in OTHERWISE.get(source, ())]
    known = {letter: known[letter] for letter in meant} | own
    return "".join(_section(part, known, own) for part in _SECTION.split(markdown))


def in_tables(page: Path) -> dict[str, tuple[str, str]]:
    """Where the notation page defines each letter and what it says."""
    return _in_tables(page, page.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _in_tables(page: Path, changed: int) -> dict[str, tuple[str, str]]:
    found = {}
    for part in _SECTION.split(page.read_text("utf-8")):
        for letters, said in re.findall(r"^\| (\$.+?\$) \| (.+?) \|", part, re.MULTILINE):
            for letter in re.findall(r"[^$,\s]+", letters):
                found[letter] = re.findall(r"\{ (#\S+) \}", part)[0], _plain(said)
    return found


def in_list(markdown: str) -> dict[str, tuple[str, str]]:
    """The letters that a page defines in the list of its formula, and the item that does."""
    part = next((part for part in _SECTION.split(markdown) if "{ #formula }" in part.partition("\n")[0]), "")
    found = {}
    for item in _ITEM.findall(part):
        for letter in {*filter(_LETTER.fullmatch, _MATH.findall(item))}.difference(NOWHERE):
            found.setdefault(letter, ("#formula", _plain(item)))
    return found


def _plain(words: str) -> str:
    """Words in one line, without citations and links."""
    words = re.sub(r"\s*\[@[^\]]+\]", "", " ".join(words.split()))
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", words)


def _section(part: str, known: dict, own: dict) -> str:
    if "{ #formula }" in part.partition("\n")[0]:
        return part
    seen: set[str] = set()

    def letter(match: re.Match) -> str:
        name = match[1]
        if name not in known or name in seen:
            return match[0]
        seen.add(name)
        where, said = known[name]
        aloud = name.replace("\\", "").replace("_", " ")  # what reads pages out may not read formulas
        link = f'[{match[0]}]({where}){{ aria-label="{aloud}" }}'
        return f'<span class="letter">{link}<small class="reference-note">{said}</small></span>'

    def prose(piece: str) -> str:
        return "\n".join(words(line) if is_text(line) else line for line in piece.split("\n"))

    def is_text(line: str) -> bool:
        ends_its_formulas = line.count("$") % 2 == 0
        return ends_its_formulas and not line.startswith(("#", "|", "!", "<", ":"))

    def words(line: str) -> str:
        between, linked = _LINKED.split(line), [*_LINKED.findall(line), ""]
        return "".join(_MATH.sub(letter, text) + link for text, link in zip(between, linked, strict=True))

    return pages.in_prose(part, prose)
