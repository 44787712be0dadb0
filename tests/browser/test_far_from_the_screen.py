"""What is far from the screen is not laid out, and no reader notices."""

import pytest
from visits import CHAPTER, visit, wait_until

from conftest import DESKTOP, PHONE

SIZES = pytest.mark.parametrize(
    "page", [{"viewport": v} for v in (DESKTOP, PHONE)], indirect=True, ids=["desktop", "phone"]
)
TOP = "id => document.getElementById(id).getBoundingClientRect().top"
FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
SKIPPED = """() => [...document.querySelectorAll('article *')]
  .filter(element => !element.checkVisibility({contentVisibilityAuto: true}) && element.checkVisibility()).length"""


@SIZES
def test_most_of_a_long_page_is_not_laid_out_at_first(page, server):
    visit(page, server + CHAPTER)
    skipped, all_of_it = page.evaluate(SKIPPED), page.locator("article *").count()
    assert skipped > all_of_it / 2, f"{skipped} of {all_of_it} elements are left for later"


@SIZES
@pytest.mark.parametrize("id_", ["concatenate", "four-terms", "tupe-deberta"])
def test_a_link_to_a_heading_leads_to_it_below_the_header_and_stays(page, server, id_):
    visit(page, f"{server}{CHAPTER}#{id_}")
    header = page.evaluate("document.querySelector('.md-header').offsetHeight")
    wait_until(page, f"({TOP})('{id_}') >= {header} && ({TOP})('{id_}') < {header + 60}")
    page.wait_for_timeout(200)
    assert header <= page.evaluate(TOP, id_) < header + 60, "the heading has moved since"


@SIZES
def test_whoever_moves_is_not_taken_back_to_the_heading(page, server):
    visit(page, f"{server}{CHAPTER}#four-terms")
    page.wait_for_timeout(200)
    page.mouse.move(200, 400)
    page.mouse.wheel(0, 150)
    wait_until(page, f"({TOP})('four-terms') < 0")
    page.wait_for_timeout(300)
    assert page.evaluate(TOP, "four-terms") < 0


def test_nothing_moves_when_the_pointer_comes_to_a_block(page, server):
    """A button that moves between press and release is not pressed."""
    visit(page, server + CHAPTER)
    blocks = page.locator("article > .highlight")
    edges = (
        "block => [block, block.querySelector('pre'), block.nextElementSibling].map(e => e.getBoundingClientRect().y)"
    )
    for number in range(0, blocks.count(), 6):
        block = blocks.nth(number)
        block.scroll_into_view_if_needed()
        page.mouse.move(2, 2)
        page.evaluate(FRAMES)
        before = block.evaluate(edges)
        block.hover()
        page.evaluate(FRAMES)
        assert block.evaluate(edges) == before, f"block {number} moves: its edges were at {before}"


def test_a_page_is_printed_whole(page, server):
    visit(page, server + CHAPTER)
    page.emulate_media(media="print")
    wait_until(page, f"!({SKIPPED})()")
