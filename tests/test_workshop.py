"""What takes seconds is made by several processes, and the site does not show by how many."""

import io
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from mkdocs.exceptions import PluginError

from tools import ROOT, cache, drawings, schemes, workshop

FEW = ["figures/rope", "figures/timeline", "figures/alibi"]


def test_everything_that_is_made_has_a_place_until_it_is(site):
    for name, job in workshop.jobs().items():
        if name.startswith("cards/"):  # a build that does not know its address needs none
            job.make()
        made, place = job.known(), job.place()
        assert made is not None, f"{name} was not kept by the build"
        assert not place or place.keys() == made.keys(), f"{name}: its place holds {sorted(place)}"


def test_the_place_of_a_figure_is_nearly_as_large_as_the_figure(site):
    for name in drawings.names():
        (width, height), (_, due) = (
            drawings.size(drawings.place_of(name)["light"]),
            drawings.size(drawings.draw(name)["light"]),
        )
        assert width == 691 and abs(height / due - 1) < 0.15, f"{name} will move the text below it by {due - height} px"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_any_number_of_processes_draws_the_same(site, workers, monkeypatch, tmp_path):
    before = {name: workshop.jobs()[name].known() for name in FEW}
    monkeypatch.setenv("WORKERS", workers)
    monkeypatch.setattr(cache, "FOLDER", tmp_path)
    workshop.make(FEW)
    assert {name: workshop.jobs()[name].known() for name in FEW} == before


@pytest.mark.parametrize("workers", ["0", "-1", "many", "1.5"])
def test_a_number_of_processes_that_is_none_is_refused(workers, monkeypatch):
    monkeypatch.setenv("WORKERS", workers)
    with pytest.raises(PluginError, match=f"WORKERS is the number of processes.*{re.escape(repr(workers))}"):
        workshop.workers()


def test_what_cannot_be_made_is_named():
    with pytest.raises(PluginError, match="figures/nothing could not be made"):
        workshop.make(["figures/nothing"])


MAKE = """
import sys
from pathlib import Path
from tools import cache, workshop

if __name__ == "__main__":
    cache.FOLDER = Path(sys.argv[1])
    workshop.make([name for name in workshop.jobs() if name.startswith(("labs/", "figures/"))])
"""


def of_group(group: int) -> list[str]:
    """The processes of a group that have not ended."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, of = stat.read_text().rpartition(") ")[2].split()[:3]
            if int(of) == group and state not in "ZX":
                found.append(stat.parent.name)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_whoever_makes_things_ends_with_the_one_that_asked(tmp_path):
    program = tmp_path / "make.py"
    program.write_text(MAKE, encoding="utf-8")
    options = {"env": os.environ | {"PYTHONPATH": str(ROOT)}, "stderr": subprocess.DEVNULL, "start_new_session": True}
    process = subprocess.Popen([sys.executable, program, tmp_path / "cache"], **options)
    while process.poll() is None and not list(tmp_path.glob("cache/figures/*")):
        time.sleep(0.1)
    assert process.poll() is None and len(of_group(process.pid)) > 2, "nothing is being made"
    process.send_signal(signal.SIGKILL)
    process.wait()
    end = time.monotonic() + 60
    while left := of_group(process.pid):
        assert time.monotonic() < end, f"{len(left)} processes wait for a process that is gone"
        time.sleep(0.1)


STOPPED = """
import os, signal, sys, time
from tools import workshop

signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
workshop.context()
assert callable(signal.getsignal(signal.SIGINT)), "Ctrl-C is no longer heard"
time.sleep(0.5)
os.killpg(0, signal.SIGINT)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing gets ready beside the build")
def test_ctrl_c_while_libraries_are_imported_is_answered_without_a_word():
    options = {"capture_output": True, "text": True, "cwd": ROOT, "start_new_session": True}
    stopped = subprocess.run([sys.executable, "-c", STOPPED], **options)
    assert (stopped.returncode, stopped.stderr) == (130, "")


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_sees_how_many_are_done_and_a_file_sees_nothing():
    screen, file = Screen(), io.StringIO()
    for out in (screen, file):
        progress = workshop.Progress(3, out)
        progress.step()
        progress.end()
    assert "1 of 3, about 1 s left" in screen.getvalue() and screen.getvalue().endswith("\r\x1b[K")
    assert file.getvalue() == ""


def test_the_table_of_schemes_keeps_a_place_while_it_is_found_out(monkeypatch):
    monkeypatch.setitem(cache.NOW, "schemes", None)
    assert schemes.table("en") == "<p>…</p>"


def test_figures_are_asked_for_their_keys_again_when_a_snippet_has_changed(tmp_path, monkeypatch):
    file = tmp_path / "one.py"
    monkeypatch.setattr(cache, "FOLDER", tmp_path / "cache")
    monkeypatch.setattr(drawings.sources, "snippets", lambda: [file])
    monkeypatch.setattr(drawings, "key", lambda name: f"{name} {file.read_text()}")
    for text in ("X = 1\n", "X = 21\n"):
        file.write_text(text)
        assert drawings.keys() == {name: f"{name} {text}" for name in drawings.names()}
