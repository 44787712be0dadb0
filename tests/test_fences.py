"""What is shown is what is tested: a fence is a whole tested file, or it runs and its output is compared."""

import ast
import re
from itertools import pairwise

import pytest

from tools import LANGUAGES, ROOT, pages

PAGES = [path for language in LANGUAGES for path in pages.markdown(language)] + [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
]
TITLED = re.compile(r'python title="(?P<path>snippets/[\w/]+\.py)"')
OTHERS = {"text", "console", "bibtex"}
LABS = [path for language in LANGUAGES for path in pages.labs(language)]
WIDTH = 84  # columns of a listing on a screen of 1280 pixels
WIDE_OUTPUTS = {  # pages that print wider lines, and the columns of their widest
    "answers.md": 87,
    "measured/add-or-concatenate.md": 87,
    "measured/speed.md": 114,
    "schemes/alibi.md": 92,
    "schemes/t5_bias.md": 86,
}


def problems(text: str) -> list[str]:
    """Every way in which a fence of ``text`` could be shown without being tested."""
    found = []
    fences = pages.fences(text)
    for fence, following in zip(fences, [*fences[1:], None], strict=False):
        where = f"line {fence.line}"
        titled = TITLED.fullmatch(fence.info)
        if not (fence.runnable or titled or fence.info in OTHERS):
            found.append(f"{where}: nothing tests a fence with the info string {fence.info!r}")
        if titled:
            if fence.body != f'--8<-- "{titled["path"]}"\n':
                found.append(
                    f"{where}: a titled fence holds one line that includes the file of its title, {titled['path']}"
                )
            elif not (ROOT / titled["path"]).is_file():
                found.append(f"{where}: {titled['path']} does not exist")
        if fence.runnable:
            if following is None or not following.expected or following.info != "text":
                found.append(f"{where}: the block has no expected output, so nothing compares what it prints")
            if "print(" not in fence.body:
                found.append(f"{where}: the block prints nothing")
            if not 2 <= len(fence.body.splitlines()) <= 20:
                found.append(f"{where}: a block has 2 to 20 lines, this one has {len(fence.body.splitlines())}")
        if fence.expected and not fence.body.strip():
            found.append(f"{where}: the expected output is empty")
    for comment in re.findall(r"<!--.*?-->", text, re.DOTALL):
        if ("pytest" in comment) and comment != pages.EXPECTED:
            found.append(f"{comment} would keep a block from running as it stands")
    if "~~~" in text:
        found.append("~~~ opens a fence that nothing tests: use ```")
    return found


@pytest.mark.parametrize("path", PAGES, ids=pages.name)
def test_every_fence_a_reader_sees_is_tested(path):
    assert not problems(path.read_text(encoding="utf-8")), "\n".join(problems(path.read_text(encoding="utf-8")))


def too_wide(code: str, first: int, what: str, limit: int = WIDTH) -> list[str]:
    """A sentence for each line above ``limit`` columns of a code whose first line is line ``first``."""
    return [
        f"line {number}: this line of {what} is {len(line)} columns wide, and {limit} fit on a screen"
        for number, line in enumerate(code.split("\n"), first)
        if len(line) > limit
    ]


def clever(code: str, first: int) -> list[str]:
    """A sentence for each line that has to be read twice, of a code whose first line is line ``first``."""
    found = []
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Assign(value=ast.Lambda()):
                found.append((node.lineno, "a lambda with a name is a function: write def"))
            case ast.Assign(targets=[ast.Tuple()], value=ast.GeneratorExp()):
                found.append((node.lineno, "a generator is unpacked: write a line for each name"))
            case ast.IfExp(body=ast.IfExp()) | ast.IfExp(orelse=ast.IfExp()):
                found.append((node.lineno, "a conditional expression stands in another: write if"))
    return [f"line {first + line - 1}: {words}" for line, words in found]


def cells(text: str) -> list[tuple[int, str]]:
    """The code cells of a lab, each with the number of its first line."""
    lines = text.split("\n")
    marks = [number for number, line in enumerate(lines) if line.startswith("# %%")] + [len(lines)]
    return [
        (start + 2, "\n".join(lines[start + 1 : end]))
        for start, end in pairwise(marks)
        if not lines[start].startswith("# %% [markdown]")
    ]


@pytest.mark.parametrize("path", PAGES, ids=pages.name)
def test_the_lines_of_a_block_fit_on_a_screen_and_are_plain(path):
    wide = WIDE_OUTPUTS.get(pages.name(path).split("/", 2)[-1], WIDTH)
    found = []
    for fence in pages.fences(path.read_text(encoding="utf-8")):
        if fence.runnable:
            found += too_wide(fence.body, fence.line + 1, "a block") + clever(fence.body, fence.line + 1)
        elif fence.expected:
            found += too_wide(fence.body, fence.line + 1, "an expected output", wide)
    assert not found, f"{pages.name(path)}, " + "; ".join(found)


@pytest.mark.parametrize("path", LABS, ids=pages.name)
def test_the_lines_of_a_lab_fit_on_a_screen_and_are_plain(path):
    found = []
    for first, code in cells(path.read_text(encoding="utf-8")):
        found += too_wide(code, first, "a cell") + clever(code, first)
    assert not found, f"{pages.name(path)}, " + "; ".join(found)


def test_a_line_that_is_too_wide_is_named_with_its_number_and_its_columns():
    code = "x = 1\n" + "y" * 85 + "\n"
    assert too_wide(code, 10, "a block") == ["line 11: this line of a block is 85 columns wide, and 84 fit on a screen"]
    lab = f"# # Lab\n# {'wide words ' * 20}\n\n# %%\nx = 1\n\n# %% [markdown]\n# text\n\n# %%\n{code}"
    assert cells(lab) == [(5, "x = 1\n"), (11, code)]


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("f = lambda x: x", "line 10: a lambda with a name is a function: write def"),
        ("\na, b = (x + 1 for x in (1, 2))", "line 11: a generator is unpacked: write a line for each name"),
        ("a = 1 if b else 2 if c else 3", "line 10: a conditional expression stands in another: write if"),
    ],
)
def test_a_line_that_has_to_be_read_twice_is_named_with_its_number(code, says):
    assert clever(code, 10) == [says]
    assert clever("a, b = 1 if c else 2, [x for x in d]\nf(lambda x: x)", 10) == []


@pytest.mark.parametrize(("page", "columns"), WIDE_OUTPUTS.items())
def test_an_output_that_may_be_wide_is(page, columns):
    for language in LANGUAGES:
        outputs = [f.body for f in pages.fences((ROOT / "docs" / language / page).read_text("utf-8")) if f.expected]
        widest = max(len(line) for body in outputs for line in body.split("\n"))
        assert widest == columns, f"docs/{language}/{page}: the widest output has {widest} columns, not {columns}"


BLOCK = "```python\nimport torch\n\nprint(1)\n```\n"
OUTPUT = f"{pages.EXPECTED}\n```text\n1\n```\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("```py\nprint(1)\n```\n", "'py'"),
        ('```python hl_lines="1"\nprint(1)\n```\n', "hl_lines"),
        ("```{.python}\nprint(1)\n```\n", "{.python}"),
        ("```bash\nls\n```\n", "'bash'"),
        ("```\nls\n```\n", "''"),
        ("~~~python\nprint(1)\n~~~\n", "~~~"),
        (BLOCK, "no expected output"),
        (BLOCK + "```text\n1\n```\n", "no expected output"),
        ("<!--pytest.mark.skip-->\n" + BLOCK + OUTPUT, "keep a block from running"),
        ("<!--pytest-codeblocks:skipfile-->\n" + BLOCK + OUTPUT, "keep a block from running"),
        ('```python title="snippets/schemes/sinusoidal.py"\nimport torch\n```\n', "holds one line that includes"),
        ('```python title="snippets/gone.py"\n--8<-- "snippets/gone.py"\n```\n', "does not exist"),
    ],
)
def test_a_fence_that_nothing_tests_is_refused(text, says):
    assert says in "\n".join(problems(text))


def test_a_block_with_its_output_is_accepted():
    assert problems(BLOCK + OUTPUT) == []


def test_a_fence_ends_at_the_first_line_of_as_many_ticks_and_nothing_else():
    text = f"Words.\n\n{pages.EXPECTED}\n\n````text\n```\n````python\n  a\n   ```` \n\n~~~\n```\n~~~~\n"
    first, second = pages.fences(text)
    assert (first.info, first.line, first.end, first.expected) == ("text", 5, 9, True)
    assert first.body == "```\n````python\n  a\n"
    assert (second.info, second.body, second.line, second.end, second.expected) == ("", "```\n", 11, 13, False)
    with pytest.raises(ValueError, match="the fence opened in line 2 is never closed"):
        pages.fences("\n```\n~~~\n```python\n")
