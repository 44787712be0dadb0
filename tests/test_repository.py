"""The source of a page, of a file and of a figure is one click away, where the build knows a repository."""

from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup

from conftest import REPOSITORY
from tools import LANGUAGES, ROOT, drawings, repository

WORDS = {
    "en": ["Edit this page", "Report an error on this page"],
    "ko": ["이 페이지 고치기", "이 페이지의 오류 알리기"],
}
HTML = """\
<div class="highlight"><span class="filename">snippets/schemes/rope.py<a href="x" download>Download</a></span></div>
<figure id="figure-rope" class="figure"><p>drawing</p><figcaption>The caption.</figcaption></figure>
<figure id="figure-3" class="figure"><p>a drawing of a lab</p></figure>
"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_edited_and_an_error_on_it_is_reported(small_sites, language):
    under = "" if language == "en" else "ko/"
    html = (small_sites["known"] / under / "chapters/why-add/index.html").read_text("utf-8")
    _, edit, report = BeautifulSoup(html, "html.parser").select("p.about a")
    assert [edit.get_text(), report.get_text()] == WORDS[language]
    assert edit["href"] == f"{REPOSITORY}/edit/HEAD/docs/{language}/chapters/why-add.md"
    assert (ROOT / edit["href"].partition("/HEAD/")[2]).is_file()
    filled = parse_qs(urlsplit(report["href"]).query)
    assert report["href"].startswith(f"{REPOSITORY}/issues/new?") and "Why?" in filled["title"][0]
    assert f"https://positions.example/pos/{under}chapters/why-add/" in filled["body"][0]


def test_a_build_without_a_repository_leads_to_none(soups, small_sites):
    for address, soup in soups.items():
        assert not soup.select("a.source") and len(soup.select("p.about a")) == 1, address
    html = (small_sites["unknown"] / "chapters/why-add/index.html").read_text("utf-8")
    assert len(BeautifulSoup(html, "html.parser").select("p.about a")) == 1
    assert repository.with_sources(HTML, "en", "") == HTML and repository.links("a", "b", "c", "en", "") == {}


@pytest.mark.parametrize("address", [REPOSITORY, f"{REPOSITORY}.git", f"{REPOSITORY}/"])
def test_a_file_and_a_figure_lead_to_their_code(address):
    soup = BeautifulSoup(repository.with_sources(HTML, "en", address), "html.parser")
    file, figure = soup.select("a.source")
    assert file["href"] == f"{REPOSITORY}/blob/HEAD/{file.get_text()}" and file.parent["class"] == ["filename"]
    assert figure["href"] == f"{REPOSITORY}/blob/HEAD/snippets/figures/schemes/rope.py"
    assert drawings.path_of("rope") == ROOT / figure["href"].partition("/HEAD/")[2]
    assert figure.get_text() == "Code" and figure["aria-label"] == "Code: rope.py"


def test_gitlab_has_addresses_of_its_own():
    found = repository.links(
        "docs/en/a.md", "A & B", "https://e.example/a/", "en", "https://gitlab.example/me/positions"
    )
    assert found["edit"] == "https://gitlab.example/me/positions/-/edit/HEAD/docs/en/a.md"
    assert parse_qs(urlsplit(found["report"]).query)["issue[title]"] == ["Error on the page “A & B”"]


BLOCK = (
    '<a class="one-file" href="../../blocks/0123456789ab.py" download="rope-1.py" aria-label="One file: block 1">'
    "One file</a>"
)


@pytest.mark.parametrize("address", [REPOSITORY, f"{REPOSITORY}.git", f"{REPOSITORY}/"])
def test_a_block_as_one_file_opens_in_colab(address):
    file, there = BeautifulSoup(repository.with_sources(BLOCK, "en", address), "html.parser").select(".one-file a")
    assert file["href"] == "../../blocks/0123456789ab.py" and file["download"] == "rope-1.py"
    [(notebook, text)] = repository.notebooks({"blocks/0123456789ab.py": "print(1)\n"}, address).items()
    owner = REPOSITORY.removeprefix("https://github.com/")
    assert there["href"] == f"https://colab.research.google.com/github/{owner}/blob/notebooks/{notebook}"
    book = nbformat.reads(text, nbformat.NO_CONVERT)
    nbformat.validate(book)
    assert [cell.source for cell in book.cells] == ["print(1)\n"]


@pytest.mark.parametrize("address", ["", "https://gitlab.example/me/positions"])
def test_colab_is_not_offered_what_it_cannot_open(address):
    assert repository.with_sources(BLOCK, "en", address) == BLOCK
    assert repository.notebooks({"blocks/a.py": ""}, address) == {}
