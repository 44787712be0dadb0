"""Begin a scheme: ``python -m tools.new scheme NAME`` writes its files, with what to write in them marked ``WRITE:``.

It writes the scheme, its test, its figure and its page in both languages, and lists it in both navigations. A test
names each mark that is left; what other files need of a scheme (its place in the catalogue, a colour, a year) is said
by the tests of those.
"""

import re
from pathlib import Path

from tools import ROOT, command, pages

MARK = "WRITE:"

_SCHEME = '''\
"""WRITE: the name (authors and year, arXiv, equation).

    WRITE: the equation

Convention: WRITE: what this file chose where others differ.
Shapes: B batch, T tokens, d model dimension. WRITE: other letters, and units.
"""

import torch
from torch import Tensor


def NAME(x: Tensor, positions: Tensor | None = None) -> Tensor:
    """WRITE: what comes out: (B, T, d), dtype of x.

    x: (B, T, d). positions: (T,) or (B, T) integers, 0 .. T-1 if not given.
    Raises TypeError: an x that is not floating point.
    """
    _check(x)
    raise NotImplementedError("WRITE: the formula, one thought a line")


def _check(x: Tensor) -> None:
    if not x.is_floating_point():
        raise TypeError(f"x must be floating point, got {x.dtype}")
'''

_TEST = '''\
"""The sentences of docs/*/schemes/NAME.md, each as a test."""

import pytest
import torch

from snippets.schemes.NAME import NAME


def test_it_is_the_equation():
    """WRITE: compare with a slow loop that is read off the paper."""
    NAME(torch.zeros(1, 4, 8, dtype=torch.float64))


def test_input_that_does_not_fit_is_refused():
    with pytest.raises(TypeError, match="x must be floating point, got torch.int64"):
        NAME(torch.zeros(1, 4, 8, dtype=torch.long))
'''

_FIGURE = '''\
"""What to see: WRITE: one sentence."""

from matplotlib.figure import Figure

from snippets.figures import style


def draw() -> Figure:
    """WRITE: what each panel shows, from what the scheme file defines."""
    figure, _ = style.subplots(1, 2, height=3.3)
    return figure
'''

# By language: the title of each section with its id, in the order of all scheme pages.
_SECTIONS = {
    "en": """\
## The idea { #idea }
## Figure { #figure }
## The formula { #formula }
## The file { #file }
## What defines it { #property }
## Use { #use }
### In `scaled_dot_product_attention` (SDPA) { #sdpa data-toc-label="In SDPA" }
## Conventions and pitfalls { #conventions }
### What is refused { #refused }
## Cost { #cost }
## Who uses it { #used-by }
## Past its trained length { #length }
## Checked against { #reference }
## Sources { #sources }
""",
    "ko": """\
## 개념 { #idea }
## 그림 { #figure }
## 수식 { #formula }
## 파일 { #file }
## 핵심 성질 { #property }
## 사용법 { #use }
### `scaled_dot_product_attention`(SDPA)에서 쓰기 { #sdpa data-toc-label="SDPA에서" }
## 관례와 함정 { #conventions }
### 거부하는 입력 { #refused }
## 비용 { #cost }
## 쓰이는 곳 { #used-by }
## 학습 길이를 넘으면 { #length }
## 대조 검증 { #reference }
## 출처 { #sources }
""",
}
_HINTS = {
    "idea": "what it does to a token or to a score, without a formula",
    "formula": "the equation, then a list of its letters",
    "property": "the property that sets it apart, and a block that shows it",
    "use": "which lines to call, and where",
    "sdpa": "a block that compares it with torch's own attention",
    "conventions": "each pitfall under a heading that says it, with an id of its own",
    "refused": "what raises, with a block",
    "cost": "numbers of weights and operations, printed",
    "used-by": "models, each with its source",
    "length": "what happens there, measured",
    "reference": "which packages compute the same, and how closely",
    "sources": "the works, cited",
}
_ALSO = {"en": "Also called", "ko": "다른 이름"}
_SHOWN = {
    "figure": '![WRITE: what a reader who cannot see it should know](../assets/figures/NAME.svg "WRITE: what to see.")',
    "file": '```python title="snippets/schemes/NAME.py"\n--8<-- "snippets/schemes/NAME.py"\n```',
}


def files(name: str) -> dict[str, str]:
    """What a scheme begins as: texts by their path."""
    found = {
        f"snippets/schemes/{name}.py": _SCHEME,
        f"tests/schemes/test_{name}.py": _TEST,
        f"snippets/figures/schemes/{name}.py": _FIGURE,
    } | {f"docs/{language}/schemes/{name}.md": _page(language) for language in _SECTIONS}
    return {path: re.sub(r"\bNAME\b|(?<=_)NAME\b", name, text) for path, text in found.items()}


def _page(language: str) -> str:
    english = 'english: "000000000000"\n' if language == "ko" else ""
    front = "".join(f"{key}: '{MARK}'\n" for key in ("summary", "work", "models"))
    parts = [f"---\n{english}{front}---", f"# {MARK} {{ #NAME }}", f"{_ALSO[language]}: {MARK}\n{{ .also }}"]
    for heading in _SECTIONS[language].splitlines():
        id_ = pages.headings(heading)[0].id or ""
        parts += [heading, _SHOWN.get(id_) or f"{MARK} {_HINTS[id_]}"]
    return "\n\n".join(parts) + "\n"


def with_line(settings: str, name: str) -> str:
    """A configuration whose navigation lists the scheme below all others."""
    *_, last = re.finditer(r"^( +)- .+: schemes/\w+\.md\n", settings, re.MULTILINE)
    return f"{settings[: last.end()]}{last[1]}- {name}: schemes/{name}.md\n{settings[last.end() :]}"


def left(root: Path = ROOT) -> list[str]:
    """What is still to be written, each with the place of its mark."""
    found = []
    for folder in ("snippets/schemes", "tests/schemes", "snippets/figures/schemes", "docs/en", "docs/ko"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in {".py", ".md"}:
                lines = enumerate(path.read_text("utf-8").splitlines(), 1)
                where = path.relative_to(root).as_posix()
                found += [f"{where}, line {number}: {line.strip()}" for number, line in lines if MARK in line]
    return found


def begin(name: str, root: Path = ROOT) -> list[Path]:
    """Write the files of a new scheme. Raises ValueError for a name that Python cannot import or that is taken."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"a scheme is a module: small letters, digits and _, not {name!r}")
    paths = {root / path: text for path, text in files(name).items()}
    if taken := [path for path in paths if path.exists()]:
        raise ValueError(f"{name} has begun already: {taken[0]} exists")
    for path, text in paths.items():
        path.write_text(text, encoding="utf-8")
    for settings in (root / "mkdocs.yml", root / "mkdocs.ko.yml"):
        settings.write_text(with_line(settings.read_text("utf-8"), name), encoding="utf-8")
    return [*paths]


if __name__ == "__main__":
    parser = command("new", __doc__)
    parser.add_argument("kind", choices=["scheme"])
    parser.add_argument("name", metavar="NAME", help="of its file, as in snippets/schemes/NAME.py")
    asked = parser.parse_args()
    try:
        begun = begin(asked.name)
    except ValueError as error:
        parser.error(str(error))
    print(*map(pages.name, begun), sep="\n")
    print("\nNow: pytest -n 0 tests/test_new.py says what to write; then pytest says what other files need.")
