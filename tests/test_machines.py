"""What machines read: each page as Markdown, llms.txt, the claims as JSON-LD, the data and their schemas."""

import csv
import functools
import gzip
import io
import json
import posixpath
import re
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

import jsonschema
import pytest

from conftest import ADDRESSES, addresses
from tools import LANGUAGES, ROOT, citations, claims, labs, machines, pages, results, twins

EVERY = [path for language in LANGUAGES for path in [*pages.markdown(language), *pages.labs(language)]]


def address(path: Path) -> str:
    """Where the site shows a page."""
    language, *rest = path.relative_to(ROOT / "docs").with_suffix("").parts
    below = "/".join(rest[:-1] if rest[-1] == "index" else rest)
    return ("" if language == "en" else f"{language}/") + (f"{below}/" if below else "")


def read(path: Path) -> str:
    return path.read_text("utf-8")


def twin(site: Path, path: Path) -> str:
    return read(site / address(path) / twins.NAME)


@functools.cache
def ids(page: Path) -> frozenset[str]:
    return frozenset(re.findall(r'\bid="([^"]+)"', read(page)))


def without_fences(text: str) -> str:
    lines = text.split("\n")
    for fence in pages.fences(text):
        lines[fence.line - 1 : fence.end] = [""] * (fence.end - fence.line + 1)
    return "\n".join(lines)


def test_every_page_has_its_markdown_beside_it_and_says_so(site, soups):
    for one, soup in soups.items():
        (link,) = soup.select('link[type="text/markdown"]')
        assert "alternate" in " ".join(link["rel"]) and posixpath.normpath(posixpath.join(one, link["href"])) == (
            posixpath.normpath(posixpath.join(one, twins.NAME))
        )
        assert (site / one / twins.NAME).is_file()
    assert len([*site.rglob("*.md")]) == len(ADDRESSES)


@pytest.mark.parametrize("path", EVERY, ids=pages.name)
def test_a_twin_has_every_heading_block_and_output_of_its_page(site, soups, path):
    text, soup = twin(site, path), soups[address(path)]
    headings = [heading["id"] for heading in soup.select("article :is(h1, h2, h3, h4)[id]")]
    assert re.findall(r"^#+ .+ \{#([\w-]+)\}$", without_fences(text), re.MULTILINE) == headings
    found = [(fence.info, fence.body) for fence in pages.fences(text)]
    if path.suffix == ".py":
        wanted = [("python", f"{code}\n") for code in labs.code(path)]
        wanted += [("text", f"{block.get_text()}\n") for block in soup.select(".lab-output code")]
    else:
        source = pages.fences(path.read_text("utf-8"))
        wanted = [(fence.info, fence.body) for fence in source if "--8<--" not in fence.body]
        wanted += [
            (fence.info, (ROOT / re.search('"(.+)"', fence.body)[1]).read_text("utf-8").rstrip("\n") + "\n")
            for fence in source
            if "--8<--" in fence.body
        ]
    missing = [block for block in wanted if block not in found]
    assert not missing, f"{pages.name(path)}: its Markdown lacks {missing[0]}"


@pytest.mark.parametrize("path", EVERY, ids=pages.name)
def test_nothing_that_only_the_build_reads_is_left_in_a_twin(site, path):
    text = twin(site, path)
    prose = without_fences(text)
    for left in ("--8<--", "<!--", '.svg "', "[@", "???"):
        assert left not in prose, f"{pages.name(path)}: {left!r} in {re.findall('.{,60}' + re.escape(left), prose)}"
    assert "--8<--" not in text and pages.EXPECTED not in text
    spoken = "".join(piece for is_prose, piece in pages.pieces(text) if is_prose)
    tags = re.findall(r"</?(?:a|div|figure|p|small|span|strong|table|td)\b[^>]*>", spoken)
    assert not tags, f"{pages.name(path)}: {tags[:3]}"
    marks = re.findall(r"^\{ .+\}$|\)\{ .+?\}", spoken, re.MULTILINE)
    assert not marks, f"{pages.name(path)}: {marks[:3]}"


@pytest.mark.parametrize("path", EVERY, ids=pages.name)
def test_every_link_of_a_twin_leads_to_a_file_and_links_to_pages_to_their_markdown(site, path):
    here = address(path)
    for target in re.findall(r"(?<=\])\(([^()\s]+)", without_fences(twin(site, path))):
        parts = urlsplit(target)
        if parts.scheme or not parts.path:
            continue
        there = site / posixpath.normpath(posixpath.join(here, parts.path))
        assert there.is_file(), f"{pages.name(path)}: its Markdown links {target}"
        if parts.fragment and there.name == twins.NAME:
            id_ = parts.fragment.split("?")[0]
            known = ids(there.with_name("index.html"))
            assert id_ in known, f"{pages.name(path)}: its Markdown links {target}, and there is no such id"


def test_a_twin_of_a_chapter_shows_figures_citations_and_verdicts():
    path = ROOT / "docs/en/chapters/why-add.md"
    text = twins.of_page(path, "chapters/why-add/", "en", {})
    source = path.read_text("utf-8")
    assert text.count("\n*Figure ") == source.count("](../assets/figures/")
    (key, *_) = citations.cited(source)
    assert citations.address(citations.bibliography()[key]) in text
    assert "* **False** [Concatenating doubles the model](../../claims/index.html.md#claim-1)" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_twin_holds_the_tables_that_the_build_makes(site, language):
    folder = site / ("" if language == "en" else "ko")
    tables = {
        name: [line.split(" | ") for line in read(folder / name / twins.NAME).split("\n") if line.startswith("| ")]
        for name in ("schemes", "atlas/models", "measured/conformance")
    }
    for name, rows in tables.items():
        assert rows and len({len(row) for row in rows[1:5]}) == 1, f"{name} has a ragged table"
    families = json.loads(machines.ATLAS[0].read_text("utf-8"))["families"]
    assert {row[0][2:] for row in tables["atlas/models"]} >= families.keys()
    cells = "".join(" ".join(row) for row in tables["measured/conformance"])
    assert cells.count("✓") > 300 and "✗" in cells
    schemes = [path.stem for path in (ROOT / "snippets/schemes").glob("*.py") if path.stem != "__init__"]
    first = " ".join(row[0] for row in tables["schemes"])
    assert all(f"({name}/{twins.NAME})" in first for name in schemes)


@pytest.mark.parametrize("language", LANGUAGES)
def test_llms_txt_has_the_form_that_is_asked_for_and_every_page_once(site, soups, language):
    root = "" if language == "en" else "ko/"
    text = (site / root / "llms.txt").read_text("utf-8")
    title, summary, about, *sections = text.strip().split("\n\n")
    assert re.fullmatch("# .+", title) and re.fullmatch("> .+", summary) and not re.match("[#>-]", about)
    for heading, listed in zip(sections[::2], sections[1::2], strict=True):
        assert re.fullmatch("## .+", heading)
        assert all(re.fullmatch(r"- \[.+\]\(\S+\)(: .+)?", line) for line in listed.split("\n")), heading
    links = re.findall(r"^- \[.+\]\((\S+?)\)", text, re.MULTILINE)
    listed = [posixpath.normpath(posixpath.join(root, link)) for link in links]
    wanted = [posixpath.normpath(posixpath.join(one, twins.NAME)) for one in addresses(language)]
    assert sorted(link for link in listed if link.endswith(".md")) == sorted(wanted)
    assert all((site / link).is_file() for link in listed)
    assert sections[-2] == "## Optional" and sections[-1].count("llms.txt") == 1
    for one in addresses(language):
        said = unescape(soups[one].select_one('meta[name="description"]')["content"])
        assert f"{posixpath.join(one.removeprefix(root), twins.NAME)}): {said}" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_claims_are_said_as_json_ld_with_verdicts_and_sources(soups, language):
    soup = soups["claims/" if language == "en" else "ko/claims/"]
    (block,) = soup.select('script[type="application/ld+json"]')
    graph = json.loads(block.string)
    assert graph["@context"] == "https://schema.org"
    publisher, *reviews = graph["@graph"]
    entries = claims.entries((ROOT / "docs" / language / "claims.md").read_text("utf-8"))
    assert len(reviews) == len(entries)
    for review, entry in zip(reviews, entries, strict=True):
        assert review["@type"] == "ClaimReview" and review["author"]["@id"] == publisher["@id"]
        assert review["claimReviewed"] and not re.search(r"[`$]|\]\(", review["claimReviewed"])
        rating = review["reviewRating"]
        assert rating["alternateName"] == claims.WORDS[language][entry.verdict]
        assert rating["worstRating"] <= rating["ratingValue"] <= rating["bestRating"]
        assert soup.find(id=review["url"].removeprefix("#")), review["url"]
        assert review["itemReviewed"]["appearance"] or "](" not in entry.body.partition("{ .said }")[0]
        assert all(urlsplit(one).scheme for one in [*review["itemReviewed"]["appearance"], *review["citation"]])
    assert any(review["citation"] for review in reviews)


def test_the_ledger_as_json_ld_stays_light(soups):
    for one in ("claims/", "ko/claims/"):
        block = soups[one].select_one('script[type="application/ld+json"]').string
        assert len(gzip.compress(block.encode())) < 6000


def test_results_are_one_line_each_as_their_schema_says(site):
    text = (site / "measured/results.csv").read_text("utf-8")
    schema = json.loads((site / "measured/results.schema.json").read_text("utf-8"))
    assert schema["url"] == "results.csv" and schema["dc:license"]["@id"] == results.LICENCE
    columns, rows = schema["tableSchema"]["columns"], [*csv.DictReader(io.StringIO(text))]
    assert list(rows[0]) == [column["name"] for column in columns]
    types = {"string": str, "integer": int, "number": float}
    for row in rows:
        for column in columns:
            value = row[column["name"]]
            assert value or not column["required"], f"{column['name']} is empty in {row}"
            if value:
                types[column["datatype"]](value)
    assert len({tuple(row.values())[:6] for row in rows}) == len(rows), "two rows say the same of other values"
    assert text == results._table() == (site / "ko/measured/results.csv").read_text("utf-8")


def test_results_hold_what_pages_and_other_tables_show(site):
    rows = [*csv.DictReader(io.StringIO(results.table()))]
    stored = {path.stem.removesuffix("_second_machine") for path in results.FOLDER.glob("*.json")} | {
        path.name for path in results.FOLDER.iterdir() if path.is_dir()
    }
    assert stored - {row["experiment"] for row in rows} == {"conformance", "learned_or_fixed_table"}
    other = csv.DictReader(io.StringIO((site / "measured/train-short-test-long.csv").read_text("utf-8")))
    wanted = {(row["scheme"], row["seed"], row["length"], row["mean_loss"]) for row in other}
    found = {(row["scheme"], row["seed"], row["length"], row["value"]) for row in rows if row["metric"] == "loss"}
    assert wanted <= found


def test_the_atlas_is_published_with_its_schema_and_licence(site):
    record, schema = (json.loads((site / "atlas" / path.name).read_text("utf-8")) for path in machines.ATLAS)
    assert schema["$schema"].endswith("2020-12/schema") and "licence" in record["about"]
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(record)


def test_a_page_links_the_data_and_says_their_licence(soups):
    for one in ("measured/reproduce/", "ko/measured/reproduce/"):
        links = {urljoin(f"http://host/{one}", a["href"])[12:] for a in soups[one].select("article a[href]")}
        root = "ko/" if one.startswith("ko/") else ""
        assert links >= {root + address for address in machines.files()}
        assert "MIT" in soups[one].article.get_text()


def test_machines_cost_search_and_readers_nothing(site):
    for folder in (site, site / "ko"):
        index = (folder / "search/search_index.json").read_text("utf-8")
        assert "schema.org" not in index and "ClaimReview" not in index


@pytest.mark.parametrize(("under", "language"), [("", "en"), ("ko/", "ko")])
def test_a_sitemap_says_each_page_in_each_language(small_sites, under, language):
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
    root = "https://positions.example/pos/"
    tree = ElementTree.parse(small_sites["known"] / under / "sitemap.xml")
    for url in tree.findall("s:url", names):
        here = url.find("s:loc", names).text
        below = here.removeprefix(root + under)
        links = {link.get("hreflang"): link.get("href") for link in url.findall("x:link", names)}
        assert links == {"en": root + below, "ko": f"{root}ko/{below}"} and links[language] == here
        page = (small_sites["known"] / under / below / "index.html").read_text("utf-8")
        assert f'<link rel="canonical" href="{here}">' in page
