"""The reader of config.json by keyboard, in both languages, and with a text that would be markup."""

import pytest
from visits import visit, wait_until

from conftest import DESKTOP, PHONE

PAGES = pytest.mark.parametrize("address", ["atlas/config/", "ko/atlas/config/"])


def answer(page, text: str) -> str:
    """Type a file into the field by keyboard and read the sentence that is read out."""
    field = page.get_by_label("config.json", exact=False).last
    field.focus()
    page.keyboard.press("ControlOrMeta+A")
    before = page.locator(".reader .says").text_content()
    page.keyboard.insert_text(text)
    wait_until(page, "before => document.querySelector('.reader .says').textContent !== before", arg=before)
    return page.locator(".reader .says[aria-live=polite]").text_content()


@PAGES
@pytest.mark.parametrize("page", [{"viewport": PHONE}, {"viewport": DESKTOP}], indirect=True, ids=["phone", "desktop"])
def test_a_file_is_read_by_keyboard_and_nothing_leaves_the_browser(page, server, address):
    said, _ = visit(page, server + address)
    page.locator(".reader textarea").wait_for()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator(".reader select").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    file = '{"model_type": "gpt_neox", "hidden_size": 2048, "num_attention_heads": 16, "rope_theta": 500000}'
    found = answer(page, file)
    assert "16" in found and "10,000" in found
    assert "rope_theta" in page.locator(".reader li").first.text_content()
    page.locator(".reader summary").first.focus()
    page.keyboard.press("Enter")
    page.locator(".reader details table").wait_for()
    assert not asked and not said
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_is_pasted_stays_text(page, server):
    visit(page, server + "atlas/config/")
    page.locator(".reader textarea").wait_for()
    name = "<img src=x onerror=alert(1)>"
    found = answer(page, f'{{"model_type": "{name}", "hidden_size": 64, "num_attention_heads": 2}}')
    assert name in found and not page.locator(".reader img").count()
    assert "Line 1, column 7" in answer(page, '{"a": NaN}') + page.locator(".reader li").first.text_content()


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True, ids=["no JavaScript"])
def test_without_javascript_the_page_says_where_the_same_stands(page, server):
    page.goto(server + "atlas/config/")
    assert "needs scripts" in page.locator("#config-reader").text_content()
    assert page.locator("article table").first.is_visible()
