"""A page is rendered once and kept until its text or anything that it is rendered with changes.

Kept is what MkDocs knows of a page when it has read it: content, headings, ids, and links that have to be checked
against the ids of other pages. A page that caused a warning is not kept, so that the next build warns too.
"""

import json
import logging
import re
from pathlib import Path
from types import MethodType

from mkdocs.structure.toc import get_toc

from tools import ROOT, cache, labs

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


def prepare(files, config) -> None:
    """To be called when all files of the site are known, before any page is rendered."""
    addresses = sorted(f"{file.src_uri} {file.dest_uri}" for file in files)
    made_by = [*(ROOT / "tools").glob("*.py"), *(ROOT / "tools/katex").glob("*.js"), *ROOT.glob("mkdocs*.yml")]
    _site[config.theme["language"]] = cache.key(sorted(made_by), _PACKAGES, *addresses)


def begin(page, markdown: str, config, *more: str) -> None:
    """``markdown`` is what will be rendered, and ``more`` what else the page shows. If it is known, it is not."""
    language = config.theme["language"]
    shown = [path for path in embedded(markdown) if path.is_file()]
    said = json.dumps(page.meta, default=str, sort_keys=True)  # by its front matter, which is no longer in the text
    key = cache.key(shown, (), markdown, said, page.file.src_uri, _site[language], *more)
    name = f"pages/{language}/{page.file.src_uri}"
    page.kept, page.keep_as, page.warned = cache.known(name, key), (name, key), _warnings.count
    if page.kept:
        page.render = MethodType(_restore, page)
    elif not labs.is_lab(page.file.src_uri):  # what renders a lab has just been set
        page.__dict__.pop("render", None)


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
    return page.kept


def _token(item) -> dict:
    return {"name": item.title, "id": item.id, "level": item.level, "children": [*map(_token, item.children)]}
