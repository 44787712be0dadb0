"""What takes long to make is kept in ``.cache`` until something that it is made from changes.

Each value has a file of its own: a line with the key it was made for and the hash of what follows, then JSON. A file
that does not hold what it says is made again, and said so.
"""

import hashlib
import json
import logging
import os
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from tools import ROOT, write_whole

FOLDER = ROOT / ".cache"
NOW: dict = {}  # by name: what one build has already read, or what it shows of a thing that is still being made
_log = logging.getLogger("mkdocs.positions")
_version = lru_cache(maxsize=None)(version)


def key(files, packages: tuple[str, ...] = (), *more: str) -> str:
    """A hash of the names and contents of ``files``, the versions of ``packages``, and ``more``."""
    digest = hashlib.sha256("\0".join([*(f"{name} {_version(name)}" for name in packages), *more]).encode())
    here = f"{ROOT}{os.sep}"
    for path in files:
        name = str(path)
        name = name.removeprefix(here) if name.startswith(here) else path.name
        digest.update(f"\0{name}\0{hash_of(path)}".encode())
    return digest.hexdigest()[:24]


def hash_of(path: Path) -> str:
    """Of what a file holds; read once until the file changes."""
    stat = path.stat()
    return _hash_of(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4096)
def _hash_of(path: Path, changed: int, size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def known(name: str, key: str):
    """What was kept under ``name`` if it was made for ``key``; else None."""
    path = FOLDER / f"{name}.json"
    try:
        head, _, body = path.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    made_for, _, digest = head.decode("utf-8", "replace").partition(" ")
    if made_for == key and digest == _digest(body):
        return json.loads(body)
    if digest != _digest(body):
        _log.info(f".cache/{name}.json is damaged or not of this build: it is made again")
    return None


def keep(name: str, key: str, value) -> None:
    """Keep ``value``, which must be JSON, until the key changes."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    write_whole(FOLDER / f"{name}.json", f"{key} {_digest(body.encode())}\n{body}")


def remembered(name: str, key, make):
    """``make()``, or what it gave last time for the same ``key()``, which may change while it is made."""
    if name in NOW:
        return NOW[name]
    before = key()
    value = known(name, before)
    if value is None:
        value = make()
        if key() != before:
            return remembered(name, key, make)
        keep(name, before, value)
    return value


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:24]
