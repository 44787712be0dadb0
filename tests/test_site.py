"""The built site, read as files: it asks nobody else for anything, nothing in it is broken, it is light."""

import gzip
import posixpath
import re
from urllib.parse import unquote, urlsplit

import pytest

from conftest import ADDRESSES
from tools import LANGUAGES, search


def test_both_languages_are_built(site):
    for address in ADDRESSES:
        assert (site / address / "index.html").is_file(), f"{address} is missing"


def test_no_page_loads_anything_from_another_host(soups):
    for address, soup in soups.items():
        for tag, attribute in (
            ("script", "src"),
            ("link", "href"),
            ("img", "src"),
            ("iframe", "src"),
            ("source", "src"),
        ):
            for element in soup.find_all(tag):
                target = element.get(attribute, "")
                if tag == "link" and {"canonical", "alternate", "prev", "next"} & set(element.get("rel", [])):
                    continue
                assert not urlsplit(target).netloc, f"{address} loads {target}"


def test_every_link_and_anchor_leads_somewhere(site, soups):
    ids = {a: {e["id"] for e in s.find_all(id=True)} for a, s in soups.items()}
    broken = []
    for address, soup in soups.items():
        for element in soup.find_all(["a", "img", "link", "script"]):
            target = element.get("href") or element.get("src") or ""
            parts = urlsplit(target)
            if not target or parts.scheme or parts.netloc:
                continue
            path = (
                posixpath.normpath(posixpath.join("/", address, unquote(parts.path)))[1:]
                if parts.path
                else address.rstrip("/")
            )
            folder = path + "/" if path and path != "." else ""
            if folder in ids:
                id_ = unquote(parts.fragment).split("?")[0]  # what follows is the state of a table or a figure
                if id_ and id_ not in ids[folder] and not id_.startswith("__"):
                    broken.append(f"{address}: {target} (no such id)")
            elif not (site / path).is_file():
                broken.append(f"{address}: {target} (no such file)")
    assert not broken, "\n".join(broken)


def test_no_id_stands_twice_on_a_page(soups):
    for address, soup in soups.items():
        found = [element["id"] for element in soup.find_all(id=True)]
        twice = {one for one in found if found.count(one) > 1}
        assert not twice, f"{address}: {sorted(twice)}"


def test_every_page_has_one_title_and_every_heading_an_id(soups):
    for address, soup in soups.items():
        headings = soup.select("article :is(h1, h2, h3, h4, h5, h6)")
        titles = [heading.get_text() for heading in headings if heading.name == "h1"]
        assert len(titles) == 1, f"{address} has the titles {titles}: a line of text must not begin with #"
        without = [heading.get_text() for heading in headings if not heading.get("id")]
        assert not without, f"{address} has headings without an id: {without}"


def test_math_is_set_and_no_tex_is_left(soups):
    for address, soup in soups.items():
        assert not soup.select(".arithmatex"), f"{address} holds math that was not set"
        text = " ".join(
            p.get_text() for p in soup.select("article p, article li, article figcaption") if not p.select(".katex")
        )
        assert not re.search(r"\$[^$]+\$", text), (
            f"{address} shows a dollar sign: {re.search(r'.{30}[$][^$]+[$]', text)}"
        )


def test_the_language_switch_and_hreflang_lead_to_the_same_page(soups):
    for address, soup in soups.items():
        twin = address.removeprefix("ko/") if address.startswith("ko/") else "ko/" + address
        for link in [
            soup.select_one("a.language-link"),
            soup.select_one(f'link[hreflang="{"en" if address != twin and address.startswith("ko/") else "ko"}"]'),
        ]:
            there = posixpath.normpath(posixpath.join("/", address, link["href"]))
            assert there.rstrip("/") == ("/" + twin).rstrip("/"), f"{address} switches to {there}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_a_search_index_of_its_own(site, language):
    folder = site if language == "en" else site / "ko"
    entries = search.read_index((folder / "search/search_index.json").read_text("utf-8"))
    hangul = sum(bool(re.search("[가-힣]", entry["text"] + entry["title"])) for entry in entries)
    assert hangul == 0 or language == "ko", "Korean text stands in the English index"
    assert hangul > 0 or language == "en"


def test_a_notebook_page_stays_small(site):
    for address in ADDRESSES:
        if "labs/" in address:
            html = (site / address / "index.html").read_bytes()
            assert len(gzip.compress(html)) <= 40_000, f"{address}: {len(gzip.compress(html))} bytes gz"
            assert b"<style" not in html.split(b"<article")[1] and b"mathjax" not in html.lower()


def test_our_own_scripts_stay_small(site):
    size = sum(len(gzip.compress(path.read_bytes())) for path in (site / "assets/js").rglob("*.js"))
    assert size <= 15_000, f"{size} bytes gz of our own JavaScript"
