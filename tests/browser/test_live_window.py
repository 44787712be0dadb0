"""The live figure of the window, used by keyboard."""

import re

from test_live import control, sentence, visit_figure


def test_a_stride_above_the_window_skips_a_word(page, server):
    figure, said = visit_figure(page, server, "cutting")
    assert "0 between chunks and 3 at the end" in sentence(figure)
    control(figure, "stride").focus()
    page.keyboard.press("ArrowRight")
    assert control(figure, "stride").get_attribute("aria-valuetext") == "9 tokens"
    assert "2 between chunks and 1 at the end" in sentence(figure)
    page.wait_for_url(re.compile(r"#figure-cutting\?stride=9$"))
    assert not said


def test_the_mode_is_chosen_by_keyboard_and_brings_its_controls(page, server):
    figure, _ = visit_figure(page, server, "cutting")
    mode = control(figure, "what is done")
    mode.focus()
    page.keyboard.press("ArrowDown")
    assert "survives with the back and is lost with the front, the middle, head and tail." in sentence(figure)
    assert not control(figure, "stride").count()
    control(figure, "the answer").focus()
    page.keyboard.press("Home")
    assert "An answer at token 0, “Alice”, survives with the front, head and tail and is lost" in sentence(figure)
    mode.focus()
    page.keyboard.press("ArrowDown")
    assert "8 of 21 keys (sinks: 2, recent: 6)" in sentence(figure)
    control(figure, "sinks").focus()
    page.keyboard.press("Home")
    assert "8 of 21 keys (sinks: 0, recent: 8); gone: 13. The farthest key is 7 tokens back" in sentence(figure)


def test_a_shorter_text_takes_the_answer_along(page, server):
    figure, _ = visit_figure(page, server, "cutting", "?mode=truncate&at=27")
    control(figure, "text").focus()
    page.keyboard.press("Home")
    assert "loses 1. An answer at token 8, " in sentence(figure)


def test_the_view_of_a_link_is_the_same_in_korean(page, server):
    figure, _ = visit_figure(page, server, "cutting", "?mode=cache&sinks=0", "ko")
    assert "키 21개 가운데 8개" in sentence(figure) and "싱크가 0개" in sentence(figure)
