import torch
from common import reference


def record():
    from transformers import GptOssConfig, LlamaConfig, Olmo3Config
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
    from transformers.models.gpt_oss.modeling_gpt_oss import GptOssRotaryEmbedding
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb

    def config_of(dim, scale, trained, base, **more):
        rope = {"rope_type": "yarn", "factor": scale, "original_max_position_embeddings": trained, "rope_theta": base}
        return LlamaConfig(
            hidden_size=2 * dim,
            num_attention_heads=2,
            max_position_embeddings=int(scale * trained),
            rope_parameters={**rope, **more},
        )

    found = []
    for settings in (
        {"dim": 128, "scale": 16.0, "trained": 4096, "base": 10000.0},  # the paper's Llama 2
        {"dim": 128, "scale": 4.0, "trained": 32768, "base": 1000000.0},  # Qwen3
        {"dim": 64, "scale": 40.0, "trained": 4096, "base": 10000.0},  # the turned part of a DeepSeek-V3 head
        {"dim": 32, "scale": 4.0, "trained": 128, "base": 10000.0},  # a toy: no pair makes beta turns
        {"dim": 128, "scale": 8.0, "trained": 2048, "base": 10000.0, "truncate": False},
    ):
        speeds, factor = ROPE_INIT_FUNCTIONS["yarn"](config_of(**settings))
        called = "modeling_rope_utils.ROPE_INIT_FUNCTIONS['yarn']"
        found.append(
            reference("transformers", called, **{"truncate": True, **settings}, attention_factor=factor, speeds=speeds)
        )

    gpt_oss = GptOssRotaryEmbedding(GptOssConfig())  # its default is its released setting: ends not rounded
    found.append(
        reference(
            "transformers",
            "gpt_oss.GptOssRotaryEmbedding(GptOssConfig())",
            dim=64,
            scale=32.0,
            trained=4096,
            base=150000.0,
            truncate=False,
            attention_factor=gpt_oss.attention_scaling,
            speeds=gpt_oss.inv_freq,
        )
    )

    # layer by layer, as Olmo 3 is set up: this version reads ``truncate`` from the whole configuration and misses it
    layers = {
        "full_attention": {
            "rope_type": "yarn",
            "factor": 8.0,
            "original_max_position_embeddings": 8192,
            "rope_theta": 500000.0,
            "truncate": False,
        },
        "sliding_attention": {"rope_type": "default", "rope_theta": 500000.0},
    }
    olmo = Olmo3Config(hidden_size=256, num_attention_heads=2, max_position_embeddings=65536, rope_parameters=layers)
    speeds, factor = ROPE_INIT_FUNCTIONS["yarn"](olmo, layer_type="full_attention")
    found.append(
        reference(
            "transformers",
            "ROPE_INIT_FUNCTIONS['yarn'](layer_type=...), truncate=False asked for and not heeded",
            dim=128,
            scale=8.0,
            trained=8192,
            base=500000.0,
            truncate=True,
            attention_factor=factor,
            speeds=speeds,
        )
    )

    torch.manual_seed(0)
    settings, positions = {"dim": 16, "scale": 8.0, "trained": 512, "base": 10000.0}, torch.tensor([0, 1, 511, 4000])
    x = torch.randn(1, 1, 4, 16)
    cos, sin = LlamaRotaryEmbedding(config_of(**settings))(x, positions[None])
    turned, _ = apply_rotary_pos_emb(x, x, cos, sin)
    found.append(
        reference(
            "transformers",
            "llama.apply_rotary_pos_emb",
            layout="halves",
            **settings,
            truncate=True,
            positions=positions,
            x=x,
            turned=turned,
        )
    )
    return found
