"""What a page lists: the idea stands first, refusals last, and no line is wider than a listing."""

import ast

import pytest

from tools import ROOT, pages

SCHEMES = sorted(path for path in (ROOT / "snippets/schemes").glob("*.py") if path.stem != "__init__")
LISTED = [*SCHEMES, *(ROOT / f"snippets/{name}.py" for name in ("attention", "chunks", "layouts", "truncation"))]
COLUMNS, LINES = 88, 110
SEARCHES = {"place"}  # looks for something; that it is not there is its answer, not a check of what it was given


def problems(name: str, source: str) -> list[str]:
    """Every way in which a file hides its idea, each as a sentence that begins with file and line."""
    lines = source.splitlines()
    found = [
        f"{name}:{number}: this line has {len(line)} columns, and a listing shows {COLUMNS}"
        for number, line in enumerate(lines, 1)
        if len(line) > COLUMNS
    ]
    if len(lines) > LINES:
        found.append(f"{name}:{LINES + 1}: the file goes on past {LINES} lines, to {len(lines)}")
    checks = []
    for node in ast.parse(source).body:
        defined = getattr(node, "name", "")
        if isinstance(node, ast.FunctionDef) and defined.startswith("_check"):
            checks.append(defined)
            continue
        for inner in ast.walk(node):
            if isinstance(inner, ast.Raise) and defined not in SEARCHES:
                where = f"{defined or 'the module'} itself"
                found.append(
                    f"{name}:{inner.lineno}: {where} refuses; a function _check… at the end of the file should"
                )
        if checks and not (isinstance(node, ast.FunctionDef) and defined.startswith("_")):
            what = defined or "this statement"
            found.append(f"{name}:{node.lineno}: {what} stands below {checks[0]}; checks come last")
    return found


@pytest.mark.parametrize("path", LISTED, ids=lambda path: path.stem)
def test_the_idea_stands_first_and_fits_a_listing(path):
    found = problems(pages.name(path), path.read_text("utf-8"))
    assert not found, "\n".join(found)


IDEA = "def turn(x):\n    _check(x)\n    return -x\n"
CHECK = "\n\ndef _check(x):\n    if not x:\n        raise ValueError(x)\n"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("def turn(x):\n    if not x:\n        raise ValueError(x)\n    return -x\n", "f.py:3: turn itself refuses"),
        ("class Turn:\n    def forward(self):\n        raise ValueError\n", "f.py:3: Turn itself refuses"),
        ("def _wide(x):\n    raise ValueError(x)\n", "f.py:2: _wide itself refuses"),
        ("raise SystemExit\n", "f.py:1: the module itself refuses"),
        (CHECK.strip() + "\n\n\n" + IDEA, "f.py:6: turn stands below _check; checks come last"),
        (IDEA + CHECK + "\nHALF = 0.5\n", "f.py:10: this statement stands below _check"),
        (f"x = '{84 * '-'}'\n", "f.py:1: this line has 90 columns, and a listing shows 88"),
        (111 * "x = 1\n", "f.py:111: the file goes on past 110 lines, to 111"),
    ],
)
def test_a_file_that_hides_its_idea_is_refused_by_file_and_line(source, says):
    assert says in "\n".join(problems("f.py", source))


def test_a_check_below_the_idea_is_accepted():
    helper = "\n\ndef _readable(x):\n    return True\n"
    assert problems("f.py", IDEA + CHECK + helper) == []
