"""One BibTeX file; pages cite by key; an unknown key stops the build."""

import re

import pytest
from mkdocs.exceptions import PluginError

from tools import LANGUAGES, citations, pages

ENTRIES = citations.bibliography()


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_tells_who_what_when_and_where(key):
    entry = ENTRIES[key]
    assert entry.authors, f"{key} has no author"
    assert {"title", "year"} <= set(entry.fields), f"{key} needs a title and a year"
    assert re.fullmatch(r"[a-z]+\d{4}[a-z0-9]*", key), f"{key}: a key is a surname and a year"
    assert entry.fields["year"] in key, f"{key} does not end in its year, {entry.fields['year']}"
    assert citations.address(entry) or entry.fields.get("isbn"), f"{key} has no arXiv number, DOI, ISBN or address"
    if "eprint" in entry.fields:
        assert re.fullmatch(r"\d{4}\.\d{4,5}(v\d+)?", entry.fields["eprint"]), (
            f"{key}: {entry.fields['eprint']!r} is no arXiv number"
        )


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_is_of_the_type_of_its_venue(key):
    entry = ENTRIES[key]
    assert "note" not in entry.fields, f"{key}: a note is not shown; give booktitle or journal, and published"
    kind = {"booktitle": "inproceedings", "journal": "article", "publisher": "book"}
    for field in kind.keys() & entry.fields.keys():
        assert entry.type == kind[field], f"{key} has a {field}, so it is an @{kind[field]}, not a @{entry.type}"
    if "published" in entry.fields:
        assert citations.venue(entry), f"{key} was published in {entry.fields['published']}, but where?"


def test_every_entry_is_cited():
    cited = {key for path in pages.markdown("en") for key in citations.cited(path.read_text("utf-8"))}
    assert not set(ENTRIES) - cited, f"no page cites {sorted(set(ENTRIES) - cited)}: delete the entry or cite it"


def test_no_two_works_look_the_same_in_the_text():
    labels = {key: citations.label(key) for key in ENTRIES}
    twice = [key for key, label in labels.items() if list(labels.values()).count(label) > 1]
    assert not twice, f"a reader cannot tell these apart: {[(key, labels[key]) for key in twice]}"
    assert labels["deepseek2024"] == "DeepSeek-AI 2024a" and labels["deepseek2024v2"] == "DeepSeek-AI 2024b"
    assert labels["vaswani2017"] == "Vaswani et al. 2017", "a letter stands only where two works need it"


def test_a_citation_becomes_a_link_and_carries_its_reference():
    text = citations.link("So says [@vaswani2017, Table 3].", "page.md", "../")
    assert text.startswith(
        'So says (<span class="cite">[Vaswani et al. 2017, Table 3](../references.md#vaswani2017){ .citation }'
    )
    assert '<a href="https://arxiv.org/abs/1706.03762">Attention Is All You Need</a>' in text
    assert text.endswith("</span></span>).")


def test_the_reference_says_where_a_work_was_published():
    assert "Neurocomputing 568 (2024), 127063, arXiv:2104.09864, 2021" in citations.note(ENTRIES["su2021"])
    assert "Transactions of the Association" in citations.note(ENTRIES["liu2023"])


def test_a_title_is_no_markdown():
    assert citations._html("a_b *c* [d] <e>") == "a&#95;b &#42;c&#42; &#91;d&#93; &lt;e&gt;"


def test_one_pair_of_brackets_cites_several_works():
    text = citations.link("[@ke2021; @he2021, §3]", "page.md", "")
    links = re.findall(r"\[([^\]]+)\]\(references\.md#(\w+)\)", text)
    assert links == [("Ke et al. 2021", "ke2021"), ("He et al. 2021a, §3", "he2021")]


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


def test_the_works_are_read_again_when_the_file_has_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(citations, "FILE", tmp_path / "references.bib")
    monkeypatch.setattr(citations.cache, "FOLDER", tmp_path / ".cache")
    for title in (r"A {T}itle of P\'{o}lya", "Another"):
        citations.FILE.write_text(
            f"@misc{{polya1954, author = {{P{{\\'o}}lya, George and others}}, title = {{{title}}}, year = 1954}}"
        )
        citations._works_of.cache_clear()
        work = citations.bibliography()["polya1954"]
        assert work.fields["title"] == title.replace(r"{T}itle of P\'{o}lya", "Title of Pólya")
    assert work.authors == [["George", "Pólya"], ["", "others"]] and work.type == "misc"
