"""What a reader does with pages: copy, switch, sort, filter, print, download."""

import re

import pytest
from visits import CHAPTER, PAINTED, shown, until, visit, wait_until

from tools import ROOT, pages

CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}


def copy(page, block, text: str):
    """Press the copy button of a block and wait until this text, and no other, is on the clipboard."""
    page.evaluate("navigator.clipboard.writeText('nothing yet')")
    block.scroll_into_view_if_needed()  # its button comes with it
    block.locator('button[data-md-type="copy"]').click()

    def copied() -> str:
        return page.evaluate("navigator.clipboard.readText()").strip()

    until(page, lambda: copied() == text.strip(), lambda: f"copied is\n{copied()}\nnot\n{text}")


@pytest.mark.parametrize("page", [CLIPBOARD], indirect=True, ids=["clipboard"])
@pytest.mark.parametrize("address", ["", "ko/"])
def test_the_copy_button_copies_exactly_the_tested_code(page, server, address):
    language = "ko" if address else "en"
    text = (ROOT / f"docs/{language}/chapters/why-add.md").read_text("utf-8")
    blocks = [fence.body for fence in pages.fences(text) if fence.runnable]
    visit(page, server + address + CHAPTER)
    shown = page.locator(".language-python.highlight, .language-python .highlight")
    assert shown.count() == len(blocks)
    for number in (0, len(blocks) // 2, len(blocks) - 1):
        block = shown.nth(number)
        copy(page, block, blocks[number])


@pytest.mark.parametrize("page", [CLIPBOARD], indirect=True, ids=["clipboard"])
def test_the_copied_file_of_a_scheme_is_the_file(page, server):
    visit(page, server + "schemes/sinusoidal/")
    page.locator("details.file > summary").click()
    block = page.locator("details.file .highlight")
    copy(page, block, (ROOT / "snippets/schemes/sinusoidal.py").read_text("utf-8"))


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


@pytest.mark.parametrize("page", [{"reduced_motion": "no-preference"}], indirect=True, ids=["motion"])
def test_nothing_fades_while_the_palette_changes(page, server):
    visit(page, server + CHAPTER)
    for number in (1, 0, 1):
        fades = page.locator(f'label[for="__palette_{number}"]').evaluate(
            "label => { label.click(); return ['article p a', 'article code', '.md-tabs__link']"
            ".map(one => getComputedStyle(document.querySelector(one)).transitionDuration) }"
        )
        assert fades == ["0s"] * 3, "letters fade while their paper has changed already"
    wait_until(page, "getComputedStyle(document.querySelector('article p a')).transitionDuration !== '0s'")


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


def test_the_table_of_schemes_is_sorted_across_its_groups_by_keyboard(page, server):
    visit(page, server + "schemes/")
    numbers = "[...document.querySelectorAll('[data-scheme] td:nth-child(4)')].map(cell => +cell.dataset.sort)"
    order = "[...document.querySelectorAll('.sortable tbody')].map(body => body.dataset.scheme ?? 'group')"
    head, unsorted = page.locator(".sortable thead th").nth(3), page.evaluate(order)
    head.locator("button").focus()
    for said, turned in (("ascending", False), ("descending", True)):
        page.keyboard.press("Enter")
        assert head.get_attribute("aria-sort") == said
        found = page.evaluate(numbers)
        assert found == sorted(found, reverse=turned), "the rows of all groups are one list"
        assert not shown(page, ".sortable .group"), "the name of a group stands among rows of others"
    page.keyboard.press("Space")
    assert head.get_attribute("aria-sort") is None and page.evaluate(order) == unsorted
    assert len(shown(page, ".sortable .group")) == unsorted.count("group")
    assert not page.locator("[data-no-order] button").count(), "a curve has no order"


@pytest.mark.parametrize("address", ["schemes/", "ko/schemes/"])
def test_the_head_of_the_table_of_schemes_stays_in_view(page, server, address):
    visit(page, server + address)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page moves sideways"
    page.locator("[data-scheme=longrope]").evaluate("row => row.scrollIntoView({block: 'center'})")
    page.evaluate(PAINTED)
    head, header = page.locator(".sortable thead th").first.bounding_box(), page.locator(".md-header").bounding_box()
    assert abs(head["y"] - header["height"]) <= 1, "the head of the table does not stand under the header"
    seen = "([x, y]) => document.elementFromPoint(x, y).closest('.sortable thead') !== null"
    assert page.evaluate(seen, [head["x"] + 20, head["y"] + head["height"] - 8]), "rows cover the head"


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
    everything = page.locator("section.claim").count()
    assert everything >= 26 and len(shown(page, "section.claim")) == everything
    for verdict in ("true", "caveat", "false"):
        page.locator(f'label[for="show-{verdict}"]').click()
        visible = shown(page, "section.claim")
        others = [classes for classes in visible if verdict not in classes.split()]
        assert visible and not others, f"asked for {verdict}, the page shows {len(visible)} claims, among them {others}"
        assert len(visible) == int(page.locator(f'label[for="show-{verdict}"] span').text_content())
        assert len(shown(page, ".claims-list li")) == len(visible)
        held = f"section.claims:has(section.claim.{verdict})"
        assert len(shown(page, held)) == page.locator(held).count(), "a group of claims is hidden with its claims shown"
        assert not shown(page, f"section.claims:not({held})"), "a group is shown with all its claims hidden"
    page.locator("#show-false").focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator("#show-caveat").is_checked(), "the filter does not answer to the keyboard"
    page.locator('label[for="show-all"]').click()
    assert len(shown(page, "section.claim")) == everything
