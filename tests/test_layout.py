"""The repository's shape: a half-added scheme fails here, with what is missing."""

import re

import pytest
import yaml

from tools import LANGUAGES, ROOT, outputs, pages

OF_ALL_SCHEMES = {"contract", "shape_of_the_files", "values_in_graphs"}  # tests of what every scheme has in common


def stems(folder: str, pattern: str) -> set[str]:
    return {path.stem.removeprefix("test_") for path in (ROOT / folder).glob(pattern)} - {"__init__", "index"}


def test_every_scheme_has_a_file_a_page_in_each_language_a_test_and_a_figure():
    files = stems("snippets/schemes", "*.py")
    for what, found in {
        "test": stems("tests/schemes", "test_*.py") - OF_ALL_SCHEMES,
        "figure": stems("snippets/figures/schemes", "*.py") & files,
        **{f"page in {language}": stems(f"docs/{language}/schemes", "*.md") for language in LANGUAGES},
    }.items():
        assert files == found, (
            f"schemes without a {what}: {sorted(files - found)}; {what}s without a scheme: {sorted(found - files)}"
        )


def test_a_scheme_page_shows_its_file_and_its_figure():
    for name in stems("snippets/schemes", "*.py"):
        text = (ROOT / f"docs/en/schemes/{name}.md").read_text("utf-8")
        assert f'--8<-- "snippets/schemes/{name}.py"' in text, f"docs/en/schemes/{name}.md does not show its file"
        assert f"assets/figures/{name}.svg" in text, f"docs/en/schemes/{name}.md does not show its figure"


SECTIONS = ["idea", "figure", "formula", "file", "property", "use"]
SECTIONS += ["conventions", "cost", "used-by", "length", "reference", "sources"]
SCHEME_PAGES = [
    ROOT / f"docs/{language}/schemes/{name}.md"
    for language in LANGUAGES
    for name in sorted(stems("snippets/schemes", "*.py"))
]


@pytest.mark.parametrize("path", SCHEME_PAGES, ids=pages.name)
def test_a_scheme_page_has_its_sections_in_the_order_of_all(path):
    headings = pages.headings(path.read_text("utf-8"))
    found, ids = [heading.id for heading in headings if heading.level == 2], [heading.id for heading in headings]
    assert found == SECTIONS, f"{pages.name(path)} has the sections {found}, and every scheme page {SECTIONS}"
    part = ids[ids.index("use") : ids.index("conventions")]
    assert "sdpa" in part, f"{pages.name(path)}: #sdpa is not a part of #use"


@pytest.mark.parametrize("path", SCHEME_PAGES, ids=pages.name)
def test_a_pitfall_of_a_scheme_has_a_heading_that_can_be_linked_to(path):
    section = re.split(r"^## .+\n", path.read_text("utf-8"), flags=re.MULTILINE)[1 + SECTIONS.index("conventions")]
    pitfalls = [heading for heading in pages.headings(section) if heading.level == 3]
    assert pitfalls, f"{pages.name(path)}: no pitfall under #conventions has a heading"
    assert all(pitfall.id for pitfall in pitfalls), f"{pages.name(path)}: a pitfall has no id"
    labels = [pitfall.text for pitfall in pitfalls if path.parts[-3] == "en" and len(pitfall.text.split()) < 3]
    assert not labels, f"{pages.name(path)}: say what goes wrong or what to do: {labels}"
    run_in = [p for p in re.split(r"\n\s*\n", section) if p.startswith("**") and "{ .limits }" not in p]
    assert not run_in, f"{pages.name(path)}: a pitfall that is no heading: {run_in[0].splitlines()[0]}"


@pytest.mark.parametrize("path", SCHEME_PAGES, ids=pages.name)
def test_a_caption_of_a_scheme_page_names_its_panels_by_what_they_show(path):
    for caption in re.findall(r'^!\[.*\]\(\S+ "(.*)"\)$', path.read_text("utf-8"), re.MULTILINE):
        sides = re.findall(r"\b(?:Left|Right|left|right)[:,]|(?:왼쪽|오른쪽)[:,은]", caption)
        assert not sides, f"{pages.name(path)}: panels may be stacked, but the caption says {sides[0]!r}"


def test_a_scheme_file_needs_torch_alone():
    for path in (ROOT / "snippets/schemes").glob("*.py"):
        source = path.read_text("utf-8")
        imported = set(re.findall(r"^(?:from|import) (\w+)", source, re.MULTILINE))
        assert imported <= {"torch", "math"}, f"{pages.name(path)} imports {sorted(imported - {'torch', 'math'})}"


def test_requirements_are_pinned_exactly():
    for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines():
        assert not line or line.startswith("#") or re.match(r"[\w.-]+==[\w.]+( *;.*)?$", line), f"not pinned: {line}"


def test_the_readme_the_ci_script_and_the_workflow_run_the_same_commands():
    readme = (ROOT / "README.md").read_text("utf-8")
    for command in ("pip install -r requirements.txt && mkdocs serve", "pip install -r requirements.txt && pytest"):
        assert command in readme, f"README.md does not show: {command}"
    for file, pins in ((".ci/run", "requirements.txt"), (".github/workflows/site.yml", ".github/requirements.lock")):
        text = (ROOT / file).read_text("utf-8")
        assert "pip install" in text and f"-r {pins}" in text and "pytest" in text, f"{file} runs something else"


def test_both_navigations_list_the_same_pages():
    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor("!ENV", lambda loader, node: "")

    def targets(file):
        nav = yaml.load((ROOT / file).read_text("utf-8"), Loader)["nav"]
        return re.findall(r"[\w/-]+\.(?:md|py)", str(nav))

    assert targets("mkdocs.yml") == targets("mkdocs.ko.yml")


def test_the_outputs_command_rewrites_what_a_block_prints(tmp_path):
    page = tmp_path / "page.md"
    block = "```python\nimport torch\n\nprint(torch.rand(1).shape)\n```\n\n"
    page.write_text(f"{block}{pages.EXPECTED}\n```text\nold\n```\nrest\n", encoding="utf-8")
    assert outputs.rewrite(page) == 1
    assert page.read_text("utf-8") == f"{block}{pages.EXPECTED}\n```text\ntorch.Size([1])\n```\nrest\n"
    assert outputs.rewrite(page) == 0


def test_no_two_test_files_have_one_name():
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    twice = sorted({name for name in names if names.count(name) > 1})
    assert not twice, f"pytest tells test files apart by their names alone: {twice}"
