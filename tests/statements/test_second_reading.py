"""Statements of the scheme pages and of chapters 3 and 4 that a second reading found wrong, held where a test can."""

import math
import re

import pytest
import torch

from snippets.figures.schemes.timeline import LANES
from snippets.schemes.alibi import alibi_bias
from snippets.schemes.cope import positions
from snippets.schemes.fire import Fire
from snippets.schemes.none import causal_attention
from snippets.schemes.t5_bias import bucket
from tools import LANGUAGES, ROOT, pages

BOTH = pytest.mark.parametrize("language", LANGUAGES)


def section(language: str, page: str, id: str) -> str:
    text = (ROOT / f"docs/{language}/{page}.md").read_text("utf-8")
    start = re.search(rf"^(#+) .*{{ #{id}[ }}]", text, re.MULTILINE)
    assert start, f"docs/{language}/{page}.md has no heading with the id {id}"
    end = re.search(rf"^#{{1,{len(start[1])}}} ", text[start.end() :], re.MULTILINE)
    return text[start.start() : start.end() + end.start() if end else len(text)]


def test_a_causal_mask_ends_the_bag_in_the_first_layer_already():
    """none.md#property: order before a token is invisible to it in one layer, but outputs are not reordered along."""
    torch.manual_seed(0)
    x, order = torch.randn(1, 1, 6, 8, dtype=torch.float64), [0, 3, 2, 1, 4, 5]
    out, moved = (causal_attention(y, y, y) for y in (x, x[:, :, order]))
    assert (moved - out[:, :, order]).abs().max() > 0.1, "with a mask one layer must not be a bag"
    assert (moved - out)[:, :, -1].abs().max() < 1e-12, "the last token must be blind to the order of its prefix"
    for language in LANGUAGES:
        here = section(language, "schemes/none", "property")
        wrong = {"en": "but not in the first layer", "ko": "첫 층에서는 아직 아닙니다"}[language]
        assert wrong not in here, "a causal mask makes a difference in the first layer too; only the order is invisible"


def test_without_a_start_token_only_equal_tokens_cannot_be_counted():
    torch.manual_seed(0)
    x = torch.randn(1, 1, 400, 64)
    even = torch.zeros_like(x)
    spread = causal_attention(even, even, x)[0, 0].pow(2).mean(1)  # of a mean of m + 1 random tokens: 1 / (m + 1)
    place = 1 / spread
    error = (place[99::100] / torch.arange(100, 401, 100) - 1).abs().max()
    assert error < 0.6, "different tokens do tell a later layer about where they stand, with no start token"


def test_cope_can_go_block_by_block_from_the_query_backwards():
    torch.manual_seed(0)
    q, k = torch.randn(2, 1, 1, 12, 8, dtype=torch.float64)
    wanted, carry, found = positions(q, k)[:, :, -1], 0, []
    for block in reversed(k.split(4, dim=2)):
        gates = (q[:, :, -1:] @ block.mT / 8**0.5).sigmoid()[:, :, 0]
        found.append(gates.flip(-1).cumsum(-1).flip(-1) + carry)
        carry = found[-1][..., :1]
    torch.testing.assert_close(torch.cat(found[::-1], -1), wanted)
    here = section("en", "schemes/cope", "cost")
    assert "attention\n  cannot go block by block" not in here, "it can, if blocks are read from the query backwards"


def test_t5_tells_15_tokens_back_apart_and_16_shares_its_bucket():
    found = bucket(torch.arange(200)).tolist()
    assert len(set(found[:16])) == 16, "distances 0 to 15 must have a bucket each"
    assert found[16] == found[17], "16 must not be told apart from 17"
    assert len(set(found[113:])) == 1
    for language, words in (("en", "Up to 15 tokens back"), ("ko", "15토큰 앞까지는")):
        assert words in section(language, "schemes/t5_bias", "property"), "16 shares its bucket with 17 and 18"


def test_fire_stays_below_1_for_earlier_keys_only():
    scheme = Fire(heads=1)
    m, n = torch.tensor([3]), torch.tensor([0, 3, 5000])
    ratio = scheme.normalised(m, n)[0].tolist()
    assert ratio[0] <= 1 and ratio[1] == 0 and ratio[2] > 1
    for language, words in (
        ("en", "Behind a causal mask the network never"),
        ("ko", "인과 마스크(causal mask)를 쓰면 신경망에는 1보다 큰 수"),
    ):
        assert words in section(language, "schemes/fire", "property"), "without a mask a key ahead gives more than 1"


def test_kerples_power_form_leaves_float16_only_where_r1_is_large():
    assert torch.tensor(0.01 * 1000.0**2).half().isfinite(), "the smallest r1 of the authors stays within float16"
    assert torch.tensor(1000.0**2).half().isinf()


def test_alibi_counts_steps_not_tokens_in_between():
    bias = alibi_bias(torch.tensor([1]), torch.tensor([0, 1]), heads=8)[0, 0]
    assert bias.tolist() == [-0.5, 0.0], "neighbours have no token between them and still cost one slope"


@BOTH
def test_the_timeline_is_not_said_to_show_the_years_of_the_citations(language):
    entries = dict(re.findall(r"@\w+\{(\w+),.*?year\s*=\s*\{(\d{4})\}", BIB, re.DOTALL))
    later = [work for lane in LANES.values() for _, year, _, work in lane if int(entries[work]) > year]
    assert later, "if every citation had the year of its dot, the page could say so"
    here = section(language, "schemes/index", "timeline")
    wrong = {"en": ("as cited here", "cited for it here"), "ko": ("여기서 인용한 문헌의",)}[language]
    assert not any(words in here for words in wrong), f"the citations of {later} carry a later year than their dots"


BIB = (ROOT / "docs/references.bib").read_text("utf-8")


# Rows of one source that a page must not leave out where it draws a conclusion from the others.
BESIDE = [
    ("schemes/longrope", "length", ("3.71", "3.75", "2.26", "2.37"), "on Proof-pile LongRoPE is ahead of YaRN"),
    ("schemes/yarn", "length", ("32.64", "10.21", "3.49"), "untuned, YaRN was far behind on PG19"),
    ("schemes/index", "which", ("10.21", "32.64", "3.50", "3.49"), "untuned, the text decides"),
    ("schemes/ntk_aware", "length", ("6.323", "6.341"), "a raised base was ahead of interpolation elsewhere"),
    ("schemes/alibi", "length", ("17.98", "18.30"), "under a sliding window ALiBi is nearly flat, not flat"),
    ("chapters/learned-or-fixed", "resize", ("1.846", "1.957", "10.299"), "copied rows work nearly at once"),
    ("chapters/learned-or-fixed", "why-learn", ("117M", "1542M"), "Table 2 prints other parameter counts"),
    ("chapters/learned-or-fixed", "data", ("0.9",), "seeds alone differ by more than the two schemes"),
]


@BOTH
@pytest.mark.parametrize(("page", "id", "numbers", "why"), BESIDE)
def test_the_other_side_of_a_result_stands_beside_it(language, page, id, numbers, why):
    here = pages.prose(section(language, page, id))
    lacking = [number for number in numbers if number not in here]
    assert not lacking, f"{page}#{id} must give {lacking}: {why}"


@BOTH
def test_xpos_is_not_said_to_need_blocks_where_a_sliding_window_does_as_well(language):
    here = section(language, "schemes/xpos", "length")
    row = next(line for line in here.splitlines() if "1024" in line and "25.33" in line)
    assert float(row.split("|")[5]) < float(row.split("|")[3]), "the row of the sliding window falls with length"
    lead = here.partition("|")[0]
    assert {"en": "sliding", "ko": "슬라이딩"}[language] in lead, "the sliding window improves with length too"


@BOTH
def test_no_page_says_that_no_second_package_has_yarn_or_m_rope(language):
    wrong = {
        "en": ("No second package", "No second independent package"),
        "ko": ("패키지는 찾지 못했", "더 찾지는 못했"),
    }
    for page in ("yarn", "m_rope"):
        text = (ROOT / f"docs/{language}/schemes/{page}.md").read_text("utf-8")
        found = [words for words in wrong[language] if words in text]
        assert not found, f"schemes/{page}.md: other packages have the scheme; say that none is recorded"


def test_dividing_by_the_speed_gives_a_table_of_strangers_as_claim_34_says():
    m = torch.arange(100, dtype=torch.float64)[:, None]
    speed = 10000 ** (-torch.arange(0, 64, 2, dtype=torch.float64) / 64)
    rows = torch.cat([(m / speed).sin(), (m / speed).cos()], 1)
    assert len(rows.unique(dim=0)) == 100, "every row must still be another one, so the table is not useless"
    near = torch.cosine_similarity(rows[1:], rows[:-1]).mean()
    assert near < 0.3 and math.isfinite(near)
    assert "claim-34" in section("en", "schemes/sinusoidal", "conventions")
