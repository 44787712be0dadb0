"""What a page offers as one file is that: it runs in an empty folder, without this repository, and prints the same."""

import json
import subprocess
import sys
from itertools import pairwise

import pytest
from mkdocs.exceptions import PluginError

from tools import ROOT, blocks, one_file, pages

# Each file in a namespace of its own, as ``tools.outputs`` runs a block, where nothing of this repository is found.
RUNNER = """
import contextlib, importlib.util, io, json, pathlib, random, sys, traceback, types
import matplotlib, numpy, torch

assert not any(importlib.util.find_spec(name) for name in ("snippets", "tools", "tests")), sys.path
said = {}
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.py")):
    random.seed(0)
    numpy.random.seed(0)
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float32)
    torch.set_printoptions(profile="default")
    matplotlib.rcdefaults()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            sys.modules["__main__"] = types.ModuleType("__main__")
            exec(compile(path.read_text(), path.name, "exec"), sys.modules["__main__"].__dict__)
        except Exception:
            printed.write(traceback.format_exc())
    said[path.name] = printed.getvalue()
assert not any(name.split(".")[0] in ("snippets", "tools", "tests") for name in sys.modules)
print(json.dumps(said))
"""
BLOCKS = {}  # by the address of its file: where a block stands, the block, and what it prints
for page in pages.markdown("en"):
    fences = pages.fences(page.read_text("utf-8"))
    for fence, output in pairwise(fences):
        if fence.runnable:
            where = f"{pages.name(page)}, line {fence.line}"
            BLOCKS[one_file.address(fence.body)] = where, fence.body, output.body


@pytest.fixture(scope="module")
def printed(tmp_path_factory) -> dict[str, str]:
    """What every file prints, run one after another in a process that stands in an empty folder."""
    folder, empty = tmp_path_factory.mktemp("blocks"), tmp_path_factory.mktemp("empty")
    for address, text in one_file.files().items():
        (folder / address.removeprefix("blocks/")).write_text(text, encoding="utf-8")
    runner = folder / "runner"
    runner.write_text(RUNNER, encoding="utf-8")
    command = [sys.executable, "-P", str(runner), str(folder)]
    done = subprocess.run(command, cwd=empty, env={"OMP_NUM_THREADS": "1"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not [*empty.iterdir()], "a block left something in the folder where it ran"
    return json.loads(done.stdout)


def test_a_block_as_one_file_prints_what_the_page_says(printed):
    assert len(printed) > 100
    wrong = []
    for name, output in printed.items():
        where, _, expected = BLOCKS[f"blocks/{name}"]
        if output != expected:
            wrong.append(f"{where} printed as one file:\n{output}and on its page:\n{expected}")
    assert not wrong, "\n".join(wrong)


def test_a_block_that_is_not_offered_imports_nothing_or_says_which_file_it_reads():
    for where, block, _ in BLOCKS.values():
        text, why = one_file.as_one_file(block), one_file.why_a_clone(block)
        assert (text is None) == (why is not None), where
        if text is None:
            assert "/" not in why or list(ROOT.glob(f"{why}*")), f"{where} reads {why}, which is not there"
        elif "snippets" not in block:
            assert text == block, where


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """Write a file of ``snippets`` in a repository of the test's own."""
    monkeypatch.setattr(one_file, "ROOT", tmp_path)

    def write(name: str, text: str) -> None:
        path = tmp_path / "snippets" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    return write


def run(text: str, capsys) -> str:
    exec(compile(text, "<one file>", "exec"), {"__name__": "alone"})
    return capsys.readouterr().out


CALLED = """\
import math


def {name}(x):
    _check(x)
    return math.sqrt(x)


def _check(_check_local, x=_LEAST):
    if _check_local < x:
        raise ValueError("{name}: _check says no")
"""


def test_two_files_may_give_one_name_to_two_things(sources, capsys):
    sources("a.py", "_LEAST = 1\n\n\n" + CALLED.format(name="f"))
    sources("b.py", "# about this number\n_LEAST = 10\nUNUSED = 1\n\n\n" + CALLED.format(name="g"))
    block = "from snippets.a import f\nfrom snippets.b import g as root\n\nx = 4\nprint(f(x))\n"
    block += "try:\n    root(x)\nexcept ValueError as error:\n    print(error)\n"
    text = one_file.as_one_file(block)
    assert run(text, capsys) == "2.0\ng: _check says no\n"
    assert text.startswith("import math\n\n\n# snippets/a.py\n_LEAST = 1\n\n\ndef f(x):\n    _check(x)\n")
    assert "# snippets/b.py\n# about this number\n_LEAST_b = 10\n\n\ndef g(x):\n    _check_b(x)\n" in text
    assert "def _check_b(_check_local, x=_LEAST_b):\n" in text and 'ValueError("g: _check says no")' in text
    assert text.endswith(f"# the block\nroot = g\n{block.partition(chr(10) * 2)[2]}")
    assert "UNUSED" not in text


def test_a_local_name_is_not_the_one_of_the_file(sources, capsys):
    sources("a.py", "def size(x):\n    return len(x)\n")
    body = "def area(size):\n    return [size for size in (size, size * size)][-1] + (lambda size: size)(1)\n\n\n"
    body += "class Box:\n    size = 3\n\n    def whole(self):\n        return size([self.size, 0])\n\n\n"
    body += "def size(x):\n    return 100 + len(x)\n"
    sources("b.py", body)
    block = (
        "from snippets.a import size\nfrom snippets.b import Box, area\n\nprint(size('ab'), area(3), Box().whole())\n"
    )
    text = one_file.as_one_file(block)
    assert run(text, capsys) == "2 10 102\n"
    assert "def area(size):\n    return [size for size in (size, size * size)][-1] + (lambda size: size)(1)\n" in text
    assert "    size = 3\n" in text and "return size_b([self.size, 0])" in text


def test_a_block_may_give_its_own_value_to_a_name_of_its_sources(sources, capsys):
    sources("a.py", "def slopes(heads):\n    return [heads]\n\n\ndef bias(heads):\n    return slopes(heads) * 2\n")
    block = "from snippets.a import bias, slopes\n\nslopes = slopes(3)\nprint(slopes, bias(3))\n"
    assert run(one_file.as_one_file(block), capsys) == "[3] [3, 3]\n"


def test_a_module_that_is_used_as_a_module_holds_what_is_used(sources, capsys):
    sources("a.py", "STEP = 2\nOTHER = 3\n\n\ndef up(x):\n    return x + STEP\n")
    sources("b.py", "from snippets import a\n\n\ndef twice(a_value):\n    return a.up(a.up(a_value))\n")
    block = (
        "from snippets import a as one\nfrom snippets.b import twice\n\na = 1\nprint(twice(a), one.up(a), one.STEP)\n"
    )
    text = one_file.as_one_file(block)
    assert run(text, capsys) == "5 3 2\n"
    assert "a_module = types.SimpleNamespace(STEP=STEP, up=up)" in text and "OTHER" not in text
    assert "    return a_module.up(a_module.up(a_value))\n" in text and "# the block\none = a_module\na = 1\n" in text


def test_what_imports_bring_is_said_once(sources, capsys):
    sources("a.py", "import torch\nfrom torch import Tensor\n\n\ndef f() -> Tensor:\n    return torch.ones(2)\n")
    sources("b.py", "from math import pi\nfrom torch import nn\n\nX = nn.Identity(pi)\nY = 1\n")
    block = (
        "import torch\n\nfrom snippets.a import f\nfrom snippets.b import X, Y\n\nprint(torch.equal(X(f()), f()), Y)\n"
    )
    text = one_file.as_one_file(block)
    assert text.startswith("from math import pi\n\nimport torch\nfrom torch import Tensor, nn\n\n\n# snippets/a.py\n")
    assert run(text, capsys) == "True 1\n" and text.count("import") == 3


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ('X = open("snippets/data/words.txt")', "snippets/data/words.txt"),
        ('def f():\n    return f"docs/en/{X}.md"\n\n\nX = f', "docs/en/"),
        ("from pathlib import Path\n\nX = Path(__file__).parent", "snippets/"),
        ("from tqdm import tqdm\n\nX = tqdm", "tqdm"),
        ("def X():\n    import transformers", "transformers"),
    ],
)
def test_a_block_whose_sources_read_files_or_need_more_packages_needs_a_clone(sources, source, why):
    sources("a.py", f"{source}\nY = 1\n")
    block = "from snippets.a import {}\n\nprint(1)\n"
    assert one_file.as_one_file(block.format("X")) is None
    assert one_file.why_a_clone(block.format("X")) == why
    assert one_file.as_one_file(block.format("Y")), "what reads a file is not used"


def test_a_path_in_a_description_is_not_read(sources):
    sources("a.py", 'def f():\n    """snippets/data/words.txt"""\n')
    assert one_file.as_one_file("from snippets.a import f\n\nprint(f)\n")
    assert one_file.as_one_file('print(open("tests/words.txt"))\n') is None


@pytest.mark.parametrize(
    ("source", "block", "says"),
    [
        (
            "X = gone(1)",
            "from snippets.a import X",
            "snippets/a.py uses 'gone', which nothing in it defines or imports",
        ),
        ("X = 1", "from snippets.a import Y", "the block imports 'Y' from snippets.a, which does not define it"),
        ("X = 1", "from snippets.b import Y", "there is no module snippets.b"),
        ("X = 1", "from snippets import a\n\na.Y", "the block uses snippets.a.Y, which snippets.a does not define"),
        ("X = 1", "from snippets import a\n\nprint(a)", "the block uses the module snippets.a itself"),
        ("X = 1", "from snippets.a import *", "name the module and what comes from it"),
        ("X = 1", "import snippets.a", "write `from … import …`"),
        ("X = 1", "def f():\n    from snippets.a import X", "the block imports snippets.a in an inner line"),
        ("import math\n\nX = math.pi", "from snippets.a import X\n\nmath = 1", "the block gives 'math' a value"),
        ("from math import pi as e\n\nX = e", "from math import e\nfrom snippets.a import X", "calls by 'e'"),
        (
            "Y = 1\n\n\ndef X():\n    global Y\n    Y += 1",
            "from snippets.a import X\n\nX()\nY = 2",
            "'Y' is said to be global",
        ),
    ],
)
def test_what_cannot_be_one_file_is_refused_with_a_sentence(sources, source, block, says):
    sources("a.py", source + "\n")
    with pytest.raises(ValueError) as refused:
        one_file.as_one_file(block + "\n")
    assert says in str(refused.value)


def test_a_name_is_changed_in_a_string_that_is_computed(sources, capsys):
    sources("a.py", "def size(x):\n    return len(x)\n")
    sources("b.py", "def f(x):\n    return f'é size {size(x)}'\n\n\ndef size(x):\n    return x * 2\n")
    block = "from snippets.a import size\nfrom snippets.b import f\n\nprint(size('a'), f('a'))\n"
    assert run(one_file.as_one_file(block), capsys) == "1 é size aa\n"


def test_a_name_that_a_local_name_would_hide_is_refused(sources):
    sources("a.py", "def size(x):\n    return len(x)\n")
    sources("b.py", "from snippets.a import size as length\n\n\ndef f(size):\n    return length(size)\n")
    with pytest.raises(ValueError, match=r"snippets/b.py, line 5: 'size' is a local name: rename it"):
        one_file.as_one_file("from snippets.b import f\n\nprint(f('a'))\n")


def test_a_block_that_cannot_be_one_file_stops_the_build_and_names_the_page(monkeypatch):
    monkeypatch.setattr(one_file, "_blocks_of", lambda path, changed: ["from snippets.schemes.rope import gone\n"])
    with pytest.raises(PluginError, match=r"docs/en/answers.md: a block cannot be one file: the block imports 'gone'"):
        one_file.files()


def test_a_page_links_to_the_file_of_each_block_beside_its_copy_button():
    code = '<div class="language-python highlight"><pre><span></span><code>1</code></pre></div>'
    offers = [("blocks/1.py", None), (None, "snippets/data/x.txt"), (None, None)]
    english, clone, nothing = blocks.one_file(code * 3, "schemes/rope.md", "en", "../../", offers).split("<div")[1:]
    assert '<a class="one-file" href="../../blocks/1.py" download="rope-1.py"' in english
    assert 'aria-label="One file: block 1">One file</a><pre>' in english
    assert '<span class="one-file" title="It reads snippets/data/x.txt">needs a clone</span><pre>' in clone
    assert f"<div{nothing}" == code
    assert ">한 파일로</a>" in blocks.one_file(code, "index.md", "ko", "../", offers[:1])
    with pytest.raises(PluginError, match=r"index.md: 3 blocks run, but the page shows 1 that might"):
        blocks.one_file(code, "index.md", "en", "", offers)
