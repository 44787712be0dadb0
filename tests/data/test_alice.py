"""The text is the one its card describes."""

import hashlib
import re
from pathlib import Path

FOLDER = Path("snippets/data")
TEXT = (FOLDER / "alice.txt").read_text("ascii")


def test_the_checksum_is_that_of_the_card():
    stated = re.findall(r"`([0-9a-f]{64})`", (FOLDER / "alice.md").read_text("utf-8"))
    assert stated[1] == hashlib.sha256((FOLDER / "alice.txt").read_bytes()).hexdigest()


def test_it_holds_three_whole_chapters_and_no_header():
    assert re.findall(r"^CHAPTER (\w+)\.", TEXT, re.MULTILINE) == ["I", "II", "III"]
    assert TEXT.startswith("[Alice's Adventures in Wonderland by Lewis Carroll 1865]\n")
    assert TEXT.endswith("finish his story.\n")
    assert "Gutenberg" not in TEXT
