"""Every page says how it is cited and which version it is; what has changed is a page, a file and a feed."""

import json
import re
from datetime import date
from types import SimpleNamespace
from urllib.parse import urljoin
from xml.etree import ElementTree

import pytest
import yaml
from bs4 import BeautifulSoup
from pybtex.database import parse_string

from conftest import ADDRESSES
from tools import LANGUAGES, ROOT, changelog, cite

SAID = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
SITE = "https://positions.example/pos/"


def forms(soup) -> tuple:
    """What a page shows of itself: the entry of BibTeX and the item of CSL-JSON."""
    texts = [code.get_text() for code in soup.select("details.about code")]
    assert len(texts) == 2, f"the page is cited in {len(texts)} forms"
    [entry] = parse_string(texts[0], "bibtex").entries.values()
    [item] = json.loads(texts[1])
    return entry, item


def test_every_page_is_cited_by_its_title_and_by_what_citation_cff_says(soups):
    keys = set()
    for address in ADDRESSES:
        entry, item = forms(soups[address])
        name = soups[address].h1.get_text().strip().rstrip("¶").strip()
        assert item["title"] == name or address in {"", "ko/"}, f"{address} is cited as {item['title']!r}, not {name!r}"
        assert entry.fields["title"].strip("{}").replace("\\", "") == item["title"], address
        assert str(entry.persons["author"][0]).strip("{}") == SAID["authors"][0]["name"], address
        assert item["author"] == [{"literal": SAID["authors"][0]["name"]}]
        assert item["version"] == SAID["version"] and entry.fields["note"] == f"Version {SAID['version']}"
        assert item["issued"]["date-parts"] == [[*SAID["date-released"].timetuple()[:3]]], address
        assert (entry.fields["year"], entry.fields["month"]) == tuple(map(str, item["issued"]["date-parts"][0][:2]))
        assert item["id"] == entry.key and item["language"] == ("ko" if address.startswith("ko/") else "en")
        assert "url" not in entry.fields and "URL" not in item, "the build does not know its address"
        keys.add((entry.key, item["language"]))
    assert len(keys) == len(ADDRESSES), "two pages are cited by the same key"


@pytest.mark.parametrize("under", ["", "ko/"])
def test_a_build_that_knows_its_address_cites_it(small_sites, under):
    html = (small_sites["known"] / under / "chapters/why-add/index.html").read_text("utf-8")
    entry, item = forms(BeautifulSoup(html, "html.parser"))
    assert entry.fields["url"] == item["URL"] == f"{SITE}{under}chapters/why-add/"


def test_signs_of_tex_in_a_title_are_escaped():
    toc = [SimpleNamespace(title="R&amp;D: 100 % of W_q")]
    page = SimpleNamespace(is_homepage=False, toc=toc, url="a/b/", canonical_url=None)
    config = SimpleNamespace(site_name="Site", theme={"language": "en"})
    found = cite.of(page, config)
    assert "title = {{R\\&D: 100 \\% of W\\_q}}" in found["bibtex"] and "@misc{positions-a-b," in found["bibtex"]
    assert json.loads(found["csl"])[0]["title"] == "R&D: 100 % of W_q"


def test_citation_cff_names_the_newest_version():
    newest = changelog.entries("en")[0]
    assert str(SAID["date-released"]) == newest.date, f"CITATION.cff is of {SAID['date-released']}: mend it"
    assert SAID["version"] == newest.date.replace("-", "."), f"CITATION.cff says version {SAID['version']}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_versions_are_dates_newest_first(language):
    dates = [entry.date for entry in changelog.entries(language)]
    assert len(dates) >= 3 and dates == sorted(dates, reverse=True) and len(set(dates)) == len(dates)
    for entry in changelog.entries(language):
        day = date.fromisoformat(entry.date)
        said = f"{day.day} {day:%B} {day.year}" if language == "en" else f"{day.year}년 {day.month}월 {day.day}일"
        assert entry.title == said, f"the heading of {entry.date} says {entry.title!r}"


def test_the_file_of_the_repository_says_what_the_page_says():
    text = changelog.FILE.read_text("utf-8")
    assert text == changelog.whole(), "CHANGELOG.md is behind its page: python -m tools.changelog"
    for target in re.findall(r"\]\(([^()\s]+)\)", text):
        assert (ROOT / target.partition("#")[0]).is_file(), f"CHANGELOG.md leads to {target}"


NAMES = {"a": changelog.ATOM}


def valid(feed: str):
    """The root of an Atom feed that has what RFC 4287 asks for."""
    root = ElementTree.fromstring(feed.encode())
    for element in (root, *root.findall("a:entry", NAMES)):
        for name in ("id", "title", "updated"):
            [found] = element.findall(f"a:{name}", NAMES)
            assert found.text, f"{name} is empty"
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", element.find("a:id", NAMES).text)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", element.find("a:updated", NAMES).text)
    assert root.find("a:author/a:name", NAMES).text
    ids = [one.text for one in root.iter(f"{{{changelog.ATOM}}}id")]
    assert len(ids) == len(set(ids)), "two entries are one to a reader of feeds"
    return root


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_feed_is_valid_and_without_an_address_it_has_no_links(site, language):
    text = (site / ("" if language == "en" else "ko") / "feed.xml").read_text("utf-8")
    root = valid(text)
    assert not root.findall(".//a:link", NAMES) and "href" not in text
    assert len(root.findall("a:entry", NAMES)) == len(changelog.entries(language))
    assert root.attrib["{http://www.w3.org/XML/1998/namespace}lang"] == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_of_the_feed_is_whole_and_leads_to_a_page(site, soups, language):
    root = f"{SITE}{'' if language == 'en' else 'ko/'}"
    feed = valid(changelog.feed(language, root, "Site", "Somebody"))
    [mine] = [link.attrib["href"] for link in feed.findall("a:link[@rel='self']", NAMES)]
    assert mine == f"{root}feed.xml"
    links = [link.attrib["href"] for link in feed.findall(".//a:link", NAMES) if link.attrib["rel"] == "alternate"]
    for content in feed.findall(".//a:content", NAMES):
        found = BeautifulSoup(content.text, "html.parser")
        assert found.li and "](" not in found.get_text() and "**" not in found.get_text()
        links += [link["href"] for link in found.select("a")]
    for link in links:
        assert link.startswith(root), f"{link} is no whole address of this site"
        address, _, id_ = link.removeprefix(SITE).partition("#")
        assert not id_ or soups[address].find(id=id_), f"{link} leads nowhere"
        assert address in soups, f"{link} leads nowhere"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_feed_is_found_from_home_and_from_the_page_of_changes(soups, language):
    under = "" if language == "en" else "ko/"
    for address in ("", "changelog/"):
        assert soups[under + address].select_one('link[type="application/atom+xml"][href$="feed.xml"]')
    for address in (address for address in ADDRESSES if address.startswith("ko/") == (language == "ko")):
        version = soups[address].select_one("p.about a")
        assert version.get_text() == SAID["version"], f"{address} does not say its version"
        assert urljoin(f"/{address}", version["href"]) == f"/{under}changelog/", f"{address} leads to {version['href']}"
