"""The page of a scheme shows the signatures of its file, and the whole file folded behind them."""

import ast
import re
from textwrap import indent

from tools import ROOT

_SHOWN = re.compile(r'^```python title="(?P<path>snippets/schemes/\w+\.py)"\n(?P<line>--8<-- .+)\n```$', re.MULTILINE)
_SUMMARY = {"en": "The whole file: {} lines", "ko": "파일 전체: {}줄"}


def fold(markdown: str, language: str) -> str:
    """``markdown`` whose file of a scheme is shown by its signatures, with the whole of it in a ``<details>``.

    Neither of the two is a block that runs: their info strings are no plain ``python``.
    """

    def shown(fence: re.Match) -> str:
        code = (ROOT / fence["path"]).read_text(encoding="utf-8")
        head = f'``` {{ .python .no-copy title="{fence["path"]}" }}\n{signatures(code)}\n```'
        whole = f"``` {{ .python .whole }}\n{fence['line']}\n```"
        summary = _SUMMARY[language].format(len(code.splitlines()))
        return f'{head}\n\n??? file "{summary}"\n\n{indent(whole, "    ")}'

    return _SHOWN.sub(shown, markdown)


def signatures(code: str) -> str:
    """What a file begins with, then each public function and class with the first line of its description."""
    module, lines = ast.parse(code), code.splitlines()
    opening = (ast.get_docstring(module) or "").partition("\n\n")[0]
    return "\n\n".join([f'"""{opening}"""', *_of(module, lines)])


def _of(owner: ast.Module | ast.ClassDef, lines: list[str]) -> list[str]:
    found = []
    for node in owner.body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or re.match("_(?!_init__)", node.name):
            continue
        start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        signature = "\n".join(lines[start - 1 : node.body[0].lineno - 1])
        if said := (ast.get_docstring(node) or "").partition("\n")[0]:
            signature += "\n" + " " * (node.col_offset + 4) + f'"""{said}"""'
        elif isinstance(node, ast.FunctionDef):
            signature += " ..."
        members = _of(node, lines) if isinstance(node, ast.ClassDef) else []
        found.append("\n\n".join([signature, *members]))
    return found
