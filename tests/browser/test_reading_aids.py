"""What helps a reader along: figures that open large, notes of their own form, the way through a chapter."""

import pytest
from visits import CHAPTER, PAINTED, add_style, dark, shown, visit, wait_until

from conftest import DESKTOP, PATIENCE, PHONE

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


@pytest.mark.parametrize("address", [CHAPTER, "ko/schemes/rope/"])
@pytest.mark.parametrize(
    "page",
    [{"viewport": PHONE, "java_script_enabled": False}, {"viewport": PHONE}],
    indirect=True,
    ids=["no JavaScript", "JavaScript"],
)
def test_on_a_phone_every_section_is_one_tap_away(page, server, address):
    page.goto(server + address)
    bar, links = page.locator(".sections"), page.locator(".sections a")
    rail = page.locator(".md-sidebar--secondary .md-nav__link:not(label)").evaluate_all("all => all.map(a => a.hash)")
    assert links.evaluate_all("all => all.map(a => a.hash)") == rail, "the bar and the rail list other sections"
    assert bar.locator("summary").inner_text().strip() == ("이 페이지의 내용" if "ko" in address else "On this page")
    page.evaluate("scrollTo(0, 3000)")
    page.wait_for_timeout(200)
    header = page.locator(".md-header").bounding_box()
    box = bar.bounding_box()
    assert abs(box["y"] - header["height"]) <= 1 and box["height"] <= 40, f"the bar stands at {box}"
    bar.locator("summary").click()
    target = links.nth(len(rail) // 2)
    target.wait_for(state="visible")
    target.click()
    heading = page.locator(rail[len(rail) // 2])
    tops = []
    for _ in range(PATIENCE // 500):  # what is far from the screen is laid out first
        page.wait_for_timeout(500)
        tops.append(heading.bounding_box()["y"])
        if box["y"] + box["height"] <= tops[-1] < 200:
            return
    raise AssertionError(f"the link leads to a heading at {tops[-1]:.0f}")


@pytest.mark.parametrize("page", [{"viewport": PHONE}], indirect=True, ids=["phone"])
def test_the_bar_names_the_section_that_is_read_and_closes_after_a_choice(page, server):
    visit(page, server + "schemes/rope/")
    name, links = page.locator(".sections summary"), page.locator(".sections a")
    for number in (3, 1):
        name.click()
        links.nth(number).click()
        wait_until(
            page,
            "text => document.querySelector('.sections summary').innerText.trim() === text",
            arg=links.nth(number).text_content().strip(),
        )
        assert not page.locator(".sections nav").is_visible(), "the list lies over what was chosen"
        assert page.locator(".sections a[aria-current]").count() == 1
    page.set_viewport_size(DESKTOP)
    assert not page.locator(".sections").is_visible(), "the rail says the same"


READ = "new DOMMatrix(getComputedStyle(document.querySelector('.md-header'), '::after').transform).a"


@pytest.mark.parametrize(
    "page",
    [{"reduced_motion": "no-preference", "java_script_enabled": script} for script in (True, False)],
    indirect=True,
    ids=["JavaScript", "no JavaScript"],
)
def test_a_line_says_how_far_a_chapter_has_been_read(page, server):
    page.goto(server + CHAPTER)
    assert page.evaluate(READ) < 0.05
    end = "scrollTo(0, document.documentElement.scrollHeight)"  # what is far is laid out on the way: the page grows
    wait_until(page, f"({end}, {READ} > 0.95)")


def test_no_line_grows_for_who_wants_no_motion_nor_on_other_pages(page, server):
    content = "getComputedStyle(document.querySelector('.md-header'), '::after').content"
    visit(page, server + CHAPTER)
    assert page.evaluate(content) == "none", "something moves"
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(content) != "none"
    visit(page, server + "schemes/rope/")
    assert page.evaluate(content) == "none", "a page that is looked up has no end to be read to"


FADES = """() => [...document.querySelectorAll('pre > code')].map(code => {
  const fade = side => parseFloat(getComputedStyle(code).getPropertyValue(`--fade-${side}`))
  code.scrollTo(0, 0)
  return [code.scrollWidth > code.clientWidth, fade('left'), fade('right')]
})"""


@SIZES
@pytest.mark.parametrize("address", ["schemes/rope/", "ko/measured/real-weights/"])
def test_code_that_goes_on_past_its_edge_says_so_there(page, server, address):
    visit(page, server + address)
    add_style(page, "* { content-visibility: visible !important }")
    page.evaluate(FADES)
    page.evaluate(PAINTED)
    found = page.evaluate(FADES)
    assert found
    for wide, left, right in found:
        assert left == 0 and (right > 0) == wide, f"code that {'does not fit' if wide else 'fits'} fades by {right}"
    if wide := [place for place, (goes_on, *_) in enumerate(found) if goes_on]:
        last = page.locator("pre > code").nth(wide[0])
        last.evaluate("code => code.scrollTo(code.scrollWidth, 0)")
        page.evaluate(PAINTED)
        sides = last.evaluate("e => ['left', 'right'].map(s => getComputedStyle(e).getPropertyValue(`--fade-${s}`))")
        assert float(sides[0][:-2]) > 0 and float(sides[1][:-2]) < 1, f"at its end it fades by {sides}"


def test_a_label_of_24_letters_stands_on_one_line_of_the_rail(page, server):
    page.set_viewport_size({"width": 1280, "height": 800})
    visit(page, server + CHAPTER)
    link = page.locator(".md-sidebar--secondary .md-nav__list > li > a .md-ellipsis").first
    link.evaluate("e => { e.textContent = 'How is the sum undone, e' }")
    line = link.evaluate("e => parseFloat(getComputedStyle(e).lineHeight)")
    assert link.bounding_box()["height"] < 1.5 * line, "a short label takes two lines"
