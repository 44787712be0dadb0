"""What the home page says of the whole site is counted, and is what another count finds."""

import re
import subprocess

import pytest

from snippets import catalogue
from tools import LANGUAGES, ROOT, counts, figures, pages

KINDS = ("schemes", "claims", "false", "blocks", "figures", "languages")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_home_page_shows_the_counts_and_none_is_typed(language):
    text = (ROOT / f"docs/{language}/index.md").read_text("utf-8")
    assert text.count(counts.PLACE) == 1, f"docs/{language}/index.md does not ask for its counts"
    shown = [int(number) for number in re.findall(r"\*\*(\d+)\*\*", counts.listing(language))]
    assert shown == [counts.counts(language)[kind] for kind in KINDS], f"the home page shows {shown}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_counts_are_what_another_count_finds(language):
    found = counts.counts(language)
    texts = [path.read_text("utf-8") for path in pages.markdown(language)]
    verdicts = re.findall(r"\{ #claim-\d+ \.(\w+) \}", "\n".join(texts))
    assert found["schemes"] == len(catalogue.NAMES)
    assert (found["claims"], found["false"]) == (len(verdicts), verdicts.count("false")), f"claims: {found}"
    grep = subprocess.run(["grep", "-rhcE", "^ *```python$", ROOT / "docs" / language], capture_output=True, text=True)
    assert found["blocks"] == sum(map(int, grep.stdout.split())), "a block that runs is not counted"
    assert found["figures"] == len({name for text in texts for name in figures.shown(text)})
    assert found["languages"] == sum(path.is_dir() for path in (ROOT / "docs").glob("??"))


def test_both_languages_count_the_same():
    english, korean = (counts.counts(language) for language in ("en", "ko"))
    assert english == korean, f"a translation lacks something: {english} and {korean}"
