"""A page is rendered once and kept until its text or anything that it is rendered with changes.

Kept is what MkDocs knows of a page when it has read it: content, headings, ids, and links that have to be checked
against the ids of other pages. A page that caused a warning is not kept, so that the next build warns too.

It is kept for the Markdown that is put together for it. From which files it was put together is kept beside it: where
these are as they were, that is not done again.
"""

import json
import logging
import re
from pathlib import Path
from types import MethodType

from mkdocs.structure.toc import get_toc

from tools import ROOT, cache, cards, chapters, citations, counts, labs, letters, moved, pages, schemes, workshop

_EMBEDDED = re.compile(r'^ *-+8<-+ "([^":]+)', re.MULTILINE)
_PACKAGES = ("beautifulsoup4", "Markdown", "mkdocs", "mkdocs-jupyter", "mkdocs-material", "Pygments")
_PACKAGES += ("pymdown-extensions", "mini-racer")
_META = ("math", "declared", "description", "card")
_site: dict[str, str] = {}  # by language: a hash of where each file of the site is, and of what renders all pages


class _Warnings(logging.Handler):
    count = 0

    def emit(self, record):
        self.count += 1


_warnings = _Warnings(logging.WARNING)
logging.getLogger("mkdocs").addHandler(_warnings)


def embedded(markdown: str) -> list[Path]:
    """The files that a page shows."""
    return [ROOT / name for name in _EMBEDDED.findall(markdown)]


def reads(page: Path, text: str) -> set[Path]:
    """The files whose words a page with this text shows: its own, those of pages, those of ``snippets`` by their lines.

    What it shows of drawings, tables and records, which hang on nothing but ``snippets``, is not among them.
    """
    language = page.relative_to(ROOT / "docs").parts[0]
    found = {page, *embedded(text), *chapters.reads(page), *schemes.reads(page), *letters.reads(page, language)}
    found |= moved.reads(text, page)
    if any(place in text for place in (citations.PLACE, counts.PLACE, schemes.PLACE)):
        found |= {*pages.markdown(language), *pages.labs(language)}
    return found


def prepare(files, config) -> None:
    """To be called when all files of the site are known, before any page is rendered."""
    addresses = sorted(f"{file.src_uri} {file.dest_uri}" for file in files if not cards.is_card(file.src_uri))
    made_by = [*(ROOT / "tools").glob("*.py"), *(ROOT / "tools/katex").glob("*.js"), *ROOT.glob("mkdocs*.yml")]
    _site[config.theme["language"]] = cache.key(sorted(made_by), _PACKAGES, *addresses)


def as_before(page, markdown: str, config) -> bool:
    """Whether the page is kept, and everything that its text is put together from is as it was."""
    language, source, path = config.theme["language"], page.file.src_uri, Path(page.file.abs_src_path)
    page.warned, page.kept, page.texts = _warnings.count, None, None
    if not workshop.seen:
        return False
    files = sorted(filter(Path.is_file, reads(path, markdown)))
    page.texts = f"texts/{language}/{source}", cache.key(files, (), workshop.seen, _site[language])
    if key := cache.known(*page.texts):
        _find(page, f"pages/{language}/{source}", key)
    return page.kept is not None


def begin(page, markdown: str, config, *more: str) -> None:
    """``markdown`` is what will be rendered, and ``more`` what else the page shows. If it is known, it is not."""
    language = config.theme["language"]
    shown = [path for path in embedded(markdown) if path.is_file()]
    said = json.dumps(page.meta, default=str, sort_keys=True)  # by its front matter, which is no longer in the text
    key = cache.key(shown, (), markdown, said, page.file.src_uri, _site[language], *more)
    _find(page, f"pages/{language}/{page.file.src_uri}", key)
    if page.kept:
        _remember(page)
    elif not labs.is_lab(page.file.src_uri):  # what renders a lab has just been set
        page.__dict__.pop("render", None)


def set_once(page, config) -> None:
    """Let mkdocs-jupyter set the text of a lab once: its page is made again when its cells have run."""
    language, render = config.theme["language"], page.render
    name = f"set/{language}/{page.file.src_uri}"
    key = cache.key([Path(page.file.abs_src_path)], ("jupytext", "nbconvert"), _site[language])

    def once(config, files) -> None:
        if kept := cache.known(name, key):
            page.content, page.title = kept
            return
        render(config, files)
        if page.warned == _warnings.count:
            cache.keep(name, key, [page.content, page.title])

    page.render = once


def _find(page, name: str, key: str) -> None:
    page.kept, page.keep_as = cache.known(name, key), (name, key)
    page.was_known = page.kept is not None
    if page.kept:
        page.render = MethodType(_restore, page)


def _remember(page) -> None:
    """Of what the text was put together, for which the page is kept."""
    if page.texts and page.warned == _warnings.count:
        (name, key), (_, kept_for) = page.texts, page.keep_as
        cache.keep(name, key, kept_for)


def _restore(page, config, files) -> None:
    kept = page.kept
    page.content, page.toc, page._title_from_render = kept["content"], get_toc(kept["toc"]), kept["title"]
    page.meta |= kept["meta"]
    if kept["lab"]:
        page.title = kept["lab"]
    page.present_anchor_ids, page.entries = set(kept["ids"]), kept["entries"]
    page.links_to_anchors = {files.get_file_from_path(path): links for path, links in kept["links"]}


def keep(page, content: str, files: dict[str, str]) -> dict:
    """What is known of a page that has been rendered, kept for the next build."""
    links = page.links_to_anchors or {}
    page.kept = {
        "content": content,
        "toc": [_token(item) for item in page.toc],
        "title": page._title_from_render,
        "lab": page.title if labs.is_lab(page.file.src_uri) else None,  # mkdocs-jupyter sets it
        "meta": {name: page.meta[name] for name in _META if name in page.meta},
        "ids": sorted(page.present_anchor_ids or ()),
        "links": [(file.src_uri, anchors) for file, anchors in links.items()],
        "entries": page.entries,
        "files": files,
    }
    if page.warned == _warnings.count:
        name, key = page.keep_as
        cache.keep(name, key, page.kept)
        _remember(page)
    return page.kept


def _token(item) -> dict:
    return {"name": item.title, "id": item.id, "level": item.level, "children": [*map(_token, item.children)]}
