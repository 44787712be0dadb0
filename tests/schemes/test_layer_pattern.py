"""The sentences of docs/*/schemes/layer_pattern.md, each as a test."""

import math
import re

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention as sdpa

from snippets.attention import Attention
from snippets.figures.schemes.layer_pattern import MODELS
from snippets.schemes import layer_pattern
from snippets.schemes.layer_pattern import (
    bases,
    chunk_mask,
    every_from_first,
    every_from_last,
    keys_held,
    last_too,
    reach,
    window_mask,
)
from snippets.schemes.none import causal_attention
from snippets.schemes.rope import frequencies, rotate, rotations
from tools import LANGUAGES, ROOT

RECORDED = recorded("layer_pattern")
CONFIGS = [case for case in RECORDED if "every" in case]
COUNTED = {
    "every_from_first": every_from_first,
    "every_from_last": every_from_last,
    "last_too": lambda layers, n: last_too(every_from_first(layers, n)),
}
counts, sizes = st.integers(1, 60), st.integers(1, 12)
patterns = st.lists(st.booleans(), min_size=1, max_size=8)


def which(is_global):
    return [layer for layer, whole in enumerate(is_global) if whole]


@few
@given(layers=counts, n=sizes)
def test_every_nth_layer_is_counted_from_the_first_or_from_the_last(layers, n):
    first, last = every_from_first(layers, n), every_from_last(layers, n)
    assert which(first) == list(range(n - 1, layers, n))
    assert which(last) == sorted(range(layers - 1, -1, -n))
    assert last[-1] and first[-1] == (layers % n == 0)
    assert (first == last) == (layers % n == 0)


@few
@given(is_global=patterns)
def test_the_last_layer_can_be_forced_and_nothing_else_changes(is_global):
    before = list(is_global)
    forced = last_too(is_global)
    assert forced[-1] and forced[:-1] == before[:-1] and is_global == before


@few
@given(is_global=patterns)
def test_a_local_layer_has_the_near_base_and_a_global_one_the_far_or_none(is_global):
    for far in (None, 1e6):
        assert bases(is_global, 1e4, far) == [far if whole else 1e4 for whole in is_global]


@few
@given(first=st.integers(-50, 10**6), length=st.integers(1, 9), window=sizes)
def test_each_mask_is_its_sentence_key_by_key(first, length, window):
    m, n = torch.arange(first, first + length), torch.arange(first - 3, first + length)
    near, together = window_mask(m, n, window), chunk_mask(m, n, window)
    for i, query in enumerate(m.tolist()):
        for j, key in enumerate(n.tolist()):
            assert near[i, j] == (query - key < window)
            assert together[i, j] == (math.floor(query / window) == math.floor(key / window))


@few
@given(window=sizes, length=st.integers(1, 20))
def test_a_window_holds_the_query_itself_and_the_tokens_before_it(window, length):
    n = torch.arange(length)
    seen = window_mask(n, n, window) & (n <= n[:, None])
    assert seen.diagonal().all()
    assert seen.sum(-1).tolist() == [min(window, m + 1) for m in range(length)]


def test_the_first_token_of_a_chunk_sees_only_itself():
    n = torch.arange(20)
    counts = (chunk_mask(n, n, 8) & (n <= n[:, None])).sum(-1)
    assert counts[[7, 8, 15, 16]].tolist() == [8, 1, 8, 1]


@few
@given(is_global=patterns, window=sizes, length=st.integers(1, 40))
def test_reach_is_what_masks_let_through_layer_by_layer(is_global, window, length):
    n = torch.arange(length)
    causal = n <= n[:, None]
    heard, found = torch.eye(length, dtype=torch.bool), []
    for whole in is_global:
        seen = causal if whole else causal & window_mask(n, n, window)
        heard = (seen.double() @ heard.double()) > 0
        found.append(int(heard[-1].sum()))
    assert reach(is_global, window, length) == found


def test_windows_add_up_and_one_global_layer_reaches_everything():
    assert reach([False] * 26, 1024, 131_072)[-1] == 26 * 1023 + 1
    assert reach(every_from_first(26, 6), 1024, 131_072)[4:6] == [5 * 1023 + 1, 131_072]


@few
@given(is_global=patterns, window=sizes, length=counts)
def test_a_cache_holds_the_window_of_local_layers_and_all_of_global_ones(is_global, window, length):
    held = keys_held(is_global, window, length)
    assert held == [length if whole else min(window, length) for whole in is_global]
    assert [keys <= heard for keys, heard in zip(held, reach(is_global, window, length), strict=True)]


def stack(kinds, dim=32):
    """Layers of random weights, "local" with rotation and a window of four, "global" without either."""
    torch.manual_seed(0)
    layers = [(kind, Attention(dim, 2).double()) for kind in kinds]

    @torch.no_grad()
    def run(x):
        n = torch.arange(x.shape[1])
        turns = rotations(n, frequencies(dim // 2), torch.complex128)
        far = torch.zeros(len(n), len(n)).masked_fill(~window_mask(n, n, 4), -torch.inf)
        for kind, layer in layers:
            local = kind == "local"
            x = x + layer(
                x,
                at_qk=(lambda q, k: (rotate(q, turns), rotate(k, turns))) if local else None,
                at_scores=(lambda q, k: far) if local else None,
            )
        return x

    return run


def test_a_global_layer_without_positions_sees_order_through_the_local_layer_below():
    x = torch.randn(1, 40, 32, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    swapped = x[:, [0, 1, 3, 2, *range(4, 40)]]

    def change(*kinds):
        run = stack(kinds)
        return (run(swapped) - run(x))[0, -1].abs().max()

    assert change("global") < 1e-12  # order is lost
    assert change("local", "local") < 1e-12  # the swap is out of reach
    assert change("local", "global") > 1e-4


def test_what_a_query_sees_is_all_it_hangs_on_so_older_keys_need_not_be_held():
    torch.manual_seed(0)
    q, k, v = torch.randn(3, 1, 2, 9, 8, dtype=torch.float64)
    n = torch.arange(9)
    seen = window_mask(n, n, 4) & (n <= n[:, None])
    torch.testing.assert_close(sdpa(q, k, v, seen)[:, :, -1:], sdpa(q[:, :, -1:], k[:, :, -4:], v[:, :, -4:]))
    torch.testing.assert_close(sdpa(q, k, v, window_mask(n, n, 9) & (n <= n[:, None])), causal_attention(q, k, v))


def test_a_mask_beside_is_causal_is_refused_by_one_backend_and_taken_by_another():
    torch.manual_seed(0)
    q, n = torch.randn(1, 1, 3, 4), torch.arange(3)
    near = window_mask(n, n, 2)
    with sdpa_kernel(SDPBackend.MATH), pytest.raises(RuntimeError, match="attn_mask should not be set"):
        sdpa(q, q, q, attn_mask=near, is_causal=True)
    with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
        both = sdpa(q, q, q, attn_mask=near, is_causal=True)
    torch.testing.assert_close(both, sdpa(q, q, q, near & (n <= n[:, None])))


def test_each_sequence_may_have_its_own_positions():
    m = torch.tensor([[0, 1, 2, 3], [9, 4, 5, 3]])
    for mask in (window_mask, chunk_mask):
        rows = torch.stack([mask(m[b], m[b], 2) for b in range(2)])
        assert torch.equal(mask(m, m, 2), rows[:, None])


def test_narrow_integers_do_not_wrap():
    at = torch.tensor([0, 100, 255], dtype=torch.uint8)
    for mask in (window_mask, chunk_mask):
        assert torch.equal(mask(at, at, 16), mask(at.long(), at.long(), 16))


@pytest.mark.parametrize("case", CONFIGS, ids=lambda case: f"{case['called']}-{case['layers']}")
def test_configurations_of_transformers_have_the_same_global_layers(case):
    assert which(COUNTED[case["form"]](case["layers"], case["every"])) == case["is_global"]


@pytest.mark.parametrize("case", [case for case in RECORDED if "mask" in case], ids=lambda case: case["mask"])
def test_masks_of_transformers_are_the_same(case):
    n = torch.arange(len(case["seen"]))
    mask = getattr(layer_pattern, case["mask"])(n, n, case["window"])
    assert (mask & (n <= n[:, None])).tolist() == case["seen"]


@pytest.mark.parametrize("case", [case for case in RECORDED if "weights" in case], ids=lambda case: case["called"])
def test_a_local_and_a_global_layer_of_cohere_2_compute_the_same(case):
    x, w = torch.tensor(case["x"]), {name: torch.tensor(weight) for name, weight in case["weights"].items()}
    n = torch.arange(x.shape[1])
    q, k, v = ((x @ w[name].T).unflatten(-1, (2, -1)).transpose(1, 2) for name in "qkv")
    seen = n <= n[:, None]
    if not every_from_first(4, 4)[case["layer"]]:
        turns = rotations(n, frequencies(q.shape[-1]))
        q, k, seen = rotate(q, turns), rotate(k, turns), seen & window_mask(n, n, case["window"])
    out = sdpa(q, k, v, seen).transpose(1, 2).flatten(2) @ w["o"].T
    torch.testing.assert_close(out, torch.tensor(case["out"]), atol=1e-5, rtol=0)


CLASSES = {
    "Cohere 2": "cohere2.Cohere2Config",
    "EXAONE 4": "exaone4.Exaone4Config",
    "Trinity": "afmoe.AfmoeConfig",
    "Muse Glimmer": "muse_glimmer.MuseGlimmerTextConfig",
    "Llama 4": "llama4.Llama4TextConfig",
    "SmolLM3": "smollm3.SmolLM3Config",
    "Gemma 3": "gemma3.Gemma3TextConfig",
    "Gemma 4": "gemma4.Gemma4TextConfig",
    "Olmo 3": "olmo3.Olmo3Config",
    "gpt-oss": "gpt_oss.GptOssConfig",
}
DEFAULTS = {case["called"]: case for case in CONFIGS if case["default"]}


def test_the_figure_shows_the_default_configurations():
    assert {name: which(is_global) for name, is_global, _, _ in MODELS} == {
        name: DEFAULTS[called]["is_global"] for name, called in CLASSES.items()
    }
    assert {name: len(is_global) for name, is_global, _, _ in MODELS} == {
        name: DEFAULTS[called]["layers"] for name, called in CLASSES.items()
    }
    larger = {name for name, _, far, _ in MODELS if far == "position"}
    assert larger == {name for name, called in CLASSES.items() if DEFAULTS[called]["far"] > DEFAULTS[called]["near"]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_of_users_says_what_the_configurations_say(language):
    text = (ROOT / f"docs/{language}/schemes/layer_pattern.md").read_text("utf-8")
    users = text.split("{ #used-by }", 1)[1].split("\n## ", 1)[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in users.splitlines() if line[:1] == "|"][2:]
    assert len(rows) == len(CLASSES)
    for name, layers, counted, near, _ in rows:
        case = DEFAULTS[CLASSES[next(model for model in CLASSES if name.startswith(model))]]
        assert int(layers) == case["layers"], name
        assert int(re.search(r"\d+", counted)[0]) == case["every"], name
        from_last = {"en": "from the last", "ko": "마지막 층부터"}[language]
        assert (from_last in counted) == (case["form"] == "every_from_last"), name
        last = {"en": "and the last", "ko": "마지막 층도"}[language]
        assert (last in counted) == (case["form"] == "last_too"), name
        window = re.search(r"\d+", near)
        assert (int(window[0]) if window else None) == case["window"], name


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: every_from_first(0, 4), ValueError, "layers must be above 0.* got 0"),
        (lambda: every_from_last(8, 0), ValueError, "n must be above 0.* got 0"),
        (lambda: every_from_first(8, 4.0), TypeError, r"n must be an int, got 4\.0"),
        (lambda: every_from_first(True, 4), TypeError, "layers must be an int, got True"),
        (lambda: last_too([]), TypeError, r"one bool a layer.* got \[\]"),
        (lambda: last_too(torch.tensor([True, False])), TypeError, r"a list with one bool a layer.* got tensor\("),
        (lambda: bases((whole for whole in [True]), 1e4, None), TypeError, "one bool a layer.* got <generator"),
        (lambda: keys_held(4, 4, 8), TypeError, "a list with one bool a layer.* got 4"),
        (lambda: bases([0, 1], 1e4, None), TypeError, r"True for a global one; got \[0, 1\]"),
        (lambda: reach([True], 0, 8), ValueError, "window must be above 0.* got 0"),
        (lambda: keys_held([True], 4, 0), ValueError, "length must be above 0.* got 0"),
        (lambda: window_mask(torch.zeros(2), torch.arange(2), 4), TypeError, "m must hold integers.*float32"),
        (lambda: window_mask(torch.arange(2), torch.ones(2) > 0, 4), TypeError, "n must hold integers.*bool"),
        (lambda: chunk_mask(torch.tensor(1), torch.arange(2), 4), ValueError, r"m must have shape .* got \(\)"),
        (lambda: chunk_mask(torch.arange(2), torch.arange(0), 4), ValueError, r"not be empty, got \(0,\)"),
        (lambda: window_mask(torch.arange(2), torch.arange(2), 0), ValueError, "window must be above 0.* got 0"),
    ],
)
def test_what_cannot_be_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
