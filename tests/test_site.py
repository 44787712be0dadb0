"""The built site, read as files: it asks nobody else for anything, nothing in it is broken, it is light."""

import gzip
import posixpath
import re
from base64 import b64encode
from hashlib import sha256
from urllib.parse import unquote, urlsplit

import pytest
from mkdocs.exceptions import PluginError

from conftest import ADDRESSES, policy
from tools import LANGUAGES, frame, search, strict


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


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_says_one_policy_before_anything_else_and_no_line_of_a_page_breaks_it(site, soups, language):
    under = "" if language == "en" else "ko/"
    said = policy(site / under / "index.html")
    parts = dict(part.split(" ", 1) for part in said.split("; "))
    assert parts["default-src"] == "'self' file:" and "unsafe" not in said and "*" not in said and "http" not in said
    hashes = set(re.findall(r"'sha256-([^']+)'", parts["script-src"]))
    for address in [address for address in ADDRESSES if address.startswith("ko/") == (language == "ko")]:
        soup = soups[address]
        first, second = soup.head.find_all(True, limit=2)
        assert "charset" in first.attrs and second.get("content") == said, f"{address} has a policy of its own, or none"
        scripts = [one.string for one in soup.find_all("script", src=False) if "json" not in one.get("type", "")]
        found = {b64encode(sha256(script.encode()).digest()).decode() for script in scripts}
        assert found == hashes, f"{address} has another script in it: {scripts}"
        styled = [str(one)[:100] for one in soup.select("[style], style")]
        assert not styled, f"{address} is styled where it is written: {styled}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_page_declares_stands_in_the_sheet_that_it_loads(site, soups, language):
    used = set()
    for address in [address for address in ADDRESSES if address.startswith("ko/") == (language == "ko")]:
        here = {name for one in soups[address].select("[class*=':']") for name in one["class"] if ":" in name}
        linked = soups[address].select_one('link[rel="stylesheet"][href$="declared.css"]')
        assert bool(here) == bool(linked), f"{address} loads a sheet that it does not need, or lacks it"
        if linked:
            rules = (site / address / linked["href"]).read_text("utf-8").splitlines()
            declared = {rule.partition("{")[0][1:].replace("\\", "") for rule in rules}
            assert len(rules) == len(declared), f"{address} declares a class twice"
            assert here == declared, f"{address}: {here ^ declared}"
        used |= here
    assert len(used) > 100, "hardly a class stands for a style"


STYLED = """\
<span class="strut" style="height: 1em; top:-3em;">a</span><b style="--a:#fff;--b:1px solid">b</b>
<code>style="x"</code>
"""
CLASSED = """\
<span class="strut height:1em;top:-3em">a</span><b class="--a:#fff;--b:1px_solid">b</b>
<code>style="x"</code>
"""


def test_a_class_of_the_same_name_stands_for_a_style():
    html, declared = strict.with_classes(STYLED, "a.md")
    assert html == CLASSED and declared == ["--a:#fff;--b:1px solid", "height:1em;top:-3em"]
    assert strict.sheet(declared) == (
        ".--a\\:\\#fff\\;--b\\:1px_solid{--a:#fff!important;--b:1px solid!important}\n"
        ".height\\:1em\\;top\\:-3em{height:1em!important;top:-3em!important}\n"
    )


def test_a_style_that_no_class_can_stand_for_is_refused_by_name():
    with pytest.raises(PluginError, match=r"a\.md: no class can stand for style='background:url"):
        strict.with_classes('<b style="background:url(data:a;b)">', "a.md")


def test_the_frame_of_a_page_is_not_indented_and_its_article_is_as_it_was():
    page = "<body>\n   <p>a\n\n  b</p>\n <article>\n<pre>\n  c\n</pre></article>\n  <p>d</p>\n"
    short = "<body>\n<p>a\nb</p>\n<article>\n<pre>\n  c\n</pre></article>\n<p>d</p>\n"
    assert frame.without_indents(page) == short


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
