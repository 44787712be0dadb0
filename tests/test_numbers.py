"""A number in prose is printed by a block on that page, or the citation beside it says where it stands."""

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
    "150,000": "the base that GptOssConfig of transformers has",
    "1,000,000": "the base that CwmConfig of transformers has",
    "12,000,000": "the base that ApertusConfig of transformers has",
}


# "§3.2", "Theorem 6.1", "식 3.4": the number of a place in a work, not a measured one.
PLACE = re.compile(
    r"(?:§|§ |\b(?:[Ss]ections?|[Tt]ables?|[Ff]igures?|[Ee]quations?|[Pp]ropositions?|[Tt]heorems?|[Aa]ppendix) "
    r"|(?:절|표|그림|식|명제|정리|부록) )$"
)
CITED = re.compile(r"\[(@[^\]]+)\]")
BETWEEN = re.compile(r"\n\s*\n|\n(?=\s*(?:[*+-]|\d{1,2}\.) )")  # paragraphs, and items of a list


def source(paragraph: str, place: int) -> re.Match | None:
    """The citation that backs what stands at ``place``: the next one in the paragraph, or the last before it."""
    found = list(CITED.finditer(paragraph))
    return next((match for match in found if match.start() > place), found[-1] if found else None)


def unbacked(text: str) -> list[str]:
    """Numbers in the prose of ``text`` that no block prints and no place in a cited work covers."""
    printed = " ".join(fence.body for fence in pages.fences(text) if fence.expected)
    printed_numbers = {float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?(?:e[+-]\d+)?", printed)}
    missing = []
    for paragraph in BETWEEN.split(pages.prose(text)):
        for match in NUMBER.finditer(CITED.sub(lambda cited: "[" + "@" * (len(cited[0]) - 2) + "]", paragraph)):
            number, value = match.group(), float(match.group().replace(",", ""))
            percent = paragraph[match.end() :].lstrip(" ").startswith("%")
            shown = {value, round(value / 100, 12)} if percent else {value}
            if number in EXCEPTIONS or shown & printed_numbers or PLACE.search(paragraph[: match.start()]):
                continue
            cited = source(paragraph, match.start())
            without = [work.strip() for work in cited[1].split(";") if "," not in work] if cited else []
            if cited is None:
                missing.append(number)
            elif without:
                missing.append(f"{number} (where in {', '.join(without)}? Write the table, figure or section)")
    return missing


@pytest.mark.parametrize("path", PAGES, ids=pages.name)
def test_every_number_in_prose_is_printed_or_cited(path):
    numbers = unbacked(path.read_text("utf-8"))
    assert not numbers, f"{pages.name(path)}: no block prints and no place in a cited work covers {', '.join(numbers)}"


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
        ("It has 25.8 [@vaswani2017].", ["25.8 (where in @vaswani2017? Write the table, figure or section)"]),
        ("It has 25.8, 4.92 [@ke2021, §2; @press2022, Table 2], unlike RoPE [@su2021].", []),
        ("RoPE [@su2021] has 27.5.", ["27.5 (where in @su2021? Write the table, figure or section)"]),
        ("RoPE [@su2021] has 27.5 [@su2021, Table 1].", []),
        ("Theorem 6.1 and §3.2 of [@su2021] are for two.", []),
        ("* It has 25.8.\n* RoPE has 27.5 [@su2021, Table 1].", ["25.8"]),
        ("1. RoPE has 27.5\n   at 512 [@su2021, Table 1].\n2. It has 25.8.", ["25.8"]),
        ("In math $0.25$ and code `0.25` it is free.", []),
    ],
)
def test_a_number_typed_by_hand_is_found(prose, numbers):
    assert unbacked(prose + "\n\n" + PRINTED) == numbers
