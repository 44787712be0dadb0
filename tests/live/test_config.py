"""The reader of config.json against what transformers made of the same files, and against files that are wrong."""

import json

import numpy as np
import pytest
from modules import load

from tools import ROOT

RECORD = json.loads((ROOT / "snippets/data/configs.json").read_text("utf-8"))
CONFIGS = {one["name"]: one for one in RECORD["configs"]}
RTOL = 1e-5  # transformers computes in float32: its powers and its ramp differ by up to some 1e-6 from float64


def read(text, language: str = "en") -> dict:
    text = text if isinstance(text, str) else json.dumps(text)
    script = "((text, language) => JSON.stringify(module.read(text, module.words[language])))"
    return json.loads(load("config")._engine.call(script, text, language))


def warned(config: dict, more: str = "") -> list[str]:
    found = read(config)
    assert not found["problems"], found["problems"]
    return [one["id"] for one in found["warnings"]]


def llama(**more) -> dict:
    return {
        "model_type": "llama", "hidden_size": 2048, "num_attention_heads": 16, "num_hidden_layers": 16,
        "max_position_embeddings": 4096, "rope_theta": 10000.0, **more,
    }  # fmt: skip


def test_there_are_forty_configurations_or_more():
    assert len(CONFIGS) >= 40 and len({one["config"]["model_type"] for one in CONFIGS.values()}) >= 30


@pytest.mark.parametrize("name", CONFIGS)
def test_every_pair_has_the_speed_and_the_factor_that_transformers_gives(name):
    wanted, found = CONFIGS[name], read(CONFIGS[name]["config"])
    assert not found["problems"], found["problems"]
    kinds = {kind["kind"]: kind for kind in found["kinds"]}
    assert set(wanted["kinds"]) <= set(kinds), f"{name}: {sorted(kinds)}, transformers has {sorted(wanted['kinds'])}"
    for kind, theirs in wanted["kinds"].items():
        ours = kinds[kind]
        assert len(ours["theta"]) == len(theirs["speeds"]), f"{name}, {kind}: {len(ours['theta'])} pairs"
        np.testing.assert_allclose(ours["theta"], theirs["speeds"], rtol=RTOL, err_msg=f"{name}, {kind}")
        assert ours["attention"] == pytest.approx(theirs["attention"], rel=1e-9), f"{name}, {kind}"
        if "scores" in wanted:
            scores = theirs["attention"] ** 2 * wanted["scores"]
            assert ours["scores"] == pytest.approx(scores, rel=1e-9), f"{name}: the logits"
    types = wanted.get("layer_types", [])
    turning = {kind: kind for kind in {*types} & {*kinds}}
    if {*types} & {"conv", "linear_attention"}:
        turning = {"all": "full_attention"}
    for kind, own in turning.items():
        layers = [i for i, one in enumerate(types) if one == own]
        assert kinds[kind]["layers"] == layers, f"{name}: the layers of {kind}"
    if "long" in wanted:
        np.testing.assert_allclose(kinds["all"]["long"], wanted["long"], rtol=RTOL, err_msg=f"{name}, long text")


@pytest.mark.parametrize("family", RECORD["families"])
def test_the_table_of_families_is_what_running_them_gave(family):
    found, table = RECORD["families"][family], load("config")._engine.call("(() => JSON.stringify(module.FAMILIES))")
    table = json.loads(table)
    if not found["layers"]:
        assert family not in table, f"{family} turns nothing"
        return
    ours = table[family]
    layout = found["reads"] if found["reads"] == found["writes"] else f"written as {found['writes']}"
    assert ours["layout"] == layout and ours.get("backwards", False) == (found["sign"] < 0)
    sizes = {"hidden_size": 96, "n_embd": 96, "num_attention_heads": 2, "n_head": 2, "num_hidden_layers": 8}
    if family == "gptj":
        return
    file = {"model_type": family, **sizes, "max_position_embeddings": 4096}
    kinds = {kind["kind"]: kind for kind in read(file)["kinds"]}
    for kind, turned in found["turned"].items():
        assert 2 * len(kinds[kind]["theta"]) == turned, f"{family}, {kind}: how many channels turn by default"
        base = dict(kinds[kind]["rows"])["Base"].replace(",", "")
        assert float(base) == found["base"][kind], f"{family}, {kind}: the base by default"
    for kind, turned in found.get("with head_dim 64", {}).items():
        other = read({**file, "head_dim": 64})["kinds"]
        assert 2 * len(next(k for k in other if k["kind"] == kind)["theta"]) == turned, f"{family}: a head_dim of 64"
    if "with share 0.5" in found:
        rope = {"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.5}
        half = read({"model_type": family, **sizes, "rope_parameters": rope, "max_position_embeddings": 4096})["kinds"][
            0
        ]
        assert 2 * len(half["theta"]) == found["with share 0.5"], f"{family}: a share of one half"


SIZES = {"hidden_size": 64, "num_attention_heads": 2, "num_hidden_layers": 8, "max_position_embeddings": 64}
WITHOUT = sorted(name for name, one in RECORD["families"].items() if 0 < len(one["layers"]) < one["of"])


@pytest.mark.parametrize("family", WITHOUT)
def test_the_layers_that_do_not_turn_are_those_of_the_run(family):
    kinds = read({"model_type": family, **SIZES})["kinds"]
    assert sorted(i for kind in kinds for i in kind["layers"]) == RECORD["families"][family]["layers"]


def test_phimoe_multiplies_by_a_number_of_its_own_and_keeps_the_short_factors():
    rope = {"type": "longrope", "short_factor": [2.0] * 64, "long_factor": [3.0] * 64, "short_mscale": 1.25}
    rope |= {"long_mscale": 1.25, "original_max_position_embeddings": 4096}
    [kind] = read({**llama(), "model_type": "phimoe", "rope_scaling": rope})["kinds"]
    assert kind["attention"] == 1.25 and kind["theta"][0] == 0.5 and "long" not in kind


def test_hunyuan_with_an_alpha_has_another_base_at_every_length():
    rope = {"type": "dynamic", "alpha": 1000.0, "factor": 1.0}
    [kind] = read({**llama(), "model_type": "hunyuan_v1_dense", "rope_scaling": rope})["kinds"]
    base = 1e4 * 1000 ** (128 / 126)
    np.testing.assert_allclose(kind["theta"], base ** (-np.arange(64) / 64), rtol=RTOL)
    assert "long" not in kind


def test_queries_are_said_to_grow_only_where_they_do():
    def grows(**config) -> bool:
        return any("Grows" in label or "grow" in value for label, value in read({**llama(), **config})["rows"])

    beta = {"rope_type": "default", "rope_theta": 1e4, "llama_4_scaling_beta": 0.1}
    assert grows(model_type="llama4_text") and grows(model_type="ministral3")
    assert not grows(model_type="llama4_text", attn_temperature_tuning=False)
    assert not grows(rope_parameters=beta) and not grows(model_type="ministral3", rope_parameters={"rope_theta": 1e4})


def test_of_an_unknown_model_it_is_not_said_that_every_layer_turns():
    rows = dict(read({**llama(), "model_type": "nobody"})["rows"])
    assert "Layers without rotation" not in rows and "Layers without rotation" in dict(read(llama())["rows"])


YARN = {"rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 1024}
WARNINGS = {
    "unknown": {**llama(), "model_type": "nobody"},
    "dead": {**llama(), "model_type": "gpt_neox", "rotary_pct": 0.25},
    "both": llama(rope_scaling={"rope_type": "linear", "factor": 2}, rope_parameters={"rope_theta": 5e5}),
    "scaling": llama(rope_scaling=YARN),
    "flat": {**llama(), "model_type": "gemma3_text", "rope_parameters": {"rope_type": "linear", "factor": 8}},
    "nested": llama(rope_parameters={"full_attention": {"rope_type": "default"}}),
    "olmo3": {**llama(), "model_type": "olmo3"},
    "type": llama(rope_scaling={"type": "linear", "factor": 2}),
    "mrope": llama(rope_scaling={"type": "mrope", "mrope_section": [16, 24, 24]}),
    "base": {key: value for key, value in llama().items() if key != "rope_theta"},
    "share": llama(partial_rotary_factor=0.5),
    "dialects": {**llama(), "model_type": "phi", "partial_rotary_factor": 0.5},
    "layers": llama(layer_types=["full_attention"] * 3),
    "odd": llama(head_dim=65),
    "floor": llama(num_attention_heads=3),
    "original": llama(rope_scaling={"rope_type": "yarn", "factor": 4}),
    "ratio": llama(rope_scaling={**YARN, "factor": 8}),
    "below": llama(rope_scaling={"rope_type": "linear", "factor": 0.5}),
    "divides": llama(rope_parameters={"rope_type": "proportional", "partial_rotary_factor": 0.5, "factor": 2}),
    "truncate": {**llama(), "model_type": "laguna", "rope_parameters": {"full_attention": {**YARN, "truncate": False}}},
    "unread": llama(rope_parameters={"rope_type": "linear", "factor": 2, "beta_fast": 32}),
    "length": {key: value for key, value in llama().items() if key != "max_position_embeddings"},
}


@pytest.mark.parametrize("warning", WARNINGS)
def test_every_warning_is_given(warning):
    assert warning in warned(WARNINGS[warning])


def test_every_warning_is_tested_and_a_plain_file_has_none():
    both = [load("config").words(language) for language in ("en", "ko")]
    assert set(both[0]["warnings"]) == set(both[1]["warnings"]) == set(WARNINGS)
    assert not warned(llama())


def test_both_languages_have_the_same_words():
    def keys(words, path=""):
        for key, value in words.items():
            yield from keys(value, f"{path}{key}.") if isinstance(value, dict) else [path + key]

    english, korean = (set(keys(load("config").words(language))) for language in ("en", "ko"))
    assert english == korean


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": NaN}', 'Line 1, column 7: "NaN" is no JSON'),
        ('{"a": 1e400}', 'Line 1, column 7: "1e400" is too large'),
        ('{"a":\n  tru}', "Line 2, column 3: expected a value"),
        ('{"a": 1,}', "Line 1, column 9: expected a key"),
        ('{"한글": 1 "b"}', "Line 1, column 10: expected a comma"),
        ("{'a': 1}", "Line 1, column 2: expected a key in double quotes"),
        ('{"a": 1} x', "Line 1, column 10: more text"),
        ('{"a": "b', "Line 1, column 7: this text in quotes is never closed"),
        ('{"a": "b\nc"}', "Line 1, column 9: a line break"),
        ('{"a": "\\x"}', "no such escape"),
        ('{"a": 1, "a": 2}', 'Line 1, column 10: the key "a" stands here a second time'),
        ('{"a" 1}', "Line 1, column 6: expected a colon"),
        ("[1", "Line 1, column 3: expected a comma or ], found the end of the text"),
        ("[" * 100_000, "nested deeper than 64 levels"),
        ('{"a":' * 1_000_000, "more than 1,000,000 are not read"),
        ('"' + "x" * 5_000_000, "The text has 5,000,001 characters"),
        ("[]", "the whole text: found [… 0], expected an object in braces"),
        ('{"rope_theta": "10000"}', 'rope_theta: found "10000", expected a number above 1'),
        ('{"hidden_size": -4}', "hidden_size: found -4, expected a whole number above 0"),
        ('{"max_position_embeddings": -1}', "max_position_embeddings: found -1"),
        ('{"text_config": {"rope_scaling": {"factor": "4"}}}', 'text_config.rope_scaling.factor: found "4"'),
        ('{"rope_parameters": {"x": {"rope_theta": []}}}', "rope_parameters.x.rope_theta: found [… 0]"),
        ('{"model_type": "llama"}', "hidden_size: found nothing"),
        (json.dumps(llama(rope_scaling={"type": "su"})), 'rope_scaling.type: found "su", expected default, linear'),
        (json.dumps(llama(rope_scaling={"type": "linear"})), "rope_scaling.factor: found nothing"),
        (json.dumps(llama(head_dim=10**9)), "head_dim: found 1000000000, expected 2 to 16384"),
        (json.dumps(llama(num_hidden_layers=10**9)), "expected at most 4096"),
        (json.dumps(llama(rope_scaling={"type": "longrope", "short_factor": [1], "long_factor": [1]})), "a list of 64"),
        (r'{"a": "D:\Temp"}', "column 10: no such escape in JSON"),
        ('{\u200b"a": 1}', "\\u200b"),
        (json.dumps({**llama(), "model_type": "exaone4", "sliding_window_pattern": "LLLG"}), "sliding_window_pattern"),
        (json.dumps({**llama(), "model_type": "lfm2", "full_attn_idxs": 2}), "full_attn_idxs: found 2"),
        (json.dumps({**llama(), "model_type": "phimoe", "rope_scaling": {"type": "longrope", "short_factor": [1.0] * 64,
         "long_factor": [1.0] * 64}}), "short_mscale: found nothing, expected a number"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(text, said):
    for language in ("en", "ko"):
        found = read(text, language)
        assert found["problems"] and not found["kinds"]
        if language == "en":
            assert said in found["problems"][0]
        assert "undefined" not in str(found) and "{" not in found["sentence"]


def test_names_that_objects_inherit_are_keys_like_others():
    for key in ("__proto__", "constructor", "toString", "hasOwnProperty"):
        text = json.dumps(llama())[:-1] + f', "{key}": {{"rope_theta": 7}}}}'
        assert read(text)["kinds"][0]["theta"] == read(llama())["kinds"][0]["theta"]
        assert "unknown" in warned({**llama(), "model_type": key})
    assert load("config")._engine.call("(() => ({}).rope_theta === undefined)")


def test_no_text_of_the_reader_becomes_markup():
    source = (ROOT / "snippets/live/config.js").read_text("utf-8")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("):
        assert way not in source


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"model_type": "roberta", "max_position_embeddings": 514}, "514 rows, of which 512 hold positions"),
        ({"model_type": "gpt2", "n_positions": 1024}, "1,024 rows"),
        ({"model_type": "bert"}, "512 rows"),
        ({"model_type": "opt", "max_position_embeddings": 2048}, "2,048 positions; it has 2,050 rows"),
        ({"model_type": "bloom", "n_head": 16}, "each of 16 heads"),
        ({"model_type": "t5", "relative_attention_num_buckets": 32}, "32 learned biases a head"),
        ({"model_type": "falcon", "alibi": True, "num_attention_heads": 71}, "each of 71 heads"),
        ({"model_type": "kimi_linear", "rope_theta": 10000}, "none in attention"),
    ],
)  # fmt: skip
def test_families_that_do_not_turn_are_read_too(config, said):
    assert said in read(config)["sentence"]


def test_families_that_do_not_turn_are_those_of_the_atlas():
    atlas = json.loads((ROOT / "snippets/data/atlas.json").read_text("utf-8"))
    kinds = {"alibi": "alibi", "buckets": "bias by distance"}
    for name, (kind, *said) in json.loads(load("config")._engine.call("(() => JSON.stringify(module.OTHERS))")).items():
        if (family := name.replace("-", "_")) in atlas["not_recorded"]:
            continue
        run = [one for one in atlas["families"][family]["attentions"] if one["how"] == "run"]
        seen = [position for one in run for group in one["groups"] for position in group["positions"]]
        assert {position["kind"] for position in seen} == (
            set() if kind == "none" else {kinds.get(kind, "learned table")}
        ), name
        if kind in {"table", "padded", "offset"}:
            assert (seen[0]["rows"], seen[0]["offset"]) == (said[1] + said[2] * (kind == "offset"), said[2]), name


def test_every_example_is_read_without_a_fault_in_both_languages():
    for language in ("en", "ko"):
        for name, config in json.loads(load("config")._engine.call("(() => JSON.stringify(module.EXAMPLES))")).items():
            found = read(config, language)
            assert not found["problems"] and found["sentence"], name
            assert not any(sign in json.dumps(found) for sign in ("undefined", "NaN", "null]")), name
