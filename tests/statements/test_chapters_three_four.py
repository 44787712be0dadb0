"""Right values, wordings and shape of chapters 3 and 4 and of the labs, where a test can hold them."""

import math
import re
from itertools import pairwise

import pytest
import torch

from snippets.schemes.alibi import alibi_bias
from snippets.schemes.rope import frequencies, rotate, rotations
from tools import LANGUAGES, ROOT, pages

BOTH = pytest.mark.parametrize("language", LANGUAGES)
CHAPTERS = ("learned-or-fixed", "beyond-the-window")


def chapter(language: str, name: str) -> str:
    return (ROOT / f"docs/{language}/chapters/{name}.md").read_text("utf-8")


def section(language: str, name: str, id: str) -> str:
    """A section's Markdown, its heading and its subsections included."""
    text = chapter(language, name)
    start = re.search(rf"^(#+) .*{{ #{id}[ }}]", text, re.MULTILINE)
    assert start, f"docs/{language}/chapters/{name}.md has no heading with the id {id}"
    deeper = len(start[1])
    end = re.search(rf"^#{{1,{deeper}}} ", text[start.end() :], re.MULTILINE)
    return text[start.start() : start.end() + end.start() if end else len(text)]


@BOTH
def test_the_slowest_hand_comes_round_after_60611_tokens_and_62832_is_only_a_limit(language):
    assert round(2 * math.pi * 10000 ** (1 - 2 / 512)) == 60_611
    assert round(2 * math.pi * 10000) == 62_832
    here = pages.prose(section(language, "learned-or-fixed", "clock-hands"))
    assert "60,611" in here, "the section must say when the slowest hand of the formula comes round at d = 512"
    assert re.search("62,832.*(limit|극한)", here), "62,832 must be called the limit, not the slowest wavelength"


@BOTH
def test_the_verdict_on_data_is_limited_to_tasks_and_names_the_study_that_found_otherwise(language):
    here = section(language, "learned-or-fixed", "data")
    title = here.splitlines()[0]
    tasks = {"en": ("language modelling", "translation"), "ko": ("언어 모델링", "번역")}[language]
    assert all(task in title for task in tasks), f"the heading must say for which tasks it holds: {title}"
    assert "@wang2021bert" in here, "BERT's table was better in classification; the section must cite that study"


@BOTH
def test_gpt_2_small_has_a_table_of_a_d_by_d_matrix_and_a_third(language):
    assert math.isclose(1024 * 768 / 768**2, 4 / 3)
    words = {"en": "matrix and a third", "ko": "그 3분의 1을 더한"}[language]
    assert words in section(language, "learned-or-fixed", "why-learn"), "1024 rows of 768 are 4/3 of 768 x 768"


@BOTH
def test_both_generations_of_cuda_assertions_are_named_and_the_process_is_not_said_to_end(language):
    here = section(language, "beyond-the-window", "rows")
    for text in (
        "srcIndex < srcSelectDimSize",
        "vectorized gather kernel index out of bounds",
        "scatter gather kernel",
    ):
        assert text in here, f"a reader who searches for the assertion {text!r} must find this section"
    assert "ends the process" not in here and "프로세스를 끝내" not in here, "an exception is raised; nothing ends"


@BOTH
def test_one_sink_is_not_said_to_be_enough_for_every_model(language):
    here = section(language, "beyond-the-window", "sinks")
    assert all(value in here for value in ("3359.95", "11.88", "10.51", "9.59")), (
        "Llama-2-7B needs more than one first token: the numbers of Table 2 must stand here"
    )
    assert re.search(r"@xiao2023, (Table|표) 2", here), "those numbers need their table"


@BOTH
def test_a_sliding_window_is_said_of_mistral_7b_v0_1_only(language):
    here = pages.prose(section(language, "beyond-the-window", "sliding"))
    for match in re.finditer("Mistral 7B", here):
        assert here[match.end() :].startswith(" v0.1"), "from v0.2 on Mistral 7B has no sliding window"
    assert "v0.2" in here, "say that v0.2 gave the window up"


@BOTH
@pytest.mark.parametrize("name", CHAPTERS)
def test_a_citation_beside_a_number_says_where_in_the_work(language, name):
    number = re.compile(r"\d[\d,]*\.\d+|\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)? ?%")
    bare = []
    for paragraph in re.split(r"\n\s*\n", pages.prose(chapter(language, name))):
        for brackets in re.findall(r"\[(@[^\]]+)\]", paragraph):
            outside = re.sub(r"\[@[^\]]+\]", "", paragraph)
            if number.search(outside):
                bare += [work.strip() for work in brackets.split(";") if "," not in work]
    assert not bare, f"a table, section or figure is missing in {bare}, which stand beside numbers"


# Two pages once contradicted each other on this; these are the sentences that hold: cutting the end leaves cached keys
# valid, counting on after the front was dropped does too, and restarting at 0 does not.
def test_cached_rotated_keys_stay_valid_unless_positions_restart():
    torch.manual_seed(0)
    theta, x = frequencies(16), torch.randn(12, 16)

    def turned(vectors, positions):
        return rotate(vectors[None, None], rotations(positions, theta))[0, 0]

    cached = turned(x, torch.arange(12))
    end_cut = turned(x[:8], torch.arange(8))
    assert torch.allclose(cached[:8], end_cut), "cutting the end must leave cached keys as they are"
    new = torch.randn(1, 16)
    counting_on = turned(new, torch.tensor([12])) @ cached[4:].T
    computed_again = turned(new, torch.tensor([8])) @ turned(x[4:], torch.arange(8)).T
    assert torch.allclose(counting_on, computed_again, atol=1e-4), "counting on must give the scores of a fresh window"
    restarted = turned(new, torch.tensor([8])) @ cached[4:].T
    assert not torch.allclose(restarted, computed_again, atol=1e-1), "restarted positions must make cached keys stale"


def test_a_bias_puts_no_position_into_a_key_so_nothing_in_the_cache_gets_stale():
    here = alibi_bias(torch.tensor([8]), torch.arange(4, 9), heads=8)
    later = alibi_bias(torch.tensor([108]), torch.arange(104, 109), heads=8)
    assert torch.equal(here, later), "ALiBi must depend on the distance alone"


# What readers type into the search box, and the section that must hold the words.
WORDS = [
    ("en", "learned-or-fixed", "formula", "original Transformer"),
    ("ko", "learned-or-fixed", "formula", "원본 트랜스포머"),
    ("en", "beyond-the-window", "rows", "IndexError"),
    ("ko", "beyond-the-window", "rows", "인덱스 에러"),
    ("en", "beyond-the-window", "sinks", "StreamingLLM"),
    ("ko", "beyond-the-window", "sinks", "StreamingLLM"),
    ("ko", "beyond-the-window", "beyond-the-window", "윈도우"),
    ("en", "beyond-the-window", "beyond-the-window", "a matter of training alone"),
    ("ko", "beyond-the-window", "beyond-the-window", "학습할 때만의 문제"),
]


@pytest.mark.parametrize(("language", "name", "id", "words"), WORDS)
def test_the_words_that_readers_search_for_stand_where_they_are_answered(language, name, id, words):
    assert words in section(language, name, id), f"{name}#{id} ({language}) must say {words!r} once"


@BOTH
@pytest.mark.parametrize("name", CHAPTERS)
def test_what_a_figure_shows_is_true_in_both_palettes(language, name):
    shades = {"en": r"\b(?:dark|light|pale|bright)(?:er|est)?\b", "ko": "어두|어둡|밝은|밝을|짙|옅"}[language]
    for image in re.findall(r"^!\[.*$", chapter(language, name), re.MULTILINE):
        found = re.search(shades, image)
        assert not found, f"{found[0]!r} swaps its meaning in the dark palette: {image[:80]}"


def paragraphs(text: str) -> list[str]:
    """What is read as running text: each paragraph and each item of a list, without tables, headings and captions."""
    body = "".join(piece if is_prose else "\n\n" if "\n" in piece else "x" for is_prose, piece in pages.pieces(text))
    body = re.sub(r"\$\$.+?\$\$", "", pages.front_matter(body)[1], flags=re.DOTALL)
    body = re.sub(r"\]\([^()\s]+\)", "]", body)
    found = re.split(r"\n\s*\n|\n(?=\* |\{ )", body)
    return [one.strip() for one in found if one.strip() and not re.match(r"\s*(?:[|#{]|!\[)", one)]


@BOTH
@pytest.mark.parametrize("page", [*(f"chapters/{name}" for name in CHAPTERS), "measured/inside-a-learned-table"])
def test_a_chapter_can_be_read_to_the_end(language, page):
    found = paragraphs((ROOT / f"docs/{language}/{page}.md").read_text("utf-8"))
    long = [f"{len(one.split())} words: {one[:60]}" for one in found if len(one.split()) > 90]
    assert not long, f"docs/{language}/{page}.md has paragraphs above 90 words: {long}"
    words = sum(len(one.split()) for one in found)
    assert words <= 4500, f"docs/{language}/{page}.md has {words} words of prose; a chapter has at most 4500"


@BOTH
def test_the_puzzle_that_a_reader_brings_comes_first(language):
    text = chapter(language, "beyond-the-window")
    order = re.findall(r"^## .*?\{ #([\w-]+)", text, re.MULTILINE)
    wanted = ["puzzle", "who-cuts", "rows", "cutting", "lost", "cache", "instead"]
    assert order[: len(wanted)] == wanted, f"docs/{language}/chapters/beyond-the-window.md goes {order}"
    here = section(language, "beyond-the-window", "cache")
    assert here.index("\n|---") < here.index("```python"), "the five ways stand in the table before any code"


@BOTH
@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_ends_with_three_things_to_keep(language, name):
    text = chapter(language, name)
    order = re.findall(r"^## .*?\{ #([\w-]+)", text, re.MULTILINE)
    assert order[-2:] == ["takeaways", "claims"], f"docs/{language}/chapters/{name}.md ends with {order[-2:]}"
    kept = re.findall(r"^\* ", section(language, name, "takeaways"), re.MULTILINE)
    assert len(kept) == 3, f"docs/{language}/chapters/{name}.md#takeaways has {len(kept)} things to keep, not three"


@BOTH
@pytest.mark.parametrize("name", CHAPTERS)
def test_every_heading_has_a_name_that_fits_the_rail(language, name):
    for heading in re.findall(r"^##+ .*$", chapter(language, name), re.MULTILINE):
        label = re.search(r'data-toc-label="([^"]+)"', heading)
        shown = label[1] if label else re.sub(r"^#+ | \{.*", "", heading)
        most = {"en": 28, "ko": 18}[language]
        assert len(shown) <= most, f"the rail has room for {most} letters: give {heading!r} a data-toc-label"


@BOTH
def test_the_first_explanation_of_training_is_the_plain_gradient(language):
    here = section(language, "learned-or-fixed", "training")
    first = here.partition("\n### ")[0]
    assert "Adam" not in first and "weight_decay" not in first, "Adam and weight decay have a section of their own"


LABS = [path for language in LANGUAGES for path in pages.labs(language)]


@pytest.mark.parametrize("path", LABS, ids=pages.name)
def test_every_figure_of_a_lab_is_told_in_whole_sentences_of_the_pages_language(path):
    cells = re.split(r"^# %%", path.read_text("utf-8"), flags=re.MULTILINE)[1:]
    for before, cell in pairwise(cells):
        if cell.startswith(" [markdown]"):
            continue
        told = re.findall(r"^# <!-- figure: (.+) -->$", before, re.MULTILINE)
        drawn = cell.count("plt.show()")
        assert len(told) == drawn, f"{pages.name(path)}: {drawn} figures drawn and {len(told)} told, before:\n{cell}"
        assert "# Figure:" not in cell, f"{pages.name(path)}: a figure is told in the text, not in the code"
        for alt in told:
            assert alt.endswith("."), f"{pages.name(path)}: not a whole sentence: {alt}"
            assert bool(re.search("[가-힣]", alt)) == ("/ko/" in pages.name(path)), f"wrong language: {alt}"
