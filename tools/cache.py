"""What code finds out is kept in ``.cache`` until a file it comes from changes."""

import hashlib
import json
from pathlib import Path

from tools import ROOT, figures, write_whole


def key(module: Path) -> str:
    """A hash of everything that ``module`` is made from."""
    return hashlib.sha256(b"".join(file.read_bytes() for file in figures.sources_of(module))).hexdigest()[:16]


def known(name: str, module: Path):
    """What ``remembered`` kept under ``name``, or None if anything it came from has changed."""
    path = ROOT / f".cache/{name}.json"
    stored = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return stored.get("value") if stored.get("key") == key(module) else None


def remembered(name: str, module: Path, make):
    """``make()``, which must be JSON, or what it gave last time if nothing that ``module`` is made from has changed.

    ``make`` finds the snippets as they are now, whatever was imported before.
    """
    value = known(name, module)
    if value is None:
        before = key(module)
        figures.forget_snippets()
        value = make()
        write_whole(ROOT / f".cache/{name}.json", json.dumps({"key": before, "value": value}))
    return value
