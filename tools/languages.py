"""Two languages, one command: the English build builds the Korean site into ``ko/``, beside it where it can."""

import hashlib
import re
import sys
from functools import lru_cache
from pathlib import Path

import yaml
from mkdocs.utils.yaml import get_yaml_loader, yaml_load

from tools import LANGUAGES, ROOT, command, pages

_MISSING = {
    "en": {
        "title": "Page not found",
        "sentence": "No page has this address: search for what you were after, or start with a chapter.",
        "search": "Search",
    },
    "ko": {
        "title": "페이지를 찾을 수 없습니다",
        "sentence": "이 주소에는 페이지가 없습니다. 찾던 내용을 검색하거나 아래 장에서 시작할 수 있습니다.",
        "search": "검색",
    },
}


def fingerprint(english: Path) -> str:
    """What a Korean page records of the English page it renders: twelve hex digits of a SHA-256.

    Only what a translator translates counts: fences must be the same in both languages anyway.
    """
    text = english.read_text(encoding="utf-8")
    if english.suffix == ".md":
        words = "".join(piece for is_prose, piece in pages.pieces(text) if is_prose)
    else:
        words = "\n".join(line for line in text.split("\n") if line.startswith("#"))
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def recorded(korean: Path) -> str | None:
    """The fingerprint that a Korean page or lab carries at its top, or None."""
    text = korean.read_text(encoding="utf-8")
    if korean.suffix == ".md":
        return (yaml.safe_load(pages.front_matter(text)[0]) or {}).get("english")
    stamp = re.search(r'^# +english: *"?([0-9a-f]{12})"?$', text, re.MULTILINE)
    return stamp.group(1) if stamp else None


def accept(korean: Path) -> None:
    """Record that ``korean`` renders the English page as it is now."""
    text = korean.read_text(encoding="utf-8")
    new = fingerprint(pages.twin(korean, "en"))
    if recorded(korean) is None:
        raise ValueError(f'{pages.name(korean)} has no line `english: "{new}"` at its top: add one')
    text = re.sub(r'^((?:# +)?english: *)"?[0-9a-f]{12}"?$', rf'\g<1>"{new}"', text, count=1, flags=re.MULTILINE)
    korean.write_text(text, encoding="utf-8")


def _links(text: str) -> list[str]:
    """Targets of links and images in order of their address (a translator may reorder a sentence)."""
    prose = "".join(piece for is_prose, piece in pages.pieces(text) if is_prose)
    found = re.findall(r"\]\(([^()\s]+)", prose) + re.findall(r'href="([^"]+)"', prose)
    return sorted(found)


def _citations(text: str) -> list[str]:
    prose = "".join(piece for is_prose, piece in pages.pieces(text) if is_prose)
    return sorted(re.findall(r"@[a-z]+\d{4}[a-z0-9]*", prose))


def _formulas(text: str) -> list[str]:
    """Displayed formulas in order; inline ones may move with the sentence."""
    return re.findall(r"\$\$.+?\$\$", text, re.DOTALL)


_PARTS = {
    "heading ids and levels": lambda text: [(heading.level, heading.id) for heading in pages.headings(text)],
    "fences": lambda text: [(fence.info, fence.body) for fence in pages.fences(text)],
    "images": lambda text: re.findall(r"!\[[^\]]*\]\(([^()\s]+)", text),
    "links": _links,
    "citations": _citations,
    "displayed formulas": _formulas,
    "answers": lambda text: text.count("{ .answer }"),
    "limits": lambda text: text.count("{ .limits }"),
}


def differing(english: str, korean: str) -> list[str]:
    """The parts in which two texts that should hold the same do not."""
    return [part for part, of in _PARTS.items() if of(english) != of(korean)]


def behind(page: Path, text: str | None = None) -> list[str]:
    """In what a page, of either language, and its twin differ; ``text`` stands for the Korean one, if it is given."""
    english, korean = pages.twin(page, "en"), pages.twin(page)
    if not (english.is_file() and korean.is_file()):
        return [f"{pages.name(page)} is there in one language alone"]
    said = []
    if page.suffix == ".md":
        found = differing(english.read_text("utf-8"), text or korean.read_text("utf-8"))
        said = [f"{pages.name(korean)} differs from {pages.name(english)} in its {part}" for part in found]
    if recorded(korean) != fingerprint(english):
        said.append(f"{pages.name(english)} has changed since {pages.name(korean)} was written")
    return said


def build_korean(config) -> None:
    """Build ``mkdocs.ko.yml`` into the ``ko`` folder of the site that was just built."""
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    korean = load_config(
        str(ROOT / "mkdocs.ko.yml"),
        site_dir=str(Path(config.site_dir) / "ko"),
        site_url=config.site_url.rstrip("/") + "/ko/" if config.site_url else "",
        strict=config.strict,
    )
    korean.plugins.on_startup(command="build", dirty=False)
    build(korean)  # the end of the command, on_shutdown, is the English build's to announce


def missing() -> dict[str, dict]:
    """What the page "not found" says, in each language: a host shows one such page for both."""
    return {language: {**_MISSING[language], "chapters": chapters(language)} for language in LANGUAGES}


def chapters(language: str) -> list[tuple[str, str]]:
    """Title and address, from the root of its language, of each page among the chapters in the navigation."""
    path = ROOT / ("mkdocs.yml" if language == "en" else f"mkdocs.{language}.yml")
    return _chapters(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=len(LANGUAGES))
def _chapters(path: Path, changed: int) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8") as file:
        parts = yaml_load(file, get_yaml_loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)))["nav"]
    parts = [
        entries for part in parts if isinstance(part, dict) for entries in part.values() if isinstance(entries, list)
    ]
    pairs = [pair for entries in parts for entry in entries if isinstance(entry, dict) for pair in entry.items()]
    return [(title, page.removesuffix(".md") + "/") for title, page in pairs if str(page).startswith("chapters/")]


if __name__ == "__main__":
    parser = command("languages", "Record that Korean pages say what their English pages say now.")
    parser.add_argument("pages", nargs="+", type=Path, metavar="docs/ko/PAGE.md")
    parser.add_argument("--check", action="store_true", help="record nothing: say in what pages and their twins differ")
    asked = parser.parse_args()
    if asked.check:
        sys.exit("\n".join(dict.fromkeys(line for path in asked.pages for line in behind(path))) or 0)
    for path in asked.pages:
        accept(path)
        print(f"{path} renders the English page as it is now")
