"""What the build and the tests need beyond MkDocs; the site's readers need none of it."""

import argparse
import os
import re
import tempfile
from multiprocessing import parent_process
from pathlib import Path
from threading import Thread

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("en", "ko")


def command(name: str, doc: str) -> argparse.ArgumentParser:
    """The command line of ``python -m tools.NAME``, which says what its module says of itself."""
    shape = argparse.RawDescriptionHelpFormatter
    return argparse.ArgumentParser(prog=f"python -m tools.{name}", description=doc, formatter_class=shape)


def find(pattern: str | re.Pattern, text: str) -> re.Match:
    """The first match of ``pattern`` in ``text``, which must have one. Raises LookupError, naming both, if not."""
    match = re.search(pattern, text)
    if match is None:
        start = text if len(text) < 200 else f"{text[:200]}…"
        raise LookupError(f"nothing matches {re.compile(pattern).pattern!r} in {start!r}")
    return match


def end_with_parent() -> None:
    """Let this process end when the one that asked for it has, however it did: a pool waits for ever otherwise."""
    if parent := parent_process():
        Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()


def write_whole(path: Path, text: str) -> None:
    """Write ``text`` so that another process sees the file as it was or as it will be, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(part, 0o644)
        os.replace(part, path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
