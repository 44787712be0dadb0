"""What the pages of the input and bias schemes state beside their equations, held where a reading found it wrong."""

import re
from pathlib import Path

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention as sdpa

from snippets import catalogue
from snippets.attention import Attention
from snippets.schemes.alibi import slopes
from snippets.schemes.none import causal_attention
from tools import LANGUAGES, ROOT, pages

INPUT, BIAS = catalogue.GROUPS["input"], catalogue.GROUPS["bias"]
CAUSAL = tuple(name for name in BIAS if name != "deberta")  # DeBERTa looks both ways
EVERY = [ROOT / f"docs/{language}/schemes/{name}.md" for language in LANGUAGES for name in (*INPUT, *BIAS)]
INDEX = [ROOT / f"docs/{language}/schemes/index.md" for language in LANGUAGES]


def given(name):
    """q, k, v of a causal layer, what the scheme adds to its scores, and the same with the causal mask in it."""
    torch.manual_seed(0)
    scheme, at = catalogue.build(name, 64, 4, 24), torch.arange(24)
    for module in (*scheme.modules, *scheme.layer_modules):
        for weight in module.parameters():
            torch.nn.init.normal_(weight)
    q, k, v = torch.randn(3, 2, 4, 24, 16)
    with torch.no_grad():
        added = scheme.at_scores(q, k, at, at)
    added = added if added.ndim == 4 else added[None]
    return q, k, v, added, added.masked_fill(at > at[:, None], -torch.inf)


@pytest.mark.parametrize("name", CAUSAL)
def test_a_bias_with_the_causal_mask_in_it_is_a_mask_for_sdpa(name):
    q, k, v, added, mask = given(name)
    want = Attention(64, 4).meet(q, k, v, added)
    torch.testing.assert_close(sdpa(q, k, v, attn_mask=mask), want, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", CAUSAL)
def test_a_bias_alone_lets_sdpa_see_the_future(name):
    q, k, v, added, mask = given(name)
    later = v.clone()
    later[:, :, -1] += 1
    moved = [(sdpa(q, k, later, attn_mask=m) - sdpa(q, k, v, attn_mask=m))[:, :, 0].abs().max() for m in (added, mask)]
    assert moved[0] > 0 and moved[1] == 0, f"the first token moved by {moved} when the last value changed"


def taken(kernel, q, k, v, **how):
    try:
        with sdpa_kernel(kernel):
            return sdpa(q, k, v, **how)
    except RuntimeError:
        return None


@pytest.mark.filterwarnings("ignore")
def test_the_fused_kernel_refuses_three_axes_and_a_gradient_and_applies_is_causal_beside_a_mask():
    q, k, v, added, mask = given("alibi")
    want, fused = Attention(64, 4).meet(q, k, v, added), SDPBackend.FLASH_ATTENTION
    assert taken(fused, q, k, v, attn_mask=mask) is not None
    assert taken(fused, q, k, v, attn_mask=mask[0]) is None, "a mask of three axes is taken: alibi.md#sdpa says refused"
    assert taken(fused, q, k, v, attn_mask=mask.clone().requires_grad_()) is None
    both = taken(fused, q, k, v, attn_mask=added, is_causal=True)
    torch.testing.assert_close(both, want, atol=1e-5, rtol=1e-5)
    assert taken(SDPBackend.MATH, q, k, v, attn_mask=added, is_causal=True) is None, "alibi.md#sdpa says refused"


def test_only_in_the_first_layer_do_equal_tokens_get_equal_weights_without_positions():
    """Which sentence holds: schemes/none.md says no head *of the first layer* finds the token before."""
    torch.manual_seed(0)
    tokens = torch.randn(3, 8, dtype=torch.float64)[[0, 1, 1, 1, 2]][None, None]  # a start token, three equal ones
    second_layer = tokens + causal_attention(tokens, tokens, tokens)
    first, second = (x[0, 0, -1] @ x[0, 0].T for x in (tokens, second_layer))  # scores of the last query
    assert (first[1:4] - first[1]).abs().max() < 1e-12, "in the first layer equal tokens have equal keys"
    assert (second[1:4] - second[1]).abs().max() > 0.01, "in the second layer their keys should differ"


def test_slope_times_position_in_bfloat16_tells_neighbours_apart_up_to_256_only():
    bias = slopes(8)[0].bfloat16() * torch.arange(600)
    assert bias[:257].unique().numel() == 257 and bias[256] == bias[257]


@pytest.mark.parametrize("page", INDEX, ids=pages.name)
def test_stretched_models_are_compared_at_the_length_they_are_tuned_to(page):
    """Which sentence holds: schemes/yarn.md says that YaRN breaks past its tuned length, so the choice quotes 8192."""
    row = re.compile(r"^\| [^|]+ \| \d+\.\d+ \| (?P<tuned>\d+\.\d+) \| (?P<past>\d+\.\d+) \|", re.MULTILINE)
    table = (ROOT / "docs/en/schemes/yarn.md").read_text("utf-8").partition("{ #length }")[2]
    rows = [match.groupdict() for match in row.finditer(table)][:3]
    text = page.read_text("utf-8")
    assert len(rows) == 3 and all(float(one["past"]) > float(one["tuned"]) + 1 for one in rows)
    for one in rows:
        assert one["tuned"] in text, f"{pages.name(page)} does not quote {one['tuned']}, a perplexity at 8192"
        assert one["past"] not in text, f"{pages.name(page)} quotes {one['past']}, from beyond the tuned length"


@pytest.mark.parametrize("page", [ROOT / f"docs/{language}/schemes/none.md" for language in LANGUAGES], ids=pages.name)
def test_models_without_any_positions_are_named(page):
    used = page.read_text("utf-8").partition("{ #used-by }")[2].partition("\n## ")[0]
    for model in ("GraniteMoeHybridConfig", "JambaAttention", "NemotronHAttention", "KimiLinearAttention"):
        assert model in used, f"{pages.name(page)} does not name {model}, whose attention has no positions at all"


@pytest.mark.parametrize("page", EVERY, ids=pages.name)
def test_a_page_says_under_its_title_what_else_the_scheme_is_called(page):
    body = pages.front_matter(page.read_text("utf-8"))[1].strip().split("\n\n")
    names = {"en": "Also called: ", "ko": "다른 이름: "}[page.parts[-3]]
    assert body[0].startswith("# ") and body[1].startswith(names) and body[1].endswith("\n{ .also }"), (
        f"{pages.name(page)}: the paragraph under the title must read '{names}…' and end in {{ .also }}"
    )


@pytest.mark.parametrize("page", [*EVERY, *INDEX], ids=pages.name)
def test_what_is_said_of_a_figure_holds_in_both_palettes(page):
    said = re.findall(r"!\[([^\]]*)\]\([^ )]+(?: \"([^\"]*)\")?\)", page.read_text("utf-8"))
    words = re.compile(r"\b(?:dark|light|pale)(?:er|est)?\b|어둡|어두|밝|진해|진한|옅")
    wrong = [found.group() for one in said for text in one for found in words.finditer(text)]
    assert said and not wrong, f"{pages.name(page)}: {wrong} is true in one palette only; say how strong the colour is"


def test_this_file_reads_the_pages_it_means():
    assert all(Path(page).is_file() for page in [*EVERY, *INDEX])
