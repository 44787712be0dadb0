"""Search in a real browser: what people type, and where it must lead."""

import re

import pytest
from visits import visit, wait_until

from conftest import PHONE
from tools import pages

# What is typed, the last place that is good enough, and where it must lead: any one of these pages or sections.
# A section counts where it is shown, not where it is folded away under its page.
QUERIES = {
    "": """
rope                                    1  schemes/rope/
what is rope                            1  schemes/rope/ chapters/absolute-to-relative/#rope answers/#ask-explain
RoPE embedding                          1  schemes/rope/
rotary                                  1  schemes/rope/
nope                                    1  schemes/none/
alibi                                   1  schemes/alibi/
yarn                                    1  schemes/yarn/
m-rope                                  1  schemes/m_rope/
mrope                                   1  schemes/m_rope/
t5 bias                                 1  schemes/t5_bias/
ntk-aware                               1  schemes/ntk_aware/
ntk aware                               1  schemes/ntk_aware/
llama3 rope scaling                     1  schemes/llama3_scaling/
sinusoidal positional encoding          1  schemes/sinusoidal/ chapters/learned-or-fixed/
transformer xl                          1  schemes/transformer_xl/
position interpolation                  1  schemes/position_interpolation/
learned positional embedding            1  schemes/learned/ chapters/learned-or-fixed/ answers/#ask-learned
2d rope                                 1  schemes/rope_2d/
bert                                    3  schemes/learned/
vision                                  3  schemes/rope_2d/ schemes/m_rope/
gemma                                   3  schemes/rope/ answers/#ask-two-bases
gpt-2                                   3  schemes/learned/ answers/#ask-padding answers/#ask-learned

rotate_half                             1  schemes/rope/ answers/#ask-halves chapters/absolute-to-relative/#layouts
rotate_halves                           1  schemes/rope/ answers/#ask-halves
alibi_bias                              1  schemes/alibi/
yarn_frequencies                        1  schemes/yarn/
max_position_embeddings                 1  answers/#ask-resize chapters/absolute-to-relative/#lengths
scaled_dot_product_attention            3  answers/#ask-sdpa schemes/alibi/ measured/speed/
sdpa                                    1  answers/#ask-sdpa schemes/alibi/

positional encoding                     3  chapters/why-add/ schemes/ notation/
extrapolation                           3  answers/#ask-extrapolate
extrapolate                             3  answers/#ask-extrapolate
extrapolating                           3  answers/#ask-extrapolate
length extrapolation                    3  answers/#ask-extrapolate measured/train-short-test-long/
128k                                    1  chapters/further-than-trained/#longer-later
attention sink                          1  chapters/beyond-the-window/#sinks
streamingllm                            1  chapters/beyond-the-window/#sinks
sliding window                          1  chapters/beyond-the-window/#sliding
tupe                                    1  answers/#ask-untied chapters/why-add/#tupe-deberta
superposition                           1  chapters/geometry-of-sums/#superposition
interfere                               3  chapters/geometry-of-sums/#interference claims/#claim-6
lost in the middle                      1  chapters/beyond-the-window/#lost-in-the-middle
long term decay                         1  chapters/absolute-to-relative/#decay schemes/rope/#decay claims/#claim-22
kv cache                                3  practice/cache/
kv cache position                       1  practice/cache/ answers/#ask-cache
static cache                            1  practice/cache/#static
speculative decoding                    1  practice/cache/#branches
rolling kv cache                        1  practice/cache/#rolling
left padding                            1  practice/batches/
right padding                           1  practice/batches/
sequence packing                        1  practice/batches/
packing                                 1  practice/batches/#packing
nan attention mask                      1  practice/batches/#masks
rope_deltas                             1  practice/batches/#m-rope
complex numbers                         3  chapters/absolute-to-relative/#complex
gradients                               3  chapters/learned-or-fixed/#training
alibi slopes                            1  schemes/alibi/ claims/#claim-29
rope bfloat16                           3  schemes/rope/ chapters/absolute-to-relative/#precision
bf16                                    3  chapters/absolute-to-relative/#precision
reproduce                               1  measured/reproduce/
press 2022                              3  references/

why add instead of concatenate          1  answers/#ask-add chapters/why-add/
why 10000                               1  answers/#ask-sine chapters/learned-or-fixed/#why-10000
why multiply by sqrt(d_model)           1  answers/#ask-sqrt chapters/learned-or-fixed/#sqrt-d
sqrt(d_model)                           1  answers/#ask-sqrt chapters/learned-or-fixed/#sqrt-d
does rope extrapolate?                  1  answers/#ask-extrapolate
which positional encoding should i use  3  schemes/ answers/#ask-longer-later
do i need positional encoding at all    3  answers/#ask-none schemes/none/
index out of range in self              1  answers/#ask-indexerror
device-side assert triggered            1  answers/#ask-indexerror
left padding gpt2                       1  answers/#ask-padding
stride max_length                       1  answers/#ask-stride chapters/beyond-the-window/#cutting

positionalencoding                      3  chapters/why-add/ schemes/ notation/
sinusiodal                              1  schemes/sinusoidal/
""",
    "ko/": """
rope                                    1  schemes/rope/
rope란                                  1  schemes/rope/ chapters/absolute-to-relative/#rope answers/#ask-explain
RoPE가 뭔가요                           1  schemes/rope/ chapters/absolute-to-relative/#rope answers/#ask-explain
로터리                                  1  schemes/rope/
로터리 임베딩                           1  schemes/rope/
alibi                                   1  schemes/alibi/
ALiBi의 기울기를                        1  schemes/alibi/ claims/#claim-29
m-rope                                  1  schemes/m_rope/
nope                                    1  schemes/none/
ntk                                     1  schemes/ntk_aware/
라마3                                   3  schemes/llama3_scaling/
t5 편향                                 1  schemes/t5_bias/
위치 보간                               1  schemes/position_interpolation/
위치보간                                1  schemes/position_interpolation/
사인파                                  1  schemes/sinusoidal/ chapters/learned-or-fixed/#formula
2차원 rope                              1  schemes/rope_2d/
부분 rope                               1  schemes/partial_rope/
학습된 위치 임베딩                      1  schemes/learned/ chapters/learned-or-fixed/ answers/#ask-learned
gpt-2 위치 표                           3  schemes/learned/ chapters/learned-or-fixed/

포지셔널 인코딩                         3  chapters/why-add/ schemes/ notation/
포지셔널인코딩                          3  chapters/why-add/ schemes/ notation/
인코딩이란                              3  chapters/why-add/ schemes/ notation/
임베딩마다                              3  chapters/why-add/ schemes/learned/ answers/ notation/
원본 트랜스포머                         3  schemes/sinusoidal/ chapters/learned-or-fixed/
외삽                                    3  answers/#ask-extrapolate measured/train-short-test-long/
길이 외삽                               3  answers/#ask-extrapolate measured/train-short-test-long/
윈도우                                  3  chapters/beyond-the-window/ chapters/absolute-to-relative/#lengths notation/
슬라이딩 윈도우                         1  chapters/beyond-the-window/#sliding
컨텍스트윈도우                          3  chapters/absolute-to-relative/#lengths claims/#claim-11
초고차원                                3  chapters/why-add/#near-orthogonal notation/#other-names
어텐션 싱크                             1  chapters/beyond-the-window/#sinks
128k                                    1  chapters/further-than-trained/#longer-later
tupe                                    1  answers/#ask-untied chapters/why-add/#tupe-deberta
중첩                                    1  chapters/geometry-of-sums/#superposition
superposition                           3  chapters/geometry-of-sums/#superposition
간섭처럼                                3  chapters/geometry-of-sums/#interference claims/#claim-6
복소수                                  1  chapters/absolute-to-relative/#complex
직교하나요                              1  chapters/why-add/#near-orthogonal
속도 비교                               3  measured/speed/
press 2022                              3  references/

왜 더하나요                             1  answers/#ask-add chapters/why-add/
위치 인코딩을 왜 더하나요               1  answers/#ask-add chapters/why-add/
이어붙이면 안 되나요                    1  answers/#ask-add chapters/why-add/#concatenate schemes/concatenated/
왜 10000인가요                          1  answers/#ask-sine chapters/learned-or-fixed/#why-10000
sqrt(d_model)을 왜 곱하나요             1  answers/#ask-sqrt chapters/learned-or-fixed/#sqrt-d
rope는 절대 위치인가요 상대 위치인가요  1  answers/#ask-rope-kind chapters/absolute-to-relative/
절대 위치와 상대 위치의 차이            1  answers/#ask-rope-kind chapters/absolute-to-relative/
rope 외삽이 되나요                      1  answers/#ask-extrapolate
어떤 방식을 골라야 하나요               1  schemes/#which answers/#ask-longer-later
데이터 로더가 단어를 건너뛰나요         1  answers/#ask-stride
데이터로더 스트라이드                   1  answers/#ask-stride chapters/beyond-the-window/#cutting
텍스트를 자르면                         3  chapters/beyond-the-window/ labs/cut-a-text/ answers/#ask-truncate
프롬프트가 너무 길어요                  1  answers/#ask-truncate chapters/beyond-the-window/#truncation
위치 임베딩이 꼭 필요한가요             1  answers/#ask-none
단어 임베딩 오염                        1  answers/#ask-pollute
캐시가 꽉 차면                          1  answers/#ask-cache

인덱스 에러                             1  answers/#ask-indexerror
IndexError                              1  answers/#ask-indexerror
index out of range in self              1  answers/#ask-indexerror
rotate_half                             1  schemes/rope/ answers/#ask-halves chapters/absolute-to-relative/#layouts
alibi_bias                              1  schemes/alibi/
max_position_embeddings 늘리기          3  answers/#ask-resize
패딩                                    2  practice/batches/
왼쪽 패딩                               1  practice/batches/
오른쪽 패딩                             1  practice/batches/
패킹                                    1  practice/batches/#packing
마스크 nan                              1  practice/batches/#masks
kv 캐시                                 1  practice/cache/
정적 캐시                               1  practice/cache/#static
롤링 캐시                               1  practice/cache/#rolling
추측 디코딩                             1  practice/cache/#branches
sdpa                                    1  answers/#ask-sdpa schemes/alibi/
""",
}


in_both_languages = pytest.mark.parametrize("language", QUERIES, scope="module")
in_korean = pytest.mark.parametrize("language", ["ko/"], scope="module")

LINKS = """() => [...document.querySelectorAll(".md-search-result__item")].map(item =>
  [...item.querySelectorAll(":scope > a")].map(link => link.href))"""


def table(language: str) -> list[tuple[str, int, list[str]]]:
    """The query, the last place that is good enough, the targets of each line."""
    lines = filter(None, map(str.strip, QUERIES[language].split("\n")))
    found = (re.fullmatch(r"(.+?) +(\d)  (.+)", line).groups() for line in lines)
    return [(query, int(within), targets.split()) for query, within, targets in found]


def rank(found: list[list[str]], targets: list[str], root: str) -> int | None:
    """The place, from 1, of the first result that leads to one of the targets."""
    for place, links in enumerate(found, 1):
        shown = {re.sub(r"\?[^#]*", "", link.removeprefix(root)) for link in links}
        if any(
            target in shown or ("#" not in target and target in {s.split("#")[0] for s in shown}) for target in targets
        ):
            return place
    return None


def open_search(page, address: str) -> None:
    page.goto(address)
    page.locator("label[for=__search]:visible, .md-search__input:visible").first.click()


@pytest.fixture(scope="module")
def opened(used, server, language):
    """A page where the search is open, for tests that only type and look."""
    with used() as page:
        open_search(page, server + language)
        yield page


def search(page, query: str) -> list[list[str]]:
    """Type a query and wait for its results; where each leads to, its page and then its sections."""
    page.locator(".md-search__input").fill(query)
    wait_until(page, "query => document.querySelector('.md-search-result').dataset.query === query", arg=query)
    return page.evaluate(LINKS)


@in_both_languages
def test_what_people_type_leads_to_the_right_page(opened, server, language):
    wrong = []
    for query, within, targets in table(language):
        found = search(opened, query)
        place = rank(found, targets, server + language)
        if place is None or place > within:
            first = [links[-1].removeprefix(server + language) for links in found[:3]]
            wrong.append(f"{query!r} leads to {first}, not within {within} to any of {targets}")
    assert not wrong, "\n".join(wrong)


def test_there_are_at_least_sixty_queries_half_of_them_korean():
    assert min(len(table(language)) for language in QUERIES) >= 30


@in_both_languages
def test_references_never_come_before_a_page_that_explains(opened, language):
    for query in ("nope", "bert", "rotary", "vision", "extrapolation", "gemma", "alibi", "sinusoidal", "llama"):
        first = search(opened, query)[0][0]
        assert "references/" not in first, f"{query!r} leads to {first} first"


def test_what_is_typed_before_the_index_has_come_is_answered_when_it_comes(page, server):
    held = []
    page.route("**/search_index.json", lambda route: held.append(route))
    with page.expect_request("**/search_index.json"):
        open_search(page, server)
    page.locator(".md-search__input").fill("rope")
    assert not page.evaluate(LINKS)
    held[0].continue_()
    wait_until(page, "document.querySelector('.md-search-result').dataset.query === 'rope'")
    assert page.evaluate(LINKS)[0][0].split("?")[0] == server + "schemes/rope/"


def test_neither_index_nor_worker_is_fetched_before_somebody_searches(page, server):
    _, asked = visit(page, server)
    assert not [url for url in asked if "search_index" in url or "worker" in url]


@pytest.mark.parametrize("address, query", [("", "extrapolating rotations"), ("ko/", "외삽을 하나요")])
def test_the_words_of_a_followed_result_are_marked_on_its_page(page, server, address, query):
    open_search(page, server + address)
    search(page, query)
    page.locator(".md-search-result__link").nth(1).click()
    page.wait_for_url(lambda url: "?h=" in url)
    page.locator("article mark").first.wait_for(state="attached")


@pytest.mark.parametrize("page", [{"viewport": PHONE}], indirect=True, ids=["360 px"])
@pytest.mark.parametrize("address, query", [("", "rope"), ("", "why multiply by sqrt(d_model)"), ("ko/", "rope")])
def test_a_phone_shows_four_results_of_at_most_three_lines_without_code(page, server, address, query):
    open_search(page, server + address)
    search(page, query)
    seen = page.evaluate(
        "[...document.querySelectorAll('.md-search-result__item')]"
        ".filter(item => item.getBoundingClientRect().bottom <= innerHeight).length"
    )
    assert seen >= 4, f"only {seen} results are on the screen"
    tall = page.evaluate(
        "[...document.querySelectorAll('.md-search-result__article p')].filter(p => "
        "p.getBoundingClientRect().height > 3.2 * parseFloat(getComputedStyle(p).lineHeight)).map(p => p.textContent)"
    )
    assert not tall, f"a teaser is taller than three lines: {tall[:2]}"
    assert not page.locator(".md-search-result__article pre").count()


@in_both_languages
def test_titles_of_results_are_smaller_than_titles_of_pages(opened, language):
    search(opened, "rope")
    size = "element => parseFloat(getComputedStyle(element).fontSize)"
    title, section = (opened.locator(f".md-search-result__article {h}").first.evaluate(size) for h in ("h1", "h2"))
    teaser = opened.locator(".md-search-result__article p").first.evaluate(size)
    assert teaser <= section <= title <= 1.3 * teaser, f"title {title}, section {section}, teaser {teaser} px"


def test_a_korean_search_result_is_not_a_page_heading(page, server):
    open_search(page, server + "ko/")
    page.locator(".md-search__input").press_sequentially("어텐션")
    titles = page.locator(".md-search-result__article :is(h1, h2)")
    titles.first.wait_for(state="attached")
    sizes = titles.evaluate_all("all => all.map(e => parseFloat(getComputedStyle(e).fontSize))")
    assert max(sizes) <= 16, f"results are set in {max(sizes)} px"
    assert page.locator(".md-content article > h1").evaluate("e => parseFloat(getComputedStyle(e).fontSize)") > 30


def korean_text():
    return "".join(path.read_text("utf-8") for path in [*pages.markdown("ko"), *pages.labs("ko")])


@in_korean
@pytest.mark.parametrize("noun", ["인코딩", "임베딩", "투영", "간섭"])
def test_search_finds_a_korean_noun_with_a_particle_no_page_holds(opened, noun):
    particle = next(
        p for p in ("이란", "처럼", "보다", "마다", "부터", "까지", "이라고", "에게") if noun + p not in korean_text()
    )
    assert search(opened, noun + particle), f"nothing found for {noun + particle}"


@in_korean
def test_search_finds_an_english_term_from_the_korean_site(opened):
    assert search(opened, "superposition"), "nothing found for superposition"


@pytest.mark.parametrize("language", [""], scope="module")
def test_search_finds_a_question_in_english(opened):
    assert search(opened, "concatenate"), "nothing found for concatenate"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("", "index out of range in self"),
        ("", "why multiply embeddings sqrt(d_model)"),
        ("ko/", "임베딩에 왜 sqrt(d_model)을 곱하나요"),
        ("ko/", "데이터 로더가 단어를 건너뛰나요"),
    ],
    scope="module",
)
def test_search_finds_an_answer_by_the_words_of_the_one_who_asks(opened, words):
    found = search(opened, words)
    assert found, f"nothing found for {words}"
    assert "answers/" in found[0][0], f"{words}: the first result is {found[0][0]}"
