"""The text is the one its card describes."""

import hashlib
import re
from pathlib import Path

FOLDER = Path("snippets/data")
TEXT = (FOLDER / "alice.txt").read_text("ascii")


def test_the_checksum_is_that_of_the_card():
    stated = re.findall(r"`([0-9a-f]{64})`", (FOLDER / "alice.md").read_text("utf-8"))
    assert stated == [hashlib.sha256((FOLDER / "alice.txt").read_bytes()).hexdigest()]


def test_it_holds_twelve_chapters_and_no_header():
    assert len(re.findall(r"^ *CHAPTER [IVX]+", TEXT, re.MULTILINE)) == 12
    assert TEXT.startswith("[Alice's Adventures in Wonderland by Lewis Carroll 1865]\n")
    assert "happy summer days" in TEXT[-200:]
    assert "Gutenberg" not in TEXT
