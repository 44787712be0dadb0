"""Expected outputs: ``python -m tools.outputs`` runs every block and rewrites what it prints, in both languages.

The tests only compare (pytest-codeblocks does); this is the one command that writes. With ``--new`` it runs what the
last commit does not have: the hook of a commit has seconds, not minutes.
"""

import contextlib
import io
import random
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import torch

from tools import ROOT, command, pages


def reset() -> None:
    """The state each block starts from, as in a process of its own: seeds, default dtype, settings."""
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float32)
    torch.set_printoptions(profile="default")
    matplotlib.rcdefaults()


def run(code: str) -> str:
    """What a block prints."""
    reset()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "<block>", "exec"), {"__MODULE__": "__main__"})
    return printed.getvalue()


def outputs(text: str) -> list[tuple[pages.Fence, pages.Fence]]:
    """Each block of a page that runs, with its expected output."""
    found, block = [], None
    for fence in pages.fences(text):
        if fence.runnable:
            block = fence
        elif fence.expected and block is not None:
            found.append((block, fence))
    return found


def committed(path: Path) -> str:
    """A page as the last commit has it; empty if it has no such page."""
    asked = ["git", "show", f"HEAD:./{path.name}"]
    return subprocess.run(asked, cwd=path.parent, capture_output=True, encoding="utf-8").stdout


def rewrite(path: Path, before: str = "") -> int:
    """Rewrite the expected outputs of one page; the number of those that changed. What ``before`` has is not run."""
    text = path.read_text(encoding="utf-8")
    lines, changed, edits = text.split("\n"), 0, []
    known = {(block.body, output.body) for block, output in outputs(before)}
    for block, fence in outputs(text):
        if (block.body, fence.body) not in known:
            try:
                printed = run(block.body)
            except Exception as error:
                raise RuntimeError(f"{pages.name(path)}, line {block.line}: {type(error).__name__}: {error}") from error
            if printed != fence.body:
                edits.append((fence.line, fence.end - 1, printed.rstrip("\n").split("\n")))
                changed += 1
    for start, end, new in reversed(edits):
        lines[start:end] = new
    if changed:
        path.write_text("\n".join(lines), encoding="utf-8")
    return changed


def main() -> None:
    parser = command("outputs", __doc__)
    parser.add_argument("pages", nargs="*", type=Path, metavar="PAGE.md", help="all pages if none is named")
    parser.add_argument("--new", action="store_true", help="only blocks that the last commit does not have")
    every = [*pages.markdown("en"), *pages.markdown("ko"), ROOT / "README.md"]
    sys.path.insert(0, str(ROOT))
    asked = parser.parse_args()
    for path in [path.resolve() for path in asked.pages] or every:
        if changed := rewrite(path, committed(path) if asked.new else ""):
            print(f"{pages.name(path)}: {changed} expected output{'s' * (changed > 1)} rewritten")


if __name__ == "__main__":
    main()
