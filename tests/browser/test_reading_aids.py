"""What helps a reader along: figures that open large, notes of their own form, the way through a chapter."""

import pytest
from visits import CHAPTER, dark, shown, visit

from conftest import DESKTOP, PHONE

SIZES = pytest.mark.parametrize(
    "page", [{"viewport": v} for v in (DESKTOP, PHONE)], indirect=True, ids=["desktop", "phone"]
)
WITHOUT = pytest.mark.parametrize(
    "page", [{"java_script_enabled": False}, {}], indirect=True, ids=["no JavaScript", "JavaScript"]
)


@WITHOUT
def test_a_figure_opens_large_and_gives_the_focus_back(page, server):
    page.goto(server + CHAPTER)
    figure = page.locator("figure.figure").nth(1)
    button, large = figure.locator(".open"), figure.locator(".large")
    assert not large.is_visible()
    small = figure.locator("> p img").first.bounding_box()
    button.click(position={"x": small["width"] / 2, "y": small["height"] / 2})
    large.wait_for(state="visible")
    assert large.locator("img").first.bounding_box()["width"] > small["width"]
    page.keyboard.press("Escape")
    large.wait_for(state="hidden")
    assert button.evaluate("e => e === document.activeElement"), "the focus is not where it was"
    page.keyboard.press("Enter")
    large.wait_for(state="visible")
    page.keyboard.press("Enter")  # the button that closes has the focus
    large.wait_for(state="hidden")
    assert button.evaluate("e => e === document.activeElement"), "the focus is not where it was"


@pytest.mark.parametrize("palette", ["light", "dark"])
def test_a_large_figure_has_the_colours_of_the_page(page, server, palette):
    visit(page, server + "ko/schemes/rope/")
    if palette == "dark":
        dark(page)
    page.locator(".open").first.click()
    page.locator(".large").first.wait_for(state="visible")
    images = (
        page.locator(".large")
        .first.locator("img")
        .evaluate_all("all => all.filter(e => e.checkVisibility()).map(e => e.src.split('#')[1])")
    )
    assert images == [f"only-{palette}"]


@pytest.mark.parametrize("width", [1280, 1920, 2560])
@pytest.mark.parametrize("address", ["", "schemes/", CHAPTER])
def test_a_figure_is_never_wider_than_it_was_drawn(page, server, address, width):
    page.set_viewport_size({"width": width, "height": 900})
    visit(page, server + address)
    wide = page.locator(".figure > p img").evaluate_all(
        "all => all.filter(e => e.clientWidth > e.getAttribute('width')).map(e => [e.src, e.clientWidth])"
    )
    assert page.locator(".figure > p img").count() and not wide, f"drawn narrower than shown: {wide}"
    long = page.locator("article > p, figcaption").evaluate_all(
        "all => all.filter(e => e.clientWidth > 37.5 * parseFloat(getComputedStyle(document.documentElement).fontSize))"
        ".map(e => e.textContent.slice(0, 60))"
    )
    assert not long, f"lines are too long to be read: {long}"


LIMITS = """() => {
  document.querySelector('article .answer').insertAdjacentHTML('afterend',
    '<p class="limits" role="note" id="probe"><strong>What this does not show.</strong> How far it goes.</p>')
  const look = e => { const s = getComputedStyle(e); return [s.borderStyle, s.color, s.fontSize].join() }
  return ['#probe', '.answer', 'article > p:not([class])'].map(s => look(document.querySelector(s)))
}"""


@SIZES
def test_what_a_block_does_not_show_looks_like_nothing_else_and_is_printed(page, server):
    visit(page, server + CHAPTER)
    limits, *others = page.evaluate(LIMITS)
    assert limits not in others, "it looks like the text around it"
    page.emulate_media(media="print")
    assert shown(page, "#probe") == ["limits"], "it is not printed"
    assert "dashed" in page.evaluate("getComputedStyle(document.querySelector('#probe')).borderStyle")


@WITHOUT
def test_a_lab_shows_an_output_when_it_is_opened_and_prints_all(page, server):
    page.goto(server + "labs/turn-rope-by-hand/")
    folded = page.locator("details.guess").first
    output = folded.locator(".lab-output").first
    assert not output.is_visible(), "the output stands there before the reader has guessed"
    folded.locator("summary").focus()
    page.keyboard.press("Enter")
    output.wait_for(state="visible")
    page.emulate_media(media="print")
    hidden = page.locator("details.guess .lab-output").evaluate_all(
        "all => all.filter(e => !e.checkVisibility({contentVisibilityAuto: true})).length"
    )
    assert not hidden, f"{hidden} outputs are not printed"


@pytest.mark.parametrize("address", ["", "ko/"])
def test_the_first_screen_of_the_home_page_holds_the_ways_in_the_counts_and_the_four_questions(page, server, address):
    page.set_viewport_size({"width": 1280, "height": 800})
    visit(page, server + address)
    held = {"way in": ".hero .md-button", "count": ".counts li", "figure": ".hero .figure", "question": ".questions p"}
    for what, selector in held.items():
        ends = page.locator(selector).evaluate_all("all => all.map(e => e.getBoundingClientRect().bottom)")
        assert ends and max(ends) <= 800, f"a {what} ends {max(ends, default=0):.0f} pixels below the top"
    page.set_viewport_size(PHONE)
    starts = page.locator(".questions h3").evaluate_all("all => all.map(e => e.getBoundingClientRect().top)")
    assert len(starts) == 4 and starts[0] <= 1.5 * PHONE["height"], "one flick does not lead to the questions"
    assert max(starts) <= 2.5 * PHONE["height"]
