"""What a style sheet does to pages, on paper, on phones and in the dark; and pages that are not where they seem."""

import re

import pytest
from visits import CHAPTER, add_style, dark, left_out, scroll_through, shown, visit, wait_until

from conftest import DESKTOP, PHONE, REPOSITORY, hosted
from tools import languages

# Colours as a browser computes them, laid over what is behind them, and their contrast by WCAG.
CONTRAST = """(element, behind) => {
  const parse = colour => { const p = colour.match(/[\\d.]+/g).map(Number); return p.length < 4 ? [...p, 1] : p }
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, k) => sum + c * [.2126, .7152, .0722][k], 0)
  let paper = [255, 255, 255]
  for (const layer of [...behind].reverse().map(e => parse(getComputedStyle(e).backgroundColor)))
    paper = paper.map((c, k) => layer[3] * layer[k] + (1 - layer[3]) * c)
  const [one, other] = [light(parse(getComputedStyle(element).color)), light(paper)].sort((a, b) => b - a)
  return (one + .05) / (other + .05)
}"""


@pytest.mark.parametrize(
    "page", [{"color_scheme": s, "viewport": PHONE} for s in ("light", "dark")], indirect=True, ids=["light", "dark"]
)
@pytest.mark.parametrize("address", ["schemes/alibi/", "ko/schemes/alibi/"])  # no live figure, which fetches for paper
def test_a_first_visit_on_a_phone_fetches_only_narrow_drawings_of_its_palette(page, server, address):
    _, asked = visit(page, server + address)
    scroll_through(page)
    drawn = [url.rsplit("/", 1)[1] for url in asked if "/figures/" in url]
    scheme = {"default": "light", "slate": "dark"}[page.evaluate("document.body.dataset.mdColorScheme")]
    other = [file for file in drawn if not file.endswith(f"narrow-{scheme}.svg")]
    assert drawn and not other, f"the screen is {scheme}, and these were fetched too: {other}"


@pytest.mark.parametrize("page", [{"color_scheme": s} for s in ("light", "dark")], indirect=True, ids=["light", "dark"])
@pytest.mark.parametrize("address", ["schemes/rope/", "ko/" + CHAPTER, "ko/claims/"])
def test_paper_is_light_whatever_the_screen_is(page, server, address):
    visit(page, server + address)
    page.emulate_media(media="print")
    colours = page.evaluate(
        "[...document.querySelectorAll('body, article, article h1, article p, article pre > code')]"
        ".map(e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor])"
    )
    for ink, paper in colours:
        assert sum(map(int, re.findall(r"\d+", ink)[:3])) < 330, f"letters are printed in {ink}"
        parts = list(map(float, re.findall(r"[\d.]+", paper)))
        assert parts[3:] == [0] or min(parts[:3]) >= 240, f"paper is printed in {paper}"
    assert "only" in page.evaluate("getComputedStyle(document.documentElement).colorScheme"), "the edge is dark"
    for hidden in (
        ".md-code__nav",
        ".one-file",
        ".headerlink",
        ".filename a",
        ".open",
        ".large",
        "details.about",
        'img[src$="#only-dark"]',
        ".md-search",
        ".md-header",
    ):
        assert not shown(page, hidden), f"{hidden} is printed"
    light = '.figure > p img[src$="#only-light"]'
    assert len(shown(page, light)) == page.locator(light).count(), "a figure is not printed"
    sizes = page.evaluate(
        "[...document.querySelectorAll('article pre > code, article table.plain td, figcaption')]"
        ".map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert not sizes or max(sizes) <= 12.01, "code, tables and captions are printed larger than 9 pt"
    whole = page.locator("article :is(pre, details)").evaluate_all(
        "all => all.filter(e => getComputedStyle(e).breakInside != 'auto')"
    )
    assert not whole, "a long block may not be broken: a page before it stays empty"
    assert len(page.pdf()) > 20_000


@pytest.mark.parametrize("palette", ["light", "dark"])
@pytest.mark.parametrize("page", [{"viewport": v} for v in (DESKTOP, PHONE)], indirect=True, ids=["desktop", "phone"])
@pytest.mark.parametrize("address", [CHAPTER, "ko/schemes/rope/"])
def test_the_copy_button_is_seen_and_never_lies_on_the_code(page, server, address, palette):
    visit(page, server + address)
    if palette == "dark":
        dark(page)
    page.mouse.move(0, 0)
    page.locator("details:is(.file, .about)").evaluate_all("folds => folds.forEach(fold => { fold.open = true })")
    scroll_through(page)  # a button comes with its block
    found = page.evaluate(
        "() => [...document.querySelectorAll('.md-code__button')].map(button => {"
        "  const nav = button.parentElement, code = nav.parentElement.querySelector('code'), range = new Range();"
        "  range.selectNodeContents(code);"
        "  const here = button.getBoundingClientRect(), text = [...range.getClientRects()].filter(r => r.width > 0);"
        "  const covers = text.some(r => r.left < here.right && r.right > here.left"
        "    && r.top < here.bottom - 1 && r.bottom > here.top + 1);"
        f"  const ratio = ({CONTRAST})(button, [nav, document.body]);"
        "  return {covers, ratio, width: here.width, height: here.height, code: code.textContent.slice(0, 60)};"
        "})"
    )
    assert len(found) >= 4
    for one in found:
        assert one["ratio"] >= 3, f"the button of {one['code']!r} has a contrast of {one['ratio']:.2f}"
        assert not one["covers"], f"the button lies on the code of {one['code']!r}"
        assert min(one["width"], one["height"]) >= 24


@pytest.mark.parametrize("page", [{"viewport": PHONE}], indirect=True, ids=["phone"])
@pytest.mark.parametrize("address", ["schemes/rope/", "ko/measured/real-weights/"])
def test_what_stands_beside_the_copy_button_lies_on_nothing(page, server, address):
    visit(page, server + address)
    add_style(page, ".md-typeset > * { content-visibility: visible !important }")
    page.locator("details.file").evaluate_all("folds => folds.forEach(fold => { fold.open = true })")
    scroll_through(page)  # a button comes with its block
    found = page.locator(".one-file").evaluate_all(
        "all => all.map(e => {"
        "  const block = e.parentElement, code = block.querySelector('code'), range = new Range();"
        "  range.selectNodeContents(code);"
        "  const others = [...range.getClientRects(), block.querySelector('.md-code__button').getBoundingClientRect(),"
        "    block.previousElementSibling.getBoundingClientRect()].filter(r => r.width > 0);"
        "  const here = e.getBoundingClientRect();"
        "  const covers = others.some(r => r.left < here.right && r.right > here.left"
        "    && r.top < here.bottom - 1 && r.bottom > here.top + 1);"
        "  return {covers, height: here.height, left: here.left, above: here.top - block.getBoundingClientRect().top,"
        "    code: code.textContent.slice(0, 60)};"
        "})"
    )
    assert len(found) >= 4
    for one in found:
        assert not one["covers"], f"the link beside {one['code']!r} lies on something"
        assert one["height"] >= 24 and one["left"] >= 0
        assert one["above"] >= 0, f"what is far from the screen is cut at its edge: {one['code']!r}"


@pytest.mark.parametrize("page", [{"viewport": PHONE}], indirect=True, ids=["phone"])
@pytest.mark.parametrize("address", ["schemes/", "ko/schemes/"])
def test_the_table_of_schemes_can_be_read_on_a_phone(page, server, address):
    visit(page, server + address)
    assert not shown(page, ".schemes-table .summary")
    page.locator(".schemes-table").evaluate("table => table.scrollTo(table.scrollWidth, 0)")
    for title in page.locator(".schemes-table .group span").all():
        box = title.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360, f"{title.text_content()} is out of view"
    for head in page.locator(".schemes-table th[scope=rowgroup]").all():
        assert head.bounding_box()["x"] >= 0 and head.bounding_box()["width"] <= 140
    for words in page.locator(".schemes-table .more p:not(.summary)").all():
        box = words.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360, f"{words.text_content()} is out of view"
    broken = page.locator(".schemes-table th[scope=rowgroup] a").evaluate_all(
        "all => all.flatMap(a => [...a.childNodes]).filter(part => part.nodeType === Node.TEXT_NODE)"
        ".flatMap(text => [...text.data.matchAll(/[A-Za-z0-9]+/g)].filter(word => {"
        "  const range = new Range(); range.setStart(text, word.index);"
        "  range.setEnd(text, word.index + word[0].length);"
        "  return new Set([...range.getClientRects()].map(r => Math.round(r.top))).size > 1"
        "}).map(word => word[0]))"
    )
    assert not broken, f"names are broken in two: {broken}"


@pytest.mark.parametrize("page", [{"viewport": PHONE}], indirect=True, ids=["phone"])
@pytest.mark.parametrize("address", ["measured/reproduce/", "ko/schemes/learned/"])
def test_short_code_in_a_sentence_stays_on_one_line(page, server, address):
    visit(page, server + address)
    broken = page.locator("article code.short").evaluate_all(
        "all => all.filter(e => e.getClientRects().length > 1).map(e => e.textContent)"
    )
    assert page.locator("article code.short").count() and not broken, f"{broken} are broken between two lines"


def test_korean_emphasis_stands_upright(page, server):
    visit(page, server + "ko/" + CHAPTER)
    styles = page.locator("article em").evaluate_all(
        "all => all.map(e => getComputedStyle(e)).map(s => [s.fontStyle, s.fontWeight])"
    )
    assert styles and all(style == ["normal", "600"] for style in styles)


@pytest.fixture(scope="module")
def hosts(small_sites):
    """The small sites behind addresses of this machine."""
    with hosted(small_sites["known"].parent) as known, hosted(small_sites["unknown"].parent) as unknown:
        yield {"known": known, "unknown": unknown}


@pytest.mark.parametrize("under", ["", "ko/"])
@pytest.mark.parametrize("kind", ["known", "unknown"])
@pytest.mark.parametrize("address", ["nowhere", "schemes/nowhere/", "a/b/c/"])
def test_the_page_not_found_is_whole_at_any_address_below_a_path(page, hosts, kind, under, address):
    failed = []
    host = hosts[kind]
    root = f"{host}pos/{under}"
    page.on("response", lambda response: failed.append(response.url) if response.status >= 400 else None)
    visit(page, root + address)
    if kind == "known":  # otherwise it has to look for the site, and some of what it asks for is not there
        assert failed == [root + address], f"the page asks in vain for {failed}"
    styled = page.evaluate("[...document.styleSheets].map(sheet => sheet.cssRules.length > 0)")
    assert styled == [True], "the page is not styled"
    assert not left_out(page), f"tools/styles.py leaves out rules that this page needs: {left_out(page)}"
    assert page.evaluate("document.documentElement.classList.contains('js')"), "the theme's script is not there"
    assert page.locator(".md-logo img").first.evaluate("image => image.naturalWidth") > 0
    links = page.locator("article li a").evaluate_all("all => all.map(a => a.href)")
    wanted = [
        f"{host}pos/{'' if language == 'en' else 'ko/'}{chapter}"
        for language in (["ko", "en"] if under else ["en", "ko"])
        for _, chapter in languages.missing()[language]["chapters"]
    ]
    assert links == wanted
    page.locator("article input").first.fill("words")
    page.locator("article form button").first.click()
    page.wait_for_url(re.compile(re.escape(root)))
    page.locator(".md-search-result__article").first.wait_for()


def test_a_page_below_the_missing_one_can_be_searched_at_once(page, hosts):
    host = hosts["unknown"]
    visit(page, f"{host}pos/a/b/")
    page.locator(".md-search__input").click()
    page.locator(".md-search__input").press_sequentially("words")
    page.locator(".md-search-result__link").first.wait_for()
    found = page.locator(".md-search-result__link").first.evaluate("a => a.href")
    assert found.startswith(f"{host}pos/"), f"a result leads to {found}"


def test_a_link_to_a_repository_asks_its_host_for_nothing(page, hosts):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    host = hosts["known"]
    visit(page, f"{host}pos/ko/")
    assert page.locator(f'.md-header a[href="{REPOSITORY}"]').is_visible()
    page.set_viewport_size(PHONE)
    page.locator('.md-header label[for="__drawer"]').click()
    page.locator(f'.md-nav a[href="{REPOSITORY}"]').wait_for()
    page.wait_for_timeout(300)
    foreign = [url for url in asked if not url.startswith((host, "data:", "blob:"))]
    assert not foreign, f"requests to another host: {foreign}"
    assert not left_out(page), f"the link to the repository has lost its style: {left_out(page)}"


def test_links_work_when_the_site_is_read_from_disk(page, site):
    page.goto((site / "index.html").as_uri())
    page.locator(".md-tabs__link").nth(1).click()
    page.wait_for_url(re.compile(r"/chapters/why-add/index\.html$"))
    assert page.locator(".katex-html").first.is_visible()
    assert not page.locator(".md-search").is_visible(), "a search that cannot work is shown"
    page.locator(".language-link").click()
    page.wait_for_url(re.compile(r"/ko/chapters/why-add/index\.html$"))


CITATION = """() => {
  const note = 'Attention Is All You Need. Advances in Neural Information Processing Systems 30, arXiv:1706.03762'
  const place = document.querySelector('article .lead')
  place.insertAdjacentHTML('beforeend', ` (<span class="cite" id="probe"><a class="citation" href="#x">Vaswani et al.`
    + ` 2017</a><span class="reference-note"><a href="#y">${note}</a></span></span>)`)
  place.scrollIntoView({block: 'center'})
}"""


@pytest.mark.parametrize("palette", ["light", "dark"])
@pytest.mark.parametrize("page", [{"viewport": v} for v in (DESKTOP, PHONE)], indirect=True, ids=["desktop", "phone"])
def test_a_citation_shows_its_work_to_pointer_and_keyboard(page, server, palette):
    visit(page, server + CHAPTER)
    if palette == "dark":
        dark(page)
    page.evaluate(CITATION)
    link, note = page.locator("#probe .citation"), page.locator("#probe .reference-note")
    page.mouse.move(0, 0)
    assert not note.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    link.hover()
    note.wait_for(state="visible")
    box, place = note.bounding_box(), link.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= page.viewport_size["width"], "the work is out of view"
    assert box["height"] > 20
    if page.viewport_size["width"] > 400:
        assert box["y"] >= place["y"] + place["height"] - 4, "the work covers the citation"
        page.mouse.move(place["x"] + 20, box["y"] + 8, steps=12)
        page.wait_for_timeout(400)
        assert note.is_visible(), "the work is gone before the pointer reaches it"
        over = page.evaluate(
            "([x, y]) => document.elementFromPoint(x, y).closest('.reference-note') !== null",
            [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2],
        )
        assert over, "something lies on the work"
    ratio = page.evaluate(
        f"({CONTRAST})(document.querySelector('#probe .reference-note'),"
        " [document.querySelector('#probe .reference-note'), document.body])"
    )
    assert ratio >= 7
    page.mouse.move(0, 0)
    note.wait_for(state="hidden")
    page.keyboard.press("Tab")
    link.focus()
    note.wait_for(state="visible")
    page.keyboard.press("Tab")
    assert note.is_visible(), "the link in the work cannot be reached"
    page.keyboard.press("Tab")
    note.wait_for(state="hidden")
    link.focus()
    page.emulate_media(media="print")
    assert not note.is_visible(), "the work is printed in the middle of a sentence"


@pytest.mark.parametrize(
    "page", [{"viewport": PHONE, "has_touch": True, "is_mobile": True}], indirect=True, ids=["touch"]
)
def test_a_finger_follows_a_citation_at_once(page, server):
    visit(page, server + CHAPTER)
    page.evaluate(CITATION)
    page.evaluate("addEventListener('click', () => { window.clicked = true }, true)")
    while not page.evaluate("window.clicked"):  # a finger that a busy machine lifts late has pressed, not tapped
        page.locator("#probe .citation").tap()
        page.wait_for_timeout(1000)
    page.wait_for_url(re.compile(r"#x$"))
    assert not page.locator("#probe .reference-note").is_visible()


@pytest.mark.parametrize("page", [{"viewport": PHONE}], indirect=True, ids=["phone"])
def test_nothing_that_a_reader_does_needs_a_rule_that_the_style_leaves_out(page, server):
    page.add_init_script("navigator.clipboard.writeText = async () => {}")
    visit(page, server + CHAPTER)

    def look(what):
        assert not left_out(page), f"{what}, and a rule is missing: tools/styles.py leaves out {left_out(page)}"

    page.locator("article .highlight").first.scroll_into_view_if_needed()
    page.locator('button[data-md-type="copy"]').first.click()
    page.locator(".md-dialog--active").wait_for()
    look("a block is copied")
    page.mouse.wheel(0, 3000)
    wait_until(page, "scrollY > 2000")
    page.mouse.wheel(0, -300)
    page.locator(".md-top").wait_for()
    look("a button leads to the top")
    page.locator('.md-header label[for="__drawer"]').click()
    page.locator(".md-nav--primary .md-nav__link").first.wait_for()
    look("the drawer is open")
    page.locator(".md-overlay").click(position={"x": 350, "y": 400})
    page.locator('.md-header label[for="__search"]').first.click()
    page.locator(".md-search__input").press_sequentially("rope length")
    page.locator(".md-search-result__more summary").first.click()
    look("results are shown")
    page.locator(".md-search-result__link").first.click()
    page.locator("article mark").first.wait_for(state="attached")
    look("a result is followed")
    page.set_viewport_size(DESKTOP)
    dark(page)
    look("it is dark")
