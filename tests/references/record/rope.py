import torch
from common import reference


def record():
    from rotary_embedding_torch import RotaryEmbedding
    from torchtune.modules import RotaryPositionalEmbeddings
    from transformers import GPTNeoXConfig, LlamaConfig
    from transformers.models.gpt_neox import modeling_gpt_neox as neox
    from transformers.models.gptj import modeling_gptj as gptj
    from transformers.models.llama import modeling_llama as llama

    torch.manual_seed(0)
    dim, near, far = 12, torch.tensor([0, 1, 100, 1023]), torch.tensor([0, 1, 1023, 100_000])
    x = torch.randn(1, 2, len(near), dim)
    by_token = x.transpose(1, 2)  # GPT-J and torchtune want (B, T, h, d_h)

    sin, cos = gptj.create_sinusoidal_positions(1024, dim)[near][None].chunk(2, dim=-1)
    interleaved = (
        (
            "transformers",
            "gptj.apply_rotary_pos_emb",
            gptj.apply_rotary_pos_emb(by_token, sin, cos).transpose(1, 2),
        ),
        (
            "torchtune",
            "modules.RotaryPositionalEmbeddings",
            RotaryPositionalEmbeddings(dim)(by_token, input_pos=near[None]).transpose(1, 2),
        ),
        (
            "rotary-embedding-torch",
            "RotaryEmbedding.rotate_queries_or_keys, one token at a time by its offset",
            torch.cat(
                [
                    RotaryEmbedding(dim).rotate_queries_or_keys(x[:, :, t : t + 1], offset=int(m))
                    for t, m in enumerate(near)
                ],
                dim=2,
            ),
        ),
    )
    found = [
        reference(package, called, layout="interleaved", base=10000.0, positions=near, x=x, turned=turned)
        for package, called, turned in interleaved
    ]

    shape = {"vocab_size": 8, "hidden_size": 2 * dim, "num_attention_heads": 2}
    as_released = LlamaConfig(**shape, rope_parameters={"rope_type": "default", "rope_theta": 500000.0})
    whole_head = GPTNeoXConfig(
        **shape, rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 1.0}
    )
    for called, module, angles, base, at in (
        ("llama.apply_rotary_pos_emb", llama, llama.LlamaRotaryEmbedding(as_released), 500000.0, near),
        ("gpt_neox.apply_rotary_pos_emb", neox, neox.GPTNeoXRotaryEmbedding(whole_head), 10000.0, near),
        ("gpt_neox.apply_rotary_pos_emb", neox, neox.GPTNeoXRotaryEmbedding(whole_head), 10000.0, far),
    ):
        turned, _ = module.apply_rotary_pos_emb(x, x, *angles(x, at[None]))
        found.append(
            reference("transformers", called, layout="halves", base=base, positions=at, x=x, turned=turned.detach())
        )
    return found
