"""Every page in a real browser, in both languages: nothing foreign, nothing broken, nothing out of place."""

import gzip
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from conftest import ADDRESSES
from tools import ROOT, pages

CHAPTER = "chapters/why-add/"

# Layout shift as browsers report it, without shifts that follow a reader's own input.
SHIFT = """() => new Promise(done => {
  let total = 0
  new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) total += e.value })
    .observe({type: "layout-shift", buffered: true})
  setTimeout(() => done(total), 400)
})"""


@pytest.fixture
def page(browser, request):
    """A fresh page without animations; ``indirect`` parameters set its context."""
    options = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", **getattr(request, "param", {})}
    context = browser.new_context(**options)
    yield context.new_page()
    context.close()


def visit(page, address):
    """Open an address; what the console said and which requests went where."""
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.on("response", lambda r: said.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.goto(address, wait_until="networkidle")
    return said, asked


def load_lazy_images(page):
    page.evaluate("document.querySelectorAll('img[loading=lazy]').forEach(image => { image.loading = 'eager' })")
    page.wait_for_function("[...document.images].every(i => getComputedStyle(i).display === 'none' || i.complete)")


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_loads_clean_light_and_still(page, server, site, address):
    said, asked = visit(page, server + address)
    assert not said, f"the console says: {said}"
    foreign = [url for url in asked if not url.startswith((server, "data:", "blob:"))]
    assert not foreign, f"requests to another host: {foreign}"
    own = [url for url in asked if url.startswith(server)]
    assert len(own) <= 22, f"{len(own)} requests: {own}"
    total = 0
    for url in dict.fromkeys(own):
        path = site / url[len(server) :].split("?")[0].split("#")[0]
        data = (path / "index.html" if path.is_dir() else path).read_bytes()
        total += len(data) if path.suffix in {".woff2", ".png"} else len(gzip.compress(data))
    budget = 220_000 if address.startswith("ko/") else 150_000
    assert total <= budget, f"{total} bytes gz, the budget is {budget}"
    assert page.evaluate(SHIFT) <= 0.05
    load_lazy_images(page)
    broken = page.evaluate(
        "[...document.images].filter(i => getComputedStyle(i).display !== 'none' && !i.naturalWidth).map(i => i.src)"
    )
    assert not broken, f"broken images: {broken}"


@pytest.mark.parametrize("page", [{"viewport": {"width": 360, "height": 740}}], indirect=True, ids=["360 px"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_no_page_scrolls_sideways_on_a_phone(page, server, address):
    visit(page, server + address)
    load_lazy_images(page)
    assert page.evaluate(SHIFT) <= 0.05
    width = page.evaluate("document.documentElement.scrollWidth")
    wide = page.evaluate(
        "[...document.querySelectorAll('article *')]"
        ".filter(e => e.getBoundingClientRect().right > 361 && "
        "!e.closest('pre, .md-typeset__scrollwrap, .md-typeset__table, .highlight, .katex, .katex-display'))"
        ".map(e => e.outerHTML.slice(0, 120)).slice(0, 5)"
    )
    assert width <= 360, f"the page is {width} px wide; {wide}"


@pytest.mark.parametrize("address", ADDRESSES)
def test_axe_finds_no_serious_fault_and_no_landmark_twice_in_light_and_dark(page, server, address):
    visit(page, server + address)
    told = []
    for scheme in ("default", "slate"):
        if page.evaluate("document.body.dataset.mdColorScheme") != scheme:
            page.locator('label[for="__palette_1"]').click()
        assert page.evaluate("document.body.dataset.mdColorScheme") == scheme
        result = Axe().run(page, options={"resultTypes": ["violations"]})
        for fault in result.response["violations"]:
            if fault["impact"] in {"serious", "critical"} or fault["id"] == "landmark-unique":
                where = [f"{n['html'][:160]} {n.get('any', [{}])[:1]!s:.200}" for n in fault["nodes"][:3]]
                told.append(f"{scheme}: {fault['id']}: {where}")
    assert not told, "\n".join(told)


def copy(page, block):
    """Press the copy button of a block and wait until the page says that it has copied."""
    page.evaluate("navigator.clipboard.writeText('nothing yet')")
    block.locator('button[data-md-type="copy"]').click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text !== 'nothing yet')")


@pytest.mark.parametrize("address", ["", "ko/"])
def test_the_copy_button_copies_exactly_the_tested_code(browser, server, address):
    language = "ko" if address else "en"
    text = (ROOT / f"docs/{language}/chapters/why-add.md").read_text("utf-8")
    blocks = [fence.body for fence in pages.fences(text) if fence.runnable]
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    visit(page, server + address + CHAPTER)
    shown = page.locator(".language-python.highlight, .language-python .highlight")
    assert shown.count() == len(blocks)
    for number in (0, len(blocks) // 2, len(blocks) - 1):
        block = shown.nth(number)
        block.scroll_into_view_if_needed()
        copy(page, block)
        assert page.evaluate("navigator.clipboard.readText()").strip() == blocks[number].strip()
    context.close()


def test_the_copied_file_of_a_scheme_is_the_file(browser, server):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    visit(page, server + "schemes/sinusoidal/")
    block = page.locator(".highlight:has(.filename)").first
    copy(page, block)
    assert (
        page.evaluate("navigator.clipboard.readText()").strip()
        == (ROOT / "snippets/schemes/sinusoidal.py").read_text("utf-8").strip()
    )
    context.close()


def test_the_language_switch_stays_on_the_page_and_on_the_heading(page, server):
    visit(page, server + CHAPTER + "#near-orthogonal")
    page.locator(".language-link").click()
    page.wait_for_url(re.compile(r"/ko/chapters/why-add/#near-orthogonal$"))
    page.locator(".language-link").click()
    page.wait_for_url(re.compile(r"[0-9]/chapters/why-add/#near-orthogonal$"))


def test_the_palette_switch_changes_the_figures_and_is_remembered_in_both_languages(page, server):
    visit(page, server + CHAPTER)
    assert page.locator('img[src$="#only-light"]').first.is_visible()
    page.locator('label[for="__palette_1"]').click()
    assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"
    assert page.locator('img[src$="#only-dark"]').first.is_visible()
    assert not page.locator('img[src$="#only-light"]').first.is_visible()
    visit(page, server + "ko/" + CHAPTER)
    assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"


def search(page, address, words):
    visit(page, address)
    page.locator(".md-search__input").click()
    page.locator(".md-search__input").press_sequentially(words)
    found = page.locator(".md-search-result__article h1, .md-search-result__article h2")
    try:
        found.first.wait_for(state="attached", timeout=5000)
    except PlaywrightTimeout:
        return []
    return found.all_text_contents()


def korean_text():
    return "".join(path.read_text("utf-8") for path in [*pages.markdown("ko"), *pages.labs("ko")])


@pytest.mark.parametrize("noun", ["인코딩", "임베딩", "투영", "간섭"])
def test_search_finds_a_korean_noun_with_a_particle_no_page_holds(page, server, noun):
    particle = next(
        p for p in ("이란", "처럼", "보다", "마다", "부터", "까지", "이라고", "에게") if noun + p not in korean_text()
    )
    assert search(page, server + "ko/", noun + particle), f"nothing found for {noun + particle}"


def test_search_finds_an_english_term_from_the_korean_site(page, server):
    assert search(page, server + "ko/", "superposition")


def test_search_finds_a_question_in_english(page, server):
    assert search(page, server, "concatenate")


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True, ids=["no JavaScript"])
@pytest.mark.parametrize("address", [CHAPTER, "ko/" + CHAPTER])
def test_math_figures_and_text_are_there_without_javascript(page, server, address):
    page.goto(server + address)
    formula = page.locator(".katex-html").first
    assert formula.is_visible() and formula.bounding_box()["width"] > 5
    assert page.locator(".figure img").first.is_visible()
    assert page.locator("article h2").first.is_visible()


def test_print_hides_the_furniture_and_keeps_the_text(page, server):
    visit(page, server + CHAPTER)
    page.emulate_media(media="print")
    for furniture in (".md-header", ".md-tabs", ".md-footer", ".md-sidebar--primary"):
        assert not page.locator(furniture).first.is_visible(), f"{furniture} is printed"
    assert page.locator("article h1").is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('article pre > code')).whiteSpace") == "pre-wrap"
    assert len(page.pdf()) > 20_000


def test_the_downloaded_lab_runs_alone(site, tmp_path):
    import subprocess
    import sys

    book = tmp_path / "lab.ipynb"
    book.write_bytes((site / "labs/take-the-sum-apart.ipynb").read_bytes())
    command = [
        sys.executable,
        "-m",
        "jupyter",
        "nbconvert",
        "--to",
        "notebook",
        "--execute",
        "lab.ipynb",
        "--output",
        "ran.ipynb",
    ]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-2000:]
    imported = set(re.findall(r"(?:^|\\n|\")(?:import|from) (\w+)", book.read_text("utf-8")))
    assert imported <= {"torch", "numpy", "matplotlib", "math"}, f"the lab imports {imported}"


def test_a_click_on_a_head_sorts_the_table_of_schemes(page, server):
    visit(page, server + "schemes/")
    numbers = "[...document.querySelectorAll('[data-scheme] td:nth-child(4)')].map(cell => +cell.dataset.sort)"
    groups = "[...document.querySelectorAll('.sortable tbody')].map(b => b.querySelectorAll('[data-scheme]').length)"
    head = page.locator(".sortable thead th").nth(3)
    sizes = page.evaluate(groups)
    for order, turned in (("ascending", False), ("descending", True)):
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == order
        found, start = page.evaluate(numbers), 0
        for size in sizes:
            part, start = found[start : start + size], start + size
            assert part == sorted(part, reverse=turned)


def test_the_file_of_a_scheme_can_be_downloaded(page, server):
    visit(page, server + "ko/schemes/rope/")
    with page.expect_download() as download:
        page.locator(".filename a").first.click()
    assert download.value.suggested_filename == "rope.py"
    assert download.value.path().read_bytes() == (ROOT / "snippets/schemes/rope.py").read_bytes()


@pytest.mark.parametrize(
    "page", [{"java_script_enabled": False}, {}], indirect=True, ids=["no JavaScript", "JavaScript"]
)
@pytest.mark.parametrize("address", ["claims/", "ko/claims/"])
def test_claims_are_filtered_by_verdict_without_javascript(page, server, address):
    page.goto(server + address)
    entries, groups = page.locator("section.claim"), page.locator("section.claims")
    everything = entries.count()
    assert everything >= 26 and all(entry.is_visible() for entry in entries.all())
    for verdict in ("true", "caveat", "false"):
        page.locator(f'label[for="show-{verdict}"]').click()
        visible = [entry for entry in entries.all() if entry.is_visible()]
        others = [one.get_attribute("class") for one in visible if verdict not in one.get_attribute("class").split()]
        assert visible and not others, f"asked for {verdict}, the page shows {len(visible)} claims, among them {others}"
        assert len(visible) == int(page.locator(f'label[for="show-{verdict}"] span').text_content())
        assert len([row for row in page.locator(".claims-list li").all() if row.is_visible()]) == len(visible)
        for group in groups.all():
            assert group.is_visible() == any(one.is_visible() for one in group.locator("section.claim").all())
    page.locator("#show-false").focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator("#show-caveat").is_checked(), "the filter does not answer to the keyboard"
    page.locator('label[for="show-all"]').click()
    assert len([entry for entry in entries.all() if entry.is_visible()]) == everything


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "index out of range in self"),
        ("", "why multiply embeddings sqrt(d_model)"),
        ("ko/", "임베딩에 왜 sqrt(d_model)을 곱하나요"),
        ("ko/", "데이터 로더가 단어를 건너뛰나요"),
    ],
)
def test_search_finds_an_answer_by_the_words_of_the_one_who_asks(page, server, address, words):
    found = search(page, server + address, words)
    assert found, f"nothing found for {words}"
    first = page.locator(".md-search-result__link").first
    assert "answers/" in first.get_attribute("href"), f"{words}: the first result is {first.get_attribute('href')}"
