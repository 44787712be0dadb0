import torch
from common import reference


def record():
    from torch.nn.attention.bias import causal_lower_right
    from torch.nn.functional import scaled_dot_product_attention
    from transformers.models.smollm3.configuration_smollm3 import SmolLM3Config
    from transformers.models.smollm3.modeling_smollm3 import SmolLM3Attention

    release = torch.__version__.partition("+")[0]  # whatever the build
    torch.manual_seed(0)
    q, k, v = torch.randn(3, 1, 2, 6, 4)
    found = [
        reference(
            "torch",
            "nn.functional.scaled_dot_product_attention(is_causal=True)",
            version=release,
            q=q,
            k=k,
            v=v,
            out=scaled_dot_product_attention(q, k, v, is_causal=True),
        ),
        reference(
            "torch",
            "nn.functional.scaled_dot_product_attention(causal_lower_right), last 2 queries",
            version=release,
            q=q[:, :, -2:],
            k=k,
            v=v,
            out=scaled_dot_product_attention(q[:, :, -2:], k, v, causal_lower_right(2, 6)),
        ),
    ]

    # Layer 3 of SmolLM3 is the first of its layers without RoPE. The rotations handed to it are not
    # the identity: if it used them, the output would be another.
    config = SmolLM3Config(
        hidden_size=8, num_attention_heads=2, num_key_value_heads=2, num_hidden_layers=4, attn_implementation="eager"
    )
    layer = SmolLM3Attention(config, layer_idx=3).eval()
    for weight in layer.parameters():
        torch.nn.init.normal_(weight)
    x, angles = torch.randn(1, 6, 8), torch.randn(1, 6, 4)
    later = torch.full((6, 6), -torch.inf).triu(1)[None, None]
    with torch.no_grad():
        out, _ = layer(x, (angles.cos(), angles.sin()), later)
        weights = {name: getattr(layer, f"{name}_proj").weight for name in "qkvo"}
    found.append(
        reference(
            "transformers",
            "smollm3.SmolLM3Attention, layer 3 of 4",
            no_rope_layers=config.no_rope_layers,
            x=x,
            weights={name: weight.tolist() for name, weight in weights.items()},
            out=out,
        )
    )
    return found
