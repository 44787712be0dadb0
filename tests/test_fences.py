"""What is shown is what is tested: a fence is a whole tested file, or it runs and its output is compared."""

import re

import pytest

from tools import LANGUAGES, ROOT, pages

PAGES = [path for language in LANGUAGES for path in pages.markdown(language)] + [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
]
TITLED = re.compile(r'python title="(?P<path>snippets/[\w/]+\.py)"')
OTHERS = {"text", "console", "bibtex"}


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
