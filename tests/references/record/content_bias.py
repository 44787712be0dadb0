import torch
from common import reference

TOKENS, NEW = 9, 2


def biases(attention, x, **given):
    """The bias that meets the scores of ``x`` (B, T, d): (B, h, T_q, T_k)."""
    from transformers.models.inkling import modeling_inkling as inkling

    met = []

    def catch(layer, query, key, value, mask, position_bias=None, **kwargs):
        met.append(position_bias)
        return query.transpose(1, 2), None

    inkling.eager_attention_forward, before = catch, inkling.eager_attention_forward
    attention.config._attn_implementation = "eager"
    with torch.no_grad():
        attention.eval()(x, attention_mask=None, **given)
    inkling.eager_attention_forward = before
    return met[0]


def record():
    from transformers import DynamicCache, InklingTextConfig
    from transformers.models.inkling.modeling_inkling import InklingAttention

    sizes = {"num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 4}
    config = InklingTextConfig(
        hidden_size=8,
        **sizes,
        **{f"swa_{name}": size for name, size in sizes.items()},
        num_hidden_layers=2,
        layer_types=["hybrid_sliding", "hybrid"],
        sliding_window_size=3,
        d_rel=3,
        rel_extent=5,
    )
    torch.manual_seed(0)
    x, found = torch.randn(2, TOKENS, 8), []
    for layer, kind in ((1, "whole text"), (0, "in a window"), (1, "two new tokens")):
        attention = InklingAttention(config, layer)
        for weight in attention.parameters():
            torch.nn.init.normal_(weight, std=0.5)
        given, read = {}, x
        if kind == "two new tokens":
            cache = DynamicCache(config=config)
            biases(attention, x[:, :-NEW], past_key_values=cache)
            given, read = {"past_key_values": cache}, x[:, -NEW:]
        bias = biases(attention, read, **given)
        found.append(
            reference(
                "transformers",
                "InklingAttention",
                gives=kind,
                heads=2,
                keys=bias.shape[-1],
                x=read,
                mix=attention.r_proj.weight.detach(),
                profiles=attention.rel_logits_proj.proj.detach(),
                bias=bias,
            )
        )
    return found
