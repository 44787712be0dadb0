"""Letters say what they mean: those of the notation page, and those that the page of a scheme defines itself."""

import re

import pytest

from tools import LANGUAGES, ROOT, letters, pages

LINK = r'<span class="letter">\[\$(.+?)\$\]\((.+?)\)\{ aria-label="[^"]+" \}'
NOTE = re.compile(LINK + '<small class="reference-note">(.+?)</small></span>')
SOURCES = [
    f"{folder}/{path.name}" for folder in ("chapters", "schemes") for path in (ROOT / "docs/en" / folder).glob("*")
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("source", sorted(SOURCES))
def test_a_section_explains_a_letter_once_where_it_is_defined(source, language):
    text = (ROOT / "docs" / language / source).read_text("utf-8")
    shown, own = letters.explain(text, source, language), letters.in_list(text)
    for part in re.split(r"(?m)^(?=## )", shown):
        found = [letter for letter, _, _ in NOTE.findall(part)]
        assert len(found) == len(set(found)), f"{source}: a section explains {found}"
    for letter, where, said in NOTE.findall(shown):
        assert where == "#formula" if letter in own else where.startswith("../notation.md#"), f"{source}: {letter}"
        assert "[" not in re.sub(r"\$[^$]+\$", "", said), f"{source}: the note of {letter} holds a link: {said}"
    assert NOTE.sub(r"$\1$", shown) == text, f"{source}: more changed than letters"


def test_the_letters_of_the_notation_page_are_read_in_both_languages():
    for language in LANGUAGES:
        found = letters.in_tables(ROOT / f"docs/{language}/notation.md")
        assert set(letters.EVERYWHERE) <= set(found), f"{language}: not defined: {set(letters.EVERYWHERE) - set(found)}"
    assert letters.in_tables(ROOT / "docs/en/notation.md")["d_h"] == ("#shapes", "dimension of one head, $d/h$")


def test_the_definition_on_the_page_goes_before_that_of_the_notation_page():
    text = "# A { #a }\n\n## The formula { #formula }\n\n* $d_h$ is what turns [@a2020].\n\n"
    text += "## Use { #use }\n\nAn odd $d_h$, $d_h$.\n"
    shown = letters.explain(text, "schemes/rope.md", "en")
    assert NOTE.findall(shown) == [("d_h", "#formula", "$d_h$ is what turns.")]
    assert letters.explain(text, "answers.md", "en") == text


def test_what_stands_in_a_heading_a_table_a_link_or_code_is_left():
    text = "## $d_h$ { #a }\n\n| $d_h$ |\n\n[$d_h$](b.md) and `$d_h$`\n"
    assert letters.explain(text, "chapters/why-add.md", "en") == text
    assert pages.headings(text)[0].text


@pytest.mark.parametrize("source, other", letters.OTHERWISE.items())
def test_a_letter_that_a_page_uses_for_something_else_is_left(source, other):
    for language in LANGUAGES:
        text = (ROOT / "docs" / language / source).read_text("utf-8")
        assert all(f"${letter}$" in text for letter in other), f"{source} in {language} no longer uses {other}"
        explained = {letter for letter, _, _ in NOTE.findall(letters.explain(text, source, language))}
        assert not explained.intersection(other), f"{source} in {language}: {explained.intersection(other)}"
