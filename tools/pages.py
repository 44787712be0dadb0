"""A Markdown page taken apart: its fences, its prose, its headings, its front matter."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tools import LANGUAGES, ROOT

EXPECTED = "<!--pytest-codeblocks:expected-output-->"

_FENCE = re.compile(r"^(?P<indent>[ ]*)(?P<ticks>`{3,}|~{3,})(?P<info>[^\n]*)$", re.MULTILINE)
_CODE_OR_COMMENT = re.compile(r"<!--.*?-->|(?P<ticks>`+).+?(?P=ticks)", re.DOTALL)
_MATH = re.compile(r"\$\$.+?\$\$|(?<![\\$])\$(?!\s)[^$\n]+?(?<![\s\\])\$", re.DOTALL)
_HEADING = re.compile(r"^(?P<level>#{1,6}) +(?P<text>.+?)(?: *\{ *#(?P<id>[\w-]+)[^}]*\})? *$", re.MULTILINE)


@dataclass(frozen=True)
class Fence:
    """One fenced block: what stands after its ticks, what it holds, where it is."""

    info: str
    body: str
    line: int  # of the opening ticks, from 1
    end: int  # of the closing ticks, from 1
    expected: bool  # the block holds the expected output of the runnable block before it

    @property
    def runnable(self) -> bool:
        return self.info == "python"


@dataclass(frozen=True)
class Heading:
    level: int
    text: str
    id: str | None


def markdown(language: str) -> list[Path]:
    """Every Markdown page of one language."""
    return sorted((ROOT / "docs" / language).rglob("*.md"))


def labs(language: str) -> list[Path]:
    """Every lab of one language: notebooks in jupytext's percent format."""
    return sorted((ROOT / "docs" / language / "labs").glob("*.py"))


def name(path: Path) -> str:
    """The path a message shows: from the root of the repository."""
    return path.resolve().relative_to(ROOT).as_posix()


def twin(path: Path, language: str = "ko") -> Path:
    """The page of the same name in another language."""
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {LANGUAGES}, got {language!r}")
    relative = path.resolve().relative_to(ROOT / "docs")
    return ROOT / "docs" / language / Path(*relative.parts[1:])


def fences(text: str) -> list[Fence]:
    """Every fenced block in reading order. Raises ValueError for a fence that is never closed."""
    return [*_fences(text)]


@lru_cache(maxsize=512)  # a build asks several times of each page
def _fences(text: str) -> tuple[Fence, ...]:
    lines, found, number, last, opening, first = text.split("\n"), [], 0, 0, None, 0
    for mark in _FENCE.finditer(text):
        number, last = number + text.count("\n", last, mark.start()), mark.start()
        if not opening:
            opening, first = mark, number
        elif mark["ticks"].startswith(opening["ticks"]) and not mark["info"].strip(" "):
            indent = len(opening["indent"])
            inside = lines[first + 1 : number]
            body = "".join(line[min(indent, len(line) - len(line.lstrip())) :] + "\n" for line in inside)
            before = next((lines[k].strip() for k in range(first - 1, -1, -1) if lines[k].strip()), "")
            found.append(Fence(opening["info"].strip(), body, first + 1, number + 1, before == EXPECTED))
            opening = None
    if opening:
        raise ValueError(f"the fence opened in line {first + 1} is never closed")
    return tuple(found)


@lru_cache(maxsize=256)
def pieces(text: str) -> tuple[tuple[bool, str], ...]:
    """``text`` cut into (is it prose?, piece): fences, code spans and comments are not prose.

    Joined again, the pieces are the text.
    """
    starts, cut, last = [0, *(end.end() for end in re.finditer("\n", text)), len(text) + 1], [], 0
    for fence in fences(text):
        start, end = starts[fence.line - 1], starts[fence.end] - 1
        cut += [*_without_code(text[last:start]), (False, text[start:end])]
        last = end
    return (*cut, *_without_code(text[last:]))


def _without_code(text: str) -> list[tuple[bool, str]]:
    cut, last = [], 0
    for span in _CODE_OR_COMMENT.finditer(text):
        cut += [(True, text[last : span.start()]), (False, span.group())]
        last = span.end()
    return [(is_prose, piece) for is_prose, piece in [*cut, (True, text[last:])] if piece]


def in_prose(text: str, change) -> str:
    """``text`` with ``change(piece)`` in place of every piece of prose; code stays as it is."""
    return "".join(change(piece) if is_prose else piece for is_prose, piece in pieces(text))


def with_whole_percentages(text: str) -> str:
    """``text`` whose numbers are not parted from their percent sign at the end of a line."""
    return in_prose(text, lambda piece: re.sub(r"(?<=\d) %", "\u00a0%", piece))


def front_matter(text: str) -> tuple[str, str]:
    """The YAML block at the top (without its dashes; empty if there is none) and the rest."""
    block = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    return (block.group(1), text[block.end() :]) if block else ("", text)


def prose(text: str) -> str:
    """What a reader reads: without front matter, code, comments, math, addresses and ids."""
    text = "".join(piece if is_prose else " " for is_prose, piece in pieces(front_matter(text)[1]))
    text = _MATH.sub(" ", text)
    text = re.sub(r"\]\((?:[^()\s]+)(?:\s+\"(?P<caption>[^\"]*)\")?\)", lambda m: "] " + (m["caption"] or ""), text)
    return re.sub(r"\{[^{}\n]*#[\w-]+[^{}\n]*\}", "", text)


def headings(text: str) -> list[Heading]:
    """Every heading outside code, in order."""
    text = "".join(piece if is_prose else re.sub(r"[^\n]", "x", piece) for is_prose, piece in pieces(text))
    return [Heading(len(m["level"]), m["text"], m["id"]) for m in _HEADING.finditer(text)]
