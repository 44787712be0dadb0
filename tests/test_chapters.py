"""What the build adds to a chapter: counted from its own text, its ledger and what comes next, in both languages."""

import re

import pytest
from mkdocs.exceptions import PluginError

from tools import LANGUAGES, ROOT, cards, chapters, claims, figures, languages, pages, serve

CHAPTERS = [path for language in LANGUAGES for path in sorted((ROOT / "docs" / language / "chapters").glob("*.md"))]
TEXT = "# A { #a }\n\nSome words.\n\n## Claims { #claims }\n\n"


def dressed(path):
    language, text = path.relative_to(ROOT / "docs").parts[0], path.read_text("utf-8")
    body = pages.front_matter(text)[1]
    return language, body, chapters.dress(body, f"chapters/{path.name}", language)


def facts(markdown: str) -> str:
    return re.search(r"^# .+\n\n(.+)\n\{ \.facts \}$", markdown, re.MULTILINE)[1]


@pytest.mark.parametrize("path", CHAPTERS, ids=pages.name)
def test_a_chapter_says_below_its_title_how_much_it_holds(path):
    language, text, shown = dressed(path)
    said = re.sub(r"(?<=\d),(?=\d)", "", facts(shown)).replace("1분에", "")
    minutes, count = chapters.minutes(text, language)
    numbers = [*map(int, re.findall(r"\d+", said))]
    blocks = sum(fence.runnable for fence in pages.fences(text))
    held = [minutes, count, chapters.PER_MINUTE[language], *filter(None, (len(figures.shown(text)), blocks))]
    own, last = chapters.number(f"chapters/{path.name}", language)
    assert numbers[-len(held) :] == held, f"{pages.name(path)} says {said!r} of itself, but it holds {held}"
    assert sorted(numbers[: -len(held)]) == ([own, last] if own else []), f"{pages.name(path)} says it is {said!r}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_chapters_are_numbered_by_their_titles_in_the_navigation(language):
    listed = [address for _, address in languages.chapters(language)]
    numbers = [chapters.number(address.rstrip("/") + ".md", language)[0] for address in listed]
    numbered = [number for number in numbers if number]
    assert numbered == list(range(1, len(numbered) + 1)), f"the navigation numbers its chapters {numbers}"
    texts = cards.texts(language)
    for address, number in zip(listed, numbers, strict=True):
        above = texts["chapters-" + address.split("/")[1]][0]
        assert re.findall(r"\d+", above) == [str(number)] * bool(number), f"the card of {address} says {above!r}"


def test_reading_is_counted_by_words_and_in_korean_by_characters():
    text = "# A\n\n" + "word " * 439 + "\n\n```python\nprint('not counted')\n```\n\n$x^2$ and `code`.\n"
    assert chapters.minutes(text, "en") == (2, 441)
    assert chapters.minutes("가나 다라 " * 250, "ko") == (2, 1000)


@pytest.mark.parametrize("path", CHAPTERS, ids=pages.name)
def test_claims_settled_in_a_chapter_stand_there_with_their_verdicts(path):
    language, text, shown = dressed(path)
    ledger = {e.number: e for e in claims.entries((ROOT / f"docs/{language}/claims.md").read_text("utf-8"))}
    section = re.search(r"^## [^\n]*\{ #claims\b.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    settled = [int(n) for n in re.findall(r"claims\.md#claim-(\d+)", section[0])] if section else []
    for number in settled:
        entry = ledger[number]
        row = f"* {claims.badge(entry.verdict, language)} [{entry.text}](../claims.md#claim-{number})"
        assert row in shown, f"{pages.name(path)} does not show that claim {number} is {entry.verdict}"
    assert shown.count('<strong class="verdict') == len(settled)


def test_what_else_stands_in_the_section_on_claims_is_kept():
    text = TEXT + "[a](../claims.md#claim-1),\n[b](../claims.md#claim-2): verdicts.\n\nA sentence of its own."
    shown = chapters.dress(text + "\n## Last { #last }\n", "chapters/why-add.md", "en")
    assert "A sentence of its own." in shown and ": verdicts." not in shown
    assert shown.count('<strong class="verdict') == 2 and "## Last { #last }" in shown


def test_a_claim_that_the_ledger_does_not_have_stops_the_build():
    with pytest.raises(PluginError, match=r"chapters/why-add\.md: the ledger has no claim 999"):
        chapters.dress(TEXT + "[a](../claims.md#claim-999)", "chapters/why-add.md", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chapter_ends_with_the_next_one_and_the_last_with_the_schemes(language):
    listed = languages.chapters(language)
    for place, (_, address) in enumerate(listed):
        source = address.rstrip("/") + ".md"
        end = chapters.dress(TEXT + "x", source, language).rpartition('<div class="next"')[2]
        if place + 1 == len(listed):
            assert "](../schemes/index.md)**" in end, f"{source} does not lead to the schemes"
        else:
            title, following = listed[place + 1]
            file = f"{following.split('/')[1]}.md"
            about = re.search(
                r"^description: (.+)$", (ROOT / f"docs/{language}/chapters/{file}").read_text("utf-8"), re.M
            )
            assert f"**[{title}]({file})**" in end, f"{source} does not lead to {file}"
            assert about and about[1] in end, f"{source} does not say what {file} is about"


def test_a_chapter_is_rendered_again_when_a_page_it_quotes_changes():
    for folder in (ROOT / "docs" / language for language in LANGUAGES):
        first, second = (folder / f"{address.rstrip('/')}.md" for _, address in languages.chapters(folder.name)[:2])
        assert first in serve.touched({folder / "claims.md"}), "its verdicts would be old"
        assert first in serve.touched({second}), "its card of the next chapter would be old"
