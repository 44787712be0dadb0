"""A link to a page that is sent to somebody shows a card with the page's title."""

import io

import pytest
from PIL import Image

from tools import LANGUAGES, ROOT, cards, pages


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_a_card_that_is_made(language):
    made = cards.files(language)
    folder = ROOT / "docs" / language
    for path in [*pages.markdown(language), *pages.labs(language)]:
        address = cards.address(path.relative_to(folder).as_posix(), language)
        assert address in made, f"no card is drawn for {pages.name(path)}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_is_small_and_of_the_size_that_previews_want(language):
    for address, picture in cards.files(language).items():
        assert Image.open(io.BytesIO(picture)).size == (1200, 630)
        assert len(picture) <= 60_000, f"{address} has {len(picture)} bytes"


def test_cards_differ_by_page_and_language():
    made = [picture for language in LANGUAGES for picture in cards.files(language).values()]
    assert len(made) == len(set(made)) > 60


def test_a_scheme_is_shown_with_its_summary_and_a_chapter_with_its_number():
    assert cards.texts("ko")["schemes-rope"][1] == "RoPE" and cards.texts("ko")["schemes-rope"][2]
    assert cards.texts("en")["chapters-why-add"][0].endswith("Chapter 1")
    assert cards.texts("ko")["chapters-why-add"][0].endswith("1장")


def test_a_card_is_the_same_bytes_each_time():
    lines = cards.texts("ko")["schemes-yarn"]
    assert cards.draw("yarn", *lines) == cards.files("ko")["assets/og/ko/schemes-yarn.png"]


def test_no_line_of_a_card_runs_over_its_edge():
    for language in LANGUAGES:
        for name, (_, title, below) in cards.texts(language).items():
            assert len(cards._wrapped(title, 40, 1)) <= 2, f"the title of {name} is too long for its card"
            assert len(cards._wrapped(below, 25, 0)) <= 3, f"the summary of {name} is too long for its card"
