"""Diagrams that explain speak Korean on Korean pages: every word has a translation and every letter a shape."""

import importlib
import re
from functools import cache

import pytest
from matplotlib.font_manager import get_font
from matplotlib.text import Text

from snippets.figures import style
from tools import cards, drawings, figures

TRANSLATED = [name for name in drawings.names() if drawings.korean(name)]
PUNCTUATION = re.compile(r"[\s\d.,:;+−×·=≠()\[\]|/%?!'-]")

# What is the same in both languages: names, code, letters of formulas.
NAMES = {mark.label for mark in style.MARKS.values() if mark.label[0].isupper()} | {
    "xPos",
    "p-RoPE",
    "PI",
    "NTK",
    "T5",
    "NoPE",
}
SAME = {
    "map_of_ways": {"x = e + p", "q · k + b"},
    "three_ways": {"W"},
    "bounds": {"max_length = 4", "max_length = 2", "IndexError"},
    "dog_bites_man": {"a dog bites the man", "the man bites a dog"},
    "timeline": {"BERT", "GPT-2", "GPT-J", "Llama", "Gemma 3", "Olmo 3"},
}
# Words of the English text that a diagram cuts, marks or asks about.
QUOTED = {
    "cutting": importlib.import_module("snippets.chunks").alice(),
    "truncation": importlib.import_module("snippets.truncation").FACTS,
    "nodes_edges": importlib.import_module("snippets.figures.absolute_to_relative.nodes_edges").WORDS,
    "glasses": importlib.import_module("snippets.figures.why_add.glasses").TOKENS,
}


@cache
def words(name: str) -> dict[str, set[str]]:
    """Everything that is written in a figure, but for formulas, by language."""
    with style.palette("light"):
        return {language: written(figure) for language, figure in drawings.spoken(name)}


def written(figure) -> set[str]:
    texts = {text.get_text() for text in figure.findobj(Text) if text.get_visible()}
    return {text for text in texts if text.strip() and not text.startswith("$")}


def test_the_ten_that_explain_are_translated():
    assert {
        "counter_and_hands",
        "cutting",
        "glasses",
        "layouts",
        "map_of_ways",
        "nodes_edges",
        "packing",
        "same_sum",
        "three_ways",
        "truncation",
    } <= set(TRANSLATED)


@pytest.mark.parametrize("name", TRANSLATED)
def test_every_word_of_a_translated_figure_is_korean(name):
    english, said = words(name).values()
    left = {word for word in said if PUNCTUATION.sub("", word) and not re.search("[가-힣]", word)}
    left -= NAMES | SAME.get(name, set()) | set(QUOTED.get(name, ()))
    assert not left, f"snippets/figures/{name}.py: KOREAN has no entry for {sorted(left)}"
    assert len(said) == len(english) or name in {"counter_and_hands"}, f"{name}: two words became one"


@pytest.mark.parametrize("name", TRANSLATED)
def test_every_translation_is_used(name):
    english, korean = words(name).values()
    for key, word in drawings.korean(name).items():
        pattern = re.escape(key).replace(r"\{\}", "(.+)")
        assert any(re.fullmatch(pattern, text) for text in english), f"{name} does not say {key!r}"
        shape = re.sub(r"\\{\d*\\}", ".+", re.escape(word))
        assert any(re.fullmatch(shape, text) for text in korean), f"{name} does not come to say {word!r}"


@pytest.mark.parametrize("weight", ["regular", "bold"])
def test_no_letter_of_a_figure_or_a_card_is_missing_in_the_font(weight):
    font = get_font(str(drawings.FOLDER / f"fonts/site-sans-kr-{weight}.ttf"))
    drawn = {letter for name in TRANSLATED for word in drawings.korean(name).values() for letter in word}
    missing = {letter for letter in drawn | cards.words() if ord(letter) not in font.get_charmap()}
    assert not missing, f"the font has no {sorted(missing)}: run python -m tools.fonts, as its first lines say"


def test_korean_pages_show_the_korean_drawing_and_english_pages_do_not():
    line = '![a](assets/figures/layouts.svg "b")'
    english, korean = figures.expand(line, "page.md"), figures.expand(line, "page.md", "ko")
    assert "layouts-light.svg#only-light" in english and "ko-light" not in english
    assert "layouts-ko-light.svg#only-light" in korean and "layouts-ko-dark.svg#only-dark" in korean
    drawn = drawings.draw("layouts")
    assert drawn["ko-light"] != drawn["light"]
    plot = '![a](assets/figures/alibi.svg "b")'
    assert figures.expand(plot, "page.md", "ko") == figures.expand(plot, "page.md").replace("Figure 1", "그림 1")
