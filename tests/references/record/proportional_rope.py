import torch
from common import reference


def record():
    from transformers import Gemma4TextConfig, Lfm3Config, LlamaConfig
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
    from transformers.models.gemma4 import modeling_gemma4 as gemma4
    from transformers.models.lfm3 import modeling_lfm3 as lfm3

    found = []
    for called, angles, settings in (
        (
            "gemma4.Gemma4TextRotaryEmbedding",
            gemma4.Gemma4TextRotaryEmbedding(Gemma4TextConfig()),
            {"dim": 512, "p": 0.25, "base": 1e6},
        ),
        (
            "lfm3.Lfm3RotaryEmbedding",
            lfm3.Lfm3RotaryEmbedding(Lfm3Config()),
            {"dim": 128, "p": 0.5, "base": 1e6},
        ),
    ):
        found.append(
            reference("transformers", called, settings=settings, factor=1, theta=angles.full_attention_inv_freq)
        )

    torch.manual_seed(0)
    at = torch.tensor([0, 1, 100, 1023])
    for dim, p, factor in ((24, 0.25, 1), (20, 0.75, 1), (24, 0.25, 4)):  # 0.75 * 20 / 2 is not whole: 7 pairs turn
        parameters = {"rope_type": "proportional", "partial_rotary_factor": p, "rope_theta": 1e6, "factor": factor}
        shape = {"vocab_size": 8, "hidden_size": 2 * dim, "num_attention_heads": 2, "head_dim": dim}
        theta, _ = ROPE_INIT_FUNCTIONS["proportional"](LlamaConfig(**shape, rope_parameters=parameters))
        angles = torch.cat((at[:, None] * theta, at[:, None] * theta), dim=-1)[None]
        x = torch.randn(1, 1, len(at), dim)
        found.append(
            reference(
                "transformers",
                "modeling_rope_utils proportional, gemma4.apply_rotary_pos_emb",
                settings={"dim": dim, "p": p, "base": 1e6},
                factor=factor,
                theta=theta,
                positions=at,
                x=x,
                turned=gemma4.apply_rotary_pos_emb(x, angles.cos(), angles.sin()),
            )
        )
    return found
