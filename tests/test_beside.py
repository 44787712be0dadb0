"""What other processes render is kept for the build; what they say and how they end is not lost."""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from mkdocs.exceptions import PluginError

from tools import ROOT, beside, languages

needs_fork = pytest.mark.skipif(not beside.can_fork, reason="processes are forked on Linux alone")


def files_of(known: list[bool]):
    """A site whose pages are known or not; the last has no place in the navigation and is not read yet."""
    pages = [SimpleNamespace(number=number, was_known=one) for number, one in enumerate(known)]
    return SimpleNamespace(documentation_pages=lambda: [*(SimpleNamespace(page=p) for p in pages), LAST])


LAST = SimpleNamespace(page=None)


@pytest.mark.parametrize(
    ("known", "read"), [([False] * 3, [2, 1, 0]), ([False, True, False], [2, 1]), ([False, False, True], [2])]
)
def test_pages_are_rendered_from_the_last_until_one_is_known(known, read, monkeypatch):
    found = []
    monkeypatch.setattr(beside, "_populate_page", lambda page, *_, **__: found.append(page.number))
    monkeypatch.setattr(os, "dup2", lambda *_: None)
    beside.render_for_another(None, files_of(known))
    assert found == read


@needs_fork
def test_what_a_process_says_is_repeated_and_what_it_does_when_it_is_done_is_ended(capsys):
    def work(done):
        os.write(2, b"said\n")  # pytest has sys.stderr
        done()
        time.sleep(600)

    process = beside.Beside(work)
    process.end()
    assert capsys.readouterr().err == "said\n" and not process.process.is_alive()


@needs_fork
def test_a_korean_build_that_fails_stops_the_build(monkeypatch, capsys):
    def fail(_):
        os.write(2, b"planted\n")
        raise ValueError

    monkeypatch.setattr(languages, "build_korean", fail)
    with pytest.raises(PluginError, match="the Korean site could not be built"):
        beside.korean(None, files_of([])).end()
    assert "planted\n" in capsys.readouterr().err


@needs_fork
def test_while_a_site_is_served_its_korean_pages_are_built_after_the_english_ones(monkeypatch, tmp_path):
    built = tmp_path / "built"
    monkeypatch.setattr(languages, "build_korean", lambda _: beside.help_if_asked(None, files_of([])) or built.touch())
    others = beside.WhileServed(SimpleNamespace(site_dir="site"), files_of([]))
    others.helper.process.join()
    assert not others.helper.process.exitcode and not built.exists(), "what helps has built a site"
    others.begin()
    assert others.over.wait(60) and others.built and built.exists()
    others.korean.process.join()


@needs_fork
@pytest.mark.parametrize("killed", [False, True])
def test_a_korean_build_that_fails_while_a_site_is_served_is_over_and_says_why(killed, monkeypatch, capsys):
    def fail(_):
        beside.help_if_asked(None, files_of([]))
        os.write(2, b"planted\n")
        raise ValueError

    monkeypatch.setattr(languages, "build_korean", fail)
    others = beside.WhileServed(SimpleNamespace(site_dir="site"), files_of([]))
    if killed:
        others.korean.process.kill()
        others.korean.process.join()
    others.begin()
    assert others.over.wait(60) and not others.built
    assert ("planted\n" in capsys.readouterr().err) != killed


@needs_fork
def test_a_process_ends_with_the_one_it_works_for():
    program = "import os, time\nfrom tools.beside import Beside\n"
    program += "print(Beside(lambda _: time.sleep(600)).process.pid, flush=True)\nos.kill(os.getpid(), 9)\n"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    while Path(f"/proc/{int(ran.stdout)}").exists():
        assert time.monotonic() < end, "it waits for a process that is gone"
        time.sleep(0.05)
