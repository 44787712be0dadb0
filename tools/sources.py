"""What a module is made from: itself, the modules of ``snippets`` it imports, in turn, and the files they read."""

import re
from functools import lru_cache
from pathlib import Path

from tools import ROOT

_IMPORT = re.compile(r"^[ \t]*(?:from (snippets[\w.]*) import (\([^)]*\)|.*)|import (snippets[\w.]*))", re.MULTILINE)


def of(module: Path) -> list[Path]:
    """Every file that ``module`` hangs on: imported modules, data files they name, results that stand beside them."""
    found, waiting = set(), [module]
    while waiting:
        path = waiting.pop()
        if path in found or not path.is_file():
            continue
        found.add(path)
        if path.suffix == ".py":
            waiting += [ROOT / name for name in _named(path, path.stat().st_mtime_ns)]
            waiting += path.parent.glob(f"results/{path.stem}*.json")
            waiting += path.parent.glob(f"results/{path.stem}/**/*.json")
    return sorted(found)


@lru_cache(maxsize=1024)
def _named(path: Path, changed: int) -> tuple[str, ...]:
    """The files that a module imports or reads; read once until it changes, since every figure of a build asks."""
    text, modules = path.read_text("utf-8"), []
    for module, names, plain in _IMPORT.findall(text):  # to parse every module would take a tenth of a warm build
        each = re.sub("#.*", "", names).strip("()").split(",")
        modules += [module or plain, *(f"{module}.{name.split()[0]}" for name in each if name.strip())]
    imported = (name.replace(".", "/") + ".py" for name in modules)
    return *imported, *re.findall(r"[\"'](snippets/[\w./-]+\.\w+)[\"']", text)
