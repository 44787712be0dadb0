"""Sections that have moved to another page, and the addresses they had.

Where a section stood, the page says where it is now, by a link that has the section's id, here and there the same::

    [How far a probe can be trusted](geometry-of-sums.md#probes){ #probes .moved }

The ids of its figures and of the headings below its own are kept at that link too; ``site.js`` goes on from it.
"""

import re
from pathlib import Path

from mkdocs.exceptions import PluginError

from tools import figures, pages

_LINK = re.compile(
    r"\[(?P<text>(?:[^\[\]]|\[[^\]]*\])+)\]"
    r"(?P<rest>\((?P<page>[^()\s#]+\.md)#(?P<id>[\w-]+)\)\{ *#(?P<old>[\w-]+) +\.moved *\})"
)


def reads(markdown: str, page: Path) -> set[Path]:
    """The pages to which sections of this one have moved."""
    return {_target(link, page) for link in _LINK.finditer(markdown)}


def _target(link: re.Match, page: Path) -> Path:
    return (page.parent / link["page"]).resolve()


def mark(markdown: str, path: Path) -> str:
    """``markdown``, the page at ``path``, with the ids of what each moved section holds at the link to it."""
    if not _LINK.search(markdown):
        return markdown
    here = {id_ for _, id_ in _places(markdown)} | {link["old"] for link in _LINK.finditer(markdown)}

    def one(link: re.Match) -> str:
        target = _target(link, path)
        held = _section(target.read_text(encoding="utf-8"), link["id"]) if target.is_file() else []
        if link["old"] != link["id"] or not held:
            where = f"{link['page']}#{link['id']}"
            raise PluginError(f"{path.name}: #{link['old']} is said to have moved to {where}: no such section, or id")
        left = [id_ for id_ in held[1:] if id_ not in here]
        here.update(left)
        return "[" + "".join(f'<span id="{id_}"></span>' for id_ in left) + link["text"] + "]" + link["rest"]

    return _LINK.sub(one, markdown)


def _section(markdown: str, id_: str) -> list[str]:
    """The ids in the section of the heading ``id_``, its own first; empty if there is no such heading."""
    held, depth = [], 0
    for level, other in _places(markdown):
        if other == id_ and level:
            held, depth = [other], level
        elif held and level and level <= depth:
            break
        elif held:
            held.append(other)
    return held


def _places(markdown: str) -> list[tuple[int, str]]:
    """Headings with their level and figures with 0, each with its id."""
    found = []
    for line in "".join(piece for is_prose, piece in pages.pieces(markdown) if is_prose).splitlines():
        if line.startswith("#"):
            found += [(heading.level, heading.id) for heading in pages.headings(line) if heading.id]
        else:
            found += [(0, f"figure-{name}") for name in figures.shown(line)]
    return found
