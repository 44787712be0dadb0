"""Write ``configs.json``: what transformers makes of many configurations, for the tests of ``snippets/live/config.js``.

It needs an environment of its own, because the site does not install transformers:

    python -m venv env && env/bin/pip install torch==2.13.0 transformers==5.23.0
    env/bin/python -m snippets.data.record_configs

Every configuration is read by the configuration class of its model type, and its speeds and factors are those that
the model's own rotary module holds. The layout of a family is found by running a small model: the function that its
attention calls is called again with basis vectors, and the matrix that comes back says which channels turn together.
No weights are downloaded.
"""

import importlib
import inspect
import json
from pathlib import Path

import torch
import transformers
from transformers import AutoModel
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

FILE = Path(__file__).with_name("configs.json")

_FAMILIES = """
afmoe apertus arcee bitnet cohere cohere2 deepseek_v2 deepseek_v3 deepseek_v4 ernie4_5 exaone4
exaone_moe falcon flex_olmo gemma gemma2 gemma3_text gemma3n_text gemma4_text glm glm4 glm4_moe glm_moe_dsa gpt_neox
gpt_neox_japanese gpt_oss gptj granite granitemoe helium hunyuan_v1_dense jamba kimi_linear laguna
lfm2 llama llama4_text minimax minimax_m2 ministral ministral3 mistral mixtral modernbert
nanochat nemotron nemotron_h nomic_bert olmo olmo2 olmo3 olmoe persimmon phi phi3 phimoe qwen2 qwen2_moe qwen3
qwen3_5_moe_text qwen3_5_text qwen3_moe qwen3_next seed_oss smollm3 stablelm starcoder2
"""

# A model small enough to run at once. What a class does not know is left out.
SMALL = {
    "hidden_size": 64, "n_embd": 64, "d_model": 64, "num_attention_heads": 2, "n_head": 2, "n_heads": 2,
    "num_key_value_heads": 2, "num_hidden_layers": 8, "n_layer": 8, "n_layers": 8, "intermediate_size": 64,
    "vocab_size": 64, "moe_intermediate_size": 32, "num_experts": 4, "num_local_experts": 4, "n_routed_experts": 4,
    "num_experts_per_tok": 2, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "head_dim": 32,
    "global_head_dim": 64, "q_lora_rank": 32, "kv_lora_rank": 32, "qk_rope_head_dim": 16, "qk_nope_head_dim": 16,
    "v_head_dim": 32, "n_group": 1, "topk_group": 1, "vocab_size_per_layer_input": 64, "hidden_size_per_layer_input": 8,
    "intermediate_size_mlp": 64, "shared_expert_intermediate_size": 32, "rotary_dim": 16, "max_position_embeddings": 64,
    "n_positions": 64, "num_kv_shared_layers": 0, "linear_num_key_heads": 2, "linear_num_value_heads": 2,
    "linear_key_head_dim": 16, "linear_value_head_dim": 16, "first_k_dense_replace": 1, "num_layers": 4,
    "ffn_hidden_size": 64, "expert_ffn_hidden_size": 32, "attention_dropout": 0.0, "moe_topk": 2, "zero_expert_num": 1,
}  # fmt: skip
LISTS = ("layer_types", "mlp_layer_types", "no_rope_layers", "moe_layers", "mlp_only_layers")


def small(model_type: str):
    """A configuration of this family with a small model's sizes."""
    kind = CONFIG_MAPPING[model_type]
    known = set(inspect.signature(kind.__init__).parameters)
    names = {**getattr(kind, "attribute_map", {})}
    known |= set(names)
    return kind(**{key: value for key, value in SMALL.items() if key in known})


def modeling(model_type: str):
    """The module that holds the classes of this family's models."""
    kind = CONFIG_MAPPING[model_type]
    return importlib.import_module(kind.__module__.replace(".configuration_", ".modeling_"))


def layout(model_type: str) -> dict:
    """How the attention of a small model turns: which layers, and which channels with which."""
    config = small(model_type)
    module = modeling(model_type)
    with torch.no_grad():
        model = AutoModel.from_config(config, attn_implementation="eager").eval()
        seen, here = {}, [None]
        layers = next(m for name, m in model.named_modules() if name.split(".")[-1] in ("layers", "h"))

        def entering(number):
            return lambda *_: here.__setitem__(0, number)

        for number, layer in enumerate(layers):
            layer.register_forward_pre_hook(entering(number))

        def watch(function):
            def called(*arguments, **more):
                seen.setdefault(here[0], (function, arguments, more))
                return function(*arguments, **more)

            return called

        names = [n for n in vars(module) if n.startswith("apply_rotary") or n == "apply_multimodal_rotary_pos_emb"]
        kept = {name: getattr(module, name) for name in names}
        for name, function in kept.items():
            setattr(module, name, watch(function))
        try:
            model(input_ids=torch.ones(1, 4, dtype=torch.long))
        finally:
            for name, function in kept.items():
                setattr(module, name, function)
        found = {"layers": sorted(seen), "of": len(layers)}
        if seen:
            function, arguments, more = next(iter(seen.values()))
            found |= {"function": function.__name__} | _pairs(function, arguments, more)
        return found


def _pairs(function, arguments, more) -> dict:
    """The layout that a rotation has, from the images of basis vectors at one position."""
    arguments = [*arguments]
    more = dict(more)
    turned = [i for i, a in enumerate(arguments) if torch.is_tensor(a) and a.ndim == 4]
    size = arguments[turned[0]].shape[-1]
    basis = torch.eye(size).view(size, 1, 1, size)
    for i, a in enumerate(arguments):
        if not torch.is_tensor(a):
            continue
        if i in turned and a.shape[-1] == size and not a.is_complex():
            arguments[i] = basis.clone()
        else:
            place = next(k for k, n in enumerate(a.shape) if n == 4)
            arguments[i] = a.narrow(place, 1, 1)
    for key, a in more.items():
        if torch.is_tensor(a):
            place = next(k for k, n in enumerate(a.shape) if n == 4)
            more[key] = a.narrow(place, 1, 1)
    image = function(*arguments, **more)
    image = (image[0] if isinstance(image, tuple) else image).reshape(size, size)
    moving = [i for i in range(size) if abs(image[i, i] - 1) > 1e-12 or image[i].abs().gt(1e-9).sum() > 1]
    first = moving[0]
    targets = image[first].abs().gt(1e-9).nonzero().flatten().tolist()
    others = [i for i in moving if image[i].abs().gt(1e-9).nonzero().flatten().tolist() == targets and i != first]
    reads, writes = others[0] - first, targets[-1] - targets[0]
    kinds = {1: "neighbours"}
    sign = 1 if image[first, targets[-1]] > 0 else -1
    return {
        "reads": kinds.get(reads, "halves"), "writes": kinds.get(writes, "halves"), "sign": sign,
        "first": first, "turned": len(moving), "head": size, "gap": reads,
    }  # fmt: skip


LLAMA = {"model_type": "llama", "hidden_size": 2048, "num_attention_heads": 16, "num_hidden_layers": 16}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 4096}
LLAMA3 = {
    "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}  # fmt: skip
SHORT = [round(1 + 0.02 * i, 2) for i in range(32)]
LONG = [round(1 + 0.06 * i * i, 2) for i in range(32)]
_KEEP = """
model_type hidden_size num_attention_heads num_hidden_layers head_dim max_position_embeddings rope_parameters
layer_types no_rope_layers sliding_window original_max_position_embeddings qk_rope_head_dim qk_nope_head_dim
rotary_dim n_embd n_head n_layer n_positions rope_interleave
"""


def written(model_type: str, **more) -> tuple[str, dict]:
    """What the configuration class writes, without what positions do not need."""
    full = json.loads(CONFIG_MAPPING[model_type](**more).to_json_string(use_diff=False))
    return f"{model_type}, as its class writes it", {
        key: full[key] for key in _KEEP.split() if full.get(key) is not None
    }


def llama(name: str, **more) -> tuple[str, dict]:
    return name, {**LLAMA, "max_position_embeddings": 16384, **more}


def of(model_type: str, about: str, **more) -> tuple[str, dict]:
    sizes = {"hidden_size": 1024, "num_attention_heads": 8, "num_hidden_layers": 8, "max_position_embeddings": 131072}
    return f"{model_type}, {about}", {"model_type": model_type, **sizes, **more}


_WRITTEN = """
llama mistral mixtral qwen2 qwen3 qwen3_next qwen3_5_text gemma gemma2 gemma3_text gemma4_text phi phi3 gpt_oss gpt_neox
gptj persimmon stablelm olmo2 olmo3 smollm3 llama4_text cohere cohere2 glm4 glm4_moe deepseek_v3 deepseek_v4 exaone4
afmoe ministral3 granite nemotron minimax_m2 modernbert laguna nomic_bert apertus
"""
CONFIGS = [
    *(written(name) for name in _WRITTEN.split()),
    llama("llama, old rope_theta", rope_theta=500000.0),
    llama("llama, linear", rope_parameters={"rope_type": "linear", "factor": 4.0, "rope_theta": 10000.0}),
    llama("llama, linear, old keys", rope_theta=20000, rope_scaling={"type": "linear", "factor": 2.5}),
    llama("llama, dynamic", rope_scaling={"type": "dynamic", "factor": 4.0}),
    llama("llama, yarn", rope_parameters={**YARN, "rope_theta": 1e6}),
    llama(
        "llama, yarn, every key",
        rope_theta=1e6,
        rope_scaling={
            **YARN,
            "beta_fast": 16,
            "beta_slow": 2,
            "attention_factor": 1.5,
            "truncate": False,
        },
    ),
    llama("llama, yarn, mscale", rope_theta=1e4, rope_scaling={**YARN, "mscale": 0.707, "mscale_all_dim": 1.0}),
    llama("llama, yarn, no ramp", rope_theta=5e4, rope_scaling={**YARN, "beta_fast": 1.0, "beta_slow": 1.0}),
    llama("llama, yarn, no original length", rope_theta=1e4, rope_scaling={"type": "yarn", "factor": 4.0}),
    llama("llama, yarn, factor null", rope_theta=1e4, rope_scaling={**YARN, "factor": None}),
    llama("llama, llama3", rope_theta=500000.0, rope_scaling=LLAMA3, max_position_embeddings=131072),
    llama("llama, llama3, factor 32", rope_parameters={**LLAMA3, "factor": 32.0, "rope_theta": 500000.0}, head_dim=64),
    llama(
        "llama, proportional",
        rope_parameters={
            "rope_type": "proportional",
            "rope_theta": 1e6,
            "partial_rotary_factor": 0.25,
        },
    ),
    llama(
        "llama, proportional with a factor",
        rope_parameters={
            "rope_type": "proportional",
            "rope_theta": 1e6,
            "partial_rotary_factor": 0.5,
            "factor": 8.0,
        },
    ),
    llama("llama, a share that default ignores", partial_rotary_factor=0.5),
    llama(
        "llama, a share that linear reads", partial_rotary_factor=0.5, rope_scaling={"type": "linear", "factor": 2.0}
    ),
    llama(
        "llama, old and new keys",
        rope_parameters={"rope_type": "default", "rope_theta": 500000.0},
        rope_scaling={"type": "linear", "factor": 2.0},
    ),
    (
        "phi3, longrope",
        {
            "model_type": "phi3",
            "hidden_size": 2048,
            "num_attention_heads": 32,
            "num_hidden_layers": 4,
            "max_position_embeddings": 131072,
            "original_max_position_embeddings": 4096,
            "rope_theta": 10000.0,
            "rope_scaling": {"type": "longrope", "short_factor": SHORT, "long_factor": LONG},
        },
    ),
    (
        "gpt_neox, old keys",
        {
            "model_type": "gpt_neox",
            "hidden_size": 2048,
            "num_attention_heads": 16,
            "num_hidden_layers": 4,
            "max_position_embeddings": 2048,
            "rotary_pct": 0.5,
            "rotary_emb_base": 20000,
        },
    ),
    (
        "gpt_neox, a rope_theta that nothing reads",
        {
            "model_type": "gpt_neox",
            "hidden_size": 2048,
            "num_attention_heads": 16,
            "num_hidden_layers": 4,
            "max_position_embeddings": 2048,
            "rotary_pct": 0.25,
            "rope_theta": 500000.0,
        },
    ),
    (
        "gemma3, old keys",
        {
            "model_type": "gemma3_text",
            "hidden_size": 2560,
            "num_attention_heads": 8,
            "num_hidden_layers": 12,
            "head_dim": 256,
            "max_position_embeddings": 131072,
            "rope_theta": 2000000.0,
            "rope_local_base_freq": 20000.0,
            "rope_scaling": {"rope_type": "linear", "factor": 8.0},
            "sliding_window_pattern": 6,
        },
    ),
    (
        "gemma3, text_config",
        {
            "model_type": "gemma3",
            "text_config": {
                "model_type": "gemma3_text",
                "hidden_size": 2560,
                "num_attention_heads": 8,
                "num_hidden_layers": 6,
                "head_dim": 256,
                "rope_scaling": {"rope_type": "linear", "factor": 8.0},
            },
        },
    ),
    (
        "olmo3, old keys",
        {
            "model_type": "olmo3",
            "hidden_size": 4096,
            "num_attention_heads": 32,
            "num_hidden_layers": 8,
            "max_position_embeddings": 65536,
            "rope_theta": 500000,
            "rope_scaling": {
                "rope_type": "yarn",
                "factor": 8.0,
                "original_max_position_embeddings": 8192,
                "beta_fast": 32.0,
                "beta_slow": 1.0,
                "attention_factor": 1.2079441541679836,
            },
        },
    ),
    (
        "olmo3, another base in the old key",
        {
            "model_type": "olmo3",
            "hidden_size": 4096,
            "num_attention_heads": 32,
            "num_hidden_layers": 8,
            "max_position_embeddings": 8192,
            "rope_theta": 10000,
        },
    ),
    (
        "modernbert, old keys",
        {
            "model_type": "modernbert",
            "hidden_size": 768,
            "num_attention_heads": 12,
            "num_hidden_layers": 6,
            "max_position_embeddings": 8192,
            "global_rope_theta": 80000.0,
            "local_rope_theta": 5000.0,
        },
    ),
    (
        "deepseek_v3, yarn",
        {
            "model_type": "deepseek_v3",
            "hidden_size": 7168,
            "num_attention_heads": 128,
            "num_hidden_layers": 61,
            "qk_rope_head_dim": 64,
            "qk_nope_head_dim": 128,
            "max_position_embeddings": 163840,
            "rope_theta": 10000,
            "rope_scaling": {
                "type": "yarn",
                "factor": 40,
                "original_max_position_embeddings": 4096,
                "beta_fast": 32,
                "beta_slow": 1,
                "mscale": 1.0,
                "mscale_all_dim": 1.0,
            },
        },
    ),
    (
        "deepseek_v4, yarn",
        {
            "model_type": "deepseek_v4",
            "hidden_size": 4096,
            "num_attention_heads": 64,
            "num_hidden_layers": 6,
            "head_dim": 512,
            "qk_rope_head_dim": 64,
            "max_position_embeddings": 1048576,
            "rope_theta": 10000.0,
            "compress_rope_theta": 160000.0,
            "rope_scaling": {
                "type": "yarn",
                "factor": 16,
                "original_max_position_embeddings": 65536,
                "beta_fast": 32,
                "beta_slow": 1,
            },
        },
    ),
    llama("llama3 with one end for both, as Llama 4 Scout", rope_scaling={**LLAMA3, "high_freq_factor": 1.0}),
    of(
        "exaone4",
        "sliding_window_pattern as text",
        sliding_window_pattern="LLLG",
        sliding_window=4096,
        layer_types=["sliding_attention", "sliding_attention", "sliding_attention", "full_attention"] * 2,
    ),
    of("lfm2", "full_attn_idxs", full_attn_idxs=[2, 5, 7]),
    of("qwen3_next", "full_attention_interval", full_attention_interval=2),
    of("minimax", "no layer_types"),
    of("gemma4_text", "a last layer that is full", num_hidden_layers=9),
    of(
        "gemma4_text",
        "rope_scaling in place of everything",
        rope_scaling={
            "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6},
            "sliding_attention": {"rope_type": "default", "rope_theta": 1e4},
        },
    ),
    of("gemma3_text", "type in rope_scaling, which is dead", rope_scaling={"type": "linear", "factor": 8.0}),
    of("gemma3_text", "rope_type in rope_scaling", rope_scaling={"rope_type": "linear", "factor": 8.0}),
    of("gpt_neox", "partial_rotary_factor, which is dead", partial_rotary_factor=0.5),
    of(
        "phi3",
        "su",
        original_max_position_embeddings=4096,
        hidden_size=512,
        rope_theta=1e4,
        rope_scaling={
            "type": "su",
            "original_max_position_embeddings": 4096,
            "short_factor": SHORT,
            "long_factor": LONG,
        },
    ),
    of(
        "phi3",
        "yarn, which is longrope",
        original_max_position_embeddings=4096,
        hidden_size=512,
        rope_theta=1e4,
        rope_scaling={"type": "yarn", "short_factor": SHORT, "long_factor": LONG},
    ),
    of("apertus", "rope_theta, which is dead", rope_theta=500000.0),
    of("seed_oss", "head_dim of null", head_dim=None, hidden_size=1536),
    of("phi", "partial_rotary_factor of null", partial_rotary_factor=None),
    llama("llama, yarn, truncate of null", rope_theta=1e4, rope_scaling={**YARN, "truncate": None}),
    of(
        "deepseek_v4",
        "qk_rope_head_dim",
        head_dim=256,
        qk_rope_head_dim=64,
        compress_ratios=[0, 0, 4, 128, 4, 128, 4, 0],
    ),
    of(
        "deepseek_v4",
        "a share in a flat dictionary",
        rope_parameters={"rope_type": "default", "rope_theta": 7e4, "partial_rotary_factor": 0.5},
    ),
    (
        "minimax_m2, rotary_dim",
        {
            "model_type": "minimax_m2",
            "hidden_size": 3072,
            "num_attention_heads": 48,
            "num_hidden_layers": 62,
            "head_dim": 128,
            "rotary_dim": 64,
            "rope_theta": 5000000,
            "max_position_embeddings": 196608,
        },
    ),
    (
        "qwen3, yarn, per layer type with truncate",
        {
            "model_type": "laguna",
            "hidden_size": 2048,
            "num_attention_heads": 16,
            "num_hidden_layers": 4,
            "head_dim": 128,
            "max_position_embeddings": 32768,
            "layer_types": ["full_attention", "sliding_attention"] * 2,
            "rope_parameters": {
                "full_attention": {**YARN, "rope_theta": 500000.0, "truncate": False, "partial_rotary_factor": 0.5},
                "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 1.0},
            },
        },
    ),
]


def rotary(config) -> dict[str, dict]:
    """Speeds and factor of each kind of layer, as the model's own rotary module holds them."""
    module = modeling(config.model_type)
    if hasattr(module, "create_sinusoidal_positions"):  # GPT-J: a table of sines and cosines
        row = module.create_sinusoidal_positions(2, config.rotary_dim or config.n_embd)[1]
        sin, cos = row.chunk(2)
        return {"all": {"speeds": numbers(torch.atan2(sin, cos)), "attention": 1.0}}
    names = [n for n in vars(module) if n.endswith("RotaryEmbedding") and "Vision" not in n]
    held = getattr(module, names[0])(config)
    found = {}
    for name, buffer in held.named_buffers():
        if name.endswith("inv_freq") and "original" not in name:
            kind = name.removesuffix("inv_freq").removesuffix("_") or "all"
            scaling = getattr(held, f"{kind}_attention_scaling" if kind != "all" else "attention_scaling", 1.0)
            found[kind] = {"speeds": numbers(buffer), "attention": float(scaling)}
    return found


def numbers(x) -> list[float]:
    """As short as float32 can be told apart."""
    return [float(f"{value:.9g}") for value in x.tolist()]


def later(config, length: int) -> list[float]:
    """The speeds for a text of ``length`` tokens, where they depend on it."""
    rope = config.rope_parameters
    return numbers(ROPE_INIT_FUNCTIONS[rope["rope_type"]](config, "cpu", seq_len=length)[0])


def read(written: dict) -> dict:
    """What transformers makes of a ``config.json``."""
    config = CONFIG_MAPPING[written["model_type"]].from_dict(json.loads(json.dumps(written)))
    config = config.get_text_config()
    found: dict = {"kinds": rotary(config)}
    if getattr(config, "layer_types", None):
        found["layer_types"] = config.layer_types
    scale = getattr(modeling(config.model_type), "yarn_apply_mscale", None)
    if scale:
        found["scores"] = float(scale(config.rope_parameters, 1.0))
    if (getattr(config, "rope_parameters", None) or {}).get("rope_type") in ("dynamic", "longrope"):
        length = 2 * config.max_position_embeddings
        found |= {"length": length, "long": later(config, length)}
    return found


def facts(model_type: str) -> dict:
    """What a family does with keys that are missing, or that it may not read."""
    kind = CONFIG_MAPPING[model_type]
    known = set(inspect.signature(kind.__init__).parameters) | set(kind.attribute_map)
    sizes = {
        "hidden_size": 96,
        "n_embd": 96,
        "num_attention_heads": 2,
        "n_head": 2,
        "num_hidden_layers": 8,
        "n_layer": 8,
    }
    sizes = {key: value for key, value in sizes.items() if key in known}
    config = kind(**sizes)
    if not getattr(config, "rope_parameters", None):
        return {"base": 10000.0} if model_type == "gptj" else {}
    kinds = rotary(config)
    parameters = {key: config.rope_parameters.get(key, config.rope_parameters) for key in kinds}
    found: dict = {
        "base": {key: float(one["rope_theta"]) for key, one in parameters.items()},
        "type": {key: one["rope_type"] for key, one in parameters.items()},
        "share": {key: float(one.get("partial_rotary_factor") or 1) for key, one in parameters.items()},
        "turned": {key: 2 * len(one["speeds"]) for key, one in kinds.items()},
    }
    if not isinstance(getattr(kind, "head_dim", None), property):  # Falcon computes it
        other = rotary(kind(**sizes, head_dim=64))
        found["with head_dim 64"] = {key: 2 * len(one["speeds"]) for key, one in other.items()}
    if list(kinds) == ["all"]:
        half = kind(**sizes, rope_parameters={"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.5})
        found["with share 0.5"] = 2 * len(rotary(half)["all"]["speeds"])
    return found


def main() -> None:
    transformers.logging.set_verbosity_error()
    families = {name: layout(name) | facts(name) for name in _FAMILIES.split()}
    keep(families, [{"name": name, "config": written} | read(written) for name, written in CONFIGS])


def keep(families: dict, configs: list) -> None:
    record = {"transformers": transformers.__version__, "torch": torch.__version__, "families": families}
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(found)}" for name, found in families.items())
    more = ",\n".join(f"  {json.dumps(one)}" for one in configs)
    head = json.dumps({key: record[key] for key in ("transformers", "torch")})[1:-1]
    FILE.write_text(f'{{{head},\n"families": {{\n{lines}\n}},\n"configs": [\n{more}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
