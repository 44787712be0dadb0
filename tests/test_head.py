"""What surrounds a page: its head, the page "not found", the link to the repository, blocks before a script runs."""

import re
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from conftest import REPOSITORY
from tools import LANGUAGES, ROOT, blocks, cards, head, languages

SITE_NAME = {"en": "How models know position", "ko": "모델은 위치를 어떻게 아는가"}


def language_of(address: str) -> str:
    return "ko" if address.startswith("ko/") else "en"


def said(soup, name: str) -> str:
    found = soup.select(f'meta[name="{name}"], meta[property="{name}"]')
    assert len(found) == 1, f"the head says {name} {len(found)} times"
    return found[0]["content"]


def test_every_title_is_there_and_no_two_are_alike(soups):
    titles = {address: soup.title.get_text() for address, soup in soups.items()}
    for address, title in titles.items():
        name = SITE_NAME[language_of(address)]
        assert title.count(name) == 1, f"{address or 'the home page'} is called {title!r}"
        assert (title == name) == (address in {"", "ko/"}), f"{address} is called {title!r}"
    twice = [title for title in titles.values() if list(titles.values()).count(title) > 1]
    assert not twice, f"several pages are called {twice}"


def test_every_page_describes_itself_and_no_other(soups):
    found = {address: said(soup, "description") for address, soup in soups.items()}
    for address, text in found.items():
        assert 15 <= len(text) <= 300, f"{address} describes itself in {len(text)} characters: {text!r}"
        assert bool(re.search("[가-힣]", text)) == (language_of(address) == "ko"), f"{address}: {text!r}"
        assert not re.search(r"[$\\<>]|\( ?\)|  ", text), f"{address}: {text!r}"
    twice = [text for text in found.values() if list(found.values()).count(text) > 1]
    assert not twice, f"several pages say {twice}"


def test_a_scheme_describes_itself_by_its_line_in_the_table(soups):
    assert said(soups["schemes/rope/"], "description").startswith("RoPE: turns each query and key")


def test_a_link_that_is_sent_shows_a_title_and_a_description(soups):
    for address, soup in soups.items():
        assert said(soup, "og:title") and soup.title.get_text().startswith(said(soup, "og:title"))
        assert said(soup, "og:description") == said(soup, "description")
        assert said(soup, "og:type") == ("website" if address in {"", "ko/"} else "article")
        assert said(soup, "og:locale")[:2] == language_of(address) != said(soup, "og:locale:alternate")[:2]
        assert said(soup, "twitter:card") == "summary"
        assert not soup.select('meta[property="og:image"]'), "previews take whole addresses alone"
        assert not soup.select('meta[property="og:url"], link[rel="canonical"]'), "the build does not know its address"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_that_is_sent_shows_a_picture_where_the_site_knows_its_address(small_sites, language):
    under = "" if language == "en" else f"{language}/"
    for source in ("index.md", "chapters/why-add.md"):
        page = small_sites["known"] / under / source.removesuffix("index.md").replace(".md", "/") / "index.html"
        soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
        card = cards.address(source, language)
        assert said(soup, "og:image") == f"https://positions.example/pos/{under}{card}", f"{page} is sent with another"
        assert said(soup, "twitter:card") == "summary_large_image"


def test_no_card_is_drawn_that_no_link_can_lead_to(site):
    assert not [*site.glob("**/og")], "without SITE_URL no page names its card"


def test_the_frame_of_the_browser_has_the_colour_of_the_paper(soups):
    css = (ROOT / "docs/assets/css/site.css").read_text("utf-8")
    light, dark = re.findall(r"--site-paper: (#\w+)", css)
    for soup in soups.values():
        found = {one["media"]: one["content"] for one in soup.select('meta[name="theme-color"]')}
        assert found == {"(prefers-color-scheme: light)": light, "(prefers-color-scheme: dark)": dark}


def test_no_page_has_a_script_in_an_attribute(soups):
    for address, soup in soups.items():
        found = [tag.name for tag in soup.find_all(True) if any(name.startswith("on") for name in tag.attrs)]
        assert not found, f"{address}: {found}"
        assert not soup.select('a[href^="javascript:"]')


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<h1>A</h1><p class="also">Also B.</p><p>First. Second.</p>', "First. Second."),
        ('<h1>A</h1><p>No.</p><p class="lead">Yes <em>it</em> is:</p>', "Yes it is"),
        ('<h1>A</h1><p>No.</p><p class="answer">Yes.</p>', "Yes."),
        ('<h1>A</h1><p><a class="md-button" href="x">Download</a></p><p>Lab.</p>', "Lab."),
        (
            '<h1>A</h1><p>So it is (<span class="cite"><a class="citation">B 2020</a><span>T.</span></span>; '
            '<a class="citation">C</a>), it says.</p>',
            "So it is, it says.",
        ),
        ("<h1>A</h1><p>" + "Long enough sentence. " * 12 + "</p>", " ".join(["Long enough sentence."] * 9)),
        ("<h1>A</h1>", ""),
    ],
)
def test_a_description_is_the_start_of_the_first_paragraph_that_answers(html, expected):
    assert head.description(html, {}, "A") == expected


def test_a_quotation_mark_does_not_end_a_description():
    assert (
        head.description('<h1>A</h1><p>He "mended" it &amp; left.</p>', {}, "A")
        == "He &quot;mended&quot; it &amp; left."
    )


def test_front_matter_describes_a_page_better():
    assert head.description("<h1>A</h1><p>B.</p>", {"description": "C."}, "A") == "C."
    assert head.description("<h1>A</h1><p>B.</p>", {"summary": "does c"}, "A") == "A: does c."
    assert head.description("<h1>가</h1>", {"summary": "더합니다."}, "가") == "가: 더합니다."


def test_the_keyboard_reaches_every_block_before_a_script_runs(soups):
    for address, soup in soups.items():
        stuck = [code.get_text()[:40] for code in soup.select("pre > code") if code.get("tabindex") != "0"]
        assert not stuck, f"{address}: {stuck}"
        assert all(formula.get("tabindex") == "0" for formula in soup.select(".katex-display")), address


def test_outputs_have_no_copy_button_and_code_has_one(soups):
    for address, soup in soups.items():
        for block in soup.select(".language-text, .lab-output"):
            assert "no-copy" in block["class"], f"{address}: the output {block.get_text()[:40]!r} has a copy button"
        for block in soup.select(".language-python"):
            folded = block.find_next_sibling() is not None and "file" in block.find_next_sibling().get("class", [])
            assert ("no-copy" in block["class"]) == folded, (
                f"{address}: only signatures of a folded file are not copied"
            )


def test_only_short_code_in_a_sentence_is_kept_on_one_line():
    assert blocks.dress("<code>--rate</code>") == '<code class="short">--rate</code>'
    assert blocks.dress(f"<code>{'x' * 25}</code>") == f"<code>{'x' * 25}</code>"
    assert 'class="short"' not in blocks.dress("<pre><span></span><code>a\nb</code></pre><pre><code>c</code></pre>")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_not_found_helps_in_both_languages(site, language):
    root = "/" if language == "en" else "/ko/"
    page = BeautifulSoup((site / root[1:] / "404.html").read_text("utf-8"), "html.parser")
    assert page.h1.get_text() == languages.missing()[language]["title"]
    assert SITE_NAME[language] in page.title.get_text()
    sections = {section["lang"]: section for section in page.select("article section")}
    assert next(iter(sections)) == language and set(sections) == set(LANGUAGES)
    for other, section in sections.items():
        start, form = "" if other == "en" else "ko/", section.form
        assert form.find("input")["name"] == "q" and form.button.get_text()
        assert urljoin(f"http://host{root}", form["action"]) == f"http://host/{start}"
        links = [urljoin(f"http://host{root}", link["href"]) for link in section.select("li a")]
        assert len(links) == len(languages.chapters(other)) >= 4 and all(
            link.startswith(f"http://host/{start}chapters/") for link in links
        )
        assert all((site / link.removeprefix("http://host/") / "index.html").is_file() for link in links)


@pytest.mark.parametrize("kind", ["known", "unknown"])
def test_the_repository_is_linked_on_every_page_if_the_build_knows_it(small_sites, kind):
    pages = sorted(path for path in small_sites[kind].rglob("*.html") if path.parent.name != "changelog")
    assert len(pages) == 6
    for page in pages:
        soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
        links = soup.select(".md-source")
        assert not soup.select('[data-md-component="source"]'), (
            "the theme's script would ask another host for its stars"
        )
        assert not [a for a in soup.select("a[href]") if not a["href"].strip()], f"{page} has a link to nowhere"
        if kind == "unknown":
            assert not links, f"{page} links a repository"
            continue
        assert {link["href"] for link in links} == {REPOSITORY}
        korean = "/ko/" in page.as_posix()
        assert {link.get_text().strip() for link in links} == {"소스 코드" if korean else "Source code"}
        assert {link["title"] for link in links} == {"저장소로 이동" if korean else "Go to repository"}


def test_the_built_site_links_no_repository_it_was_not_told_of(soups):
    assert not [address for address, soup in soups.items() if soup.select(".md-source")]


def test_a_build_that_knows_its_address_says_it(small_sites):
    for under in ("", "ko/"):
        root = f"https://positions.example/pos/{under}"
        text = (small_sites["known"] / under / "sitemap.xml").read_text("utf-8")
        listed = [one.text for one in ElementTree.fromstring(text).iter() if one.tag.endswith("loc")]
        assert listed == [root, root + "chapters/why-add/"]
        page = (small_sites["known"] / under / "chapters/why-add/index.html").read_text("utf-8")
        soup = BeautifulSoup(page, "html.parser")
        assert said(soup, "og:url") == soup.select_one('link[rel="canonical"]')["href"] == root + "chapters/why-add/"
        missing = BeautifulSoup((small_sites["known"] / under / "404.html").read_text("utf-8"), "html.parser")
        assert not missing.select('base, script[src*="missing.js"]')
        own = [e.get("href") or e.get("src") for e in missing.select("link[href], script[src], img[src], a[href]")]
        path = urlsplit(root).path
        assert all(one.startswith((path, "https://")) for one in own), f"the page not found asks for {own}"


@pytest.mark.parametrize("under", ["", "ko/"])
def test_a_build_that_does_not_know_its_address_publishes_no_empty_sitemap(site, under):
    assert not [path.name for path in (site / under).glob("sitemap.xml*")]


def test_the_korean_furniture_speaks_korean(soups):
    tabs = [link.get_text().strip() for link in soups["ko/claims/"].select(".md-tabs__link")]
    assert {"배우기", "인코딩 방식"} <= set(tabs)
    assert soups["ko/claims/"].select_one(".md-top").get_text().strip() == "맨 위로"


def test_the_rail_and_the_bar_of_a_phone_use_short_labels_where_a_heading_has_one(small_sites):
    for language, folder in (("en", ""), ("ko", "ko/")):
        html = (small_sites["known"] / f"{folder}chapters/why-add/index.html").read_text("utf-8")
        soup = BeautifulSoup(html, "html.parser")
        wanted = [("#whole", "In short"), ("#part", "A part"), ("#as-it-is", "As it is")]
        for where in (".md-sidebar--secondary", ".sections"):
            found = [(a["href"], a.get_text(strip=True)) for a in soup.select(f"{where} li a")]
            assert found == wanted, f"{language}, {where}: {found}"
        assert (
            "data-toc-label" not in html and "A heading that answers in a whole sentence" in soup.article.h2.get_text()
        )
