"""The claims ledger: every claim has a verdict, a block, a source and a section; chapters and ledger link both ways."""

import re

import pytest
from bs4 import BeautifulSoup
from mkdocs.exceptions import PluginError

from tools import LANGUAGES, ROOT, claims, pages

LEDGER = {language: ROOT / "docs" / language / "claims.md" for language in LANGUAGES}
TEXT = {language: path.read_text("utf-8") for language, path in LEDGER.items()}
ENTRIES = {language: claims.entries(text) for language, text in TEXT.items()}
EVERY = [(language, entry) for language in LANGUAGES for entry in ENTRIES[language]]
CHAPTERS = [path for language in LANGUAGES for path in sorted((ROOT / "docs" / language / "chapters").glob("*.md"))]


def name(value):
    return value if isinstance(value, str) else f"claim-{value.number}"


def links(text: str) -> list[str]:
    return re.findall(r"\]\(([^()\s]+)\)", text)


def sections(entry) -> list[tuple[str, str]]:
    """(page, id) of every section of this site that an entry links to."""
    return [tuple(link.split("#")) for link in links(entry.body) if "#" in link and "://" not in link]


def settled(text: str) -> set[int] | None:
    """The claims that a chapter lists in its section of that id, or None if it has no such section."""
    section = re.search(r"^## [^\n]*\{ #claims \}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return section and {int(number) for number in re.findall(r"claims\.md#claim-(\d+)\)", section[1])}


def one_sided(chapter: str, text: str, entries: list) -> list[str]:
    """What is wrong between a chapter that has a section on claims and the ledger."""
    listed = settled(text)
    if listed is None:
        return []
    treated = {entry.number for entry in entries if any(page == chapter for page, _ in sections(entry))}
    return [f"{chapter} lists claim {n}, which does not link to {chapter}" for n in sorted(listed - treated)] + [
        f"claim {n} links to {chapter}, which does not list it" for n in sorted(treated - listed)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_claims_are_numbered_from_1_without_gaps(language):
    numbers = [entry.number for entry in ENTRIES[language]]
    assert numbers == list(range(1, len(numbers) + 1)), f"claims are numbered {numbers}, which has a gap or a repeat"
    assert len(numbers) >= 26, f"only {len(numbers)} claims"
    headings = [h.id for h in pages.headings(TEXT[language]) if h.level == 3]
    assert headings == [f"claim-{n}" for n in numbers], (
        "every heading of level 3 in the ledger is a claim with a verdict"
    )


@pytest.mark.parametrize(("language", "entry"), EVERY, ids=name)
def test_a_claim_has_a_verdict_a_block_a_source_and_a_section(language, entry):
    where = f"{language}: claim {entry.number}"
    assert entry.verdict in claims.VERDICTS, f"{where} has the verdict {entry.verdict!r}"
    blocks = [fence for fence in pages.fences(entry.body) if fence.runnable]
    assert blocks, f"{where} has no block that runs"
    for block in blocks:
        assert 2 <= len(block.body.splitlines()) <= 14, f"{where}: a block of {len(block.body.splitlines())} lines"
    said, more = (re.search(rf"\n\n((?:[^\n]+\n)+)\{{ \.{mark} \}}", entry.body) for mark in ("said", "more"))
    assert said, f"{where} does not say who says it: mark a paragraph with {{ .said }}"
    assert "://" in said[1] or "[@" in said[1] or "`" in said[1], f"{where} names nobody who says it"
    assert more, f"{where} needs a paragraph marked {{ .more }} with its source and section"
    assert "[@" in entry.body or "://" in entry.body, f"{where} has no source"
    assert any(link in more[1] for link in map("#".join, sections(entry))), f"{where} links to no section"


@pytest.mark.parametrize(("language", "entry"), EVERY, ids=name)
def test_the_sections_a_claim_links_to_exist(language, entry):
    for page, section in sections(entry):
        path = ROOT / "docs" / language / page
        assert path.is_file(), f"claim {entry.number} links to {page}, which does not exist"
        ids = [heading.id for heading in pages.headings(path.read_text("utf-8"))]
        assert section in ids, f"claim {entry.number} links to {page}#{section}, which does not exist"


def test_both_languages_give_the_same_verdicts():
    differ = [
        f"claim {english.number} is {english.verdict} in English and {korean.verdict} in Korean"
        for english, korean in zip(ENTRIES["en"], ENTRIES["ko"], strict=True)
        if english.verdict != korean.verdict
    ]
    assert not differ, "\n".join(differ)


@pytest.mark.parametrize("path", CHAPTERS, ids=pages.name)
def test_a_chapter_lists_exactly_the_claims_that_link_to_it(path):
    faults = one_sided(f"chapters/{path.name}", path.read_text("utf-8"), ENTRIES[path.relative_to(ROOT).parts[1]])
    assert not faults, "\n".join(faults)


def test_chapter_1_has_a_list_of_the_claims_it_settles():
    assert settled((ROOT / "docs/en/chapters/why-add.md").read_text("utf-8"))


def test_a_link_that_goes_one_way_only_is_named():
    entries = claims.entries(
        "### A { #claim-1 .true }\n\n[x](chapters/a.md#x)\n\n### B { #claim-2 .true }\n\nno link\n"
    )
    text = "# A\n\n## Claims { #claims }\n\n[B](../claims.md#claim-2)\n"
    assert one_sided("chapters/a.md", text, entries) == [
        "chapters/a.md lists claim 2, which does not link to chapters/a.md",
        "claim 1 links to chapters/a.md, which does not list it",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_counts_at_the_top_are_those_of_the_entries(site, language):
    page = site / ("claims" if language == "en" else "ko/claims") / "index.html"
    soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
    verdicts = [entry.verdict for entry in ENTRIES[language]]
    for choice in ("all", *claims.VERDICTS):
        label = soup.select_one(f'label[for="show-{choice}"]')
        want = len(verdicts) if choice == "all" else verdicts.count(choice)
        assert int(label.select_one("span").text) == want
        if choice != "all":
            assert len(soup.select(f"section.claim.{choice}")) == len(soup.select(f"li.claim.{choice}")) == want
    badges = [badge.text for badge in soup.select("section.claim .said .verdict")]
    assert badges == [claims.WORDS[language][verdict] for verdict in verdicts]


HTML = (
    '<h2 id="g">G</h2>\n{}\n<h3 class="{}" id="claim-1">A<a class="headerlink" href="#claim-1">¶</a></h3>'
    '<p class="said">S</p>'
)


def test_a_claim_is_wrapped_with_its_group():
    html = claims.dress(HTML.format(claims.PLACE, "true"), "en")
    assert '<section class="claims"><h2' in html and '<section class="claim true"' in html
    assert html.count("<section") == html.count("</section>") == 2
    assert '<a href="#claim-1">A</a>' in html


def test_a_page_without_the_comment_is_left_alone():
    assert claims.dress(HTML.format("", "maybe"), "en") == HTML.format("", "maybe")


@pytest.mark.parametrize(
    ("html", "says"),
    [
        (HTML.format(claims.PLACE, "maybe"), "its verdict must be one of true, caveat, false, got 'maybe'"),
        (HTML.format(claims.PLACE, "true").replace("said", "more"), "claim 1 needs a paragraph marked"),
    ],
)
def test_an_entry_that_lacks_something_stops_the_build_and_is_named(html, says):
    with pytest.raises(PluginError, match=says):
        claims.dress(html, "en")
