"""A lab's page: its drawings in both palettes, each with what it shows, in the language of the page."""

from base64 import b64encode
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from mkdocs.exceptions import PluginError

from conftest import ADDRESSES
from snippets.figures import style
from tools import labs

SVG = '<svg width="72pt" height="36pt"><path d="M 1 2" style="fill: #1261a6; stroke: #1b2230"/></svg>'


def notebook(text: str, drawings: int) -> str:
    """What mkdocs-jupyter makes of a lab with one text and one cell that draws."""
    image = f'<img src="data:image/svg+xml;base64,{b64encode(SVG.encode()).decode()}">'
    return (
        '<div class="jp-Notebook"><div class="jp-Cell jp-MarkdownCell"><div class="jp-RenderedMarkdown">'
        f'<p><a id="lab"></a></p><h1>Lab</h1>{text}</div></div>'
        '<div class="jp-Cell jp-CodeCell"><div class="highlight-ipynb"><pre>plot()</pre></div>'
        + f'<div class="jp-OutputArea-output">{image}</div>' * drawings
        + "</div></div>"
    )


def clean(text: str, drawings: int):
    return labs.clean(notebook(text, drawings), SimpleNamespace(file=SimpleNamespace(src_uri="labs/x.py")), "en")


def test_a_drawing_comes_in_both_palettes_with_what_the_text_says_of_it():
    html, pictures = clean("<!-- figure: a line that rises -->", 1)
    assert list(pictures) == ["labs/x-1-light.svg", "labs/x-1-dark.svg"]
    light, dark = pictures.values()
    assert "#1261a6" in light and "#6cb2f5" in dark and "#1261a6" not in dark, "the dark drawing keeps light colours"
    images = BeautifulSoup(html, "html.parser").select("figure img")
    assert [image["alt"] for image in images] == ["a line that rises"] * 2
    assert [image["src"] for image in images] == ["../x-1-light.svg#only-light", "../x-1-dark.svg#only-dark"]
    assert "<!--" not in html


@pytest.mark.parametrize(("text", "drawings"), [("", 1), ("<!-- figure: a -->", 0), ("<!-- figure: a -->", 2)])
def test_a_drawing_without_words_or_words_without_a_drawing_stop_the_build(text, drawings):
    with pytest.raises(PluginError, match=rf"labs/x\.py: a cell draws {drawings} figures, but the text before it has"):
        clean(text, drawings)


def test_no_light_colour_has_two_dark_ones():
    pairs = {(mark.light, mark.dark) for mark in style.MARKS.values()}
    pairs |= {(style.PALETTES["light"][name], style.PALETTES["dark"][name]) for name in style.PALETTES["light"]}
    assert len({light for light, _ in pairs}) == len(pairs), "a lab's drawing could not be darkened by its colours"


def test_the_built_labs_draw_no_pixels(site):
    for address in (address for address in ADDRESSES if "labs/" in address):
        html = (site / address / "index.html").read_text("utf-8")
        assert "data:image" not in html and ".png" not in html.split("<article")[1], f"{address} shows a bitmap"
