"""The text the small models read is the one its card describes."""

import hashlib
import re
from pathlib import Path

FOLDER = Path("snippets/data")


def test_the_checksum_is_that_of_the_card():
    stated = re.findall(r"`([0-9a-f]{64})`", (FOLDER / "persuasion.md").read_text("utf-8"))
    assert hashlib.sha256((FOLDER / "persuasion.txt").read_bytes()).hexdigest() == stated[1]


def test_it_is_eleven_chapters_of_plain_ascii():
    text = (FOLDER / "persuasion.txt").read_text("ascii")
    assert [int(n) for n in re.findall(r"^Chapter (\d+)$", text, re.MULTILINE)] == list(range(1, 12))
    assert len(text) < 200_000
