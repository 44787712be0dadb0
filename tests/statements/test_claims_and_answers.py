"""Statements of claims, answers, home, notation and the measured pages, each held by the value it is about."""

import math
import re
import sys

import pytest
import torch

from snippets.attention import Attention
from snippets.experiments.train_short_test_long import Profile
from snippets.schemes.alibi import alibi_bias
from snippets.schemes.rope import frequencies, rotate, rotations
from snippets.schemes.yarn import yarn_attention_factor
from tools import LANGUAGES, ROOT, claims, one_file, pages

sdpa = torch.nn.functional.scaled_dot_product_attention


def page(language: str, name: str) -> str:
    return (ROOT / "docs" / language / name).read_text("utf-8")


def answer(language: str, id: str) -> str:
    """An answer on one line: its heading and what stands up to the next."""
    text = page(language, "answers.md")
    body = re.search(rf"^## [^\n]* \{{ #{id} \}}\n.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return " ".join(body[0].split())


def claim(language: str, number: int) -> claims.Entry:
    return claims.entries(page(language, "claims.md"))[number - 1]


def turned(x: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    return rotate(x, rotations(at, frequencies(x.shape[-1])))


# A cut text. Two answers contradicted each other; what #ask-cache and chapter 4 (#cache) say holds.


def two_layers(x: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    torch.manual_seed(0)
    layers = [Attention(16, 2).double() for _ in range(2)]
    for layer in layers:
        x = x + layer(x, at_qk=lambda q, k: (turned(q, at), turned(k, at)))
    return x


def test_a_cut_at_the_end_leaves_what_is_cached_as_it_was():
    x, at = torch.randn(1, 12, 16, generator=torch.Generator().manual_seed(1)).double(), torch.arange(12)
    whole, head = two_layers(x, at), two_layers(x[:, :6], at[:6])
    assert torch.allclose(whole[:, :6], head, atol=1e-6), "a cut at the end must not change what was computed before it"


def test_after_a_cut_in_front_rope_may_count_on_and_must_not_restart():
    torch.manual_seed(0)
    q, k = torch.randn(2, 1, 1, 12, 64).double()
    at, last = torch.arange(12), torch.tensor([11])
    right = turned(q[:, :, 11:], torch.tensor([5])) @ turned(k[:, :, 6:], at[:6]).mT  # all computed again from 0
    cached = turned(k, at)[:, :, 6:]
    counted_on, restarted = (turned(q[:, :, 11:], m) @ cached.mT for m in (last, torch.tensor([5])))
    assert torch.allclose(counted_on, right, atol=1e-5), "counting on, the cached keys of RoPE must be right"
    assert not torch.allclose(restarted, right, atol=1e-1), "counted from 0 again, the cached keys must be stale"


def test_what_was_cut_acts_on_through_deeper_layers():
    x, at = torch.randn(1, 12, 16, generator=torch.Generator().manual_seed(1)).double(), torch.arange(12)
    kept, alone = two_layers(x, at)[:, 6:], two_layers(x[:, 6:], at[6:])
    assert not torch.allclose(kept, alone, atol=1e-3), "values of kept tokens must carry something of the cut ones"


def test_a_bias_on_the_scores_leaves_keys_without_a_position():
    at = torch.arange(6)
    assert torch.equal(alibi_bias(at + 6, at + 6, 8), alibi_bias(at, at, 8)), "ALiBi must not notice that text is cut"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_answer_says_that_every_cut_makes_a_cache_stale(language):
    text = answer(language, "ask-truncate")
    for wrong in ("Whatever you cut", "어디를 자르든"):
        assert wrong not in text, f"{language}: {wrong!r} is false of a cut at the end, and of RoPE that counts on"
    assert "(#ask-cache)" in text, f"{language}: the answer on cutting must lead to the one on the cache"


# Waves.


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_slowest_sinusoid_at_512_dimensions_is_that_of_the_printed_exponent(language):
    slowest = round(2 * math.pi * 10000 ** (510 / 512))
    text = answer(language, "ask-sine")
    assert f"{slowest:,}" in text, f"{language}: at 512 dimensions the slowest wavelength is {slowest:,} tokens"
    assert "62832" not in text.replace(",", ""), f"{language}: 62,832 is the limit for wide models, not a wavelength"


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_pairs_of_the_small_model_never_go_round_in_training(language):
    profile = Profile()
    waves = 2 * math.pi / frequencies(profile.dim)
    went = (waves <= profile.length - 1).sum().item()
    text = page(language, "measured/train-short-test-long.md")
    line = re.search(r"\* \*\*(?:Sinusoidal|사인파)\.\*\*.*?(?=\n\* )", text, re.DOTALL)[0]
    assert [int(n) for n in re.findall(r"\d+", line)] == [len(waves), went, profile.length, len(waves) - went] or [
        int(n) for n in re.findall(r"\d+", line)
    ] == [len(waves), profile.length, went, len(waves) - went], (
        f"{language}: {went} of {len(waves)} pairs go round in {profile.length} positions, but the page says: {line}"
    )
    assert "sum of waves" not in line and "파동의 합" not in line, "a row is a vector of waves, not a sum"


# Verdicts.


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("number", "verdict", "works"), [
    (15, "caveat", {"vaswani2017", "haviv2022", "wang2021bert"}),
    (22, "caveat", {"xiong2023", "barbero2025"}),
    (32, "false", {"deepseek2024", "deepseek2024v2", "peng2023"}),
])  # fmt: skip
def test_a_disputed_claim_names_the_works_of_both_sides(language, number, verdict, works):
    entry = claim(language, number)
    assert entry.verdict == verdict, f"{language}: claim {number} is {entry.verdict}, its evidence says {verdict}"
    missing = works - set(re.findall(r"@(\w+)", entry.body))
    assert not missing, f"{language}: claim {number} rests on {sorted(missing)} too and does not say so"


def test_rope_lowers_scores_of_aligned_keys_and_of_no_others():
    torch.manual_seed(0)
    q, k = torch.randn(2, 4000, 1, 1, 64)
    near, far = torch.tensor([0]), torch.tensor([1000])
    aligned = [(turned(q, at) * q).sum(-1).mean().item() for at in (near, far)]
    other = [(turned(q, at) * k).sum(-1).std().item() for at in (near, far)]
    assert aligned[1] < aligned[0] / 2, "a key equal to its query must score lower far away"
    assert other[1] == pytest.approx(other[0], rel=0.05), "random keys must score alike at every distance"


def test_yarn_sharpens_and_the_printed_root_would_flatten():
    factor = yarn_attention_factor(32)
    assert factor == pytest.approx(0.1 * math.log(32) + 1), "the factor on q and k is 0.1 ln s + 1"
    assert 1 / factor**2 < 1 < factor**2, "with the root of 1/t the temperature is below 1, with the root of t above"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", [31, 32])
def test_equations_of_yarn_are_counted_by_a_version_that_is_linked(language, number):
    assert "https://arxiv.org/abs/2309.00071v2" in claim(language, number).body, (
        f"{language}: claim {number} counts equations as in version 2, which newer versions do not"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_claim_can_be_read_without_the_one_before_it(language):
    for entry in claims.entries(page(language, "claims.md")):
        assert not re.match(r"(So|Then|Therefore|그러므로|따라서|그래서)\b", entry.text), (
            f"{language}: claim {entry.number} begins as if another stood before it: {entry.text}"
        )


# SDPA and the promise about blocks.


def test_sdpa_adds_a_mask_after_its_own_division_and_masks_nothing_by_itself():
    torch.manual_seed(0)
    (q, k, v), at = torch.randn(3, 2, 4, 8, 16).double(), torch.arange(8)
    bias = alibi_bias(at, at, 4, torch.float64)
    mask = bias.masked_fill(at > at[:, None], -torch.inf)
    want = (q @ k.mT / 4 + mask).softmax(-1) @ v
    assert torch.allclose(sdpa(q, k, v, attn_mask=mask[None]), want), "the bias must go in undivided"
    assert not torch.allclose(sdpa(q, k, v, attn_mask=bias[None]), want), "a bias alone must let the future in"
    assert torch.allclose(sdpa(q[:, :, -1:], k, v, attn_mask=mask[None, :, -1:]), want[:, :, -1:])


def test_every_block_that_is_not_said_to_need_a_clone_needs_torch_or_numpy_alone():
    blocks = [(path, fence.body) for path in pages.markdown("en") for fence in pages.fences(path.read_text("utf-8"))
              if fence.runnable]  # fmt: skip
    for path, body in blocks:
        imported = set(re.findall(r"^\s*(?:from|import) (\w+)", one_file.as_one_file(body) or "", re.MULTILINE))
        foreign = imported - {"torch", "numpy"} - sys.stdlib_module_names
        assert not foreign, f"{pages.name(path)}: a block that should run anywhere imports {sorted(foreign)}"


# What must be found, and what must hold in both palettes.


@pytest.mark.parametrize(("id", "language", "words"), [
    ("ask-longer-later", "en", ("128k", "8k", "long context", "base", "RoPE")),
    ("ask-longer-later", "ko", ("128k", "8k", "긴 컨텍스트", "밑", "RoPE")),
    ("ask-sdpa", "en", ("SDPA", "scaled_dot_product_attention", "is_causal", "attn_mask")),
    ("ask-sdpa", "ko", ("SDPA", "scaled_dot_product_attention", "is_causal", "attn_mask")),
    ("ask-untied", "en", ("TUPE", "DeBERTa")),
    ("ask-untied", "ko", ("TUPE", "DeBERTa")),
    ("ask-snippets", "en", ("No module named 'snippets'",)),
    ("ask-snippets", "ko", ("No module named 'snippets'",)),
    ("ask-extrapolate", "en", ("extrapolation", "extrapolate")),
    ("ask-extrapolate", "ko", ("길이 외삽", "extrapolation")),
    ("ask-indexerror", "en", ("IndexError", "index error")),
    ("ask-indexerror", "ko", ("IndexError", "인덱스 에러")),
    ("ask-cache", "en", ("StreamingLLM",)),
    ("ask-cache", "ko", ("StreamingLLM",)),
])  # fmt: skip
def test_an_answer_has_the_words_in_which_it_is_asked(id, language, words):
    missing = [word for word in words if word not in answer(language, id)]
    assert not missing, f"{language}, {id}: a reader who types {missing} does not find this answer"


@pytest.mark.parametrize(("language", "names"), [
    ("en", ("rotary", "rotate_half", "SDPA", "StreamingLLM", "TUPE", "extrapolation", "padding", "128k")),
    ("ko", ("로터리", "rotate_half", "SDPA", "StreamingLLM", "TUPE", "길이 외삽", "패딩", "128k", "윈도우",
            "포지셔널 인코딩", "포지셔널 임베딩", "원본 트랜스포머", "초고차원")),
])  # fmt: skip
def test_names_used_elsewhere_lead_to_the_page_that_explains(language, names):
    section = page(language, "notation.md").split("{ #other-names }")[1].split("\n## ")[0]
    for name in names:
        rows = [row for row in section.splitlines() if name in row]
        assert rows and all("](" in row for row in rows), f"{language}: {name!r} leads nowhere on the notation page"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_figure_of_these_pages_is_described_by_what_one_palette_shows(language):
    folder = ROOT / "docs" / language
    for path in [folder / "index.md", *sorted((folder / "measured").glob("*.md"))]:
        for image in re.findall(r"^!\[.*$", path.read_text("utf-8"), re.MULTILINE):
            found = re.search(r"\b(?:dark|light)(?:er|est)?\b|짙|어두|밝", image)
            assert not found, f"{pages.name(path)}: {found[0]!r} is not true in the other palette"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_home_page_does_not_repeat_the_name_of_the_site_in_its_title(language):
    front = pages.front_matter(page(language, "index.md"))[0]
    assert not re.search(r"^title:", front, re.MULTILINE), f"{language}: the browser would show the site's name twice"
