"""What the build makes of live figures."""

import json

import pytest

from tools import LANGUAGES, ROOT, drawings, figures, live, pages


@pytest.mark.parametrize("name", live.names())
def test_a_live_figure_is_shown_in_both_languages(name):
    for language in LANGUAGES:
        shown = [path for path in pages.markdown(language) if name in figures.shown(path.read_text("utf-8"))]
        assert shown, f"no page in {language} shows the figure {name}, which snippets/live/{name}.js takes the place of"


def test_a_figure_says_that_it_is_live_and_what_it_needs():
    line = '![what it shows](../assets/figures/{}.svg "a caption")'
    assert ' data-live="clock_hands" data-stored="clock_hands.json"' in figures.expand(
        line.format("clock_hands"), "p.md"
    )
    still = next(name for name in drawings.names() if name not in live.names())
    assert "data-live" not in figures.expand(line.format(still), "p.md")


def test_the_site_keeps_scripts_as_they_are_and_data_as_python_gives_them():
    found = live.files()
    assert found["assets/live/kit.js"] == (ROOT / "snippets/live/kit.js").read_text("utf-8")
    for name in filter(live.has_data, live.names()):
        stored = json.loads(found[f"assets/live/{name}.json"])
        assert stored == live.data(name), f"the data of {name} are no JSON: a tuple, or a key that is no text"
        assert "NaN" not in found[f"assets/live/{name}.json"]
