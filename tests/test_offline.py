"""The site without a network: a zip that opens from disk and searches, and all pages of a language as one PDF."""

import re
import shutil
import subprocess
import sys
import zipfile

import pytest
from bs4 import BeautifulSoup

from conftest import DESKTOP, PATIENCE, build
from tools import LANGUAGES, ROOT, offline

FIGURE = """<figure class="figure" id="figure-lamp"><p>
<picture><source media="screen" srcset="../../assets/logo.svg"><img alt="A lamp" loading="lazy"
src="../../assets/logo.svg#only-light"></picture><picture><img alt="A lamp" loading="lazy"
src="../../assets/logo.svg#only-dark"></picture><button class="open"></button></p>
<figcaption><a class="number" href="#figure-lamp">Figure 1</a> <strong>A lamp.</strong></figcaption></figure>
<p><a id="home-link" href="../../">home</a> <a href="../../assets/logo.svg">a file</a> <a href="#whole">here</a></p>
<details><summary>More</summary><p>Folded.</p></details></article>"""


@pytest.fixture(scope="module", params=["known", "unknown"])
def small(request, small_sites, tmp_path_factory):
    """Two pages in both languages, each chapter with a figure and links; and whether the build knew its address."""
    site = tmp_path_factory.mktemp("small") / "pos"
    shutil.copytree(small_sites[request.param], site)
    for under in ("", "ko/"):
        page = site / under / "chapters/why-add/index.html"
        page.write_text(page.read_text("utf-8").replace("</article>", FIGURE, 1), encoding="utf-8")
    return site, request.param == "known", small_sites[request.param].parents[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_book_holds_every_page_once_in_the_order_of_the_navigation(small, language):
    site, knows_its_address, settings = small
    book = BeautifulSoup(offline.Book(site, language, settings).html(), "html.parser")
    home, chapter = ("home", "chapters-why-add") if language == "en" else ("ko", "ko-chapters-why-add")
    assert [section.get("id") for section in book.select("main > section")] == [None, None, home, chapter]
    assert [a["href"] for a in book.select(".contents a")] == [f"#{home}", f"#{chapter}"]
    ids = [element["id"] for element in book.select("[id]")]
    assert len(ids) == len({*ids})
    inside = [a["href"][1:] for a in book.select("a[href^='#']")]
    assert {*inside} <= {*ids} and f"{chapter}--whole" in inside
    others = [a["href"] for a in book.select("a[href]:not([href^='#'])")]
    assert all(one.startswith("https://") for one in others) and (len(others) == 2) == knows_its_address
    assert not book.select("script, form, button, .headerlink, .sections, .md-button, [loading]")
    assert all(folded.has_attr("open") for folded in book.select("details"))
    images = [image["src"] for image in book.select("img")]
    assert len(images) == 1 and (site / images[0].partition("#")[0]).is_file() and images[0].endswith("#only-light")
    assert all((site / link["href"]).is_file() for link in book.select("link"))


def test_figures_are_numbered_through_the_book(small):
    site, _, settings = small
    html = offline.Book(site, "en", settings)
    twice = FIGURE.replace("</article>", "").partition("<p><a")[0].replace("lamp", "lantern")
    html.articles[""].append(BeautifulSoup(twice, "html.parser"))
    book = BeautifulSoup(html.html(), "html.parser")
    assert [number.get_text() for number in book.select(".number")] == ["Figure 1", "Figure 2"]


def test_a_page_that_is_not_there_is_named(small):
    site, _, settings = small
    (site / "index.html").rename(site / "gone.html")
    try:
        with pytest.raises(FileNotFoundError, match=r"index\.html is missing: run `mkdocs build"):
            offline.Book(site, "en", settings)
    finally:
        (site / "gone.html").rename(site / "index.html")


def test_a_book_is_printed_with_an_outline_and_links_that_stay_inside(small, browser):
    site, _, settings = small
    printed = offline.print_book(site, offline.Book(site, "ko", settings).html(), browser)
    assert printed.startswith(b"%PDF") and len(re.findall(rb"/Type /Page\b", printed)) == 3
    assert b"/Outlines" in printed and b"/Dests" in printed
    assert b"127.0.0.1" not in printed and b"file:" not in printed


@pytest.fixture(scope="module")
def unpacked(small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("zip")
    offline.write_zip(small[0], folder / "site.zip")
    offline.write_zip(small[0], folder / "again.zip")
    assert (folder / "site.zip").read_bytes() == (folder / "again.zip").read_bytes(), "a zip of another moment differs"
    with zipfile.ZipFile(folder / "site.zip") as archive:
        archive.extractall(folder)
    return folder / offline.NAME


def test_every_link_of_the_zip_leads_to_a_file(unpacked):
    for page in unpacked.rglob("*.html"):
        for element in BeautifulSoup(page.read_text("utf-8"), "html.parser").select("[href], [src]"):
            target = (element.get("href") or element["src"]).partition("#")[0].partition("?")[0]
            if target and not re.match(r"[\w+.-]+:|//", target) and "markdown" not in element.get("type", ""):
                assert (page.parent / target).is_file(), f"{page}: {target}"
    assert not [*unpacked.rglob("sitemap.xml*"), *unpacked.rglob("*.map"), *unpacked.rglob("404.html")]


@pytest.mark.parametrize(("under", "query", "found"), [("", "label", "why-add"), ("ko/", "sentence", "why-add")])
def test_the_zip_searches_from_disk(unpacked, browser, under, query, found):
    context = browser.new_context(viewport=DESKTOP, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    page, said = context.new_page(), []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((unpacked / under / "index.html").as_uri())
    page.locator(".md-search__input").click()
    page.locator(".md-search__input").press_sequentially(query)
    page.locator(".md-search-result__link").first.wait_for()
    page.locator(".md-search-result__link").first.click()
    page.wait_for_url(re.compile(rf"/{under}chapters/{found}/index\.html"))
    context.close()
    assert not said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_build_that_is_told_of_the_files_links_them_at_the_foot_of_each_page(small_sites, tmp_path, language):
    settings, under = small_sites["unknown"].parents[1], "" if language == "en" else "ko"
    name = "mkdocs.yml" if language == "en" else "mkdocs.ko.yml"
    result = build(settings, tmp_path / under, "-f", name, OFFLINE=f"{offline.FOLDER}/{offline.NAME}")
    assert result.returncode == 0, result.stderr[-3000:]
    page = tmp_path / under / "chapters/why-add/index.html"
    links = [a["href"] for a in BeautifulSoup(page.read_text("utf-8"), "html.parser").select(".offline a")]
    wanted = [tmp_path / offline.FOLDER / f"{offline.NAME}{kind}" for kind in (".zip", f"-{language}.pdf")]
    assert [(page.parent / link).resolve() for link in links] == wanted
    assert "offline" not in offline._with_files(page.read_text("utf-8")).partition("<footer")[2]
    assert 'class="offline"' not in (small_sites["unknown"] / under / "index.html").read_text("utf-8")


def test_without_a_built_site_the_command_says_what_to_run(tmp_path):
    command = [sys.executable, "-m", "tools.offline", str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode and "run `mkdocs build -d" in result.stderr
