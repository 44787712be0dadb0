"""A build that cannot be right stops with a sentence that names the file."""

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress

import pytest

from conftest import build
from tools import ROOT

CASES = {
    "a missing figure": (
        "docs/en/index.md",
        '\n\n![alt](assets/figures/gone.svg "caption")\n',
        ["index.md", "gone.py"],
    ),
    "a missing snippet": (
        "docs/en/index.md",
        '\n\n```python title="snippets/gone.py"\n--8<-- "snippets/gone.py"\n```\n',
        ["snippets/gone.py"],
    ),
    "an unknown citation": ("docs/ko/index.md", "\n\n[@nobody2000]\n", ["index.md", "nobody2000"]),
    "bad TeX": ("docs/en/index.md", "\n\n$\\frac{1}{$\n", ["index.md", "\\\\frac{1}{"]),
    "a dead link": ("docs/ko/index.md", "\n\n[x](gone.md)\n", ["index.md", "gone.md"]),
    "a dead anchor": ("docs/en/index.md", "\n\n[x](references.md#gone2000)\n", ["index.md", "#gone2000"]),
    "a failing lab": (
        "docs/en/labs/take-the-sum-apart.py",
        "\n\n# %%\nraise ValueError('planted')\n",
        ["take-the-sum-apart.py", "planted"],
    ),
}


WARNED = {"a dead link", "a dead anchor"}  # what warns must warn in each build, though pages are kept


@pytest.fixture(scope="module")
def copy(tmp_path_factory, site):
    """The repository again, with the drawings the site's build left in the cache."""
    folder = tmp_path_factory.mktemp("copy") / "repository"
    ignore = shutil.ignore_patterns(".git", "site", ".venv", "__pycache__", ".hypothesis")
    shutil.copytree(ROOT, folder, ignore=ignore)
    return folder


@contextmanager
def changed(path, change):
    """The file with another text, or none if ``change`` gives None, and then as it was."""
    before = path.read_text("utf-8")
    after = change(before)
    path.unlink() if after is None else path.write_text(after, encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(before, encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_the_build_stops_and_names_the_file(case, copy, tmp_path):
    file, addition, names = CASES[case]
    with changed(copy / file, lambda text: text + addition):
        for time in ("first", "second")[: 2 if case in WARNED else 1]:
            result = build(copy, tmp_path / "site")
            said = result.stdout + result.stderr
            assert result.returncode != 0, f"the {time} build passed in spite of {case}"
            assert all(name in said for name in names), f"{case} is not said with {names}:\n{said[-2000:]}"


def test_a_missing_translation_stops_the_build(copy, tmp_path):
    with changed(copy / "docs/ko/notation.md", lambda text: None):
        result = build(copy, tmp_path / "site")
    assert result.returncode != 0 and "notation.md" in result.stdout + result.stderr


def files(site) -> dict[str, bytes]:
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}


def test_a_build_that_finds_everything_kept_makes_the_same_site_and_an_edit_changes_its_page(site, copy, tmp_path):
    assert build(copy, tmp_path / "again").returncode == 0
    before = files(site)
    assert files(tmp_path / "again") == before
    with changed(copy / "docs/ko/claims.md", lambda text: f"{text}\n\n고친낱말\n"):
        assert build(copy, tmp_path / "edited").returncode == 0
    after = files(tmp_path / "edited")
    assert before.keys() == after.keys() and "고친낱말" in after["ko/claims/index.html"].decode()
    assert {path for path in before if before[path] != after[path]} == {
        "ko/claims/index.html",
        "ko/claims/index.html.md",
        "ko/search/search_index.json",
    }


def test_an_edit_of_the_front_matter_alone_is_seen(copy, tmp_path):
    page = copy / "docs/en/schemes/fire.md"
    with changed(page, lambda text: re.sub(r"^summary: ", "summary: anotherword ", text, count=1, flags=re.MULTILINE)):
        assert build(copy, tmp_path / "edited").returncode == 0
    html = (tmp_path / "edited/schemes/fire/index.html").read_text("utf-8")
    assert "anotherword" in html, "the page describes itself as it did before its front matter changed"


def test_two_builds_at_once_and_one_that_is_stopped_do_no_harm(site, copy, tmp_path):
    kept = {path: path.read_bytes() for path in (copy / ".cache/figures").glob("ro*.json")}
    assert kept
    for path in kept:
        path.unlink()
    one, two, stopped = (
        subprocess.Popen(
            [sys.executable, "-m", "mkdocs", "build", "-d", str(tmp_path / name)],
            cwd=copy,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        for name in ("one", "two", "stopped")
    )
    with suppress(subprocess.TimeoutExpired):
        stopped.wait(3)
    with suppress(ProcessLookupError):  # as Ctrl-C does, to every process of the build
        os.killpg(stopped.pid, signal.SIGINT)
    for process in (one, two):
        assert process.wait() == 0, process.stderr.read().decode()[-2000:]
    stopped.communicate()
    assert files(tmp_path / "one") == files(tmp_path / "two") == files(site)
    assert {path: path.read_bytes() for path in kept} == kept
    assert not [*(copy / ".cache").rglob(".*")], "half of a file is left"
