"""Live figures in a browser: by keyboard, by touch, from an address, on paper, and with whatever goes wrong."""

import re

import pytest
from visits import SHIFT, add_style, until, visit, wait_until

from conftest import DESKTOP, PHONE
from tools import ROOT, figures, live, pages

CHAPTER_2 = "chapters/absolute-to-relative/"


def address_of(name: str) -> str:
    """The first page that shows a figure."""
    for path in pages.markdown("en"):
        if name in figures.shown(path.read_text("utf-8")):
            stem = path.relative_to(ROOT / "docs/en").with_suffix("").as_posix().removesuffix("index")
            return f"{stem}/" if stem else ""
    raise LookupError(f"no page shows the figure {name}")


def visit_figure(page, server: str, name: str, query: str = "", language: str = "en"):
    """The live figure of a page that was opened at it, and what the console said meanwhile."""
    under = "" if language == "en" else f"{language}/"
    said, _ = visit(page, f"{server}{under}{address_of(name)}#figure-{name}{query}")
    figure = page.locator(f"#figure-{name}")
    figure.locator(".live svg").wait_for()
    return figure, said


def drawn(page) -> None:
    """Until what was pressed last is drawn, which a live figure does in the next frame."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def sentence(figure) -> str:
    """What a live figure says now."""
    drawn(figure.page)
    return figure.locator(".says").text_content()


def control(figure, label: str):
    """The control with this label, or the beginning of it, as it is now."""
    drawn(figure.page)
    return figure.get_by_label(re.compile(rf"^{re.escape(label)}"))


NAMES = pytest.mark.parametrize("name", live.names())
LANGUAGE = pytest.mark.parametrize("language", ["en", "ko"])


@NAMES
@LANGUAGE
@pytest.mark.parametrize(
    "page", [{"viewport": PHONE, "has_touch": True}, {"viewport": DESKTOP}], indirect=True, ids=["phone", "desktop"]
)
def test_a_live_figure_takes_the_place_of_the_static_one(page, server, name, language):
    figure, said = visit_figure(page, server, name, language=language)
    assert not said, f"the console says: {said}"
    assert not figure.locator("> p img").first.is_visible() and len(sentence(figure)) > 20
    wide = figure.evaluate(
        "e => [...e.querySelectorAll('.live *')].map(c => c.getBoundingClientRect())"
        ".filter(r => r.right > document.documentElement.clientWidth + 1 || r.left < -1).length"
    )
    assert not wide, f"{wide} parts of {name} stand outside the screen"
    small = figure.locator("svg text").evaluate_all(
        "all => all.map(e => [e, e.getScreenCTM()])"  # turned text, too
        ".filter(([e, m]) => parseFloat(getComputedStyle(e).fontSize) * Math.hypot(m.a, m.b) < 10.9)"
        ".map(([e]) => e.textContent)"
    )
    assert not small, f"{name} says in less than 11 px: {small[:5]}"
    targets = figure.locator(".live :is(input, select, button)").evaluate_all(
        "all => all.filter(e => Math.min(e.offsetHeight, e.offsetWidth) < 23.5).map(e => e.outerHTML.slice(0, 60))"
    )
    assert not targets, f"too small for a finger: {targets}"


@NAMES
def test_every_control_has_a_name_and_answers_to_the_keyboard(page, server, name):
    figure, _ = visit_figure(page, server, name)
    group = figure.get_by_role("group", name=re.compile("Figure"))
    assert group.count() == 1, "the group has no name"
    controls = figure.locator(".controls :is(input, select, button)")
    for place in range(controls.count()):
        one = controls.nth(place)
        assert one.evaluate("e => e.labels?.[0]?.textContent.trim() || e.textContent.trim()"), "a control has no name"
        one.focus()
        before = figure.locator(".live").evaluate(
            "e => e.innerHTML + [...e.querySelectorAll('input')].map(i => i.value)"
        )
        kind = one.evaluate("e => e.type")
        page.keyboard.press({"range": "ArrowRight", "checkbox": "Space", "button": "Enter"}.get(kind, "ArrowDown"))
        if kind == "range":
            page.keyboard.press("ArrowLeft")
            page.keyboard.press("ArrowLeft")
        sentence(figure)
        assert one.evaluate("e => e === document.activeElement"), f"control {place} of {name} loses the focus"
        if kind == "checkbox":
            assert (
                figure.locator(".live").evaluate(
                    "e => e.innerHTML + [...e.querySelectorAll('input')].map(i => i.value)"
                )
                != before
            )


@NAMES
def test_on_paper_the_static_figure_is_back(page, server, name):
    figure, _ = visit_figure(page, server, name)
    page.pdf()  # a browser that prints loads what is lazy, and waits for it
    page.emulate_media(media="print")
    image = figure.locator('> p img[src$="#only-light"]')
    assert image.is_visible() and image.evaluate("e => e.complete && e.naturalWidth > 0")
    assert not figure.locator(".live").is_visible()


@NAMES
@pytest.mark.parametrize("page", [{"viewport": PHONE}], indirect=True, ids=["phone"])
def test_a_phone_does_not_fetch_what_only_paper_shows(page, server, name):
    asked = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    visit_figure(page, server, name)
    assert f"{name}-light.svg" not in asked


@NAMES
@pytest.mark.parametrize("missing", ["js", "json", "css", "kit"])
def test_without_its_script_data_or_style_the_static_figure_stays(page, server, name, missing):
    if missing == "json" and not live.has_data(name):
        return
    file = {"css": "marks.css", "kit": "kit.js"}.get(missing, f"{name}.{missing}")
    page.route(f"**/assets/live/{file}", lambda route: route.abort())
    warned = []
    page.on("console", lambda message: warned.append(message.text) if message.type == "warning" else None)
    visit(page, f"{server}{address_of(name)}#figure-{name}")
    until(page, lambda: warned, lambda: "the console does not say what is missing")
    page.wait_for_timeout(200)
    assert page.locator(f"#figure-{name} > p img").first.is_visible()
    assert not page.locator(f"#figure-{name} .live").count()


@NAMES
@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True, ids=["no JavaScript"])
def test_without_javascript_the_static_figure_stands(page, server, name):
    page.goto(f"{server}{address_of(name)}")
    assert page.locator(f"#figure-{name} > p img").first.is_visible()


def test_a_page_without_live_figures_asks_for_none(page, server):
    _, asked = visit(page, server + "schemes/alibi/")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert not [url for url in asked if "/live/" in url]


def test_what_is_far_from_the_screen_is_not_asked_for(page, server):
    _, asked = visit(page, server + CHAPTER_2)
    assert not [url for url in asked if "/live/" in url]
    page.locator("#figure-clock_hands").scroll_into_view_if_needed()
    page.locator("#figure-clock_hands .live svg").wait_for()
    assert [url for url in asked if url.endswith("/assets/live/clock_hands.js")]


def test_both_languages_share_one_copy(page, server, site):
    _, asked = visit(page, f"{server}ko/{CHAPTER_2}#figure-clock_hands")
    page.locator("#figure-clock_hands .live svg").wait_for()
    found = {url for url in asked if "/live/" in url}
    assert found and all(url.startswith(f"{server}assets/live/") for url in found), found
    assert not (site / "ko/assets/live").exists()


@NAMES
@pytest.mark.parametrize("page", [{"viewport": PHONE}, {"viewport": DESKTOP}], indirect=True, ids=["phone", "desktop"])
def test_a_live_figure_does_not_move_the_page(page, server, name):
    visit(page, server + address_of(name))
    figure = page.locator(f"#figure-{name}")
    while figure.evaluate("e => e.getBoundingClientRect().top") > 0:  # as a reader comes to it
        before = page.evaluate("scrollY")
        page.evaluate("scrollBy(0, innerHeight / 2)")
        page.wait_for_timeout(150)
        if page.evaluate("scrollY") == before:
            break
    page.locator(f"#figure-{name} .live svg").wait_for()
    page.wait_for_timeout(200)
    shift = page.evaluate(SHIFT)
    assert shift <= 0.02, f"{name} moved the page by {shift:.3f}"


@pytest.mark.parametrize(
    "query, says",
    [
        ("?m=9&n=9", "offset 0"),
        ("?m=abc&n=-4&shift=1e99&base=7&precision=<script>alert(1)</script>", "offset 4: the score is 0.7022"),
        ("?shift=1000&precision=bfloat16&unknown=1&__proto__=2", "0.8131"),
        ("?m=%E0%A4%A&&=&n=5", "key at 5"),
        ("?m=7.5&n=999", "Query at 7, key at 3"),
    ],
)
def test_the_address_sets_the_figure_and_can_do_nothing_else(page, server, query, says):
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog says {dialog.message}"))
    figure, said = visit_figure(page, server, "clock_hands", query)
    assert says in sentence(figure)
    assert not said and not figure.locator("script").count()


def test_the_address_follows_the_figure_and_the_link_restores_it(page, server):
    figure, _ = visit_figure(page, server, "clock_hands")
    control(figure, "Key at n").focus()
    page.keyboard.press("ArrowRight")
    figure.get_by_role("button", name="Move both by 1000").click()
    page.wait_for_url(re.compile(r"#figure-clock_hands\?n=4&shift=1000$"))
    before, link = sentence(figure), page.url
    page.mouse.wheel(0, 400)
    page.wait_for_timeout(600)
    assert page.url == link, "who reads on loses the view that the address had"
    figure.get_by_role("button", name="Reset").click()
    assert "offset 4" in sentence(figure) and sentence(figure) != before
    page.wait_for_url(re.compile(r"#figure-clock_hands$"))
    page.evaluate("address => { location.hash = new URL(address).hash }", link)
    wait_until(page, "text => document.querySelector('#figure-clock_hands .says').textContent === text", arg=before)
    page.reload()
    figure.locator(".live svg").wait_for()
    assert sentence(figure) == before


CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}


@pytest.mark.parametrize("page", [CLIPBOARD], indirect=True, ids=["clipboard"])
def test_a_link_to_the_view_can_be_copied(page, server):
    figure, _ = visit_figure(page, server, "clock_hands", "?m=12")
    figure.get_by_role("button", name="Copy a link").click()
    figure.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == f"{server}{CHAPTER_2}#figure-clock_hands?m=12"


def test_the_language_switch_keeps_the_view(page, server):
    visit_figure(page, server, "clock_hands", "?m=12&n=2")
    page.evaluate("document.querySelector('.language-link').click()")
    page.wait_for_url(re.compile(r"/ko/.*#figure-clock_hands\?m=12&n=2$"))
    page.locator("#figure-clock_hands .live svg").wait_for()
    assert "오프셋은 10" in sentence(page.locator("#figure-clock_hands"))


@NAMES
def test_live_parts_need_nothing_that_the_policy_of_the_site_forbids(page, server, name):
    """That their page needs nothing either is seen on every page: a browser says so in its console."""
    with page.context.new_page() as page:  # an init script stays in its page
        page.add_init_script(
            "addEventListener('securitypolicyviolation', e => (window.broken ??= []).push("
            "`${e.violatedDirective} ${e.sourceFile} ${e.blockedURI}`))"
        )
        figure, said = visit_figure(page, server, name)
        controls = figure.locator(".controls input[type=range]")
        if controls.count():
            controls.first.focus()
            page.keyboard.press("ArrowRight")
        sentence(figure)
        assert not said and not page.evaluate("window.broken"), f"{said} {page.evaluate('window.broken')}"
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<i style=\"color: red\"></i>')")
        assert "style-src-attr" in page.evaluate("window.broken")[0], "the policy is not in force"


def test_hands_turn_by_keyboard_and_the_score_stays(page, server):
    figure, _ = visit_figure(page, server, "clock_hands")
    assert "offset 4: the score is 0.7022" in sentence(figure)
    control(figure, "Both moved by").focus()
    page.keyboard.press("PageUp")
    assert "the score are the same" in sentence(figure)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    control(figure, "Angles in").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert "angles in bfloat16" in sentence(figure)


def test_a_key_slides_the_sentence_and_the_list_chooses_a_scheme(page, server):
    figure, _ = visit_figure(page, server, "shift_sentence")
    assert "every score is what it was" in sentence(figure) and "FIRE" in sentence(figure)
    control(figure, "Moved by").focus()
    page.keyboard.press("Home")
    assert sentence(figure).startswith("Move the sentence")
    page.keyboard.press("ArrowRight")
    assert "1 to 10" in sentence(figure) and "FIRE" not in sentence(figure)
    control(figure, "Scheme").focus()
    page.keyboard.type("learned")
    page.keyboard.press("Enter")
    assert sentence(figure).startswith("learned: at positions 1 to 10 the scores of “apple” differ")


@pytest.mark.parametrize("page", [{"viewport": PHONE, "has_touch": True}], indirect=True, ids=["touch"])
def test_a_tap_on_a_row_of_the_grid_chooses_its_query(page, server):
    figure, _ = visit_figure(page, server, "shift_sentence", "?scheme=learned")
    figure.locator("[data-set='{\"query\":7}']").tap()
    assert "“and”" in sentence(figure)
    assert control(figure, "Query").input_value() == "7"


def test_a_link_to_the_figure_keeps_what_the_reader_made_of_it(page, server):
    figure, _ = visit_figure(page, server, "clock_hands", "?m=12")
    before = sentence(figure)
    page.evaluate("location.hash = '#figure-clock_hands'")
    page.wait_for_url(re.compile(r"#figure-clock_hands\?m=12$"))
    assert sentence(figure) == before


@NAMES
@pytest.mark.parametrize("page", [{"viewport": PHONE}], indirect=True, ids=["phone"])
def test_with_letters_of_twice_the_size_a_drawing_is_still_300_units_wide(page, server, name):
    figure, _ = visit_figure(page, server, name)
    add_style(page, "html { font-size: 250% !important }")
    page.set_viewport_size(PHONE | {"width": PHONE["width"] - 1})
    wait_until(
        page, "name => document.querySelector(`#figure-${name} .live svg`).viewBox.baseVal.width < 310", arg=name
    )
    assert figure.locator(".live svg").evaluate("e => e.viewBox.baseVal.width") > 250
    wide = figure.locator(".live select").evaluate_all(
        "all => all.filter(e => e.getBoundingClientRect().right > e.closest('.live').getBoundingClientRect().right)"
    )
    assert not wide, "a list stands beyond the panel"
