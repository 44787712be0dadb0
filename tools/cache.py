"""What code finds out is kept in ``.cache`` until a file it comes from changes."""

import hashlib
import json
from pathlib import Path

from tools import ROOT, figures


def remembered(name: str, module: Path, make):
    """``make()``, which must be JSON, or what it gave last time if nothing that ``module`` is made from has changed.

    ``make`` finds the snippets as they are now, whatever was imported before.
    """
    path = ROOT / f".cache/{name}.json"
    key = hashlib.sha256(b"".join(file.read_bytes() for file in figures.sources_of(module))).hexdigest()[:16]
    stored = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    if stored.get("key") != key:
        figures.forget_snippets()
        stored = {"key": key, "value": make()}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(stored), encoding="utf-8")
    return stored["value"]
