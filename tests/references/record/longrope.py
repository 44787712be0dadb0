import json
from pathlib import Path

import torch
from common import reference

PHI35 = json.loads((Path(__file__).parents[3] / "snippets/data/phi35_longrope.json").read_text())


def record():
    from transformers import Phi3Config
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
    from transformers.models.phi3.modeling_phi3 import Phi3RotaryEmbedding, apply_rotary_pos_emb

    def config(dim, base, trained, length, short, long):
        rope = {"rope_type": "longrope", "rope_theta": base, "short_factor": short, "long_factor": long}
        return Phi3Config(
            hidden_size=dim,
            num_attention_heads=1,
            num_key_value_heads=1,
            max_position_embeddings=length,
            original_max_position_embeddings=trained,
            rope_parameters={**rope, "original_max_position_embeddings": trained},
        )

    dim = PHI35["hidden_size"] // PHI35["num_attention_heads"]
    base, trained = PHI35["rope_theta"], PHI35["original_max_position_embeddings"]
    length = PHI35["max_position_embeddings"]
    phi35 = config(dim, base, trained, length, PHI35["short_factor"], PHI35["long_factor"])
    found = []
    for text in (trained, trained + 1):
        theta, attention_factor = ROPE_INIT_FUNCTIONS["longrope"](phi35, seq_len=text)
        found.append(
            reference(
                "transformers",
                "ROPE_INIT_FUNCTIONS['longrope']",
                model="Phi-3.5-mini",
                list="short_factor" if text == trained else "long_factor",
                text=text,
                theta=theta,
                attention_factor=attention_factor,
            )
        )

    # The whole way of a query and a key, in a small head with factors made up for this purpose.
    torch.manual_seed(0)
    short, long = [1.0, 1.1, 1.3, 2.0], [1.0, 2.5, 9.0, 17.0]
    small = {"dim": 8, "base": 1000.0, "trained": 64, "length": 1024}
    rotary = Phi3RotaryEmbedding(config(**small, short=short, long=long))
    for positions, factors in (([0, 1, 17, 63], short), ([0, 1, 17, 63, 64, 1023], long)):
        q, k = torch.randn(2, 1, 1, len(positions), small["dim"])
        cos, sin = rotary(q, torch.tensor(positions)[None])
        turned = apply_rotary_pos_emb(q, k, cos, sin)
        found.append(
            reference(
                "transformers",
                "phi3.apply_rotary_pos_emb",
                settings=small,
                factors=factors,
                positions=positions,
                q=q,
                k=k,
                turned_q=turned[0],
                turned_k=turned[1],
            )
        )
    return found
