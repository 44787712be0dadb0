"""The table of model families by keyboard, in both languages, on a phone, without scripts, and from an address."""

import json

import pytest
from visits import visit, wait_until

from conftest import DESKTOP, PHONE
from tools import ROOT, atlas

FAMILIES = json.loads((ROOT / "snippets/data/atlas.json").read_text("utf-8"))["families"]
TOKENS = {name: atlas.tokens(family) for name, family in FAMILIES.items()}
PAGES = pytest.mark.parametrize("address", ["atlas/models/", "ko/atlas/models/"])
SHOWN = "[...document.querySelectorAll('.atlas tbody:not([hidden]) summary')].map(summary => summary.textContent)"
BASES = "[...document.querySelectorAll('.atlas tbody:not([hidden]) td:nth-of-type(4)')].map(td => td.dataset.sort)"


def having(**wanted) -> list[str]:
    """The families that the filters should leave."""
    return [name for name, found in TOKENS.items() if all(value in found[key] for key, value in wanted.items())]


def wait_for_hash(page, wanted: str) -> None:
    wait_until(page, "wanted => location.hash === wanted", arg=wanted, timeout=10_000)


@PAGES
@pytest.mark.parametrize("page", [{"viewport": PHONE}, {"viewport": DESKTOP}], indirect=True, ids=["phone", "desktop"])
def test_the_table_is_narrowed_down_by_keyboard_and_the_address_keeps_it(page, server, address):
    said, _ = visit(page, server + address)
    assert page.evaluate(SHOWN) == list(FAMILIES)
    page.locator(".atlas-filter [name=q]").focus()
    page.keyboard.type("neox")
    found = page.evaluate(SHOWN)
    assert "gpt_neox" in found and len(found) < len(FAMILIES)
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.press("Delete")
    for _ in range(3):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "layout"
    page.keyboard.press("ArrowDown")
    layout = page.evaluate("document.activeElement.value")
    assert page.evaluate(SHOWN) == having(layout=layout)
    status = page.locator(".atlas-filter [role=status]").text_content()
    assert str(len(having(layout=layout))) in status and str(len(FAMILIES)) in status
    wait_for_hash(page, f"#families?layout={layout}")
    page.mouse.wheel(0, 40)
    page.wait_for_timeout(600)
    wait_for_hash(page, f"#families?layout={layout}")
    page.locator(".atlas-filter button").focus()
    page.keyboard.press("Enter")
    wait_for_hash(page, "#families")
    assert page.evaluate(SHOWN) == list(FAMILIES)
    assert not said and page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@PAGES
def test_a_name_opens_to_the_lines_and_the_record_by_keyboard(page, server, address):
    visit(page, server + address)
    body = page.locator(".atlas tbody").filter(has=page.locator("summary", has_text="llama4").first).first
    assert not body.locator(".more").is_visible()
    body.locator("summary").focus()
    page.keyboard.press("Enter")
    lines = body.locator("pre").first
    lines.wait_for()
    assert "from snippets.schemes.rope import frequencies, rotate, rotations" in lines.text_content()
    assert "Llama4TextAttention" in body.locator("pre").last.text_content()
    page.keyboard.press("Enter")
    body.locator(".more").wait_for(state="hidden")


@PAGES
def test_an_address_with_a_state_shows_it_and_sorting_keeps_what_was_chosen(page, server, address):
    visit(page, server + address + "#families?scheme=rope&layout=neighbours&sort=-4")
    want = having(scheme="rope", layout="neighbours")
    assert sorted(page.evaluate(SHOWN)) == sorted(want)
    bases = [int(base or 0) for base in page.evaluate(BASES)]
    assert bases == sorted(bases, reverse=True) and bases[0] > bases[-1]
    assert page.locator(".atlas thead th").nth(4).get_attribute("aria-sort") == "descending"
    page.locator(".atlas thead button").nth(4).focus()
    page.keyboard.press("Enter")  # the third click: the order of the record again, and still filtered
    assert page.evaluate(SHOWN) == want
    wait_for_hash(page, "#families?scheme=rope&layout=neighbours")


@pytest.mark.parametrize("state", ["scheme=nothing", "sort=99", "sort=-x", "q=%00%ff", "__proto__=1"])
def test_an_address_that_asks_for_what_there_is_not_shows_something(page, server, state):
    said, _ = visit(page, server + f"atlas/models/#families?{state}")
    assert not said
    assert page.evaluate(SHOWN) == ([] if state.startswith("q=") else list(FAMILIES))


@pytest.mark.parametrize("address", ["schemes/yarn/", "ko/schemes/yarn/"])
def test_the_page_of_a_scheme_leads_to_the_families_that_use_it(page, server, address):
    visit(page, server + address)
    page.locator("#used-by + p a").click()
    wait_until(page, "document.querySelector('.atlas-filter [name=stretch]')?.value === 'yarn'")
    assert page.evaluate(SHOWN) == having(stretch="yarn")


@PAGES
@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True, ids=["no JavaScript"])
def test_without_javascript_it_is_a_table_whose_rows_open(page, server, address):
    page.goto(server + address)
    assert page.locator(".atlas tbody summary").count() == len(FAMILIES)
    assert not page.locator(".atlas-filter").is_visible()
    row = page.locator(".atlas tbody").first
    row.locator("summary").click()
    assert row.locator(".more pre").last.is_visible()
