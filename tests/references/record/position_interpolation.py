import torch
from common import reference


def record():
    from rotary_embedding_torch import RotaryEmbedding
    from transformers import LlamaConfig
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    found = []
    for dim, scale, base in ((128, 4.0, 10000.0), (64, 8.0, 1000000.0)):
        rope = {"rope_type": "linear", "factor": scale, "rope_theta": base}
        config = LlamaConfig(hidden_size=2 * dim, num_attention_heads=2, rope_parameters=rope)
        speeds, _ = ROPE_INIT_FUNCTIONS["linear"](config)
        found.append(
            reference(
                "transformers",
                "modeling_rope_utils.ROPE_INIT_FUNCTIONS['linear']",
                dim=dim,
                scale=scale,
                base=base,
                speeds=speeds,
            )
        )
    # this package keeps the speeds and divides the positions
    torch.manual_seed(0)
    dim, scale, x = 16, 4.0, torch.randn(1, 2, 6, 16)
    turned = RotaryEmbedding(dim, interpolate_factor=scale).rotate_queries_or_keys(x, offset=1000)
    found.append(
        reference(
            "rotary-embedding-torch",
            "RotaryEmbedding(interpolate_factor).rotate_queries_or_keys",
            layout="interleaved",
            dim=dim,
            scale=scale,
            base=10000.0,
            first=1000,
            x=x,
            turned=turned.detach(),
        )
    )
    return found
