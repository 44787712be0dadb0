"""Right values and wordings of chapters 1 and 2 and of what follows from them, where a test can hold them."""

import math
import re

import pytest
import torch

from snippets.schemes.alibi import alibi_bias
from snippets.schemes.ntk_aware import ntk_frequencies
from snippets.schemes.rope import frequencies, rotate, rotations
from tools import LANGUAGES, ROOT, pages

BOTH = pytest.mark.parametrize("language", LANGUAGES)
CHAPTERS = ("why-add", "geometry-of-sums", "absolute-to-relative", "further-than-trained")
PAGES = [ROOT / f"docs/{language}/chapters/{name}.md" for language in LANGUAGES for name in CHAPTERS]
EVERY = pytest.mark.parametrize("page", PAGES, ids=pages.name)


def section(language: str, chapter: str, id: str) -> str:
    """A section's Markdown, its heading and its subsections included."""
    text = (ROOT / f"docs/{language}/chapters/{chapter}.md").read_text("utf-8")
    start = re.search(rf"^(#+) .*{{ #{id}(?: data-toc-label=[^}}]+)? }}$", text, re.MULTILINE)
    assert start, f"docs/{language}/chapters/{chapter}.md has no heading with the id {id}"
    end = re.search(rf"^#{{1,{len(start[1])}}} ", text[start.end() :], re.MULTILINE)
    return text[start.start() : start.end() + end.start() if end else len(text)]


def row(language: str, chapter: str, id: str) -> str:
    """The line of the short table at the top of a chapter that links to a section."""
    text = (ROOT / f"docs/{language}/chapters/{chapter}.md").read_text("utf-8")
    found = re.search(rf"^\| \[[^\]]+\]\((?:[\w-]+\.md)?#{id}\) \| .*$", text, re.MULTILINE)
    assert found, f"the short table of {language}/{chapter} has no line for #{id}"
    return found[0]


def test_scores_of_equal_vectors_fall_with_distance_and_those_of_random_ones_do_not():
    q, k = torch.randn(2, 4000, 1, 1, 64, generator=torch.Generator().manual_seed(0))
    turned = [rotate(q, rotations(torch.tensor([m]), frequencies(64))) for m in (0, 10, 1000)]
    equal, random = ([(one * key).sum(-1) / 8 for one in turned] for key in (q, k))
    near, far, farther = (scores.mean() for scores in equal)
    assert near > far + 1 > farther + 2, "equal queries and keys score less the further apart they stand"
    assert all(abs(scores.mean()) < 0.1 and abs(scores.std() - 1) < 0.1 for scores in random)


@BOTH
def test_the_section_on_decay_gives_both_sides_and_their_sources(language):
    """Which sentence holds: neither "RoPE decays" nor "it does not"; it depends on the query and the key."""
    here = section(language, "absolute-to-relative", "decay")
    assert re.search(r"@xiong2023, §4\.1", here), "who says that RoPE decays must be cited: Xiong et al., §4.1"
    assert re.search(r"@barbero2025, (Proposition|명제) 3\.2", here), "who proves that it need not must be cited"
    line = row(language, "absolute-to-relative", "decay")
    both = {"en": ("same way", "Unrelated"), "ko": ("방향이 같으면", "무관하면")}[language]
    assert all(words in line for words in both), "the short table must say when scores fade and when they do not"


@pytest.mark.parametrize("d", [16, 64, 384, 768])
def test_the_mean_of_abs_cos_is_0_8_of_its_standard_deviation(d):
    mean = math.exp(math.lgamma(d / 2) - math.lgamma((d + 1) / 2)) / math.sqrt(math.pi)
    assert math.isclose(mean, math.sqrt(2 / (math.pi * d)), rel_tol=0.02)
    assert math.isclose(mean * math.sqrt(d), 0.80, abs_tol=0.02)


@BOTH
def test_the_yardstick_for_real_weights_is_not_taken_for_the_standard_deviation(language):
    here = section(language, "why-add", "real-weights")
    assert "0.041" in pages.prose(here) and "0.051" in pages.prose(here), "say both: the mean 0.041 and the std 0.051"
    assert "(geometry-of-sums.md#mean-cosine)" in here, "link to the section that tells the mean of |cos| from the std"


@BOTH
def test_token_plus_position_is_called_superposition_in_its_easiest_form_everywhere(language):
    """Which sentence holds: the sum fits the strict sense; it is not "a harder thing" than the sum."""
    easiest, other = {"en": ("easiest", "harder thing"), "ko": ("가장 쉬운", "더 어려운 일")}[language]
    heading, answer = section(language, "geometry-of-sums", "superposition").split("{ .answer }")[0].split("\n", 1)
    places = [heading, answer, *(row(language, page, "superposition") for page in ("why-add", "geometry-of-sums"))]
    for place in places:
        assert easiest in place, f"this must say that the sum is superposition in its easiest form: {place[:120]}"
        assert other not in place, f"this contradicts #superposition: {place[:120]}"


def score(word, i, other, j, p, W):
    return (word + p[i]) @ W @ (other + p[j])


def test_no_term_of_a_sum_holds_a_word_and_a_distance():
    """How much better one word does than another cannot depend on how far the other token stands."""
    torch.manual_seed(0)
    W, p = torch.randn(8, 8).double(), torch.randn(20, 8).double()
    word, instead, other = torch.randn(3, 8).double()
    gain = [score(word, i, other, 10, p, W) - score(instead, i, other, 10, p, W) for i in range(20)]
    assert max(gain) - min(gain) < 1e-9, "in a sum of word and place the gain depends on the place of the key alone"
    relative = torch.randn(41, 8).double()  # a crossed term with a relative place, as in DeBERTa
    gain = [(word - instead) @ W @ relative[i - 10 + 20] for i in range(20)]
    assert max(gain) - min(gain) > 1


@BOTH
def test_what_tupe_and_deberta_objected_to_has_a_heading_that_names_both(language):
    here = section(language, "why-add", "tupe-deberta")
    assert all(name in here.splitlines()[0] for name in ("TUPE", "DeBERTa"))
    for place in ("@ke2021, §3.1", "@ke2021, §3.2", "@he2021, §1", "`[CLS]`"):
        assert place in here, f"{place} is missing: each objection needs its place in the paper"
    assert re.search(r"@ke2021, §3\.1(,| )? ?(footnote|각주) 3", here), (
        "TUPE drops crossed terms with absolute places, DeBERTa keeps those with relative ones: no contradiction"
    )


@BOTH
def test_most_of_tupes_gain_is_on_two_small_tasks(language):
    small, all_nine = (63.09 - 55.19) + (71.61 - 68.61), 9 * (84.47 - 82.96)
    assert small / all_nine > 0.75
    here = section(language, "why-add", "tupe-deberta")
    assert all(number in here for number in ("55.19", "63.09", "68.61", "71.61")), "say on which tasks TUPE gains"


def entropy(scores):
    share = torch.softmax(scores, -1)
    return -(share * share.log()).nansum(-1).mean()


def test_longer_rows_spread_attention_but_not_under_a_bias_that_falls():
    torch.manual_seed(0)
    plain = {n: 2 * torch.randn(100, n) for n in (2048, 8192)}
    assert math.isclose(entropy(plain[8192]) - entropy(plain[2048]), math.log(4), abs_tol=0.1)
    for head in (0, 7):
        biased = [s + alibi_bias(torch.tensor([n - 1]), torch.arange(n), 8)[head] for n, s in plain.items()]
        assert abs(entropy(biased[1]) - entropy(biased[0])) < 0.1, "ALiBi keeps attention as narrow as it was"


@BOTH
def test_attention_is_not_said_to_spread_whatever_the_scheme(language):
    here = section(language, "further-than-trained", "entropy")
    assert "ALiBi" in here, "the section must name the bias under which attention does not spread"
    assert not re.search("whatever the scheme|방식과 상관없이", here), "it is not so whatever the scheme"


def test_longer_text_brings_slow_pairs_to_values_that_they_never_took():
    """Which sentence holds: #new-angles. A row is a vector of waves, and single slow ones leave their range."""
    theta, trained = 10000 ** (-torch.arange(0, 128, 2, dtype=torch.float64) / 128), 128
    never = trained * theta < 2 * math.pi
    assert int(never.sum()) == 43 and not never[:21].any()
    seen = torch.cos(torch.arange(trained)[:, None] * theta)
    later = torch.cos(torch.arange(trained, 8 * trained)[:, None] * theta)
    assert (later.min(0).values < seen.min(0).values - 0.001)[never].sum() > 30
    assert (later.min(0).values > seen.min(0).values - 0.01)[:10].all(), "fast pairs have met every angle"


@BOTH
def test_each_way_to_128k_says_where_each_of_its_numbers_stands(language):
    """Base, share, scaling, training, what was measured at 128K, cost: a cell with a number is cited in its row."""
    table = [line for line in section(language, "further-than-trained", "longer-later").splitlines() if line[:1] == "|"]
    assert len(table) >= 2 + 5, "at least five models that were measured at 128K"
    for name, *_, measured, cost in (line.strip("| ").split(" | ") for line in table[2:]):
        assert re.search(r"\[@\w+, [^\]]+\]", name), f"{name}: where in the report are its settings?"
        assert re.search(r"\[@\w+, (Tables?|Figure|표|그림) \d+", measured), f"{name}: which table shows it at 128K?"
        assert "[@" in cost or not re.search(r"\d", cost), f"{name}: where does the cost stand?"


def test_the_base_that_prolong_takes_for_64k_is_near_what_the_rule_gives_for_128k():
    base, scale, dim = 500_000, 131_072 / 8192, 128
    by_the_rule = base * scale ** (dim / (dim - 2))
    assert math.isclose(by_the_rule, 8e6, rel_tol=0.06)
    torch.testing.assert_close(frequencies(dim, by_the_rule), ntk_frequencies(dim, scale, base))


@EVERY
def test_what_is_said_of_a_figure_holds_in_both_palettes(page):
    said = re.findall(r"!\[([^\]]*)\]\([^ )]+(?: \"([^\"]*)\")?\)", page.read_text("utf-8"))
    words = re.compile(r"\b(?:dark|light|pale)(?:er|est)?\b|어둡|어두|밝|짙|진해|진한|옅")
    wrong = [found.group() for one in said for text in one for found in words.finditer(text)]
    assert said and not wrong, f"{pages.name(page)}: {wrong} is true in one palette only; say how strong the colour is"


@EVERY
def test_names_used_elsewhere_stand_on_the_page_once(page):
    text, korean = page.read_text("utf-8"), "/ko/" in page.as_posix()
    also = re.findall(r"\n\n((?:[^\n]+\n)+)\{ \.also \}", text)
    names = {
        ("why-add", False): ["positional encoding", "position embedding"],
        ("why-add", True): ["포지셔널 인코딩", "포지션 임베딩"],
        ("geometry-of-sums", False): ["near-orthogonality", "concentration of measure"],
        ("geometry-of-sums", True): ["근사적 직교성", "측도 집중"],
        ("absolute-to-relative", False): ["rotary position embedding", "rotate_half"],
        ("absolute-to-relative", True): ["로터리", "포지셔널 인코딩", "rotate_half"],
        ("further-than-trained", False): ["128k", "context extension"],
        ("further-than-trained", True): ["128k", "컨텍스트 확장"],
    }[page.stem, korean]
    assert len(also) == 1 and all(name in also[0] for name in names), f"{pages.name(page)} needs the names {names}"


@pytest.mark.parametrize("name", CHAPTERS)
def test_korean_terms_of_these_chapters(name):
    prose = pages.prose((ROOT / f"docs/ko/chapters/{name}.md").read_text("utf-8"))
    terms = {"배치": "채널 배열", "까닭": "이유", "퍼짐": "표준편차", "무게": "어텐션 가중치", "열지도": "히트맵",
             "번갈아 짝": "번갈아 놓기", "행렬 곱": "행렬곱",
             "알 수 없는 것": "이 결과의 한계", "묶인": "가중치를 공유하는", "늘인": "늘린"}  # fmt: skip
    wrong = {term: right for term, right in terms.items() if term in prose}
    assert not wrong, f"docs/ko/chapters/{name}.md (found: write): {wrong}"
