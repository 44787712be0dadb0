"""Citations: ``[@vaswani2017, Table 3]`` or ``[@ke2021; @he2021]`` on a page, one BibTeX file behind them all."""

import re
from collections import defaultdict
from dataclasses import astuple, dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from string import ascii_lowercase

from mkdocs.exceptions import PluginError

from tools import ROOT, cache, pages

FILE = ROOT / "docs/references.bib"
PLACE = "<!-- references -->"

_CITATION = re.compile(r"\[(?P<works>@[^\]]+)\]")
_VENUES = ("booktitle", "journal", "publisher", "howpublished")
_SHOWN = ("title", "pages", *_VENUES)
_IDENTITIES = {"eprint": "arXiv", "doi": "doi"}
_WORDS = {"en": ("and others", "Cited on"), "ko": ("외", "인용한 페이지")}


@dataclass(frozen=True)
class Work:
    """An entry of the BibTeX file. What is shown of it is plain text, without braces and escapes."""

    type: str
    fields: dict[str, str]
    authors: list[list[str]]  # first names, surname


def bibliography() -> dict[str, Work]:
    """Every work of the BibTeX file by its key."""
    return _works_of(FILE, FILE.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _works_of(path: Path, changed: int) -> dict[str, Work]:
    kept = cache.remembered("works", lambda: cache.key([path, Path(__file__)], ("pybtex", "latexcodec")), _parse)
    return {key: Work(*parts) for key, parts in kept.items()}


def _parse() -> dict[str, tuple]:
    """The parts of each work, read by pybtex, which takes longer to import and to read than a page to render."""
    from pybtex.database import Person, parse_file
    from pybtex.richtext import Text

    def plain(text: str) -> str:
        return str(Text.from_latex(text))

    def names(person: Person) -> list[str]:
        first, last = person.first_names + person.middle_names, person.prelast_names + person.last_names
        return [plain(" ".join(first)), plain(" ".join(last))]

    return {
        key: astuple(
            Work(
                entry.type,
                {name: plain(value) if name in _SHOWN else value for name, value in entry.fields.items()},
                [names(person) for person in entry.persons.get("author", [])],
            )
        )
        for key, entry in parse_file(str(FILE)).entries.items()
    }


def cited(text: str) -> list[str]:
    """The keys that a page cites, in order, each once."""
    found = [m for is_prose, piece in pages.pieces(text) if is_prose for m in _CITATION.finditer(piece)]
    return list(dict.fromkeys(key for match in found for key, _ in _works(match)))


@lru_cache(maxsize=1024)
def _read(page: Path, changed: int) -> tuple[list[str], str]:
    """What a page cites and its title; read once until it changes."""
    text = page.read_text(encoding="utf-8")
    return cited(text), pages.headings(text)[0].text


def _works(match: re.Match) -> list[tuple[str, str]]:
    """(key, where in the work) of each work that one pair of brackets cites."""
    pairs = (work.strip().removeprefix("@").partition(",") for work in match["works"].split(";"))
    return [(key.strip(), where.strip()) for key, _, where in pairs]


def label(key: str) -> str:
    """What stands in the text: surnames and year; 2024a and 2024b where several works have the same."""
    return _labels(FILE, FILE.stat().st_mtime_ns)[key]


@lru_cache(maxsize=1)
def _labels(path: Path, changed: int) -> dict[str, str]:
    alike = defaultdict(list)
    for key, work in sorted(_works_of(path, changed).items()):
        alike[_names_and_year(work)].append(key)
    return {
        key: name + (ascii_lowercase[place] if len(keys) > 1 else "")
        for name, keys in alike.items()
        for place, key in enumerate(keys)
    }


def _names_and_year(work: Work) -> str:
    people = [surname for _, surname in work.authors]
    people = [name for name in people if name != "others"] if len(people) > 1 else people
    names = f"{people[0]} et al." if len(work.authors) > 2 else " & ".join(people)
    return f"{names} {work.fields['year']}"


def link(text: str, page: str, up: str) -> str:
    """``text`` with each citation as a Markdown link to the references page; unknown keys stop the build.

    Beside each link stands what it leads to, which the style sheet shows on hover and focus.
    """
    entries = bibliography()

    def one(match: re.Match) -> str:
        links = []
        for key, where in _works(match):
            if key not in entries:
                raise PluginError(f"{page}: [@{key}] is cited, but docs/references.bib has no entry of that key")
            words = ", ".join(filter(None, (label(key), where)))
            links.append(
                f'<span class="cite">[{words}]({up}references.md#{key}){{ .citation }}'
                f'<span class="reference-note" data-search-exclude>{note(entries[key])}</span></span>'
            )
        return f"({'; '.join(links)})"

    return pages.in_prose(text, lambda piece: _CITATION.sub(one, piece))


def to_works(text: str) -> str:
    """A piece of prose whose citations are Markdown links to the works themselves."""

    def one(match: re.Match) -> str:
        links = []
        for key, where in _works(match):
            words, target = ", ".join(filter(None, (label(key), where))), address(bibliography()[key])
            links.append(f"[{words}]({target})" if target else words)
        return f"({'; '.join(links)})"

    return _CITATION.sub(one, text)


def note(work: Work) -> str:
    """The work in one line of HTML: its title as a link, where and when it was published."""
    title = _html(work.fields["title"])
    if address(work):
        title = f'<a href="{escape(address(work))}">{title}</a>'
    return f"{title}. {_html(published(work))}."


def _html(text: str) -> str:
    """Text that Markdown leaves as it is."""
    return re.sub(r"[*_`$\[\]]", lambda sign: f"&#{ord(sign[0])};", escape(text, quote=False))


def venue(work: Work) -> str:
    """Where a work was published; empty for a preprint."""
    return next(filter(None, map(work.fields.get, _VENUES)), "")


def published(work: Work) -> str:
    """Venue, volume, pages, arXiv number or DOI, year: what a reader needs to find the work."""
    fields = work.fields
    place = " ".join(filter(None, (venue(work), fields.get("volume", "") if "journal" in fields else "")))
    numbers = [f"{name}:{fields[kind]}" for kind, name in _IDENTITIES.items() if kind in fields]
    if "published" in fields:
        place += f" ({fields['published']})"
    return ", ".join(filter(None, (place, fields.get("pages", ""), *numbers[:1], fields["year"])))


def address(work: Work) -> str:
    """Where a reader finds the work: its arXiv page, its DOI, or its own address."""
    fields = work.fields
    if "eprint" in fields:
        return f"https://arxiv.org/abs/{fields['eprint']}"
    if "doi" in fields:
        return f"https://doi.org/{fields['doi']}"
    return fields.get("url", "")


def listing(language: str) -> str:
    """The references page's list as HTML: every work, and the pages that cite it."""
    places = defaultdict(list)
    for path in pages.markdown(language):
        keys, title = _read(path, path.stat().st_mtime_ns)
        for key in keys:
            places[key].append((path.relative_to(ROOT / "docs" / language), title))
    cited_works = (item for item in sorted(bibliography().items()) if item[0] in places)
    return "\n".join(_listed(key, work, places[key], language) for key, work in cited_works)


def _listed(key: str, work: Work, places: list[tuple[Path, str]], language: str) -> str:
    """One work on the references page, with the pages that cite it."""
    others, where = _WORDS[language]
    title = work.fields["title"]
    if address(work):
        title = f"[{title}]({address(work)})"
    publication = published(work)
    if venue(work):
        publication = publication.replace(venue(work), f"*{venue(work)}*", 1)
    back = ", ".join(f"[{heading}]({path.as_posix()})" for path, heading in places)
    return (
        f'<div class="reference" id="{escape(key)}" markdown="span">'
        f"<strong>{escape(label(key))}</strong> {title}. {_people(work, others)}. {publication}. "
        f'<span class="reference-places">{where}: {back}</span></div>'
    )


def _people(work: Work, others: str) -> str:
    """All authors, first names first; ``others`` where BibTeX has "and others". The first two are searched."""
    names = [f"{first} {surname}".strip() for first, surname in work.authors]
    names = [others if name == "others" else name for name in names]
    more = f'<span class="more-people">, {", ".join(names[2:])}</span>' if names[2:] else ""
    return ", ".join(names[:2]) + more
