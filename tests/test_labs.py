"""A lab's page: its drawings in both palettes, each with what it shows, in the language of the page."""

import re
import subprocess
from types import SimpleNamespace

import pytest
import yaml
from bs4 import BeautifulSoup
from mkdocs.exceptions import PluginError

from conftest import ADDRESSES
from snippets.figures import style
from tools import ROOT, cache, labs, pages, palettes, repository

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


CELL = '<div class="jp-Cell jp-{}Cell"><div class="{}">{}</div></div>'
TEXTS = ("<p>The answer.</p>", '<p><a id="next"></a></p><h2>Next</h2><p>What then?</p>')


def test_output_and_the_text_that_explains_it_are_folded_away_up_to_the_next_heading():
    cells = [CELL.format("Markdown", "jp-RenderedMarkdown", text) for text in TEXTS]
    book = f"{NOTEBOOK.format(text='<p>Predict.</p>')[: -len('</div>')]}{''.join(cells)}</div>"
    page = SimpleNamespace(file=SimpleNamespace(src_uri="labs/x.py"))
    for language, summary in (("en", "Guess first, then look"), ("ko", "먼저 예측해 보고 확인하기")):
        html, _ = labs.clean(book, page, language, [[{"text": "42"}]])
        [folded] = BeautifulSoup(html, "html.parser").select("details")
        assert not folded.has_attr("open") and folded.summary.get_text() == summary
        assert "42" in folded.get_text() and "The answer." in folded.get_text(), "the page gives the answer away"
        rest = BeautifulSoup(html.replace(str(folded), ""), "html.parser").get_text()
        assert "Predict." in rest and "plot()" in rest and "What then?" in rest, "what is asked is folded away"
        assert "42" not in rest and "The answer." not in rest


def test_a_cell_that_shows_nothing_folds_nothing_away():
    page = SimpleNamespace(file=SimpleNamespace(src_uri="labs/x.py"))
    html, _ = labs.clean(NOTEBOOK.format(text=""), page, "en", [[]])
    assert "<details" not in html and "plot" in html


@pytest.mark.parametrize("address", ["https://github.com/a/b", "https://github.com/a/b.git", "https://github.com/a/b/"])
def test_a_lab_of_a_repository_on_github_opens_in_colab(address):
    html, _ = clean("", [])
    for language, file in (("en", "x.ipynb"), ("ko", "ko/x.ipynb")):
        soup = BeautifulSoup(labs.with_colab(html, "labs/x.py", language, address), "html.parser")
        links = [link["href"] for link in soup.select("a.md-button")]
        assert links == ["../x.ipynb", f"https://colab.research.google.com/github/a/b/blob/notebooks/{file}"]


@pytest.mark.parametrize("address", [None, "", "https://gitlab.com/a/b", "https://github.com/a"])
def test_a_lab_whose_notebook_colab_cannot_open_has_no_link_to_it(address):
    html, _ = clean("", [])
    assert labs.with_colab(html, "labs/x.py", "en", address) == html


def test_the_workflow_puts_every_notebook_where_colab_looks_for_it(tmp_path):
    """Its step is run here, on two folders of notebooks and a repository of this machine."""
    steps = yaml.safe_load((ROOT / ".github/workflows/site.yml").read_text("utf-8"))["jobs"]["deploy"]["steps"]
    [script] = [step["run"] for step in steps if f"HEAD:{repository.BRANCH}" in step.get("run", "")]
    for folder in ("site/labs", "site/ko/labs", "site/blocks"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "x.ipynb").write_text(folder)
    target = tmp_path / "target.git"
    subprocess.run(["git", "init", "-q", "--bare", str(target)], check=True)
    script = re.sub(r'"https://x-access-token[^"]*"', f'"{target}"', script)
    script = re.sub(r"\$\{\{[^}]*\}\}", "0123456", script)
    subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, check=True, capture_output=True)
    for file, text in (("x.ipynb", "site/labs"), ("ko/x.ipynb", "site/ko/labs"), ("blocks/x.ipynb", "site/blocks")):
        shown = ["git", f"--git-dir={target}", "show", f"{repository.BRANCH}:{file}"]
        assert subprocess.run(shown, capture_output=True, text=True).stdout == text, f"{file} is not there"


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
