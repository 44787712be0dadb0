"""A scheme that has been begun: its files are whole, and what they still lack is said."""

import ast

import pytest
import torch

from tools import LANGUAGES, ROOT, new, pages


def test_nothing_that_was_begun_is_left_unwritten():
    assert not new.left(), "what is marked is still to be written, in this order:\n" + "\n".join(new.left())


@pytest.fixture
def begun(tmp_path):
    """A repository with a new scheme and nothing else."""
    for folder in (
        "snippets/schemes",
        "tests/schemes",
        "snippets/figures/schemes",
        "docs/en/schemes",
        "docs/ko/schemes",
    ):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("mkdocs.yml", "mkdocs.ko.yml"):
        (tmp_path / name).write_text((ROOT / name).read_text("utf-8"), encoding="utf-8")
    new.begin("my_scheme", tmp_path)
    return tmp_path


def test_every_file_says_what_to_write_in_it(begun):
    said = new.left(begun)
    files = {line.split(",")[0] for line in said}
    assert files == {path.relative_to(begun).as_posix() for path in begun.rglob("*my_scheme.*")} and len(files) == 5
    assert not [line for line in said if "NAME" in line], "the name is not in its place"


def test_its_code_can_be_run_and_its_test_fails_until_it_is_written(begun):
    code = (begun / "snippets/schemes/my_scheme.py").read_text("utf-8")
    scope = {}
    exec(compile(code, "my_scheme.py", "exec"), scope)
    with pytest.raises(TypeError, match="must be floating point"):
        scope["my_scheme"](torch.zeros(1, 2, 4, dtype=torch.long))
    with pytest.raises(NotImplementedError, match="WRITE: the formula"):
        scope["my_scheme"](torch.zeros(1, 2, 4))
    for path in begun.rglob("*.py"):
        ast.parse(path.read_text("utf-8"))
        assert path.read_text("utf-8").isascii() and "my_scheme" in path.name


def test_its_pages_have_the_sections_of_every_scheme_page(begun):
    english, korean = (
        pages.headings((begun / f"docs/{one}/schemes/my_scheme.md").read_text("utf-8")) for one in LANGUAGES
    )
    assert [(one.level, one.id) for one in english] == [(one.level, one.id) for one in korean]
    ids = [one.id for one in english[1:]]
    for path in sorted((ROOT / "docs/en/schemes").glob("*.md")):
        every = [one.id for one in pages.headings(path.read_text("utf-8"))]
        here = [id_ for id_ in ids if id_ in every]
        assert path.stem == "index" or here == [id_ for id_ in every if id_ in ids], f"{path.name}: {here}"
        assert path.stem == "index" or set(ids) - set(here) <= {"refused"}, f"{path.name} has only {here}"


def test_both_navigations_list_it(begun):
    for name in ("mkdocs.yml", "mkdocs.ko.yml"):
        assert (begun / name).read_text("utf-8").count("- my_scheme: schemes/my_scheme.md\n") == 1


@pytest.mark.parametrize(("name", "why"), [("My-Scheme", "a scheme is a module"), ("rope", "rope has begun already")])
def test_a_name_that_cannot_be_is_refused(name, why):
    with pytest.raises(ValueError, match=why):
        new.begin(name)
