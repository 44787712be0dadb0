from common import reference


def record():
    from rotary_embedding_torch import RotaryEmbedding
    from transformers import HunYuanDenseV1Config, LlamaConfig
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
    from transformers.models.hunyuan_v1_dense.modeling_hunyuan_v1_dense import HunYuanDenseV1RotaryEmbedding

    found = []
    for dim, scale in ((128, 4.0), (64, 8.0)):
        speeds = RotaryEmbedding(dim, theta_rescale_factor=scale).freqs.detach()
        found.append(
            reference(
                "rotary-embedding-torch",
                "RotaryEmbedding(theta_rescale_factor).freqs",
                dim=dim,
                scale=scale,
                base=10000.0,
                speeds=speeds,
            )
        )
    dim, scale, base = 128, 1000.0, 10000.0
    rope = {"rope_type": "dynamic", "alpha": scale, "factor": 1.0, "rope_theta": base}
    config = HunYuanDenseV1Config(hidden_size=2 * dim, num_attention_heads=2, head_dim=dim, rope_parameters=rope)
    found.append(
        reference(
            "transformers",
            "hunyuan_v1_dense.HunYuanDenseV1RotaryEmbedding (alpha)",
            dim=dim,
            scale=scale,
            base=base,
            speeds=HunYuanDenseV1RotaryEmbedding(config).inv_freq,
        )
    )
    for dim, trained, length, factor in ((64, 2048, 1024, 1.0), (64, 2048, 6000, 1.0), (64, 4096, 10000, 2.0)):
        rope = {"rope_type": "dynamic", "factor": factor, "rope_theta": 10000.0}
        config = LlamaConfig(
            hidden_size=2 * dim, num_attention_heads=2, max_position_embeddings=trained, rope_parameters=rope
        )
        speeds, _ = ROPE_INIT_FUNCTIONS["dynamic"](config, seq_len=length)
        found.append(
            reference(
                "transformers",
                "modeling_rope_utils.ROPE_INIT_FUNCTIONS['dynamic']",
                dim=dim,
                trained=trained,
                length=length,
                factor=factor,
                base=10000.0,
                speeds=speeds,
            )
        )
    return found
