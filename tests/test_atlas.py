"""The record of which model uses which positions: its shape, and what the site says about released models."""

import json
from collections import Counter

import jsonschema
import pytest

from tools import LANGUAGES, ROOT

DATA = ROOT / "snippets/data"
ATLAS = json.loads((DATA / "atlas.json").read_text("utf-8"))
FAMILIES = ATLAS["families"]
ATTENTIONS = [(name, each) for name, family in FAMILIES.items() for each in family["attentions"]]
RUN = 0.85  # at least this share of the families by running them


def test_the_record_has_the_shape_that_its_schema_describes():
    schema = json.loads((DATA / "atlas.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    wrong = [
        f"{'/'.join(map(str, e.absolute_path))}: {e.message}"
        for e in jsonschema.Draft202012Validator(schema).iter_errors(ATLAS)
    ]
    assert not wrong, wrong[0]


def test_most_families_were_run():
    hows = Counter(family["how"] for family in FAMILIES.values())
    share = hows["run"] / len(FAMILIES)
    assert share >= RUN, f"only {share:.0%} of {len(FAMILIES)} families are established by running: {dict(hows)}"


def test_families_and_attentions_are_sorted_and_apart():
    assert list(FAMILIES) == sorted(FAMILIES), "families of atlas.json are not sorted"
    apart = set(FAMILIES) | set(ATLAS["without_attention"])
    assert ATLAS["not_recorded"] == sorted(set(ATLAS["not_recorded"]) - apart)
    assert ATLAS["without_attention"] == sorted(set(ATLAS["without_attention"]) - set(FAMILIES))
    for name, family in FAMILIES.items():
        keys = [(each["class"], each.get("at", "")) for each in family["attentions"]]
        assert keys == sorted(set(keys)), f"the attentions of {name} are not sorted, or one stands twice"


def test_nothing_is_unknown_without_a_reason():
    bare = [name for name, each in ATTENTIONS if each["how"] == "unknown" and not each.get("reason")]
    assert not bare, f"unknown without a reason: {bare}"


def test_what_was_run_says_where_and_how():
    for name, each in ATTENTIONS:
        if each["how"] != "unknown":
            missing = {"class", "file", "model", "scheme", "groups"} - set(each)
            assert not missing, f"{name}, {each['class']}: {sorted(missing)} missing"
            kinds = {what["kind"] for group in each["groups"] for what in group["positions"]}
            assert sorted(kinds) == each["scheme"], f"{name}, {each['class']}: its schemes are not those of its layers"


def test_layers_of_the_groups_are_all_layers_once():
    for name, each in ATTENTIONS:
        groups = each.get("groups", [])
        if len(groups) > 1:
            layers = [n for group in groups for first, last in group["layers"] for n in range(first, last + 1)]
            assert len(layers) == len(set(layers)) == each["layers"], (
                f"{name}, {each['class']}: layers stand twice or never"
            )


def mechanisms(family: str, at: str = "") -> list[dict]:
    """Every way positions enter the attentions of a family; ``at`` is part of their class or place."""
    found = [
        a for a in FAMILIES[family]["attentions"] if a["how"] != "unknown" and at in f"{a['class']} {a.get('at', '')}"
    ]
    assert found, f"the record has no established attention {at!r} of {family}"
    return [what for each in found for group in each["groups"] for what in group["positions"]]


def values(family: str, field: str, at: str = "") -> set:
    """All values of a field; "without" gives the layers that no positions enter, "scheme" the schemes."""
    found = [
        a for a in FAMILIES[family]["attentions"] if a["how"] != "unknown" and at in f"{a['class']} {a.get('at', '')}"
    ]
    assert found, f"the record has no established attention {at!r} of {family}"
    if field == "scheme":
        return {scheme for each in found for scheme in each["scheme"]} or {"none"}
    if field == "without":
        bare = [group for each in found for group in each["groups"] if not group["positions"]]
        return {n for group in bare for first, last in group["layers"] for n in range(first, last + 1)}
    if field == "stretch":
        return {part["rope_type"] for each in found for part in each.get("stretch", {}).values()}
    if field.startswith("stretch "):
        return {part.get(field.split()[1]) for each in found for part in each.get("stretch", {}).values()}
    if field.startswith("buckets "):  # such as "buckets past last_from"
        _, side, edge = field.split()
        sides = [what["buckets"] for what in mechanisms(family, at) if "buckets" in what]
        return {each[side][edge] for each in sides if side in each}
    if field in ("head", "scaling", "scaling_times_root"):
        return {each[field] for each in found if field in each}
    if field == "sections":
        axes = next(
            what["pairs_by_row_of_positions"] for what in mechanisms(family, at) if "pairs_by_row_of_positions" in what
        )
        return {tuple(sum(last - first + 1 for first, last in spans) for spans in list(axes.values())[-3:])}
    if field == "dealing":  # in blocks, or pair by pair in turn
        axes = next(
            what["pairs_by_row_of_positions"] for what in mechanisms(family, at) if "pairs_by_row_of_positions" in what
        )
        return {"blocks" if all(len(spans) == 1 for spans in list(axes.values())[-3:]) else "in turn"}
    if field == "share":
        return {
            what["turned"] / each.get("head", what["channels"])
            for each in found
            for g in each["groups"]
            for what in g["positions"]
            if what["kind"] == "rotation"
        }
    return {what[field] for what in mechanisms(family, at) if field in what}


# page, fragment of its English text, word that its Korean text has too, family, part of class or place, field, value
HALVES = "half-split | Llama, Mistral, Qwen3, Gemma 3, OLMo 3, SmolLM3, ModernBERT"
TURNED_IN_PAIRS = "interleaved | RoFormer (the paper's own), Cohere, Llama 4"
FIRST_IN_PAIRS = "first | interleaved | GPT-J (64 of 256 channels), CodeGen, GLM-4 (`0.5`)"
FIRST_HALVES = "first | half-split | GPT-NeoX and Pythia (`0.25`), StableLM (`0.25`), Phi (`0.5`), Nemotron (`0.5`)"
LAST = "last | interleaved | DeepSeek-V3 (64 of 192), DeepSeek-V4 (64 of 512), Mistral 4 (64 of 128)"
LATENT = "| DeepSeek-V2, V3, V3.2; Kimi K2 has V3's code | 128, 64 | 512 | neighbours |"
LATENT_WIDER = "| GLM-5 | 192, 64 | 512 | neighbours |"
LATENT_HALF = "| Mistral 4 | 64, 64 | 256 | neighbours |"
LATENT_HALVES = "| MiniCPM3 | 64, 32 | 256 | halves |"
LATENT_OTHERS = "| LongCat-Flash, Youtu-LLM | 128, 64 | 512 | neighbours |"
NEVER_TURNED = "`KimiLinearAttention` in `transformers` is latent attention with the same split"
V4 = "DeepseekV4Attention"
KEY_AND_VALUE = "one vector of 512 channels is key and value at once, and its last 64 turn"
P_ROPE = "| Gemma 4, DiffusionGemma | full attention, one in six | `0.25` | 512 | 1,000,000 | halves |"
COHERE = "| Cohere 2 (Command A, Command R7B) | 40 | every 4th from the first | 4096 tokens | no rotation |"
EXAONE = "| EXAONE 4 | 32 | every 4th from the first | 4096 tokens | no rotation |"
TRINITY = "| Trinity (`AfmoeConfig`) | 32 | every 4th from the first | 1024 tokens | no rotation |"
GLIMMER = "| Muse Glimmer | 52 | every 4th from the last | 2048 tokens | no rotation |"
CHUNKS = "| Llama 4 | 48 | every 4th from the first | chunks of 8192 tokens | no rotation, a"
NO_WINDOW = "| SmolLM3 | 36 | all; every 4th from the first differs | everything | no rotation |"
LOCAL_BASE = "| 4096 tokens | rotate with base 1,000,000, local ones with 10,000 |"
P_ROPE_HALF = "| LFM3 | full attention | `0.5` | 128 | 1,000,000 | halves |"
EVERY_FOURTH = "Llama 4 and SmolLM3 leave one layer in four without rotation"
ALL_HALVES = "Marian,\nWhisper, M2M100 and NLLB-MoE in `transformers` put all sines first and all cosines after them"
PART_OF_EACH_HEAD = "DeepSeek-V3 and V4,\n  GLM-4.5, Qwen3-Next, Qwen3.5, MiniMax-M2, MiMo-V2-Flash"
PART_IN_2026 = "Qwen3-Next,\n  Qwen3.5, GLM-4.5 (`Glm4MoeConfig`), DeepSeek-V3, and Gemma 4 in its global layers"
LAYERS_WITHOUT = "Llama 4 and\nSmolLM3 leave rotation out of one layer in four"
IN_TURN = "Qwen3-VL, Qwen3-Omni and Qwen3.5 deal in turn"
TWO_BASES = "In Gemma 3 those are\n10,000 and 1,000,000, five local layers to each global one"
FIFTH_AND_SIXTH = "every fifth layer of Kolibri 1 and every sixth of Beam"
FAR_WHILE_THEY_TURN = "SmolLM3 and Mistral Large 4 leave the rotation out of every fourth layer too"
GLOBAL_WITHOUT = "the global ones do not rotate\n  (`Exaone4Attention`, `ExaoneMoeAttention`, `AfmoeAttention`)"
SAME_SPACING = "Whisper, M2M100 and NLLB-MoE in `transformers` use that spacing"
LAST_BUCKET = "With 32 buckets it starts at distance 113, in the bidirectional form at 91"
LIKE_T5 = "mT5, LongT5 and Switch Transformers share T5's form"
GPT_OSS = "gpt-oss: scale 32 from 4096 tokens, base 150,000, ends not rounded"
MORE_ROWS = "RoBERTa and OPT leave two rows aside, so position 0 is row 2"
STATEMENTS: list[tuple] = [
    ("schemes/rope", HALVES, "Llama", "llama", "", "layout", {"halves"}),
    ("schemes/rope", HALVES, "Mistral", "mistral", "", "layout", {"halves"}),
    ("schemes/rope", HALVES, "Qwen3", "qwen3", "", "layout", {"halves"}),
    ("schemes/rope", HALVES, "Gemma 3", "gemma3", "", "layout", {"halves"}),
    ("schemes/rope", HALVES, "OLMo 3", "olmo3", "", "layout", {"halves"}),
    ("schemes/rope", HALVES, "SmolLM3", "smollm3", "", "layout", {"halves"}),
    ("schemes/rope", HALVES, "ModernBERT", "modernbert", "", "layout", {"halves"}),
    ("schemes/rope", TURNED_IN_PAIRS, "RoFormer", "roformer", "", "layout", {"neighbours", "halves"}),
    ("schemes/rope", TURNED_IN_PAIRS, "Cohere", "cohere", "", "layout", {"neighbours"}),
    ("schemes/rope", TURNED_IN_PAIRS, "Llama 4", "llama4", "Text", "layout", {"neighbours"}),
    (
        "schemes/rope",
        "Gemma 3 has 10,000 in its local and 1,000,000 in its global",
        "1,000,000",
        "gemma3",
        "",
        "base",
        {10000, 1000000},
    ),
    ("schemes/rope", EVERY_FOURTH, "SmolLM3", "smollm3", "", "without", set(range(3, 36, 4))),
    ("schemes/rope", EVERY_FOURTH, "Llama 4", "llama4", "Text", "without", set(range(3, 48, 4))),
    ("schemes/partial_rope", FIRST_IN_PAIRS, "GPT-J", "gptj", "", "turned", {64}),
    ("schemes/partial_rope", FIRST_IN_PAIRS, "GPT-J", "gptj", "", "layout", {"neighbours"}),
    ("schemes/partial_rope", FIRST_IN_PAIRS, "CodeGen", "codegen", "", "layout", {"neighbours"}),
    ("schemes/partial_rope", FIRST_IN_PAIRS, "GLM-4", "glm4", "", "layout", {"neighbours"}),
    ("schemes/partial_rope", FIRST_IN_PAIRS, "GLM-4", "glm4", "", "share", {0.5}),
    ("schemes/partial_rope", FIRST_HALVES, "GPT-NeoX", "gpt_neox", "", "share", {0.25}),
    ("schemes/partial_rope", FIRST_HALVES, "GPT-NeoX", "gpt_neox", "", "layout", {"halves"}),
    ("schemes/partial_rope", FIRST_HALVES, "StableLM", "stablelm", "", "share", {0.25}),
    ("schemes/partial_rope", FIRST_HALVES, "Phi", "phi", "", "share", {0.5}),
    ("schemes/partial_rope", FIRST_HALVES, "Nemotron", "nemotron", "", "share", {0.5}),
    ("schemes/partial_rope", "Nemotron (`0.5`), GLM-4.5 (`0.5`)", "GLM-4.5", "glm4_moe", "", "layout", {"halves"}),
    ("schemes/partial_rope", "Qwen3-Next and Qwen3.5 (`0.25`)", "Qwen3-Next", "qwen3_next", "", "share", {0.25}),
    (
        "schemes/partial_rope",
        "Qwen3-Next and Qwen3.5 (`0.25`)",
        "Qwen3.5",
        "qwen3_5",
        "Qwen3_5Attention",
        "share",
        {0.25},
    ),
    ("schemes/partial_rope", "MiMo-V2-Flash (`0.334`)", "MiMo-V2-Flash", "mimo_v2_flash", "", "turned", {64}),
    ("schemes/partial_rope", LAST, "DeepSeek-V3", "deepseek_v3", "", "in_head", [[128, 191]]),
    ("schemes/partial_rope", LAST, "DeepSeek-V3", "deepseek_v3", "", "layout", {"neighbours"}),
    ("schemes/partial_rope", LAST, "DeepSeek-V4", "deepseek_v4", "DeepseekV4Attention", "range", [[448, 511]]),
    ("schemes/partial_rope", LAST, "DeepSeek-V4", "deepseek_v4", "DeepseekV4Attention", "layout", {"neighbours"}),
    ("schemes/partial_rope", LAST, "Mistral 4", "mistral4", "", "in_head", [[64, 127]]),
    ("schemes/decoupled_rope", LATENT, "DeepSeek-V2", "deepseek_v2", "", "in_head", [[128, 191]]),
    ("schemes/decoupled_rope", LATENT, "DeepSeek-V2", "deepseek_v3", "", "in_head", [[128, 191]]),
    ("schemes/decoupled_rope", LATENT, "V3.2", "deepseek_v32", "DeepseekV32Attention", "in_head", [[128, 191]]),
    ("schemes/decoupled_rope", LATENT, "DeepSeek-V2", "deepseek_v3", "", "layout", {"neighbours"}),
    ("schemes/decoupled_rope", LATENT_WIDER, "GLM-5", "glm_moe_dsa", "GlmMoeDsaAttention", "in_head", [[192, 255]]),
    ("schemes/decoupled_rope", LATENT_OTHERS, "LongCat-Flash", "longcat_flash", "", "in_head", [[128, 191]]),
    ("schemes/decoupled_rope", LATENT_OTHERS, "Youtu-LLM", "youtu", "", "in_head", [[128, 191]]),
    ("schemes/decoupled_rope", LATENT_OTHERS, "Youtu-LLM", "youtu", "", "layout", {"neighbours"}),
    ("schemes/decoupled_rope", LATENT_HALF, "Mistral 4", "mistral4", "", "in_head", [[64, 127]]),
    ("schemes/decoupled_rope", LATENT_HALVES, "MiniCPM3", "minicpm3", "", "in_head", [[64, 95]]),
    ("schemes/decoupled_rope", LATENT_HALVES, "MiniCPM3", "minicpm3", "", "layout", {"halves"}),
    ("schemes/decoupled_rope", "MiniCPM3 and Hy4 pair halves", "Hy4", "hy_v4", "HYV4Attention", "layout", {"halves"}),
    ("schemes/decoupled_rope", NEVER_TURNED, "KimiLinearAttention", "kimi_linear", "", "scheme", {"none"}),
    ("schemes/decoupled_rope", NEVER_TURNED, "KimiLinearAttention", "kimi_linear", "", "head", {192}),
    ("schemes/decoupled_rope", KEY_AND_VALUE, "DeepSeek-V4", "deepseek_v4", V4, "range", [[448, 511]]),
    ("schemes/proportional_rope", P_ROPE, "Gemma 4", "gemma4", "Text", "turned", {256, 128}),
    ("schemes/proportional_rope", P_ROPE, "Gemma 4", "gemma4", "Text", "base", {10_000, 1_000_000}),
    ("schemes/proportional_rope", P_ROPE_HALF, "LFM3", "lfm3", "", "turned", {64, 128}),
    ("schemes/proportional_rope", P_ROPE_HALF, "LFM3", "lfm3", "", "base", {10_000, 1_000_000}),
    ("schemes/proportional_rope", P_ROPE, "Gemma 4", "gemma4", "Text", "layout", {"halves"}),
    ("schemes/proportional_rope", P_ROPE_HALF, "LFM3", "lfm3", "", "layout", {"halves"}),
    ("schemes/layer_pattern", COHERE, "Cohere 2", "cohere2", "", "without", set(range(3, 40, 4))),
    ("schemes/layer_pattern", EXAONE, "EXAONE 4", "exaone4", "", "without", set(range(3, 32, 4))),
    ("schemes/layer_pattern", TRINITY, "Trinity", "afmoe", "", "without", set(range(3, 32, 4))),
    ("schemes/layer_pattern", GLIMMER, "Muse Glimmer", "muse_glimmer", "Text", "without", set(range(3, 52, 4))),
    ("schemes/layer_pattern", CHUNKS, "Llama 4", "llama4", "Text", "without", set(range(3, 48, 4))),
    ("schemes/layer_pattern", NO_WINDOW, "SmolLM3", "smollm3", "", "without", set(range(3, 36, 4))),
    ("schemes/layer_pattern", LOCAL_BASE, "1,000,000", "gemma3", "Gemma3Attention", "base", {10_000, 1_000_000}),
    ("schemes/layer_pattern", "| Olmo 3 | 32 |", "Olmo 3", "olmo3", "", "without", set()),
    ("schemes/layer_pattern", "| gpt-oss | 36 |", "gpt-oss", "gpt_oss", "", "without", set()),
    (
        "schemes/m_rope",
        "Qwen2-VL, in blocks, sections 16, 24, 24",
        "16, 24, 24",
        "qwen2_vl",
        "Qwen2VLAttention",
        "sections",
        {(16, 24, 24)},
    ),
    (
        "schemes/m_rope",
        "Qwen2-VL, Qwen2.5-VL and GLM-4V use blocks",
        "Qwen2.5-VL",
        "qwen2_vl",
        "Qwen2VLAttention",
        "dealing",
        {"blocks"},
    ),
    ("schemes/m_rope", "Qwen2-VL, Qwen2.5-VL and GLM-4V use blocks", "GLM-4V", "glm4v", "Text", "dealing", {"blocks"}),
    ("schemes/m_rope", "Qwen3-VL, in turn, 24, 20, 20", "24, 20, 20", "qwen3_vl", "Text", "sections", {(24, 20, 20)}),
    ("schemes/m_rope", "Qwen3-VL, in turn, 24, 20, 20", "24, 20, 20", "qwen3_vl", "Text", "dealing", {"in turn"}),
    (
        "schemes/m_rope",
        "Qwen3.5 deals 11, 11, 10 pairs in turn",
        "11, 11, 10",
        "qwen3_5",
        "Qwen3_5Attention",
        "sections",
        {(11, 11, 10)},
    ),
    (
        "schemes/m_rope",
        "in blocks of 8, 12, 12 pairs, on half of the head",
        "8, 12, 12",
        "glm4v",
        "Text",
        "sections",
        {(8, 12, 12)},
    ),
    ("schemes/none", "Jamba (`JambaAttention`)", "JambaAttention", "jamba", "", "scheme", {"none"}),
    ("schemes/none", "Nemotron-H and Nemotron 3", "NemotronHAttention", "nemotron_h", "", "scheme", {"none"}),
    (
        "schemes/none",
        "Kimi Linear (`KimiLinearAttention`)",
        "KimiLinearAttention",
        "kimi_linear",
        "",
        "scheme",
        {"none"},
    ),
    (
        "schemes/none",
        "Llama 4, every fourth layer",
        "Llama4TextConfig",
        "llama4",
        "Text",
        "without",
        set(range(3, 48, 4)),
    ),
    (
        "schemes/none",
        "Likewise Mistral Large 4",
        "MistralLarge4TextConfig",
        "mistral_large4",
        "",
        "without",
        set(range(3, 72, 4)),
    ),
    (
        "schemes/none",
        "counted from the last layer, Muse Glimmer and Muse Spark",
        "Muse Glimmer",
        "muse_glimmer",
        "Text",
        "without",
        set(range(51, 0, -4)),
    ),
    (
        "schemes/none",
        "counted from the last layer, Muse Glimmer and Muse Spark",
        "Muse Spark",
        "muse_spark",
        "Text",
        "without",
        set(range(61, 0, -4)),
    ),
    (
        "schemes/none",
        "the fourth sees\n  everything and does not rotate",
        "Cohere2Attention",
        "cohere2",
        "",
        "without",
        set(range(3, 40, 4)),
    ),
    ("schemes/learned", "| BERT | 512 |", "BERT", "bert", "Self", "rows", {512}),
    ("schemes/learned", "| GPT-2 | 1024 |", "GPT-2", "gpt2", "", "rows", {1024}),
    ("schemes/learned", "where that default\nis 512", "512", "roberta", "Self", "rows", {512}),
    ("schemes/learned", MORE_ROWS, "RoBERTa", "roberta", "Self", "offset", {2}),
    ("schemes/learned", MORE_ROWS, "OPT", "opt", "", "offset", {2}),
    ("schemes/learned", "| OPT | 2048, and two set aside |", "2048", "opt", "", "rows", {2050}),
    ("schemes/learned", "| Whisper, decoder | 448 |", "448", "whisper", "decoder", "rows", {448}),
    ("schemes/sinusoidal", ALL_HALVES, "Marian", "marian", "", "layout", {"halves"}),
    ("schemes/sinusoidal", ALL_HALVES, "Marian", "marian", "", "first", {"sin"}),
    ("schemes/sinusoidal", ALL_HALVES, "Whisper", "whisper", "encoder.", "layout", {"halves"}),
    ("schemes/sinusoidal", ALL_HALVES, "M2M100", "m2m_100", "", "layout", {"halves"}),
    ("schemes/sinusoidal", ALL_HALVES, "NLLB-MoE", "nllb_moe", "", "layout", {"halves"}),
    (
        "schemes/sinusoidal",
        "Whisper's *encoder*, 1500 positions, with the $d/2 - 1$ spacing",
        "1500",
        "whisper",
        "encoder.layers",
        "rows",
        {1500},
    ),
    (
        "schemes/sinusoidal",
        "Whisper's *encoder*, 1500 positions, with the $d/2 - 1$ spacing",
        "1500",
        "whisper",
        "encoder.layers",
        "spacing",
        {"d/2 - 1"},
    ),
    ("schemes/sinusoidal", "M2M100, with the $d/2 - 1$ spacing", "M2M100", "m2m_100", "", "spacing", {"d/2 - 1"}),
    ("schemes/t5_bias", "`relative_attention_num_buckets=32`", "32", "t5", "Self", "rows", {32}),
    ("schemes/t5_bias", "`UMT5Attention` has a table in every layer", "UMT5Attention", "umt5", "Self", "shared", set()),
    ("schemes/t5_bias", "mT5, LongT5 and Switch Transformers share T5's form", "mT5", "mt5", "Self", "shared", {True}),
    ("schemes/t5_bias", "MPNet, in one direction-aware table for all layers", "MPNet", "mpnet", "", "shared", {True}),
    ("schemes/alibi", "BLOOM, up to 176 billion parameters", "BLOOM", "bloom", "", "scheme", {"alibi"}),
    (
        "schemes/alibi",
        "`alibi=True` in the `attn_config` of `MptConfig`, its default",
        "MptConfig",
        "mpt",
        "",
        "scheme",
        {"alibi"},
    ),
    ("schemes/alibi", "Falcon's default is `False`, which\n  rotates", "Falcon", "falcon", "", "scheme", {"rotation"}),
    (
        "schemes/yarn",
        "gpt-oss: scale 32 from 4096 tokens, base 150,000",
        "gpt-oss",
        "gpt_oss",
        "",
        "stretch factor",
        {32},
    ),
    ("schemes/yarn", "gpt-oss: scale 32 from 4096 tokens, base 150,000", "gpt-oss", "gpt_oss", "", "base", {150000}),
    ("schemes/yarn", "gpt-oss: scale 32 from 4096 tokens, base 150,000", "gpt-oss", "gpt_oss", "", "factor", {1.3466}),
    ("schemes/llama3_scaling", "Apertus: factor 8, base 12,000,000", "Apertus", "apertus", "", "stretch factor", {8}),
    ("schemes/llama3_scaling", "Apertus: factor 8, base 12,000,000", "Apertus", "apertus", "", "base", {12000000}),
    ("schemes/llama3_scaling", "CWM: factor 16, base 1,000,000", "CwmConfig", "cwm", "", "stretch factor", {16}),
    (
        "schemes/llama3_scaling",
        "Higgs Audio v2: factor 32",
        "HiggsAudioV2Config",
        "higgs_audio_v2",
        "",
        "stretch factor",
        {32},
    ),
    (
        "schemes/transformer_xl",
        "XLNet [@yang2019]: `XLNetRelativeAttention`",
        "XLNet",
        "xlnet",
        "",
        "scheme",
        {"sinusoids", "transformer-xl"},
    ),
    (
        "schemes/transformer_xl",
        "`FastSpeech2ConformerAttention`",
        "FastSpeech2ConformerAttention",
        "fastspeech2_conformer",
        "",
        "scheme",
        {"sinusoids", "transformer-xl"},
    ),
    (
        "schemes/shaw",
        "Wav2Vec2-BERT, and the speech encoder of SeamlessM4T v2",
        "Wav2Vec2-BERT",
        "wav2vec2_bert",
        "",
        "scheme",
        {"vectors by distance"},
    ),
    ("schemes/rope_2d", "image encoders", "Qwen2-VL", "qwen2_vl", "VisionAttention", "layout", {"halves"}),
    ("schemes/rope_2d", "DINOv3: row, column, in halves, base $100$", "DINOv3", "dinov3_vit", "", "layout", {"halves"}),
    ("schemes/rope", PART_OF_EACH_HEAD, "Qwen3-Next", "qwen3_next", "", "share", {0.25}),
    ("schemes/rope", PART_OF_EACH_HEAD, "MiMo-V2-Flash", "mimo_v2_flash", "", "turned", {64}),
    ("schemes/rope", "A [@cohere2025, §2], EXAONE 4, AFMoE", "AFMoE", "afmoe", "", "without", set(range(3, 32, 4))),
    ("schemes/index", PART_IN_2026, "DeepSeek-V3", "deepseek_v3", "", "turned", {64}),
    ("schemes/index", PART_IN_2026, "Qwen3-Next", "qwen3_next", "", "share", {0.25}),
    ("schemes/index", "such as ModernBERT rotate", "ModernBERT", "modernbert", "", "scheme", {"rotation"}),
    ("chapters/absolute-to-relative", LAYERS_WITHOUT, "SmolLM3", "smollm3", "", "without", set(range(3, 36, 4))),
    ("chapters/absolute-to-relative", LAYERS_WITHOUT, "Llama 4", "llama4", "Text", "without", set(range(3, 48, 4))),
    (
        "chapters/absolute-to-relative",
        "Llama in `transformers` pairs the first half with the second",
        "`rotate_half`",
        "llama",
        "",
        "layout",
        {"halves"},
    ),
    (
        "chapters/beyond-the-window",
        "SmolLM3 leaves the rotation out of every fourth layer",
        "SmolLM3",
        "smollm3",
        "",
        "without",
        set(range(3, 36, 4)),
    ),
    (
        "chapters/beyond-the-window",
        "the local ones rotate with base 10,000, the global ones with base 1,000,000",
        "1,000,000",
        "gemma3",
        "",
        "base",
        {10000, 1000000},
    ),
    ("answers", TWO_BASES, "1,000,000", "gemma3", "", "base", {10000, 1000000}),
    (
        "practice/batches",
        "RoBERTa and its relatives usually\ncount from 2",
        "RoBERTa",
        "roberta",
        "Self",
        "offset",
        {2},
    ),
    (
        "practice/batches",
        "RoBERTa and its relatives usually\ncount from 2",
        "RoBERTa",
        "camembert",
        "Self",
        "offset",
        {2},
    ),
    (
        "practice/batches",
        "RoBERTa and its relatives usually\ncount from 2",
        "RoBERTa",
        "xlm_roberta",
        "Self",
        "offset",
        {2},
    ),
    ("schemes/partial_rope", "MiniMax-M2 (`rotary_dim`)", "MiniMax-M2", "minimax_m2", "", "layout", {"halves"}),
    ("schemes/partial_rope", LAST, "Mistral 4", "mistral4", "", "layout", {"neighbours"}),
    ("schemes/m_rope", "GLM-4.1V pairs neighbours", "GLM-4.1V", "glm4v", "Text", "layout", {"neighbours"}),
    ("schemes/m_rope", "turns half of the head, 32 pairs", "GLM-4.1V", "glm4v", "Text", "share", {0.5}),
    (
        "schemes/m_rope",
        "Qwen2-VL, Qwen2.5-VL and GLM-4V use blocks",
        "Qwen2.5-VL",
        "qwen2_5_vl",
        "Qwen2_5_VLAttention",
        "dealing",
        {"blocks"},
    ),
    (
        "schemes/m_rope",
        "Qwen2.5-VL and Qwen2.5-Omni keep it",
        "Qwen2.5-VL",
        "qwen2_5_vl",
        "Qwen2_5_VLAttention",
        "sections",
        {(16, 24, 24)},
    ),
    (
        "schemes/m_rope",
        "Qwen2.5-VL and Qwen2.5-Omni keep it",
        "Qwen2.5-Omni",
        "qwen2_5_omni",
        "Qwen2_5OmniAttention",
        "sections",
        {(16, 24, 24)},
    ),
    ("schemes/m_rope", IN_TURN, "Qwen3.5", "qwen3_5", "Qwen3_5Attention", "dealing", {"in turn"}),
    (
        "schemes/none",
        "(`position_embedding_type` of `GraniteMoeHybridConfig` is `None`)",
        "GraniteMoeHybridConfig",
        "granitemoehybrid",
        "",
        "scheme",
        {"none"},
    ),
    (
        "schemes/none",
        "and `Cohere2MoeAttention` of Command A+",
        "Cohere2MoeAttention",
        "cohere2_moe",
        "",
        "without",
        set(range(3, 40, 4)),
    ),
    ("schemes/none", GLOBAL_WITHOUT, "Exaone4Attention", "exaone4", "", "without", set(range(3, 32, 4))),
    ("schemes/none", GLOBAL_WITHOUT, "ExaoneMoeAttention", "exaone_moe", "", "without", set(range(3, 32, 4))),
    (
        "schemes/rope",
        "A [@cohere2025, §2], EXAONE 4, AFMoE",
        "EXAONE 4",
        "exaone4",
        "",
        "without",
        set(range(3, 32, 4)),
    ),
    ("schemes/none", GLOBAL_WITHOUT, "AfmoeAttention", "afmoe", "", "without", set(range(3, 32, 4))),
    ("schemes/none", FIFTH_AND_SIXTH, "Kolibri 1", "kolibri1", "", "without", set(range(4, 50, 5))),
    ("schemes/none", FIFTH_AND_SIXTH, "Beam", "beam", "", "without", {5}),  # of the six that were run
    ("chapters/further-than-trained", FAR_WHILE_THEY_TURN, "SmolLM3", "smollm3", "", "without", set(range(3, 36, 4))),
    (
        "chapters/further-than-trained",
        FAR_WHILE_THEY_TURN,
        "Mistral Large 4",
        "mistral_large4",
        "",
        "without",
        set(range(3, 72, 4)),
    ),
    (
        "schemes/none",
        "SmolLM3, every fourth layer: `no_rope_layer_interval`",
        "SmolLM3Config",
        "smollm3",
        "",
        "without",
        set(range(3, 36, 4)),
    ),
    ("schemes/sinusoidal", SAME_SPACING, "NLLB-MoE", "nllb_moe", "", "spacing", {"d/2 - 1"}),
    ("schemes/sinusoidal", SAME_SPACING, "M2M100", "m2m_100", "", "spacing", {"d/2 - 1"}),
    (
        "schemes/sinusoidal",
        "Its decoder\n  has a [learned](learned.md) table",
        "Whisper",
        "whisper",
        "decoder.",
        "scheme",
        {"learned table"},
    ),
    ("schemes/t5_bias", LAST_BUCKET, "113", "t5", "decoder", "buckets past last_from", {113}),
    ("schemes/t5_bias", LAST_BUCKET, "91", "t5", "encoder", "buckets past last_from", {91}),
    ("schemes/t5_bias", LAST_BUCKET, "91", "t5", "encoder", "buckets future last_from", {91}),
    (
        "schemes/t5_bias",
        "Up to 15 tokens back every distance is told\napart",
        "15",
        "t5",
        "decoder",
        "buckets past alone",
        {15},
    ),
    ("schemes/t5_bias", "T5 does not divide their product", "T5", "t5", "Self", "scaling", {1}),
    ("schemes/t5_bias", LIKE_T5, "LongT5", "longt5", "SelfAttention", "shared", {True}),
    ("schemes/t5_bias", LIKE_T5, "Switch Transformers", "switch_transformers", "SelfAttention", "shared", {True}),
    ("schemes/t5_bias", LIKE_T5, "mT5", "mt5", "encoder", "buckets past last_from", {91}),
    (
        "schemes/shaw",
        "Granite Speech: keys only",
        "Granite Speech",
        "granite_speech",
        "",
        "scheme",
        {"vectors by distance"},
    ),
    (
        "schemes/deberta",
        "whose default configuration has `relative_attention` switched off",
        "DebertaModel",
        "deberta",
        "",
        "scheme",
        {"learned table"},
    ),
    (
        "schemes/transformer_xl",
        "`ParakeetEncoderAttention`",
        "ParakeetEncoderAttention",
        "parakeet",
        "",
        "scheme",
        {"sinusoids", "transformer-xl"},
    ),
    ("schemes/transformer_xl", "XLNet put all sines first", "XLNet", "xlnet", "", "layout", {"halves"}),
    ("schemes/shaw", "64 to the left and 8 to the\n  right", "Wav2Vec2-BERT", "wav2vec2_bert", "", "rows", {73}),
    (
        "schemes/transformer_xl",
        '`Wav2Vec2ConformerSelfAttention` with\n  `position_embeddings_type="relative"`',
        "Wav2Vec2ConformerSelfAttention",
        "wav2vec2_conformer",
        "",
        "scheme",
        {"sinusoids", "transformer-xl"},
    ),
    ("schemes/transformer_xl", "XLNet put all sines first", "XLNet", "xlnet", "", "first", {"sin"}),
    ("schemes/yarn", GPT_OSS, "gpt-oss", "gpt_oss", "", "stretch truncate", {False}),
    ("schemes/llama3_scaling", "CWM: factor 16, base 1,000,000", "CwmConfig", "cwm", "", "base", {1000000}),
    ("schemes/rope_2d", "Pixtral: row, column, in halves", "Pixtral", "pixtral", "", "layout", {"halves"}),
    (
        "schemes/rope_2d",
        "Llama 4, vision: column, row, both from 1",
        "Llama 4",
        "llama4",
        "Vision",
        "layout",
        {"neighbours"},
    ),
    ("schemes/rope_2d", "Gemma 4, vision: column, row, base $100$", "Gemma 4", "gemma4", "Vision", "base", {100}),
    ("schemes/rope_2d", "DINOv3: row, column, in halves, base $100$", "DINOv3", "dinov3_vit", "", "base", {100}),
    (
        "schemes/rope_2d",
        "and Qwen3-VL's beside one",
        "Qwen3VLVisionRotaryEmbedding",
        "qwen3_vl",
        "VisionAttention",
        "scheme",
        {"learned table", "rotation"},
    ),
]


@pytest.mark.parametrize(("page", "fragment", "word", "family", "at", "field", "value"), STATEMENTS)
def test_what_a_page_says_of_a_released_model_is_in_the_record(page, fragment, word, family, at, field, value):
    english = (ROOT / f"docs/en/{page}.md").read_text("utf-8")
    assert " ".join(fragment.split()) in " ".join(english.split()), f"{page} no longer says: {fragment}"
    for language in LANGUAGES:
        text = (ROOT / f"docs/{language}/{page}.md").read_text("utf-8")
        assert word in text, f"{language}/{page} does not name {word}"
    assert family in FAMILIES, f"the record has no family {family}"
    if isinstance(value, list):
        found = [what[field] for what in mechanisms(family, at) if field in what]
        assert found and all(each == value for each in found), f"{family}: {field} is {found}, {page} says {value}"
    else:
        found = values(family, field, at)
        assert found == value, f"{family}: {field} is {found}, {page} says {value}"
