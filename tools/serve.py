"""``mkdocs serve`` renders only what an edit touches; ``mkdocs build`` does not depend on it.

A build of everything leaves its files, navigation and search index here. When a watched file changes, the pages that
``touched`` names are rendered with them, and the search index, a changed snippet or a changed asset is written again:
the site is the one that ``mkdocs build`` would make, byte for byte.

What takes seconds, a figure or the findings of ``snippets/catalogue.py``, is made by a process of its own. Pages keep
the drawings they had until it is done; then ``DONE`` is touched, which the server watches.

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

from tools import LANGUAGES, ROOT, citations, figures, pages, schemes

DONE = ROOT / ".cache/drawn"
SEARCH = "material/search"

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
        self.env = env
        self.pages = {Path(file.abs_src_path): file.page for file in self.files.documentation_pages()}
        self.index = self.config.plugins[SEARCH].search_index  # the plugin is the same object in both languages
        self.listed = {path: _listed(page) for path, page in self.pages.items()}

    def write(self, texts: dict[str, str], changed: set[Path]) -> None:
        """Write again the files of the site made from ``texts``, by address, and the assets that have changed."""
        for address, text in texts.items():
            if file := self.files.get_file_from_path(address):
                file.content_string = text
                file.copy_file()
        for path in changed & set((ROOT / "docs/assets").rglob("*")):
            self.files.get_file_from_path(path.relative_to(ROOT / "docs").as_posix()).copy_file()

    def render(self, paths: set[Path]) -> bool:
        """Read and write these pages and their part of the search index; False if other pages show their title."""
        todo = {path: page for path, page in self.pages.items() if path in paths}
        if not todo:
            return True
        for page in todo.values():
            _populate_page(page, self.config, self.files)
        if any(_listed(page) != self.listed[path] for path, page in todo.items()):
            return False
        order = {page.url: number for number, page in enumerate(self.pages.values())}
        of = lambda entry: entry["location"].partition("#")[0]  # noqa: E731
        search, urls = self.config.plugins[SEARCH], {page.url for page in todo.values()}
        search.search_index = self.index
        self.index.entries = [entry for entry in self.index.entries if of(entry) not in urls]
        for page in todo.values():
            _build_page(page, self.config, self.files.documentation_pages(), self.nav, self.env)
        self.index.entries.sort(key=lambda entry: order[of(entry)])
        search.on_post_build(config=self.config)
        for page in self.pages.values():
            page.validate_anchor_links(files=self.files, log_level=self.config.validation.links.anchors)
        return True


BUILT: dict[str, Built] = {}  # by language


def _listed(page) -> tuple:
    """What the navigation of every page shows of this one."""
    return page.title, *(page.meta.get(word) for word in ("icon", "subtitle", "status"))


class Rebuild:
    """What the server calls when a watched file has changed; what it raises is shown, and the server goes on."""

    def __init__(self, everything):
        self.everything, self.seen, self.shown = everything, _AT_START, _drawings()[0]
        self.drawer, self.asked = Thread(), {}

    def __call__(self) -> None:
        now = saved()
        if now.keys() != self.seen.keys() or not self.only_what_changed(now):
            if self.drawer.is_alive():
                self.drawer.join()
            self.seen = {}  # if this build fails, the next is one of everything too
            self.everything()
            self.shown = _drawings()[0]
        self.seen = now

    def only_what_changed(self, now: dict[Path, int]) -> bool:
        changed = {path for path, time in now.items() if self.seen[path] != time}
        ready, late = _drawings()
        drawn = {name for name, drawing in ready.items() if drawing != self.shown.get(name)}
        todo = touched(changed, drawn)
        if todo is None:
            return False
        texts = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in changed if path.suffix == ".py"}
        for name in drawn - {schemes.PLACE}:
            texts |= {figures.address(name, palette): svg for palette, svg in ready[name].items()}
        figures.MEANWHILE = {name: self.shown[name] for name in late if name in self.shown}
        try:
            with _as_a_build_does():
                for built in BUILT.values():
                    built.write(texts, changed)
                    if not built.render(todo):
                        return False
        finally:
            figures.MEANWHILE = {}
        _log.info(f"Rendered {', '.join(sorted(map(pages.name, todo))) or 'no page'}")
        self.shown |= ready
        if late and late != self.asked and not self.drawer.is_alive():
            self.asked, self.drawer = late, Thread(target=_draw, args=late, daemon=True)
            self.drawer.start()
        return True


def _drawings() -> tuple[dict, dict]:
    """By name: what is drawn as its sources are now; of what is not, the hash of its sources."""
    found = {name: figures.drawn(name) for name in figures.names()} | {schemes.PLACE: schemes.known()}
    late = {name for name, drawing in found.items() if drawing is None}
    keys = {name: schemes.key() if name == schemes.PLACE else figures.key(name) for name in late}
    return {name: found[name] for name in found.keys() - late}, keys


def _draw(*names: str) -> None:
    """Draw in a process of its own, which writes no ``__pycache__`` that the server would notice, and tell it."""
    subprocess.run([sys.executable, "-B", "-m", "tools.serve", *names], cwd=ROOT)
    DONE.touch()


@contextmanager
def _as_a_build_does():
    """Errors end as they do in ``mkdocs build``, and so do warnings if it is strict."""
    counter = CountHandler()
    counter.setLevel(logging.WARNING)
    logging.getLogger("mkdocs").addHandler(counter)
    try:
        yield
        if BUILT["en"].config.strict and (counts := counter.get_counts()):
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
