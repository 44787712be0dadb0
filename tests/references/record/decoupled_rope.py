import torch
from common import reference


def attention(module, kind, config, at, **given):
    """One layer of MLA: its inputs before anything turns, the scores of its heads, and the channels that it caches."""
    from transformers import DynamicCache

    met, seen, cache = [], {}, DynamicCache()

    def catch(layer, query, key, value, mask, scaling, **kwargs):
        met.append(query @ key.mT * scaling)
        return query.transpose(1, 2)[..., : value.shape[-1]], None

    config._attn_implementation = "eager"
    layer = kind(config, 0).eval()
    for name in ("q_proj", "kv_a_layernorm", "kv_a_proj_with_mqa"):
        getattr(layer, name).register_forward_hook(lambda _, inputs, out, name=name: seen.update({name: out}))
    module.eager_attention_forward, before = catch, module.eager_attention_forward
    with torch.no_grad():
        layer(torch.randn(1, len(at), config.hidden_size), attention_mask=None, past_key_values=cache, **given)
    module.eager_attention_forward = before

    heads, d_c, d_l = config.num_attention_heads, config.qk_nope_head_dim, config.kv_lora_rank
    w_uk = layer.kv_b_proj.weight.detach().view(heads, -1, d_l)[:, :d_c]
    kept = cache.layers[0].keys, cache.layers[0].values
    return {
        "q": seen["q_proj"].unflatten(-1, (heads, -1)).transpose(1, 2),
        "c": seen["kv_a_layernorm"],
        "k_r": seen["kv_a_proj_with_mqa"][:, None, :, d_l:],
        "w_uk": w_uk,
        "scores": met[0],
        "cached": [x.shape[1] * x.shape[-1] for x in kept],
    }


def turned_values(at):
    """A layer of DeepSeek-V4 without compression: its key, which is its value, its weights and its heads' outputs."""
    from transformers import DeepseekV4Config
    from transformers.models.deepseek_v4 import modeling_deepseek_v4 as v4

    config = DeepseekV4Config(
        hidden_size=16,
        num_attention_heads=2,
        head_dim=8,
        q_lora_rank=8,
        o_groups=1,
        o_lora_rank=4,
        num_hidden_layers=1,
        layer_types=["sliding_attention"],
        mlp_layer_types=["moe"],
        partial_rotary_factor=0.5,
    )
    config._attn_implementation = "eager"
    layer, seen = v4.DeepseekV4Attention(config, 0).eval(), {}
    torch.nn.init.constant_(layer.sinks, -1e9)
    layer.kv_norm.register_forward_hook(lambda _, inputs, out: seen.update(kv=out))
    layer.o_a_proj.register_forward_pre_hook(lambda _, inputs: seen.update(out=inputs[0]))
    x = torch.randn(1, len(at), 16)
    turns = v4.DeepseekV4RotaryEmbedding(config)(x, at[None], layer_type="main")
    with torch.no_grad():
        _, weights = layer(x, {"main": turns}, at[None], None)
    out = seen["out"].reshape(1, len(at), 2, 8).transpose(1, 2)
    return {"kv": seen["kv"][:, None], "weights": weights, "out": out}


def record():
    from transformers import DeepseekV2Config, DeepseekV3Config
    from transformers.models.deepseek_v2 import modeling_deepseek_v2 as v2
    from transformers.models.deepseek_v3 import modeling_deepseek_v3 as v3

    usual = DeepseekV3Config()
    settings = {
        "heads": usual.num_attention_heads,
        "d_c": usual.qk_nope_head_dim,
        "d_r": usual.qk_rope_head_dim,
        "d_l": usual.kv_lora_rank,
        "d_v": usual.v_head_dim,
        "layers": usual.num_hidden_layers,
    }
    found = [reference("transformers", "DeepseekV3Config", settings=settings)]

    torch.manual_seed(0)
    at = torch.tensor([0, 1, 7, 100, 1000])
    shape = {
        "hidden_size": 16,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "q_lora_rank": None,
        "kv_lora_rank": 6,
        "qk_nope_head_dim": 4,
        "qk_rope_head_dim": 4,
        "v_head_dim": 4,
    }
    x = torch.zeros(1, len(at), 16)
    yarn = {
        "rope_type": "yarn",
        "rope_theta": 10000.0,
        "factor": 40.0,
        "original_max_position_embeddings": 4096,
        "beta_fast": 32,
        "beta_slow": 1,
        "mscale": 1.0,
        "mscale_all_dim": 1.0,
    }
    for called, module, kind, config, rotary in (
        (
            "deepseek_v2.DeepseekV2Attention",
            v2,
            v2.DeepseekV2Attention,
            DeepseekV2Config(**shape),
            v2.DeepseekV2RotaryEmbedding,
        ),
        (
            "deepseek_v3.DeepseekV3Attention",
            v3,
            v3.DeepseekV3Attention,
            DeepseekV3Config(**shape),
            v3.DeepseekV3RotaryEmbedding,
        ),
        (
            "deepseek_v3.DeepseekV3Attention, yarn",
            v3,
            v3.DeepseekV3Attention,
            DeepseekV3Config(**shape, rope_parameters=yarn),
            v3.DeepseekV3RotaryEmbedding,
        ),
    ):
        turns = rotary(config)(x, at[None])
        values = attention(module, kind, config, at, position_embeddings=turns)
        factor = yarn["factor"] if called.endswith("yarn") else 1
        found.append(reference("transformers", called, factor=factor, positions=at, **values))

    found.append(
        reference("transformers", "deepseek_v4.DeepseekV4Attention", positions=at, base=10000.0, **turned_values(at))
    )
    return found
