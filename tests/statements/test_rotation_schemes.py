"""What the pages of the rotating and stretching schemes say, held against the numbers that they quote."""

import re

import pytest

from snippets.schemes.m_rope import chunked
from snippets.schemes.rope import frequencies
from snippets.schemes.xpos import decays
from tools import LANGUAGES, ROOT, pages

NAMES = {
    "rope": ("RoFormer", "rotate_half", "apply_rotary_pos_emb", "freqs_cis"),
    "partial_rope": ("partial_rotary_factor", "rotary_pct", "rotary_dim", "p-RoPE"),
    "proportional_rope": ("p-RoPE", "partial_rotary_factor", '"proportional"'),
    "layer_pattern": ("iRoPE", "RNoPE", "SWA", "no_rope_layers", "sliding_window_pattern"),
    "decoupled_rope": ("MLA", "qk_rope_head_dim", "k_pe"),
    "xpos": ("XPOS", "LeX"),
    "pope": ("Polar Coordinate Positional Embedding", "polar_pos_emb"),
    "rope_2d": ("2D RoPE", "axial"),
    "m_rope": ("multimodal RoPE", "MRoPE", "mrope_section"),
    "position_interpolation": ("PI", "linear scaling", '"linear"'),
    "ntk_aware": ("dynamic NTK", '"dynamic"', "rope_theta"),
    "yarn": ("NTK-by-parts", '"yarn"'),
    "llama3_scaling": ('"llama3"', "Llama 3.1", "128K"),
    "length_temperature": ("attention temperature", "log-n", "attn_temperature_tuning"),
    "drope": ("dropping positional embeddings", "softmax_scale", "DRoPE"),
    "longrope": ('"longrope"', '"su"', "Phi-3"),
}
PAGES = [(language, name) for language in LANGUAGES for name in NAMES]
NOT_HERE = {  # a Korean word: what these pages write instead
    "회전수": "바퀴 수",
    "늘인": "늘린",
    "번갈아 나누": "번갈아 놓",
    "번갈아 짝짓": "번갈아 놓",
    "절반씩": "반씩 놓기",
    "열지도": "히트맵",
}


def page(language: str, name: str) -> str:
    return (ROOT / f"docs/{language}/schemes/{name}.md").read_text("utf-8")


def table(text: str, key: str, column: str) -> list[list[float]]:
    """The numbers, row by row, of the table whose head cites ``key`` and holds ``column``."""
    lines = text.splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("|") and f"@{key}" in line and column in line)
    rows = []
    for line in lines[head + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([float(cell) for cell in re.findall(r"\| *(\d+\.?\d*) *(?=\|)", line)])
    return rows


@pytest.mark.parametrize(("language", "name"), PAGES)
def test_the_names_people_type_stand_directly_under_the_title(language, name):
    text = page(language, name)
    after = text.split("\n# ", 1)[1].split("\n", 2)[2]
    line = after.split("{ .also }", 1)[0]
    begins = {"en": "Also called: ", "ko": "다른 이름: "}[language]
    assert line.startswith(begins) and "\n\n" not in line, (
        f"docs/{language}/schemes/{name}.md does not name its other names directly under its title"
    )
    missing = [other for other in NAMES[name] if other not in " ".join(line.split())]
    assert not missing, f"who searches for {missing} does not find docs/{language}/schemes/{name}.md"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_of_p_rope_leaves_no_row_of_the_paper_out(language):
    rows = table(page(language, "proportional_rope"), "barbero2025", "Wiki")
    everything = [
        [4.8594, 6.6429],
        [4.4627, 6.4429],
        [4.4485, 6.4593],
        [4.4414, 6.4422],
        [4.5302, 6.5111],
        [4.4592, 6.4683],
        [4.4537, 6.4562],
    ]
    assert rows == everything, "Table 2 of Barbero et al. has seven rows, and this page shows others"
    rope, quarter, partial = rows[1], rows[4], rows[6]
    assert all(a > b for a, b in zip(quarter, rope, strict=True)), "with p = 0.25 p-RoPE is not worse than RoPE"
    assert partial[0] < rope[0] and partial[1] > rope[1], (
        "partial RoPE is not ahead of RoPE on Wiki and behind it on FlanV2"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_of_the_gain_of_dealing_in_turn_comes_with_the_spatial_reset(language):
    running, in_turn, reset = table(page(language, "m_rope"), "huang2025", "4]")
    for what, a, b, c in zip(("images", "video", "grounding"), running, in_turn, reset, strict=True):
        assert c - b > b - a, f"for {what} dealing in turn gains {b - a:.2f} and the reset {c - b:.2f}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_of_m_rope_shows_every_test_of_the_paper(language):
    rows = table(page(language, "m_rope"), "wang2024qwen2vl", "Qwen2-1.5B")
    assert len(rows) == 11, f"Table 8 of Wang et al. has 8 image and 3 video tests, the page shows {len(rows)}"
    images = [blocks - running for running, blocks in rows[:8]]
    assert sum(gain > 0 for gain in images) == 5, "M-RoPE does not help in five of eight image tests"
    assert all(blocks > running for running, blocks in rows[8:]), "M-RoPE does not help in all three video tests"


def test_glm_turns_half_of_a_head_of_128():
    assert 2 * len(chunked((8, 12, 12))) == 64, "sections of 8, 12, 12 pairs do not turn 64 channels"


@pytest.mark.parametrize("language", LANGUAGES)
def test_rope_with_windows_is_close_to_xpos_with_windows(language):
    rows = table(page(language, "xpos"), "sun2023lex", "8192")
    rope, rope_blocks, xpos_blocks = rows[2][-1], rows[3][-1], rows[7][-1]
    assert (rope, rope_blocks, xpos_blocks) == (458.83, 26.16, 24.89), "the rows are not those of Table 5 at 8192"
    assert (rope - rope_blocks) / (rope - xpos_blocks) > 0.99, "the window alone does not remove most of RoPE's loss"


def test_xpos_factors_vanish_without_the_divisor_and_fit_float16_with_it_and_the_centre():
    zeta = decays(64)[0].double()
    assert zeta**8192 == 0, "0.286 to the power of 8192 is not 0 in float64"
    assert (zeta ** (4096 / 512)).half() > 0, "4096 tokens from the centre the factor of pair 0 is 0 in float16"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["ntk_aware", "yarn"])
def test_a_page_that_counts_the_equations_of_yarn_links_the_version_it_counts_in(name, language):
    assert re.search(r"@peng2023, [^\]]*(?:Eq\.|식) ?\d", page(language, name))
    assert "https://arxiv.org/abs/2309.00071v2" in page(language, name), (
        "equations are numbered as in the second arXiv version, and no link leads there"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_errata_of_yarn_are_linked_at_the_commit_that_has_them(language):
    assert "/yarn/blob/349d569839247a6a6ee9184cba070b1777fe2052/Errata.md" in page(language, "yarn"), (
        "Errata.md is not in the newest state of jquesnelle/yarn: link the commit"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_deepseek_report_is_quoted_with_its_own_coefficient(language):
    text = page(language, "yarn")
    for formula, key in (
        (r"\sqrt{t} = 0.0707 \ln s + 1", "deepseek2024v2"),
        (r"\sqrt{t} = 0.1 \ln s + 1", "deepseek2024"),
    ):
        cited = re.search(re.escape(formula) + r".*?@(\w+)", text, re.DOTALL)
        assert cited and cited.group(1) == key, f"{formula} does not stand on the page, cited from {key}"


def test_even_the_slowest_pair_turns_away_in_a_long_enough_text():
    slowest = frequencies(128)[-1]
    flipped = int((3.15 / slowest).ceil())
    assert (slowest * flipped).cos() < 0, "the slowest pair never turns away, however long the text"


@pytest.mark.parametrize("name", NAMES)
def test_korean_pages_keep_to_one_word_for_one_thing(name):
    text = pages.prose(page("ko", name))
    found = {word: right for word, right in NOT_HERE.items() if word in text}
    assert not found, f"docs/ko/schemes/{name}.md uses words of other pages (found: write): {found}"
    layout = [m.group() for m in re.finditer(r".{0,12}배치(?!\(batch\)).{0,12}", text)]
    assert not layout, f"docs/ko/schemes/{name}.md: 배치 is a batch; a layout of channels is 채널 배열: {layout}"
