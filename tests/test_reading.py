"""A chapter is read to its end: it is not too long, and no paragraph of it is a wall."""

import re

import pytest

from tools import LANGUAGES, ROOT, pages

WORDS = {"why-add": 4000}  # of prose, in English; other chapters
OTHERS = 4500
PARAGRAPH = 90
CHAPTERS = sorted(path.stem for path in (ROOT / "docs/en/chapters").glob("*.md"))


def paragraphs(text: str) -> list[str]:
    """Paragraphs and items of lists: no front matter, code, formula of its own, table, heading or figure."""
    text = "".join(
        piece if is_prose or (piece.startswith("`") and "\n" not in piece) else "\n\n"
        for is_prose, piece in pages.pieces(pages.front_matter(text)[1])
    )
    text = re.sub(r"\$\$.+?\$\$", "\n\n", text, flags=re.DOTALL)
    found = re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )", text)
    return [piece.strip() for piece in found if piece.strip() and piece.strip()[0] not in "#|!<"]


def words(paragraph: str) -> int:
    """How many words: without addresses and ids, a formula or a piece of code counting as one."""
    paragraph = re.sub(r"`[^`]*`|\$[^$]+\$", "x", paragraph)
    paragraph = re.sub(r"\{[^{}]*\}|\]\([^()]*\)|\[@[^\]]*\]", " ", paragraph)
    return len(re.findall(r"[\w][\w'’.,-]*", paragraph))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_is_no_longer_than_one_sitting(chapter):
    text = (ROOT / f"docs/en/chapters/{chapter}.md").read_text("utf-8")
    number, most = sum(map(words, paragraphs(text))), WORDS.get(chapter, OTHERS)
    assert number <= most, f"{chapter} has {number} words of prose, {most} are what a reader reads to the end"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_paragraph_is_a_wall(chapter, language):
    text = (ROOT / f"docs/{language}/chapters/{chapter}.md").read_text("utf-8")
    walls = [f"{words(p)} words: {p[:80]}…" for p in paragraphs(text) if words(p) > PARAGRAPH]
    assert not walls, f"paragraphs of more than {PARAGRAPH} words:\n" + "\n".join(walls)
