import torch
from common import reference

LLAMA31 = {"dim": 128, "base": 500000.0, "scale": 8, "low": 1, "high": 4, "trained": 8192}
LLAMA32_1B = {**LLAMA31, "dim": 64, "scale": 32}
LLAMA4_SCOUT = {**LLAMA31, "scale": 16, "high": 1}


def record():
    from llama_models.llama3.model import apply_scaling
    from llama_models.llama4.model import apply_scaling as apply_scaling_4
    from torchtune.models.llama3_1 import Llama3ScaledRoPE
    from transformers import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb

    def config(dim, base, scale, low, high, trained):
        rope = {
            "rope_type": "llama3",
            "rope_theta": base,
            "factor": float(scale),
            "low_freq_factor": float(low),
            "high_freq_factor": float(high),
            "original_max_position_embeddings": trained,
        }
        return LlamaConfig(hidden_size=dim, num_attention_heads=1, max_position_embeddings=131072, rope_parameters=rope)

    def plain(settings):
        dim = settings["dim"]
        return 1.0 / settings["base"] ** (torch.arange(0, dim, 2).float() / dim)

    found = [
        reference(
            "llama-models",
            "llama3.model.apply_scaling",
            model="Llama 3.1",
            settings=LLAMA31,
            theta=apply_scaling(plain(LLAMA31)),
        ),
        reference(
            "llama-models",
            "llama4.model.apply_scaling",
            model="Llama 4 Scout",
            settings=LLAMA4_SCOUT,
            theta=apply_scaling_4(plain(LLAMA4_SCOUT), LLAMA4_SCOUT["scale"], LLAMA4_SCOUT["high"]),
        ),
    ]
    for model, settings in (("Llama 3.1", LLAMA31), ("Llama 3.2 1B", LLAMA32_1B)):
        found.append(
            reference(
                "torchtune",
                "models.llama3_1.Llama3ScaledRoPE",
                model=model,
                settings=settings,
                theta=Llama3ScaledRoPE(
                    settings["dim"],
                    max_seq_len=1,
                    base=settings["base"],
                    scale_factor=settings["scale"],
                    old_context_len=settings["trained"],
                ).theta,
            )
        )
        found.append(
            reference(
                "transformers",
                "ROPE_INIT_FUNCTIONS['llama3']",
                model=model,
                settings=settings,
                theta=LlamaRotaryEmbedding(config(**settings)).inv_freq,
            )
        )

    # The whole way of a query and a key, in a small head whose pairs lie in all three zones.
    torch.manual_seed(0)
    small = {"dim": 16, "base": 10000.0, "scale": 8, "low": 1, "high": 4, "trained": 1024}
    positions = torch.tensor([0, 1, 777, 1023, 1024, 8191])
    q, k = torch.randn(2, 1, 1, len(positions), small["dim"])
    cos, sin = LlamaRotaryEmbedding(config(**small))(q, positions[None])
    turned = apply_rotary_pos_emb(q, k, cos, sin)
    found.append(
        reference(
            "transformers",
            "llama.apply_rotary_pos_emb",
            model="a small head",
            settings=small,
            positions=positions,
            q=q,
            k=k,
            turned_q=turned[0],
            turned_k=turned[1],
        )
    )
    return found
