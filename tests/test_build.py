"""A build that cannot be right stops with a sentence that names the file."""

import shutil

import pytest

from conftest import build
from tools import ROOT

CASES = {
    "a missing figure": (
        "docs/en/index.md",
        '\n\n![alt](assets/figures/gone.svg "caption")\n',
        ["index.md", "snippets/figures/gone.py"],
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


@pytest.fixture(scope="module")
def copy(tmp_path_factory, site):
    """The repository again, with the drawings the site's build left in the cache."""
    folder = tmp_path_factory.mktemp("copy") / "repository"
    ignore = shutil.ignore_patterns(".git", "site", ".venv", "__pycache__", ".hypothesis")
    shutil.copytree(ROOT, folder, ignore=ignore)
    return folder


@pytest.mark.parametrize("case", CASES)
def test_the_build_stops_and_names_the_file(case, copy, tmp_path):
    file, addition, names = CASES[case]
    path = copy / file
    before = path.read_text("utf-8")
    path.write_text(before + addition, encoding="utf-8")
    try:
        result = build(copy, tmp_path / "site")
    finally:
        path.write_text(before, encoding="utf-8")
    said = result.stdout + result.stderr
    assert result.returncode != 0, f"the build passed in spite of {case}"
    assert all(name in said for name in names), f"the build stopped at {case} without naming {names}:\n{said[-2000:]}"


def test_a_missing_translation_stops_the_build(copy, tmp_path):
    page = copy / "docs/ko/notation.md"
    before = page.read_text("utf-8")
    page.unlink()
    try:
        result = build(copy, tmp_path / "site")
    finally:
        page.write_text(before, encoding="utf-8")
    assert result.returncode != 0 and "notation.md" in result.stdout + result.stderr
