"""The live figures of the home page and of chapter 1, used by keyboard and by touch, and what they say then."""

import re

import pytest
from test_live import control, sentence, visit_figure
from visits import SHIFT, visit, wait_until

from conftest import PHONE


def choose(figure, label: str, option: str) -> str:
    control(figure, label).select_option(label=option)
    return sentence(figure)


def test_by_keyboard_shuffled_words_move_no_number_until_they_have_positions(page, server):
    figure, said = visit_figure(page, server, "dog_bites_man")
    button, order = figure.get_by_role("button", name="Shuffle the words"), control(figure, "Order")
    button.focus()
    page.keyboard.press("Enter")
    assert "have not moved" in sentence(figure)
    assert order.get_attribute("aria-valuetext") == "the man bites a dog"
    page.keyboard.press("Tab")
    assert order.evaluate("e => e === document.activeElement"), "the order does not follow the button"
    page.keyboard.press("ArrowRight")
    assert control(figure, "Order").get_attribute("aria-valuetext") != "the man bites a dog"
    assert "have not moved" in sentence(figure)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert re.search(r"moved by up to \d\.\d+: with sinusoids", sentence(figure))
    assert not said


@pytest.mark.parametrize("language", ["en", "ko"])
def test_one_masked_layer_does_not_see_the_order_before_and_two_do(page, server, language):
    figure, _ = visit_figure(page, server, "dog_bites_man", "?order=24&mask=one", language)
    still, moved = {"en": ("have not moved", "without positions"), "ko": ("그대로입니다", "위치 정보가 없는데도")}[
        language
    ]
    assert still in sentence(figure)
    layers, option = {"en": ("Layers", "2, causal mask"), "ko": ("층", "2개, 인과 마스크")}[language]
    assert moved in choose(figure, layers, option)


@pytest.mark.parametrize("page", [{"viewport": PHONE, "has_touch": True}], indirect=True)
def test_a_tap_on_a_word_moves_it(page, server):
    figure, _ = visit_figure(page, server, "dog_bites_man")
    figure.locator("[data-set]").nth(0).tap()
    assert "have not moved" in sentence(figure)
    assert control(figure, "Order").get_attribute("aria-valuetext") == "dog a bites the man"
    targets = figure.locator("svg .target").evaluate_all("all => all.map(e => e.getBoundingClientRect().width)")
    assert min(targets) >= 24, f"a finger misses {min(targets):.0f} pixels"


@pytest.mark.parametrize("address", ["", "ko/"])
@pytest.mark.parametrize("page", [{"viewport": {"width": 1280, "height": 800}}], indirect=True)
def test_nothing_shifts_when_the_figure_of_the_home_page_comes_alive(page, server, address):
    visit(page, server + address)
    page.locator("#figure-dog_bites_man .live svg").wait_for()
    assert page.evaluate(SHIFT) <= 0.02
    for place in range(6):  # and none of the sentences needs more room than there is
        page.locator("#figure-dog_bites_man .controls button").click()
        page.locator("#figure-dog_bites_man select").nth(1).select_option(index=place % 3)
        bottom = page.locator("#figure-dog_bites_man").evaluate("e => e.getBoundingClientRect().bottom + scrollY")
        assert bottom <= 800, f"the figure ends {bottom:.0f} pixels below the top"


def test_by_keyboard_the_collision_is_found(page, server):
    figure, said = visit_figure(page, server, "same_sum")
    assert "find it" in sentence(figure)
    control(figure, "Place").focus()
    page.keyboard.press("ArrowUp")
    assert sentence(figure).endswith("is (2, 5, 5), not (3, 4, 6).")
    control(figure, "Token").focus()
    page.keyboard.press("End")
    assert "a collision" in sentence(figure)
    assert not said


def test_random_lists_answer_to_width_and_noise(page, server):
    figure, _ = visit_figure(page, server, "same_sum", "?mode=random&d=64")
    right = re.compile(r"reads (\d+) tokens? and (\d+) places? of 100 right; .* gives both for (\d+)\.")
    wide = list(map(int, right.search(sentence(figure)).groups()))
    assert wide == [100, 100, 100]
    control(figure, "Dimensions").focus()
    page.keyboard.press("Home")
    token, place, both = map(int, right.search(sentence(figure)).groups())
    assert token < 20 and place < 50 and both == 100
    control(figure, "Noise").focus()
    page.keyboard.press("End")
    assert int(right.search(sentence(figure))[3]) < 10
    wait_until(page, "location.hash.includes('noise=2')")
