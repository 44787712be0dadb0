"""A measured number in prose is printed by a block on that page, or stands in a paragraph with a citation."""

import re

import pytest

from tools import LANGUAGES, pages

PAGES = [path for language in LANGUAGES for path in pages.markdown(language)]
NUMBER = re.compile(
    r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![\w.,-])\d+\.\d+(?!\w|\.\d)|(?<![\w.,-])\d+(?:\.\d+)?(?= ?%)"
)

# Not measured, so neither printed nor cited. Keep this list short.
EXCEPTIONS = {
    "4.0": "the licence CC BY 4.0",
    "3.11": "the oldest Python the site runs on",
}


def unbacked(text: str) -> list[str]:
    """Numbers in the prose of ``text`` that no block prints and no citation covers."""
    printed = " ".join(fence.body for fence in pages.fences(text) if fence.expected)
    printed_numbers = {float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?(?:e[+-]\d+)?", printed)}
    missing = []
    for paragraph in re.split(r"\n\s*\n", pages.prose(text)):
        if "[@" in paragraph:
            continue
        for match in NUMBER.finditer(paragraph):
            number, value = match.group(), float(match.group().replace(",", ""))
            percent = paragraph[match.end() :].lstrip(" ").startswith("%")
            shown = {value, round(value / 100, 12)} if percent else {value}
            if number not in EXCEPTIONS and not shown & printed_numbers:
                missing.append(number)
    return missing


@pytest.mark.parametrize("path", PAGES, ids=pages.name)
def test_every_number_in_prose_is_printed_or_cited(path):
    numbers = unbacked(path.read_text("utf-8"))
    assert not numbers, f"{pages.name(path)}: no block prints and no citation covers {', '.join(numbers)}"


PRINTED = f"```python\nprint(0.375)\n```\n{pages.EXPECTED}\n```text\n0.375 124,439,808\n```\n"


@pytest.mark.parametrize(
    ("prose", "numbers"),
    [
        ("It reads 37.5 % of them.", []),
        ("It reads 37.6 % of them.", ["37.6"]),
        ("It reads 0.375 of them, of 124,439,808.", []),
        ("It has 124,439,809 of them.", ["124,439,809"]),
        ("Table 3 says 25.8 [@vaswani2017, Table 3].", []),
        ("Table 3 says 25.8.", ["25.8"]),
        ("In math $0.25$ and code `0.25` it is free.", []),
    ],
)
def test_a_number_typed_by_hand_is_found(prose, numbers):
    assert unbacked(prose + "\n\n" + PRINTED) == numbers
