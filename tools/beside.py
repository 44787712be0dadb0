"""What a build does in processes beside it, where they can be forked: the Korean site, and pages from the last on.

They are forked when the English build knows all files and has rendered no page, so that it has no engine of formulas
yet. What they render is kept (``tools/rendered.py``), and the build finds it there.

MkDocs has no public way to read one page: see ``tools/serve.py``.
"""

import os
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from threading import Event, Thread

from mkdocs.commands.build import _populate_page
from mkdocs.exceptions import PluginError

from tools import end_with_parent, languages

can_fork = sys.platform == "linux"
_helps = False  # whether this process renders pages for another


class Beside:
    """A process that does ``work``, which gets a function to call when what others wait for is done."""

    def __init__(self, work: Callable[[Callable[[], None]], None]):
        self.said = tempfile.TemporaryFile()  # noqa: SIM115
        context = get_context("fork")
        self.receiver, self.sender = context.Pipe(duplex=False)
        self.process = context.Process(target=self._do, args=(work,), daemon=True)
        self.process.start()
        self.sender.close()  # here, so that the end of the process is the end of the pipe

    def _do(self, work) -> None:
        end_with_parent()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what is half written is removed
        for stream in (1, 2):
            os.dup2(self.said.fileno(), stream)
        work(lambda: self.sender.send(True))

    def wait(self) -> bool:
        """Whether it is done; False if the process ended before."""
        with suppress(EOFError):
            return self.receiver.recv()
        return False

    def end(self) -> None:
        """Wait until it is done, end what the process does after that, and repeat what it said.

        Raises PluginError if it failed.
        """
        done = self.wait()
        self.process.terminate()
        self.process.join(10)
        self.process.kill()
        self.repeat()
        if not done:
            raise PluginError("the Korean site could not be built")

    def repeat(self) -> None:
        """Say what the process has said."""
        self.said.seek(0)
        sys.stderr.write(self.said.read().decode())


def korean(config, files) -> Beside:
    """The Korean build, in a process that then renders English pages."""

    def work(done) -> None:
        languages.build_korean(config)
        done()
        render_for_another(config, files)

    return Beside(work)


class WhileServed:
    """The Korean build, which begins when the English pages are there, and a helper, which renders pages of both."""

    def __init__(self, config, files):
        self.helper = Beside(lambda _: self._help(config, files))
        self.waits, self.starts = get_context("fork").Pipe(duplex=False)
        self.korean = Beside(lambda done: self._build(config, done))
        self.built, self.over = False, Event()

    def begin(self) -> None:
        """Let the Korean build begin. When it is ``over`` it is ``built``, or has said why not."""
        with suppress(BrokenPipeError):  # it was killed
            self.starts.send(True)
        Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        self.built = self.korean.wait()
        if not self.built:
            self.korean.repeat()
        self.over.set()

    def _build(self, config, done) -> None:
        self.waits.recv()
        languages.build_korean(config)
        done()

    def _help(self, config, files) -> None:
        global _helps
        render_for_another(config, files)
        _helps = True
        config.site_dir = os.path.join(config.site_dir, "none")  # a build begins by emptying its folder
        languages.build_korean(config)  # until its pages are known: tools/hooks.py


def render_for_another(config, files) -> None:
    """Render pages from the last to the first, until one is met that is known, and say nothing: the other will."""
    sys.stdout.flush()
    with open(os.devnull, "wb") as nowhere:
        for stream in (1, 2):
            os.dup2(nowhere.fileno(), stream)
    for page in reversed([file.page for file in files.documentation_pages() if file.page]):
        _populate_page(page, config, files, dirty=False)
        if page.was_known:
            break


def help_if_asked(config, files) -> None:
    """In a process that renders for another: do so instead of a build."""
    if _helps:
        render_for_another(config, files)
        sys.exit(0)
