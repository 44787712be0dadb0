"""What a module is made from: itself, the modules of ``snippets`` it imports, in turn, and the files they read."""

import os
import re
from functools import lru_cache
from pathlib import Path

from tools import ROOT

_IMPORT = re.compile(r"^[ \t]*(?:from (snippets[\w.]*) import (\([^)]*\)|.*)|import (snippets[\w.]*))", re.MULTILINE)


def snippets() -> list[Path]:
    """Every file that a page or a figure may hang on besides pages."""
    return sorted(path for path in (ROOT / "snippets").rglob("*.*") if path.suffix != ".pyc" and path.is_file())


def of(module: Path) -> list[Path]:
    """Every file that ``module`` hangs on: imported modules, data files they name, results that stand beside them."""
    found, waiting = set(), [str(module)]
    while waiting:
        path = waiting.pop()
        if path in found or not os.path.isfile(path):
            continue
        found.add(path)
        if path.endswith(".py"):
            waiting += _named(path, os.stat(path).st_mtime_ns)
            waiting += _results(Path(path))
    return [*map(Path, sorted(found))]


def _results(module: Path) -> list[str]:
    folder = module.parent / "results"
    if not folder.is_dir():
        return []
    return [*map(str, (*folder.glob(f"{module.stem}*.json"), *folder.glob(f"{module.stem}/**/*.json")))]


@lru_cache(maxsize=1024)
def _named(path: str, changed: int) -> tuple[str, ...]:
    """The files that a module imports or reads; read once until it changes, since every figure of a build asks."""
    text, modules = Path(path).read_text("utf-8"), []
    for module, names, plain in _IMPORT.findall(text):  # to parse every module would take a tenth of a warm build
        each = re.sub("#.*", "", names).strip("()").split(",")
        modules += [module or plain, *(f"{module}.{name.split()[0]}" for name in each if name.strip())]
    files = [name.replace(".", "/") + ".py" for name in modules]
    files += re.findall(r"[\"'](snippets/[\w./-]+\.\w+)[\"']", text)
    return tuple(str(ROOT / name) for name in files)
