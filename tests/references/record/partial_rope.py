import torch
from common import reference


def record():
    from transformers import GlmConfig, GPTNeoXConfig
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
    return found
