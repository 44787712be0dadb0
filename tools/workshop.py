"""What takes seconds is made before the pages are, each thing once: figures, cards, the output of labs, tables.

It is made by as many processes as there are cores (``WORKERS`` says another number), and kept by ``tools/cache.py``.
"""

import math
import os
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

from mkdocs.exceptions import PluginError

from tools import LANGUAGES, ROOT, cache, cards, figures, labs, measured, pages, schemes

MOST = 8  # processes: each takes some 400 MB


@dataclass(frozen=True)
class Job:
    """One thing to make: how it is made, and the key it is kept for. Its name is where it is kept."""

    name: str
    key: Callable[[], str]
    make: Callable[[], object]

    def is_made(self) -> bool:
        return cache.known(self.name, self.key()) is not None


def jobs() -> dict[str, Job]:
    """Everything that is made, by its name; what takes longest first."""
    found = [Job("schemes", schemes.key, schemes.facts)]
    found += [Job(labs.name(path), partial(labs.key, path), partial(labs.outputs, path)) for path in _labs()]
    found += [Job(f"cards/{lang}", partial(cards.key, lang), partial(cards.files, lang)) for lang in LANGUAGES]
    found += [Job("measured", measured.key, measured.downloads)]
    found += [Job(f"figures/{n}", partial(figures.key, n), partial(figures.draw, n)) for n in figures.names()]
    return {job.name: job for job in found}


def _labs():
    return [path for language in reversed(LANGUAGES) for path in pages.labs(language)]


def late() -> list[str]:
    """What has to be made because it is not kept or something that it is made from has changed."""
    return [name for name, job in jobs().items() if not job.is_made()]


def begin() -> None:
    """Make what is late, and read everything once for one build."""
    if str(ROOT) not in sys.path:  # MkDocs takes back what a hook adds while it is loaded
        sys.path.insert(0, str(ROOT))
    cache.NOW.clear()
    everything = jobs()
    found = {name: cache.known(name, job.key()) for name, job in everything.items()}
    make([name for name, value in found.items() if value is None])
    for name, value in found.items():
        cache.NOW[name] = cache.known(name, everything[name].key()) if value is None else value


def workers() -> int:
    """How many processes make what is late."""
    said = os.environ.get("WORKERS", "")
    if said and not (said.isdecimal() and int(said)):
        raise PluginError(f"WORKERS is the number of processes that draw and run, 1 or more; got {said!r}")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return int(said or min(cores, MOST))


def make(names: list[str], on_made=lambda name: None) -> None:
    """Make these; ``on_made`` is told of each. Raises PluginError that names what could not be made, and why."""
    if not names:
        return
    progress = Progress(len(names))
    pool = ProcessPoolExecutor(min(workers(), len(names)), mp_context=get_context("spawn"), initializer=_prepare)
    try:
        waiting = {pool.submit(_make, name): name for name in names}
        for done in as_completed(waiting):
            if error := done.exception():
                raise PluginError(f"{waiting[done]} could not be made: {error}") from error
            progress.step()
            on_made(waiting[done])
    finally:
        progress.end()
        pool.shutdown(cancel_futures=True)


def _make(name: str) -> None:
    jobs()[name].make()


def _prepare() -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))  # ends what is being written, and says nothing


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
