import torch
from common import reference


def record():
    from transformers import GlmConfig, GPTNeoXConfig, LlamaConfig
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
    from transformers.models.gemma4 import modeling_gemma4 as gemma4
    from transformers.models.glm import modeling_glm as glm
    from transformers.models.gpt_neox import modeling_gpt_neox as neox

    torch.manual_seed(0)
    dim, at = 24, torch.tensor([0, 1, 100, 1023])
    x = torch.randn(1, 1, len(at), dim)
    shape = {"vocab_size": 8, "hidden_size": 2 * dim, "num_attention_heads": 2}

    found = []
    for called, module, angles, layout, fraction in (
        (
            "gpt_neox.apply_rotary_pos_emb",
            neox,
            neox.GPTNeoXRotaryEmbedding(GPTNeoXConfig(**shape)),  # 25 % by default
            "halves",
            0.25,
        ),
        (
            "glm.apply_rotary_pos_emb",
            glm,
            glm.GlmRotaryEmbedding(GlmConfig(**shape, head_dim=dim)),  # 50 % by default
            "interleaved",
            0.5,
        ),
    ):
        turned, _ = module.apply_rotary_pos_emb(x, x, *angles(x, at[None]))
        found.append(
            reference(
                "transformers",
                called,
                layout=layout,
                fraction=fraction,
                base=10000.0,
                positions=at,
                x=x,
                turned=turned.detach(),
            )
        )

    for p, size in ((0.25, dim), (0.75, 20)):  # 0.75 * 20 / 2 is not whole: 7 pairs turn
        parameters = {"rope_type": "proportional", "partial_rotary_factor": p, "rope_theta": 1e6}
        config = LlamaConfig(**shape, head_dim=size, rope_parameters=parameters)
        theta, _ = ROPE_INIT_FUNCTIONS["proportional"](config)
        angles = torch.cat((at[:, None] * theta, at[:, None] * theta), dim=-1)[None]
        q = x[..., :size]
        found.append(
            reference(
                "transformers",
                "modeling_rope_utils proportional, gemma4.apply_rotary_pos_emb",
                layout="p-RoPE",
                fraction=p,
                base=1e6,
                theta=theta,
                positions=at,
                x=q,
                turned=gemma4.apply_rotary_pos_emb(q, angles.cos(), angles.sin()),
            )
        )
    return found
