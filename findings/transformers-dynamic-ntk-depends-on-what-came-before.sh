#!/usr/bin/env bash
# transformers 5.23.0, torch 2.13.0: dynamic NTK scaling keeps the speeds of the longest text it has read. A text of
# exactly the trained length is then read with the speeds of the longer one, though a new model reads it unscaled;
# one token less, and the original speeds are back. The same prompt gives other logits by what was read before it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 transformers==5.23.0
"$folder/env/bin/python" - <<'PY'
import torch
from transformers import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

config = LlamaConfig(
    hidden_size=64, num_attention_heads=1, max_position_embeddings=16,
    rope_parameters={"rope_type": "dynamic", "factor": 2.0, "rope_theta": 10000.0},
)


def cosines(rotary, length):
    return rotary(torch.zeros(1, length, 64), torch.arange(length)[None])[0]


new, used = LlamaRotaryEmbedding(config), LlamaRotaryEmbedding(config)
right = cosines(new, 16)
cosines(used, 32)
at_length = (cosines(used, 16) - right).abs().max().item()
below = (cosines(used, 15) - right[:, :15]).abs().max().item()
print(f"after 32 tokens: 16 tokens off by {at_length:.2f}, then 15 tokens off by {below:.2f}")
assert at_length > 0.1 and below == 0, "dynamic scaling remembers differently now"
PY
# Seen: after 32 tokens: 16 tokens off by 0.59, then 15 tokens off by 0.00
