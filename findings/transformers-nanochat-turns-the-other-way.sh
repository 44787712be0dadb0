#!/usr/bin/env bash
# transformers 5.23.0, torch 2.13.0: NanoChat turns queries and keys by -m theta, Llama by +m theta, with the same cosines
# and sines and the same name of the function. In both a score depends on the difference of the positions alone, but with
# opposite signs: a head trained with one of them takes "before" for "after" with the other, and nothing raises an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 transformers==5.23.0
"$folder/env/bin/python" - <<'PY'
import math

import torch
from transformers import LlamaConfig
from transformers.models.llama import modeling_llama as llama
from transformers.models.nanochat import modeling_nanochat as nanochat

x = torch.zeros(1, 1, 2, 8)
x[..., 0] = 1  # the first channel, at positions 0 and 1
cos, sin = llama.LlamaRotaryEmbedding(LlamaConfig(hidden_size=8, num_attention_heads=1))(x, torch.arange(2)[None])
angle = {}
for name, module in (("llama", llama), ("nanochat", nanochat)):
    turned, _ = module.apply_rotary_pos_emb(x, x, cos, sin)
    angle[name] = math.atan2(turned[0, 0, 1, 4], turned[0, 0, 1, 0])
    print(f"{name}: channel 0 at position 1 is turned by {angle[name]:+.3f} towards channel 4")
assert angle["llama"] > 0.99 and angle["nanochat"] < -0.99, "the two functions turn differently now"
PY
# Seen: llama +1.000, nanochat -1.000
