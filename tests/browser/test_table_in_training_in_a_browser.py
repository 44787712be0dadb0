"""The table in training by keyboard: step on, leave the table behind, come back by the address."""

import pytest
from test_live import control, sentence, visit_figure
from visits import wait_until


def test_steps_and_positions_by_keyboard(page, server):
    figure, said = visit_figure(page, server, "table_in_training")
    control(figure, "Training step").focus()
    page.keyboard.press("ArrowRight")
    assert sentence(figure).startswith("Step 110: texts of 4 tokens give a gradient to rows 0 to 3")
    assert "Row 12 gets none" in sentence(figure)
    page.keyboard.press("Home")
    assert sentence(figure).startswith("Step 0: texts of 19 tokens")
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    assert "The table has no row 255." in sentence(figure) and "reads 11111111" in sentence(figure)
    assert figure.locator(".live svg").get_by_text("no row 255").count() == 1
    wait_until(page, "location.hash === '#figure-table_in_training?step=0&position=255'")
    assert not said


@pytest.mark.parametrize("language, sign", [("en", "Row 21 is never reached"), ("ko", "21번 행은 한 번도 사용되지")])
def test_an_address_shows_its_step_and_position(page, server, language, sign):
    figure, _ = visit_figure(page, server, "table_in_training", "?step=200&position=21", language)
    assert sign in sentence(figure) and "200" in sentence(figure) and "00010101" in sentence(figure)
    assert figure.locator("input[type=range]").evaluate_all("all => all.map(e => e.value)") == ["200", "21"]
