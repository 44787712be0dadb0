"""Stretching: every number of the live figure is that of the scheme files."""

import itertools
import math
import re

import pytest
import torch
from modules import load

from snippets.figures.stretching import MODELS
from snippets.schemes import llama3_scaling, ntk_aware, position_interpolation, proportional_rope, rope, yarn

# Both compute in float64; a power or a logarithm may differ in its last bits from library to library.
TOLERANCE = 1e-12

HEADS, BASES = (32, 64, 96, 128, 512), (1000.0, 10_000.0, 150_000.0, 500_000.0, 10_000_000.0)
SCALES, TRAINED = (1, 1.5, 4, 32, 40), (512, 2048, 8192, 131_072)

FORMULAS = {  # the function in both languages and the arguments that it is compared at
    "frequencies": (rope.frequencies, list(itertools.product(HEADS, BASES))),
    "p_rope_frequencies": (
        proportional_rope.p_rope_frequencies,
        list(itertools.product(HEADS, (0, 0.1, 0.25, 0.334, 0.75, 1), BASES)),
    ),
    "interpolated_frequencies": (
        position_interpolation.interpolated_frequencies,
        list(itertools.product(HEADS, SCALES, BASES)),
    ),
    "ntk_frequencies": (ntk_aware.ntk_frequencies, list(itertools.product(HEADS, SCALES, BASES))),
    "yarn_ramp": (yarn.yarn_ramp, list(itertools.product(HEADS, TRAINED, BASES, (1,), (32,), (True, False)))),
    "yarn_frequencies": (
        yarn.yarn_frequencies,
        list(itertools.product(HEADS, (1, 4, 40), TRAINED, BASES, (1,), (32,), (True, False))),
    ),
    "yarn_attention_factor": (yarn.yarn_attention_factor, [(1 + k / 8,) for k in range(400)]),
    "llama3_frequencies": (
        llama3_scaling.llama3_frequencies,
        list(itertools.product(HEADS, BASES, (1, 8, 32), (1,), (4,), TRAINED)),
    ),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_the_script_computes_with_the_numbers_of_the_scheme_file(name):
    wanted, points = FORMULAS[name]
    for point, got in zip(points, load("wavelengths").grid(name, points), strict=True):
        want = torch.as_tensor(wanted(*point), dtype=torch.float64).reshape(-1).tolist()
        for i, (value, right) in enumerate(zip(got if isinstance(got, list) else [got], want, strict=True)):
            close = abs(value - right) <= TOLERANCE * abs(right)
            assert close, f"{name}{point} has {value!r} at pair {i} in the script and {right!r} in Python"


METHODS = (
    "rope",
    "position_interpolation",
    "ntk_aware",
    "yarn",
    "yarn_exact",
    "llama3_scaling",
    "partial_rope",
    "p_rope",
)
STATES = [
    dict(head=head, base=base, trained=trained, wanted=wanted, method=method, factor=factor, share=share)
    for head, base, trained, wanted, method, (factor, share) in itertools.product(
        (64, 96, 256), (10_000, 1_000_000), (2048, 32_768), (1024, 8192, 1_048_576), METHODS, ((0, 0.25), (8, 0.5))
    )
]


def speeds(state) -> tuple[torch.Tensor, torch.Tensor]:
    """Speeds in training and at the wanted length, by the scheme files."""
    head, base, trained = state["head"], state["base"], state["trained"]
    s = state["factor"] or max(1, state["wanted"] / trained)
    own = rope.frequencies(head, base)
    if state["method"] == "partial_rope":
        turned = rope.frequencies(int(head * state["share"]), base)
        own = torch.cat((turned, torch.zeros(head // 2 - len(turned), dtype=torch.float64)))
    if state["method"] == "p_rope":
        own = proportional_rope.p_rope_frequencies(head, state["share"], base)
    stretched = {
        "position_interpolation": lambda: position_interpolation.interpolated_frequencies(head, s, base),
        "ntk_aware": lambda: ntk_aware.ntk_frequencies(head, s, base),
        "yarn": lambda: yarn.yarn_frequencies(head, s, trained, base),
        "yarn_exact": lambda: yarn.yarn_frequencies(head, s, trained, base, truncate=False),
        "llama3_scaling": lambda: llama3_scaling.llama3_frequencies(head, base, s, trained=trained),
    }
    return own, stretched.get(state["method"], lambda: own)()


def test_the_states_are_stretched_and_counted_as_python_does():
    got = load("wavelengths").grid("counts", [[state] for state in STATES])
    drawn = load("wavelengths").grid("speeds", [[state] for state in STATES])
    for state, found, both in zip(STATES, got, drawn, strict=True):
        own, theta = speeds(state)
        assert both["own"] == pytest.approx(own.tolist(), rel=TOLERANCE), f"speeds in training of {state}"
        assert both["theta"] == pytest.approx(theta.tolist(), rel=TOLERANCE), f"stretched speeds of {state}"
        turning = own > 0
        turned = turning & (state["trained"] * own >= 2 * math.pi)
        reached = state["wanted"] * theta / (state["trained"] * own)
        new = turning & ~turned & (reached > 1 + 1e-9)
        want = {
            "pairs": len(own),
            "turning": turning.sum(),
            "still": (~turning).sum(),
            "turned": turned.sum(),
            "arc": (turning & ~turned & ~new).sum(),
            "fresh": new.sum(),
            "furthest": reached[new].max() if new.any() else 0,
            "kept": (turning & (theta > own * (1 - 1e-9))).sum(),
            "slowed": (own / theta)[turning].max(),
        }
        want = {name: float(value) for name, value in want.items()}
        assert found == pytest.approx(want, rel=TOLERANCE), f"counts of {state}"


def test_the_counts_are_those_of_the_drawn_figure():
    for name, never in (("LLaMA", 23), ("SmolLM2", 12), ("Llama 3", 29)):
        head, base, trained = MODELS[name]
        state = dict(head=head, base=base, trained=trained, wanted=trained, method="rope", factor=0, share=0.25)
        found = load("wavelengths").call("counts", state)
        assert found["arc"] == never and found["fresh"] == 0, name


def test_partial_keeps_slow_pairs_and_proportional_only_fast_ones():
    state = load("wavelengths").state | {"head": 512, "base": 1_000_000, "share": 0.25}
    waves = {
        method: 2 * math.pi / min(filter(None, load("wavelengths").call("speeds", state | {"method": method})["own"]))
        for method in ("partial_rope", "p_rope")
    }
    assert {method: round(wave) for method, wave in waves.items()} == {"partial_rope": 5_063_256, "p_rope": 188}


# By hand from their sources: head, base, trained and wanted length, method, factor, share. transformers 5.23.0 has in
# LlamaConfig 128, 1e4 and 2048; in Qwen3Config 128; in GptOssConfig 64, 1.5e5, 4096, YaRN by 32 without truncate; in
# DeepseekV3Config 64 channels that turn, 1e4, 4096; in Gemma3TextConfig 256, 1e4 and 1e6; in Gemma4TextConfig 512 for
# layers with full attention, 1e6, "proportional" with 0.25, 131072 (configured; the length trained on is not said); in
# GPTNeoXConfig 6144/64, 1e4, 2048, 0.25. The stretches: LLaMA, Chen et al. 2023, Table 1; Llama 3.1, apply_scaling of
# llama-models 0.3.0; Qwen3, report 2025, section 3.2 (base 1e6 too); DeepSeek-V3, report, section 4.3; Gemma 3, report,
# section 5.3, and its local layers see 1024 tokens, section 1.
RELEASED = {
    "llama": [128, 10_000, 2048, 8192, "position_interpolation", 0, 0.25],
    "llama31": [128, 500_000, 8192, 131_072, "llama3_scaling", 8, 0.25],
    "qwen3": [128, 1_000_000, 32_768, 131_072, "yarn", 4, 0.25],
    "gptoss": [64, 150_000, 4096, 131_072, "yarn_exact", 32, 0.25],
    "deepseek": [64, 10_000, 4096, 131_072, "yarn", 40, 0.25],
    "gemma3": [256, 1_000_000, 32_768, 131_072, "position_interpolation", 8, 0.25],
    "gemma3local": [256, 10_000, 1024, 1024, "rope", 0, 0.25],
    "gemma4": [512, 1_000_000, 131_072, 131_072, "p_rope", 0, 0.25],
    "neox": [6144 // 64, 10_000, 2048, 2048, "partial_rope", 0, 0.25],
}
KEYS = ("head", "base", "trained", "wanted", "method", "factor", "share")


def released(name: str) -> dict:
    return dict(zip(KEYS, RELEASED[name], strict=True))


def chosen(language: str = "en") -> dict[str, dict]:
    """What the list of released models sets, by the words that it shows."""
    return {label: values for _, label, values in load("wavelengths").controls(language)[0]["options"]}


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_released_models_have_the_numbers_of_their_sources(language):
    own, *models = chosen(language).values()
    assert own == {} and models == [released(name) for name in RELEASED]


@pytest.mark.parametrize("name", RELEASED)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_sentence_says_what_python_computes(language, name):
    state = released(name)
    said = load("wavelengths").say(language, **state)
    own, _ = speeds(state)
    turning = own > 0
    turned = (state["trained"] * own >= 2 * math.pi).sum().item()
    assert said.startswith(load("wavelengths").words(language)["models"][name]), said
    numbers = [f"{turning.sum().item()}", f"{state['trained']:,}", f"{state['wanted']:,}"]
    if turned < turning.sum():
        numbers += [f"{turned}", f"{turning.sum().item() - turned}"]
    if state["method"].startswith("yarn"):
        factor = yarn.yarn_attention_factor(state["factor"])
        numbers += [f"{factor:.2f}", f"{factor**2:.2f}", f"{state['factor']}"]
    for number in numbers:
        assert number in said, f"{number} is not in: {said}"


def test_the_sentences_of_three_states_are_whole():
    say = load("wavelengths").say
    assert say() == (
        "Of the 64 pairs that turn, 41 completed a turn in the trained 2,048 tokens and 23 met only an arc. "
        "At 8,192 tokens 23 reach new angles, up to 4 times their arc."
    )
    assert say(method="ntk_aware").endswith(
        "At 8,192 tokens 22 reach new angles, up to 1.62 times their arc. "
        "Slowed: all but 1, up to 4 times. Attention factor: none."
    )
    assert say("ko", **released("llama31")).endswith(
        "131,072토큰에서 처음 보는 각도까지 도는 쌍은 29개이고, 가장 멀리 도는 쌍은 거친 호의 2배까지 돕니다. "
        "속도가 그대로인 쌍은 29개이고, 나머지는 최대 8배까지 느려집니다. 어텐션 인수는 없습니다."
    )


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_state_has_a_whole_drawing_and_sentence(language):
    module = load("wavelengths")
    for state in STATES[::7] + [released(name) for name in RELEASED]:
        for seen in (
            module.draw(300, language, **state),
            module.draw(700, language, **state),
            module.say(language, **state),
        ):
            assert not any(word in seen for word in ("NaN", "undefined", "null", "{", "∞")), f"{state}: {seen}"


def test_an_address_restores_the_view_and_a_wrong_one_does_no_harm():
    module = load("wavelengths")
    assert module.restored(method="yarn", wanted="131072", base="150000")["base"] == 150_000
    assert module.restored(method="best", wanted="1000", head="7", factor="-3", share="9") == module.state


PLACES = r'<text x="([\d.]+)" y="([\d.]+)"[^>]*>((?:trained|wanted) [\d,]+)<'


@pytest.mark.parametrize("width", [300, 700])
def test_the_ends_of_every_slider_stay_within_the_plot(width):
    ends = [512, 1024, 1048576]
    for trained, wanted, base in itertools.product(ends, ends, [1000, 10_000_000]):
        for method in ("rope", "position_interpolation", "ntk_aware", "p_rope"):
            state = {"trained": trained, "wanted": wanted, "base": base, "head": 512, "method": method}
            drawn = load("wavelengths").draw(width, **state)
            assert "undefined" not in drawn and 'height="-' not in drawn, state
            (_, one, _), (_, other, _) = found = re.findall(PLACES, drawn)
            assert all(20 < float(y) < 320 for _, y, _ in found), f"{found} stand outside the plot with {state}"
            assert trained == wanted or abs(float(one) - float(other)) > 11, f"{found} overlap with {state}"
