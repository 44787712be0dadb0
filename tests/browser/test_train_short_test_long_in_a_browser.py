"""The measured curves by keyboard and by touch: choose schemes, move the cursor, send the view to somebody."""

import re

from test_live import control, sentence, visit_figure
from visits import wait_until


def test_schemes_length_and_position_by_keyboard(page, server):
    figure, said = visit_figure(page, server, "train_short_test_long")
    figure.get_by_role("combobox", name="Schemes").select_option("none")
    assert sentence(figure) == "Choose a scheme to see its loss."
    for name in ("RoPE", "ALiBi"):
        figure.get_by_role("checkbox", name=name, exact=True).press("Space")
    assert sentence(figure).startswith("Loss on the last 32 of 256 bytes (2× the trained length): ALiBi 1.37")
    control(figure, "Tested length").press("End")
    assert sentence(figure).startswith("Loss on the last 32 of 1,024 bytes (8× the trained length): ALiBi 1.37")
    control(figure, "Loss").press("ArrowDown")
    assert sentence(figure).startswith("Mean loss over windows of 1,024 bytes")
    control(figure, "Loss").press("ArrowDown")
    assert sentence(figure).startswith("Loss at positions 112 to 127 of windows of 1,024 bytes")
    wait_until(page, "location.hash.includes('schemes=rope,alibi')")
    control(figure, "Position").press("ArrowRight")
    assert sentence(figure).startswith("Loss at positions 128 to 143 of windows of 1,024 bytes")
    assert not said


def test_a_click_on_the_curves_moves_the_cursor(page, server):
    figure, _ = visit_figure(page, server, "train_short_test_long")
    figure.locator(".live svg [data-set]").last.click()
    assert "of 1,024 bytes" in sentence(figure)


def test_the_address_shows_the_same_view_in_the_other_language(page, server):
    query = "?view=position&length=512&place=496&schemes=yarn,yarn_tuned"
    figure, _ = visit_figure(page, server, "train_short_test_long", query, "ko")
    assert "512바이트" in sentence(figure) and "496–511" in sentence(figure)
    assert len(re.findall(r"YaRN(?:, 미세 조정)? \d\.\d{3}\(", sentence(figure))) == 2
    chosen = figure.locator("input[type=checkbox]:checked")
    assert chosen.count() == 2
