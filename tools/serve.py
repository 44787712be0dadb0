"""``mkdocs serve`` renders only what an edit touches. ``mkdocs build`` does not load this.

A build of everything leaves its files, navigation and search index here. When a watched file changes, the pages that
``touched`` names are rendered with them, and the search index, changed snippets and changed assets are written again:
the site is the one that ``mkdocs build`` would make, byte for byte.

What takes seconds, a figure or the output of a lab, is made by processes beside the server (``tools/workshop.py``).
Pages keep what they had, at first only its place, until it is made; then the server is told to look again.

Everything is built again if anything else has changed: a configuration, ``tools``, the bibliography, a page's title or
icon in the navigation, a file that is new, renamed or gone.

MkDocs has no public way to render one page. What is used of its private parts stands here and in ``tools/beside.py``,
and was tried with MkDocs 1.6.1: ``_populate_page``, ``_build_page``, the server's ``builder``, its
``_inject_js_into_html`` and what tells it to build again and browsers to load again, and how often watchdog looks at
files. When a warm build of everything takes a second, delete this file.
"""

import logging
import re
import sys
import time
import traceback
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

from mkdocs.commands.build import _build_page, _populate_page
from mkdocs.exceptions import Abort, BuildError
from mkdocs.structure.files import File
from mkdocs.utils import CountHandler

from tools import (
    LANGUAGES,
    ROOT,
    atlas,
    cache,
    cards,
    conformance,
    drawings,
    figures,
    frame,
    labs,
    languages,
    live,
    machines,
    measured,
    one_file,
    pages,
    rendered,
    results,
    schemes,
    strict,
    workshop,
)

_WATCHED = ("docs", "snippets", "tools", "mkdocs.yml", "mkdocs.ko.yml", "CITATION.cff")
_OFTEN = 4  # seconds at least between two times that pages show what was made meanwhile, but for the first
_LOOK = 0.2  # seconds between two looks at the watched files
_PAUSE = 0.02  # seconds that the server waits for more changes; those of one look come at once
_REPLACING = 0.1  # seconds in which an editor has put a new file in the place of another
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


def touched(changed: set[Path], made: set[str] | frozenset[str] = frozenset()) -> set[Path] | None:
    """The pages of both languages that show any of the ``changed`` files or of what was ``made``; None if all may."""
    own = {language: {*pages.markdown(language), *pages.labs(language)} for language in LANGUAGES}
    if any(path.name == "changelog.md" for path in changed):  # the feed shows it too
        return None
    for path in changed.difference(*own.values()):
        if not any(path.is_relative_to(ROOT / folder) for folder in ("snippets", "docs/assets")):
            return None
    found = set()
    for siblings in own.values():
        for page in siblings:
            text = page.read_text(encoding="utf-8")
            if made.intersection(_shown_on(page, text)) or (changed and changed & _read_by(page, text)):
                found.add(page)
    return found


def _read_by(page: Path, text: str) -> set[Path]:
    """The files whose words a page shows, and the records of its tables."""
    files = rendered.reads(page, text)
    files |= {*conformance.files()} if conformance.PLACE in text else set()
    return files | {atlas.RECORD} if atlas.is_shown(text, page) else files


def _shown_on(page: Path, text: str) -> list[str]:
    """The things that a page shows of what takes seconds to make."""
    if page.suffix == ".py":
        return [labs.name(page)]
    table = ["schemes"] if page.parent.name == "schemes" or schemes.PLACE in text else []
    return table + [f"figures/{name}" for name in figures.shown(text)]


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
        self.written = {path: page.keep_as for path, page in self.pages.items()}  # soon, or all is built again

    def write(self, contents: dict[str, bytes]) -> None:
        """Write what the site keeps at these addresses, if it differs; an address that it does not have is left out."""
        for address, content in contents.items():
            file = self.files.get_file_from_path(address)
            if file and (file.abs_src_path or file.content_bytes != content):
                file.content_bytes = content
                file.copy_file()

    def offer(self, texts: dict[str, str]) -> None:
        """Let the site keep these files of blocks, and no others."""
        for file in [file for file in self.files if file.src_uri.startswith("blocks/")]:
            if file.src_uri not in texts:
                self.files.remove(file)
                Path(file.abs_dest_path).unlink(missing_ok=True)
        for address in texts:
            if not self.files.get_file_from_path(address):
                self.files.append(File.generated(self.config, address, content=""))
        self.write({address: text.encode() for address, text in texts.items()})

    def render(self, paths: set[Path]) -> bool:
        """Read and write these pages and their part of the search index; False if other pages show what changed."""
        read = {path: page for path, page in self.pages.items() if path in paths}
        for path, page in read.items():
            _populate_page(page, self.config, self.files)
            if path.suffix == ".py":
                self.write({f"labs/{path.stem}.ipynb": labs.notebook(path).encode()})
            for address in page.kept["files"]:
                self.files.get_file_from_path(address).copy_file()
        if any(_listed(page) != self.listed[path] for path, page in read.items()):
            return False
        todo = {path: page for path, page in read.items() if page.keep_as != self.written[path]}
        if not todo:
            return True
        self.write({machines.INDEX: machines.llms(self.config, self.files).encode()})
        self.search.search_index, order = self.index, [page.url for page in self.pages.values()]
        urls, before = {page.url for page in todo.values()}, self.index.entries
        self.index.entries = [entry for entry in self.index.entries if _page_of(entry) not in urls]
        for path, page in todo.items():
            _build_page(page, self.config, self.files.documentation_pages(), self.nav, self.env)
            self.written[path] = page.keep_as
        self.index.entries.sort(key=lambda entry: order.index(_page_of(entry)))
        if self.index.entries != before:
            self.search.on_post_build(config=self.config)
        for page in self.pages.values():
            page.validate_anchor_links(files=self.files, log_level=self.config.validation.links.anchors)
        return True


BUILT: dict[str, Built] = {}  # by language
_stopped = False
_making: list[Thread] = []  # the thread that has late things made, while it runs


def _listed(page) -> tuple:
    """What the navigation of every page shows of this one."""
    return page.title, *(page.meta.get(word) for word in ("icon", "subtitle", "status"))


def _page_of(entry: dict) -> str:
    """The address of the page that an entry of the search index leads to."""
    return entry["location"].partition("#")[0]


class Rebuild:
    """What the server calls when a watched file has changed; what it raises is shown, and the server goes on."""

    def __init__(self, everything, again=lambda: None, korean=lambda: None, nothing=lambda: None, wait=lambda: None):
        self.everything, self.again, self.korean, self.nothing, self.wait = everything, again, korean, nothing, wait
        self.seen, self.shows = _AT_START, True
        self.late, self.asked = workshop.late(), {}
        self.offers = _offers()

    def __call__(self) -> None:
        now, self.shows = saved(), True
        if now.keys() != self.seen.keys():
            time.sleep(_REPLACING)
            now = saved()
        if "ko" not in BUILT:  # another process builds it first
            before, self.seen = self.seen, {}
            self.korean()
            self.seen = before
        if now.keys() != self.seen.keys() or not self.only_what_changed(now):
            self.seen = {}  # if this build fails, the next is one of everything too
            self.wait()  # or the folder that the Korean process writes to would be emptied
            self.everything()
            self.late = workshop.late()
            self.offers = _offers()
        self.seen = now
        self.make_late()
        if not self.shows:
            self.nothing()

    def only_what_changed(self, now: dict[Path, int]) -> bool:
        """Render what was touched; False if that may be any page."""
        changed, made = {path for path, time in now.items() if self.seen[path] != time}, set()
        if self.late or any(path.is_relative_to(ROOT / "snippets") or path.suffix == ".py" for path in changed):
            before = dict(cache.NOW)
            self.late = workshop.look()
            self.make_late()
            made = {name for name in cache.NOW.keys() - self.late.keys() if cache.NOW[name] != before.get(name)}
        todo = touched(changed, made)
        if todo is None:
            return False
        contents = {}  # of snippets and assets by the address in the site, if they have one; of what was made
        for path in changed:
            for folder in (ROOT, ROOT / "docs"):
                if path.is_relative_to(folder):
                    asset = folder != ROOT and path.suffix in (".css", ".js")
                    content = frame.as_loaded(path).encode() if asset else path.read_bytes()
                    contents[path.relative_to(folder).as_posix()] = content
        if any(path.parent == live.FOLDER or path == live.STYLE for path in changed):
            contents |= {address: text.encode() for address, text in live.files().items()}
        if changed & {*machines.ATLAS} or any(path.is_relative_to(results.FOLDER) for path in changed):
            contents |= {address: text.encode() for address, text in machines.files().items()}
        for name in made:
            contents |= _files(name)
        with _as_a_build_does():
            texts, offered, self.offers = one_file.files(), self.offers, _offers()
            todo |= {path for path, offers in self.offers.items() if offers != offered[path]}
            if english := BUILT.get("en"):
                english.offer(texts)
            for built in BUILT.values():
                built.write(contents)
                if not built.render(todo):
                    return False
        self.shows = bool(todo or contents)
        _log.info(f"Rendered {', '.join(sorted(map(pages.name, todo))) or 'no page'}")
        return True

    def make_late(self) -> None:
        """Let what is late be made beside the server, unless it could not be made as it is now."""
        if self.late and self.late != self.asked and not _making:
            self.asked = self.late
            names = sorted(self.late, key=_shown_first())
            _making.append(Thread(target=_make, args=(names, self.again), daemon=True))
            _making[0].start()


def _shown_first():
    """What sorts things by the page that shows them first, in the order of the navigation; only cards come after."""
    order = []
    for path in (Path(page.file.abs_src_path) for page in BUILT["en"].nav.pages):
        order += _shown_on(path, path.read_text(encoding="utf-8"))
    return lambda name: order.index(name) if name in order else len(order) if name.startswith(workshop.CARDS) else -1


def _offers() -> dict[Path, list]:
    """What each page offers of its blocks."""
    every = [path for language in LANGUAGES for path in pages.markdown(language)]
    return {path: one_file.offers(path.read_text("utf-8")) for path in every}


def _files(name: str) -> dict[str, bytes]:
    """What the site keeps of a thing that was made, by address."""
    kind, _, rest = name.partition("/")
    if kind == "figures":
        return {drawings.address(rest, kind): svg.encode() for kind, svg in drawings.draw(rest).items()}
    if kind == "cards":
        return cards.files(rest)
    if kind == "live":
        return {address: text.encode() for address, text in live.files().items()}
    return {address: table.encode() for address, table in measured.downloads().items()} if kind == "measured" else {}


def _make(names: list[str], again) -> None:
    """Let other processes make things, and tell the server at times and at the end, by ``again()``."""
    told, often = time.monotonic(), 1
    for name, error in workshop.made(names, most=max(1, workshop.workers() - 1)):  # one core is the server's
        interrupted = isinstance(error, SystemExit) and error.code == workshop.INTERRUPTED
        if error and not _stopped and not interrupted:
            traceback.print_exception(error)
            print(f"{name} could not be made: pages keep what they had", file=sys.stderr)
        if time.monotonic() - told > often:
            again()
            told, often = time.monotonic(), _OFTEN
    _making.clear()
    again()


def stop() -> None:
    """Let nothing be made any longer."""
    global _stopped
    _stopped = True
    workshop.stop()


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


def take_over(server, config, everything, others):
    """``server``, which calls ``Rebuild`` from here on. A Korean page waits until it is built, or could not be."""
    there = Event()

    def again() -> None:
        with server._rebuild_cond:
            server._want_rebuild = True
            server._rebuild_cond.notify_all()

    def nothing() -> None:  # has changed: browsers need not load their page again
        server._wanted_epoch = server._visible_epoch

    def wait() -> None:
        if others:
            others.over.wait()
        there.set()

    def korean() -> None:  # here too, for edits, when the other process is done
        if others and others.over.is_set():
            try:
                languages.build_korean(config)
            finally:
                there.set()

    def follow() -> None:
        if others:
            others.over.wait()
        if not others or others.built:
            there.set()
        again()

    def when_there(environ, start_response):
        if environ["PATH_INFO"].startswith(f"{server.mount_path}ko/"):
            there.wait()
        return server.serve_request(environ, start_response)

    server.observer._timeout, server.build_delay = _LOOK, _PAUSE
    server.unwatch(config.docs_dir)  # it lies in docs, which is watched too: each edit would be noticed twice
    server.builder = Rebuild(everything, again, korean, nothing, wait)
    inject = server._inject_js_into_html  # the script that loads a page again
    server._inject_js_into_html = lambda html, epoch: inject(strict.without_policy(html), epoch)
    server.set_app(when_there)
    workshop.context()  # ready before the first edit
    Thread(target=follow, daemon=True).start()
    return server
