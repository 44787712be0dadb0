"""What the search index holds: the words of every section, formulas once, no code, and not a byte too much."""

import re

import pytest

from conftest import addresses
from tools import LANGUAGES, formulas, pages, search

BUDGET = {"en": 400_000, "ko": 650_000}


@pytest.fixture(scope="session")
def indexes(site) -> dict[str, list[dict]]:
    """The entries of both indexes, each with its whole address."""
    found = {}
    for language in LANGUAGES:
        text = ((site / "ko" if language == "ko" else site) / "search/search_index.json").read_text("utf-8")
        assert len(text.encode()) <= BUDGET[language], f"the index of {language} has {len(text.encode()):,} bytes"
        page, found[language] = "", []
        for entry in search.read_index(text):
            page = page if entry["location"].startswith("#") else entry["location"]
            found[language].append(entry | {"page": page, "id": entry["location"].partition("#")[2]})
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_in_the_index_with_every_section_that_says_something(indexes, language):
    held = {(entry["page"], entry["id"]) for entry in indexes[language]}
    prefix = "ko/" if language == "ko" else ""
    assert {page for page, _ in held} == {address.removeprefix(prefix) for address in addresses(language)}
    ids = {h.id for h in pages.headings((pages.ROOT / f"docs/{language}/chapters/why-add.md").read_text("utf-8"))}
    missing = {i for i in ids if ("chapters/why-add/", i) not in held} - {"why-add", "try", "takeaways", "claims", None}
    assert not missing, f"search knows nothing of {missing}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_index_holds_neither_code_nor_markup_nor_a_formula_twice(indexes, language):
    for entry in indexes[language]:
        text = entry["title"] + " " + entry["text"]
        where = f"{entry['page']}#{entry['id']}"
        for sign in ("import torch", "torch.manual_seed", "</", "\\frac", "\\theta", "¶", "data-search"):
            assert sign not in text, f"{where} shows {sign!r} in its excerpts"
        assert not re.search(r"W_?qW_q|\b([a-z])\1\1\b(?<!www)", text), f"{where} holds a formula more than once"


@pytest.mark.parametrize("name", ["rotate_halves", "alibi_bias", "yarn_frequencies", "scaled_dot_product_attention"])
def test_names_in_code_are_found(indexes, name):
    assert any(name in entry["names"] + entry["defines"] for entry in indexes["en"])


@pytest.mark.parametrize(
    "tex, typed",
    [
        ("W_q x", "W_q x"),
        ("m - n", "m − n"),
        (r"\sqrt{d}", "√d"),
        (r"\sqrt{k/d}", "√(k/d)"),
        (r"10000^{-2i/d_h}", "10000^(−2i/d_h)"),
        (r"\frac{q \cdot k}{\sqrt{d_h}}", "(q · k)/√d_h"),
        (r"R_m^\top R_n", "R_mᵀ R_n"),
        (r"\theta'_i = (1 - \gamma_i)\,\frac{\theta_i}{s}", "θ_i′ = (1 − γ_i) θ_i/s"),
        (r"\sum_{i=0}^{d/2-1} \cos\bigl((m - n)\,\theta_i\bigr)", "∑_(i = 0)^(d/2 − 1) cos ((m − n) θ_i)"),
    ],
)
def test_a_formula_reads_as_one_would_type_it(tex, typed):
    assert formulas.words(tex) == typed


PAGE = """
<h1 id="alibi">ALiBi<a class="headerlink" href="#alibi">¶</a></h1>
<p class="also">Also called: attention with <em>linear</em> biases; <code>alibi=True</code>.</p>
<h2 id="idea">The idea</h2>
<p>Scores fall by <span class="arithmatex">\\(s_j|m - n|\\)</span> (<span class="cite"><a class="citation">Press et al.
2022</a><span class="reference-note">Train short.</span></span>).</p>
<h2 id="file">The file</h2>
<div class="highlight"><span class="filename">snippets/schemes/alibi.py</span><pre><code>import torch
def <span class="nf">alibi_bias</span>(heads):
    return torch.ones_like(<span class="n">some_slopes</span>)</code></pre></div>
<h2 id="conventions">Pitfalls</h2><h3 id="scale">Scale</h3><pre>from snippets.schemes.a_file import a_name</pre>
<h2 id="sources">Sources</h2><p>A list.</p>
<h2 id="words">Words</h2>
<dl><dt>Slope</dt><dd>How steep.</dd><dt>Bias</dt><dd>A number.</dd></dl>
<h2 id="other-names">Other names</h2>
<table><tr><th>elsewhere</th></tr><tr><td>linear bias</td><td><a href="#idea">ALiBi</a></td></tr></table>
"""


def test_a_word_that_takes_much_room_is_written_once_and_read_everywhere():
    entries = [{"location": "é/", "title": "Ā attention", "text": "attention ą attention Ж"} for _ in range(9)]
    index = search.Index()
    index.entries = entries
    written = index.generate_search_index(None)
    assert written.count("attention ") == 1, "once, among the words"
    read = search.read_index(written)
    assert [{field: doc[field] for field in entries[0]} for doc in read] == entries, "letters of other scripts are kept"


def test_a_page_is_cut_into_sections_and_definitions():
    index = search.Index()
    index.entries = search.entries(PAGE, "schemes/alibi/", "every score loses a little")
    docs = search.read_index(index.generate_search_index(None))
    assert [{field: words for field, words in doc.items() if words} for doc in docs[:4]] == [
        {
            "location": "schemes/alibi/",
            "title": "ALiBi",
            "text": "every score loses a little",
            "also": "attention with linear biases; alibi=True.",
            "defines": "alibi_bias",
        },
        {"location": "#idea", "title": "The idea", "text": "Scores fall by s_j|m − n|.", "other": "linear bias"},
        {"location": "#file", "title": "The file", "names": "some_slopes"},
        {"location": "#scale", "title": "Scale", "names": "a_name"},
    ]
    assert [(doc["location"], doc["title"]) for doc in docs[4:]] == [
        ("#words", "Words"),
        ("#words", "Slope"),
        ("#words", "Bias"),
        ("#other-names", "Other names"),
    ]
