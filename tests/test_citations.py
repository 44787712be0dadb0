"""One BibTeX file; pages cite by key; an unknown key stops the build."""

import re

import pytest
from mkdocs.exceptions import PluginError

from tools import LANGUAGES, citations, pages

ENTRIES = citations.bibliography()


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_tells_who_what_when_and_where(key):
    entry = ENTRIES[key]
    assert entry.persons.get("author"), f"{key} has no author"
    assert {"title", "year"} <= set(entry.fields), f"{key} needs a title and a year"
    assert re.fullmatch(r"[a-z]+\d{4}[a-z0-9]*", key), f"{key}: a key is a surname and a year"
    assert entry.fields["year"] in key, f"{key} does not end in its year, {entry.fields['year']}"
    assert citations.address(entry) or entry.fields.get("isbn"), f"{key} has no arXiv number, DOI, ISBN or address"
    if "eprint" in entry.fields:
        assert re.fullmatch(r"\d{4}\.\d{4,5}", entry.fields["eprint"]), (
            f"{key}: {entry.fields['eprint']!r} is no arXiv number"
        )


def test_a_citation_becomes_a_link_to_the_references_page():
    text = citations.link("So says [@vaswani2017, Table 3].", "page.md", "../")
    assert text == "So says ([Vaswani et al. 2017, Table 3](../references.md#vaswani2017){ .citation })."


def test_one_pair_of_brackets_cites_several_works():
    text = citations.link("[@ke2021; @he2021, §3]", "page.md", "")
    assert text == (
        "([Ke et al. 2021](references.md#ke2021){ .citation }; [He et al. 2021, §3](references.md#he2021){ .citation })"
    )


def test_code_is_left_alone():
    assert citations.link("`[@nobody2000]`\n\n```text\n[@nobody2000]\n```\n", "page.md", "") == (
        "`[@nobody2000]`\n\n```text\n[@nobody2000]\n```\n"
    )


def test_an_unknown_key_stops_the_build_and_is_named():
    with pytest.raises(PluginError, match=r"chapters/page\.md: \[@nobody2000\] is cited"):
        citations.link("So says [@nobody2000].", "chapters/page.md", "../")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_references_page_lists_what_is_cited_and_where(language):
    listing = citations.listing(language)
    for path in pages.markdown(language):
        for key in citations.cited(path.read_text("utf-8")):
            assert f'id="{key}"' in listing
