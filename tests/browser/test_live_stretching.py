"""The live figure of stretching, used by keyboard."""

import re

import pytest
from test_live import control, sentence, visit_figure


def test_a_method_and_a_length_are_chosen_by_keyboard(page, server):
    figure, said = visit_figure(page, server, "wavelengths")
    assert "At 8,192 tokens 23 reach new angles, up to 4 times their arc." in sentence(figure)
    control(figure, "method").focus()
    page.keyboard.press("ArrowDown")
    assert "At 8,192 tokens none reaches new angles. Slowed: all, up to 4 times." in sentence(figure)
    page.keyboard.press("ArrowDown")
    assert "22 reach new angles, up to 1.62 times their arc. Slowed: all but 1, up to 4 times." in sentence(figure)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-valuetext')") == "8,192 tokens"
    page.keyboard.press("ArrowRight")
    assert "At 16,384 tokens 22 reach new angles" in sentence(figure)
    page.wait_for_url(re.compile(r"#figure-wavelengths\?wanted=16384&method=ntk_aware$"))
    assert not said


def test_a_released_model_sets_all_its_numbers_and_a_change_makes_them_yours(page, server):
    figure, _ = visit_figure(page, server, "wavelengths")
    models = control(figure, "released model")
    models.focus()
    page.keyboard.type("gpt")
    assert sentence(figure).startswith("gpt-oss 20B: ")
    assert "cos and sin times 1.35, which makes logits 1.81 times as large" in sentence(figure)
    assert control(figure, "base").get_attribute("aria-valuetext") == "150,000"
    assert control(figure, "slow down by").evaluate("e => e.selectedOptions[0].textContent") == "32 times"
    control(figure, "base").focus()
    page.keyboard.press("ArrowRight")
    assert not sentence(figure).startswith("gpt-oss")
    assert models.evaluate("e => e.selectedOptions[0].textContent") == "your own numbers"


@pytest.mark.parametrize("language, model", [("en", "Llama 3.1 8B: "), ("ko", "Llama 3.1 8B: ")])
def test_a_link_leads_to_a_released_model(page, server, language, model):
    query = "?base=500000&trained=8192&wanted=131072&method=llama3_scaling&factor=8"
    figure, _ = visit_figure(page, server, "wavelengths", query, language)
    assert sentence(figure).startswith(model) and "29" in sentence(figure)
