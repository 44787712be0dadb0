"""A lab's page: its drawings in both palettes, each with what it shows, in the language of the page."""

from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from mkdocs.exceptions import PluginError

from conftest import ADDRESSES
from snippets.figures import style
from tools import cache, labs, pages, palettes

SVG = '<svg width="72pt" height="36pt"><path d="M 1 2" style="fill: #1261a6; stroke: #1b2230"/></svg>'
DRAWING = {"light": SVG, "dark": palettes.marks_darkened(SVG)}


NOTEBOOK = (
    '<div class="jp-Notebook"><div class="jp-Cell jp-MarkdownCell"><div class="jp-RenderedMarkdown">'
    '<p><a id="lab"></a></p><h1>Lab</h1>{text}</div></div>'
    '<div class="jp-Cell jp-CodeCell"><div class="highlight-ipynb"><pre>plot()</pre></div></div></div>'
)  # what mkdocs-jupyter makes of a lab with one text and one cell


def clean(text: str, outputs: list[dict] | None):
    page = SimpleNamespace(file=SimpleNamespace(src_uri="labs/x.py"))
    return labs.clean(NOTEBOOK.format(text=text), page, "en", outputs and [outputs])


def test_a_drawing_comes_in_both_palettes_with_what_the_text_says_of_it():
    html, pictures = clean("<!-- figure: a line that rises -->", [DRAWING])
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
        clean(text, [DRAWING] * drawings + [{"text": "a number"}])


def test_a_cell_that_has_not_been_run_yet_keeps_a_place():
    html, pictures = clean("<!-- figure: a -->", None)
    assert "…" in html and not pictures


def test_the_code_of_a_lab_is_the_same_in_both_languages():
    for path in pages.labs("en"):
        assert labs.code(path) == labs.code(pages.twin(path)), f"{path.name}: the languages differ in a code cell"
        assert labs.name(path) == labs.name(pages.twin(path)), f"{path.name} is run once for each language"


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """A lab of some cells in a folder of its own."""
    monkeypatch.setattr(labs, "ROOT", tmp_path)
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    monkeypatch.setattr(cache, "FOLDER", tmp_path / ".cache")

    def write(*cells: str):
        path = tmp_path / "docs/en/labs/x.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"# %%\n{cell}\n\n" for cell in cells), encoding="utf-8")
        return path

    return write


def test_a_cell_is_run_as_in_a_notebook(lab):
    plot = "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\nplt.show()\nprint('after')"
    printed, value, quiet, drawn = labs.outputs(lab("print(1)\nprint(2)", "x = 3\nx", "x;", plot))
    assert printed == [{"text": "1\n2\n"}] and value == [{"text": "3"}] and quiet == []
    assert drawn[0]["light"].startswith("<svg") and drawn[1] == {"text": "after\n"}, "the order is that of the code"


def test_a_cell_that_fails_is_said_with_its_lab_and_its_line(lab):
    with pytest.raises(PluginError, match=r"(?s)docs/en/labs/x\.py: a cell fails:.*1 raise ValueError.*planted"):
        labs.outputs(lab("print(1)", "raise ValueError('planted')"))


def test_no_light_colour_has_two_dark_ones():
    pairs = {(mark.light, mark.dark) for mark in style.MARKS.values()}
    pairs |= {(style.PALETTES["light"][name], style.PALETTES["dark"][name]) for name in style.PALETTES["light"]}
    assert len({light for light, _ in pairs}) == len(pairs), "a lab's drawing could not be darkened by its colours"


def test_the_built_labs_draw_no_pixels(site):
    for address in (address for address in ADDRESSES if "labs/" in address):
        html = (site / address / "index.html").read_text("utf-8")
        assert "data:image" not in html and ".png" not in html.split("<article")[1], f"{address} shows a bitmap"
