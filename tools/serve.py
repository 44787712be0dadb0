"""``mkdocs serve`` renders only what an edit touches; ``mkdocs build`` does not depend on it.

A build of everything leaves its files, navigation and search index here. When a watched file changes, the pages that
``touched`` names are rendered with them, and the search index, changed snippets and changed assets are written again:
the site is the one that ``mkdocs build`` would make, byte for byte.

What takes seconds, a figure or the findings of ``snippets/catalogue.py``, is made by a process of its own. Pages keep
the drawings they had until it is done; then ``DONE`` is touched, which the server watches.

Only the cards that are shown of links (``tools/cards.py``) wait for the next build of everything.

Everything is built again if anything else has changed: a configuration, ``tools``, the bibliography, a lab, a page's
title or icon in the navigation, a file that is new, renamed or gone.
"""

import logging
import re
import subprocess
import sys
import traceback
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

from mkdocs.commands.build import _build_page, _populate_page
from mkdocs.exceptions import Abort, BuildError
from mkdocs.utils import CountHandler

from tools import LANGUAGES, ROOT, cache, citations, figures, pages, schemes

SERVED = False  # whether this process is ``mkdocs serve``
DONE = ROOT / ".cache/drawn"

_WATCHED = ("docs", "snippets", "tools", "mkdocs.yml", "mkdocs.ko.yml")
_EMBEDDED = re.compile(r'^ *-+8<-+ "([^":]+)', re.MULTILINE)
_log = logging.getLogger("mkdocs.serve")


def saved() -> dict[Path, int]:
    """When each watched file was saved last, without what Python and editors leave beside them."""
    times = {}
    for path in (path for name in _WATCHED for path in (ROOT / name, *(ROOT / name).rglob("*"))):
        if path.parent.name != "__pycache__" and not re.match(r"[.#]|.*~$", path.name) and path.is_file():
            with suppress(FileNotFoundError):  # gone since
                times[path] = path.stat().st_mtime_ns
    return times


_AT_START = saved()  # what is saved while the first build runs is an edit too


def touched(changed: set[Path], drawn: set[str] = frozenset()) -> set[Path] | None:
    """The pages of both languages that show any of the ``changed`` files or of what was ``drawn``; None if all may."""
    own = {language: set(pages.markdown(language)) for language in LANGUAGES}
    for path in changed.difference(*own.values()):
        if not any(path.is_relative_to(ROOT / folder) for folder in ("snippets", "docs/assets")):
            return None
        if path.is_relative_to(ROOT / "snippets/experiments/results"):  # tables to download are made of them
            return None
    found = set()
    for siblings in own.values():
        for page in siblings:
            text = page.read_text(encoding="utf-8")
            places = {place for place in (citations.PLACE, schemes.PLACE) if place in text}  # they list all pages
            files = {page, *(ROOT / name for name in _EMBEDDED.findall(text))} | (siblings if places else set())
            if files & changed or drawn & {*places, *figures.shown(text)}:
                found.add(page)
    return found


class Built:
    """What a build of everything left of one language."""

    def __init__(self, config, files, nav):
        self.config, self.files, self.nav = config, files, nav

    def read(self, env) -> None:
        """To be called when every page has been read and none has been written."""
        self.env, self.search = env, self.config.plugins["material/search"]
        self.index = self.search.search_index  # each language has its own, while the plugin is one object for both
        self.pages = {Path(file.abs_src_path): file.page for file in self.files.documentation_pages()}
        self.listed = {path: _listed(page) for path, page in self.pages.items()}

    def write(self, contents: dict[str, bytes]) -> None:
        """Write what the site keeps at these addresses again; an address that it does not have is left out."""
        for address, content in contents.items():
            if file := self.files.get_file_from_path(address):
                file.content_bytes = content
                file.copy_file()

    def render(self, paths: set[Path]) -> bool:
        """Read and write these pages and their part of the search index; False if other pages show what changed."""
        todo = {path: page for path, page in self.pages.items() if path in paths}
        for page in todo.values():
            _populate_page(page, self.config, self.files)
        if any(_listed(page) != self.listed[path] for path, page in todo.items()):
            return False
        self.search.search_index, order = self.index, [page.url for page in self.pages.values()]
        urls = {page.url for page in todo.values()}
        self.index.entries = [entry for entry in self.index.entries if _page_of(entry) not in urls]
        for page in todo.values():
            _build_page(page, self.config, self.files.documentation_pages(), self.nav, self.env)
        self.index.entries.sort(key=lambda entry: order.index(_page_of(entry)))
        self.search.on_post_build(config=self.config)
        for page in self.pages.values():
            page.validate_anchor_links(files=self.files, log_level=self.config.validation.links.anchors)
        return True


BUILT: dict[str, Built] = {}  # by language


def _listed(page) -> tuple:
    """What the navigation of every page shows of this one."""
    return page.title, *(page.meta.get(word) for word in ("icon", "subtitle", "status"))


def _page_of(entry: dict) -> str:
    """The address of the page that an entry of the search index leads to."""
    return entry["location"].partition("#")[0]


class Rebuild:
    """What the server calls when a watched file has changed; what it raises is shown, and the server goes on."""

    def __init__(self, everything):
        self.everything, self.seen, self.shown = everything, _AT_START, _drawings()[0]
        self.drawer, self.late, self.asked = Thread(), {}, {}

    def __call__(self) -> None:
        now = saved()
        if now.keys() != self.seen.keys() or not self.only_what_changed(now):
            if self.drawer.is_alive():
                self.drawer.join()
            self.seen = {}  # if this build fails, the next is one of everything too
            self.everything()
            self.shown, self.late = _drawings()[0], {}
        self.seen = now

    def only_what_changed(self, now: dict[Path, int]) -> bool:
        """Render what was touched; False if that may be any page. What is not drawn yet is drawn from here on."""
        changed = {path for path, time in now.items() if self.seen[path] != time}
        drawings_may_differ = self.late or any(path.is_relative_to(ROOT / "snippets") for path in changed)
        ready, late = _drawings() if drawings_may_differ else (self.shown, {})
        drawn = {name for name, drawing in ready.items() if drawing != self.shown.get(name)}
        todo = touched(changed, drawn)
        if todo is None:
            return False
        contents = {}  # of snippets and assets by the address in the site, if they have one; of drawings
        for path in changed:
            for folder in (ROOT, ROOT / "docs"):
                if path.is_relative_to(folder):
                    contents[path.relative_to(folder).as_posix()] = path.read_bytes()
        for name in drawn - {schemes.PLACE}:
            if ready[name].keys() != self.shown.get(name, {}).keys():  # it is now drawn in Korean too, or no longer
                return False
            contents |= {figures.address(name, kind): svg.encode() for kind, svg in ready[name].items()}
        figures.MEANWHILE = {name: self.shown[name] for name in late if name in self.shown}
        try:
            with _as_a_build_does():
                for built in BUILT.values():
                    built.write(contents)
                    if not built.render(todo):
                        return False
        finally:
            figures.MEANWHILE = {}
        _log.info(f"Rendered {', '.join(sorted(map(pages.name, todo))) or 'no page'}")
        self.shown, self.late = self.shown | ready, late
        if late and late != self.asked and not self.drawer.is_alive():
            self.asked, self.drawer = late, Thread(target=_draw, args=late, daemon=True)
            self.drawer.start()
        return True


def _drawings() -> tuple[dict, dict]:
    """By name: what is drawn as its sources are now; of what is not, the hash of its sources."""
    found = {name: figures.drawn(name) for name in figures.names()} | {
        schemes.PLACE: cache.known("schemes", schemes.SOURCE)
    }
    late = {name for name, drawing in found.items() if drawing is None}
    keys = {name: cache.key(schemes.SOURCE) if name == schemes.PLACE else figures.key(name) for name in late}
    return {name: found[name] for name in found.keys() - late}, keys


def _draw(*names: str) -> None:
    """Draw in a process of its own, which writes no ``__pycache__`` that the server would notice, and tell it."""
    subprocess.run([sys.executable, "-B", "-m", "tools.serve", *names], cwd=ROOT)
    DONE.touch()


@contextmanager
def _as_a_build_does():
    """Errors end as they do in ``mkdocs build``, and so do warnings if it is strict."""
    counter = CountHandler(level=logging.WARNING)
    logging.getLogger("mkdocs").addHandler(counter)
    try:
        yield
        if (counts := counter.get_counts()) and any(built.config.strict for built in BUILT.values()):
            said = ", ".join(f"{count} {level.lower()}s" for level, count in counts)
            raise Abort(f"Aborted with {said} in strict mode!")
    except BuildError as error:
        _log.error(str(error))
        raise Abort("Aborted with a BuildError!") from error
    finally:
        logging.getLogger("mkdocs").removeHandler(counter)


def take_over(server, config, everything):
    """``server``, which calls ``Rebuild`` from here on."""
    DONE.parent.mkdir(exist_ok=True)
    DONE.touch()
    server.watch(str(DONE))
    server.unwatch(config.docs_dir)  # it lies in docs, which is watched too: each edit would be noticed twice
    server.builder = Rebuild(everything)
    return server


if __name__ == "__main__":
    for name in sys.argv[1:]:
        try:
            schemes.facts() if name == schemes.PLACE else figures.draw(name)
        except Exception:
            traceback.print_exc()
            print(f"{name} could not be drawn: pages keep the drawing they had", file=sys.stderr)
