"""A scheme page shows the signatures of its file as the file has them, and the whole file folded behind them."""

import ast

import pytest

from tools import ROOT, one_file, search, signatures

FILES = [path for path in sorted((ROOT / "snippets/schemes").glob("*.py")) if path.stem != "__init__"]
CODE = '''"""A scheme: what it does.

More of it.
"""

import torch


def shown(x: int) -> int:
    """What it gives.

    Raises ValueError.
    """
    return _hidden(x)


class Table(torch.nn.Module):
    def __init__(
        self,
        rows: int,
    ):
        super().__init__()

    @property
    def rows(self) -> int:
        """How many."""
        return self._hidden()

    def _hidden(self): ...


def _hidden(x): ...
'''
SHORT = '''"""A scheme: what it does."""

def shown(x: int) -> int:
    """What it gives."""

class Table(torch.nn.Module):

    def __init__(
        self,
        rows: int,
    ): ...

    @property
    def rows(self) -> int:
        """How many."""'''


def described(code: str) -> dict[str, tuple[str, str]]:
    """Each function and class of ``code`` by its name: its arguments or bases, and how its description begins."""
    found = {}
    for owner in ast.walk(ast.parse(code)):
        for node in getattr(owner, "body", []) if isinstance(owner, ast.Module | ast.ClassDef) else []:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                said = (ast.get_docstring(node) or "").partition("\n")[0]
                head = node.bases if isinstance(node, ast.ClassDef) else [node.args, node.returns]
                name = f"{getattr(owner, 'name', '')}.{node.name}"
                found[name] = " ".join(ast.unparse(part) for part in head if part), said
    return found


def test_signatures_are_what_is_public_with_the_first_line_of_its_description():
    assert signatures.signatures(CODE) == SHORT


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_signatures_of_a_scheme_are_those_of_its_file(path):
    code = path.read_text("utf-8")
    whole, shown = described(code), described(signatures.signatures(code))
    public = {name for name in whole if not name.replace("__init__", "").partition(".")[2].startswith("_")}
    assert shown == {name: whole[name] for name in public} and shown


@pytest.mark.parametrize(("language", "address"), [("en", ""), ("ko", "ko/")])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_page_shows_the_signatures_and_folds_the_file(soups, path, language, address):
    code = path.read_text("utf-8")
    section = soups[f"{address}schemes/{path.stem}/"].find(id="file").find_next_siblings(["div", "details"], limit=2)
    short, folded = section
    assert short.select_one(".filename").get_text().startswith(f"snippets/schemes/{path.name}")
    assert short.select_one(".filename a[download]"), "the file cannot be downloaded without opening it"
    assert short.code.get_text() == signatures.signatures(code) + "\n"
    assert folded["class"] == ["file"] and not folded.has_attr("open")
    assert str(len(code.splitlines())) in folded.summary.get_text()
    assert folded.code.get_text() == code and "no-copy" not in folded.div["class"]


def test_a_folded_file_is_no_block_and_search_finds_what_it_defines():
    page = '```python title="snippets/schemes/alibi.py"\n--8<-- "snippets/schemes/alibi.py"\n```\n'
    assert one_file.offers(signatures.fold(page, "en")) == []
    html = '<h1 id="a">A</h1><div><span class="filename">f</span><pre>def alibi_bias(): some_name</pre></div>'
    html += '<details class="file"><summary>All</summary><pre>def alibi_bias(): other_name</pre></details>'
    [entry] = search.entries(html, "schemes/alibi/")
    assert entry["defines"] == "alibi_bias" and "other_name" not in entry["names"]
