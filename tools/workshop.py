"""What takes seconds is made before the pages are, each thing once: figures, cards, the output of labs, tables.

It is made by as many processes as there are cores (``WORKERS`` says another number), and kept by ``tools/cache.py``.
On Linux they begin with the libraries already imported: that takes longer than most things do.
"""

import ctypes
import gc
import json
import math
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import lru_cache, partial
from multiprocessing import active_children, forkserver, get_context
from pathlib import Path
from threading import current_thread, main_thread

from mkdocs.exceptions import PluginError

from tools import (
    LANGUAGES,
    ROOT,
    cache,
    cards,
    citations,
    drawings,
    end_with_parent,
    labs,
    live,
    measured,
    one_file,
    pages,
    schemes,
    sources,
)

INTERRUPTED = 130  # how a process ends by Ctrl-C
MOST = 8  # processes: each takes some 400 MB

_LIBRARIES = ["IPython", "matplotlib.pyplot", "matplotlib_inline.backend_inline", "mkdocs.__main__", "torch"]


@dataclass(frozen=True)
class Job:
    """One thing to make. Its name is where it is kept."""

    name: str
    key: Callable[[], str]  # for what it is kept
    make: Callable[[], object]
    place: Callable[[], object]  # what is shown of it while the site is served and it has never been made

    def known(self):
        """What was made, or None if it has to be made now."""
        return cache.known(self.name, self.key())


CARDS = "cards/"  # how the names begin of things that stand on no page, but beside a link to one
_left_out: tuple[str, ...] = ()  # how the names of things begin that this site does not show


def jobs() -> dict[str, Job]:
    """Everything that is made, by its name; what takes longest first."""
    nothing = partial(lambda: None)
    found = [Job("schemes", schemes.key, schemes.facts, nothing)]
    for path in (path for language in reversed(LANGUAGES) for path in pages.labs(language)):
        found.append(Job(labs.name(path), partial(labs.key, path), partial(labs.outputs, path), nothing))
    for language in LANGUAGES:
        make, place = partial(cards.files, language), partial(cards.places, language)
        found.append(Job(f"cards/{language}", partial(cards.key, language), make, place))
    found.append(Job("measured", measured.key, measured.downloads, partial(dict.fromkeys, measured.TABLES, "")))
    found.append(Job("live/marks", live.style_key, live.style_sheet, partial(dict, {"marks.css": ""})))
    for name in filter(live.has_data, live.names()):
        found.append(Job(f"live/{name}", partial(live.key, name), partial(live.data, name), dict))
    keys = lru_cache(drawings.keys)  # once, and not where nobody asks
    for name in drawings.names():
        make, place = partial(drawings.draw, name), partial(drawings.place_of, name)
        found.append(Job(f"figures/{name}", lambda name=name: keys()[name], make, place))
    return {job.name: job for job in found if not job.name.startswith(_left_out)}


def late() -> dict[str, str]:
    """The names of what has to be made, because it is not kept or was made of something else, and their keys."""
    return {name: job.key() for name, job in jobs().items() if job.known() is None}


def begin(wait: bool, with_cards: bool) -> None:
    """Read everything once for one build; first make what is late, or else show what stands in its place."""
    global _left_out
    _left_out = () if with_cards else (CARDS,)
    late = look()
    if wait and late:
        context()  # gets ready while blocks are taken apart, which needs nothing that is made
        one_file.files()
        make([*late])
        look()
    for path in cache.FOLDER.glob("labs/*.json"):
        if f"labs/{path.stem}" not in cache.NOW:
            path.unlink(missing_ok=True)


_shown: dict[str, str] = {}  # by name: the key for which what ``cache.NOW`` holds was made, if it is not late
seen = ""  # a hash of all that pages may show besides what stands in pages; empty while any of it is late


def look() -> dict[str, str]:
    """Show everything as it is now, what is late as it was or by its place. What is late, as ``late`` says it."""
    global seen
    before, found, late = dict(cache.NOW), {}, {}
    for name, job in jobs().items():
        key, was = job.key(), before.get(name)
        if name in before and _shown.get(name) == key:
            found[name] = was
            continue
        found[name] = cache.known(name, key)
        if found[name] is not None:
            _shown[name] = key
            continue
        late[name], found[name] = key, job.place()
        _shown.pop(name, None)
        if was and found[name] and was.keys() == found[name].keys():
            found[name] = was
    cache.NOW.clear()
    cache.NOW.update(found)
    on_pages = {name: key for name, key in _shown.items() if not name.startswith(CARDS)}
    is_whole = all(name.startswith(CARDS) for name in late)
    hashed = [citations.FILE, *sources.snippets()]
    seen = cache.key(hashed, (), json.dumps(on_pages, sort_keys=True)) if is_whole else ""
    return late


def find_snippets() -> None:
    """Let modules of ``snippets`` be imported: MkDocs takes back what a hook adds to the path while it is loaded."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))


def workers() -> int:
    """How many processes make what is late."""
    said = os.environ.get("WORKERS", "")
    if said and not (said.isdecimal() and int(said)):
        raise PluginError(f"WORKERS is the number of processes that draw and run, 1 or more; got {said!r}")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return int(said or min(cores, MOST))


def make(names: list[str]) -> None:
    """Make these. Raises PluginError that names the first that could not be made, and why."""
    for name, error in made(names):
        if error:
            raise PluginError(f"{name} could not be made: {error}") from error


def made(names: list[str], most: int = MOST) -> Iterator[tuple[str, BaseException | None]]:
    """Each of these when it has been made, and what it raised if it has not."""
    if not names:
        return
    find_snippets()
    progress = Progress(len(names))
    start = {"initializer": _prepare, "initargs": (cache.FOLDER,)}
    pool = ProcessPoolExecutor(min(workers(), most, len(names)), mp_context=context(), **start)
    try:
        waiting = {pool.submit(_make, name): name for name in names}
        for done in as_completed(waiting):
            progress.step()
            yield waiting[done], done.exception()
    finally:
        progress.end()
        pool.shutdown(cancel_futures=True)


def stop() -> None:
    """End the processes that make things and render pages, without waiting for what they make."""
    making = active_children()
    for process in making:
        process.terminate()
    for process in making:
        process.join(1)


def context():
    """How processes are started: on Linux by one that gets ready meanwhile.

    They have one thread each, which libraries ask about when they are imported.
    """
    if sys.platform != "linux":
        return get_context("spawn")
    context = get_context("forkserver")
    here = ["tools.workshop"] if Path.cwd() == ROOT else []  # elsewhere another package may have this name
    context.set_forkserver_preload([*_LIBRARIES, *here])
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"
    can_say = current_thread() is main_thread()  # to whom Ctrl-C goes: what imports libraries need not answer to it
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN) if can_say else None
    try:
        forkserver.ensure_running()
    finally:
        if can_say:
            signal.signal(signal.SIGINT, heard)
        if before is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = before
    return context


_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_jobs: dict[str, Job] = {}  # of a process that makes things, which finds them once


def _make(name: str) -> None:
    gc.collect()  # what was made before: a figure is several megabytes that refer to each other
    gc.freeze()  # what is left is kept, and need not be looked through again
    if give_back := getattr(_libc, "malloc_trim", None):  # or half of what a process holds is free, and of no use
        give_back(0)
    _jobs[name].make()


def _prepare(folder: Path) -> None:
    signal.signal(signal.SIGINT, lambda *_: sys.exit(INTERRUPTED))  # ends what is being written, and says nothing
    end_with_parent()
    cache.FOLDER = folder
    _jobs.update(jobs())
    os.environ["OMP_NUM_THREADS"] = "1"
    sys.dont_write_bytecode = True  # a server that watches folders would notice
    gc.disable()  # done once before each thing: more often takes a fifth of the time
    gc.freeze()  # nobody looks through the libraries


class Progress:
    """One line on a terminal: how many of how many, and the time that is left. Elsewhere nothing."""

    def __init__(self, total: int, out=sys.stderr):
        self.total, self.done, self.out, self.start = total, 0, out, time.monotonic()
        self.step(0)

    def step(self, by: int = 1) -> None:
        self.done += by
        if self.out.isatty():
            left = (time.monotonic() - self.start) / max(self.done, 1) * (self.total - self.done)
            about = f", about {math.ceil(left)} s left" if self.done else ""
            self.out.write(f"\r\x1b[KDrawing figures and running labs: {self.done} of {self.total}{about}")
            self.out.flush()

    def end(self) -> None:
        if self.out.isatty():
            self.out.write("\r\x1b[K")
            self.out.flush()
