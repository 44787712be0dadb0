#!/usr/bin/env bash
# transformers 5.23.0, torch 2.13.0: Phi-3.5-MoE's "longrope" keeps the short factors at every length. Its rotary module
# asks for the speeds without saying how long the text is, so long_factor is never read; Phi-3, with the same lists,
# changes to it past the original length. Nothing that is printed says so; short_mscale and long_mscale, which the module
# reads, are called unrecognized keys.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 numpy==2.4.6 transformers==5.23.0
"$folder/env/bin/python" -W ignore - <<'PY'
import torch
import transformers
from transformers import Phi3Config, PhimoeConfig
from transformers.models.phi3.modeling_phi3 import Phi3RotaryEmbedding
from transformers.models.phimoe.modeling_phimoe import PhimoeRotaryEmbedding

print("transformers", transformers.__version__)
rope = {
    "rope_type": "longrope", "rope_theta": 10000.0, "short_factor": [1.0] * 32, "long_factor": [4.0] * 32,
    "original_max_position_embeddings": 4096, "short_mscale": 1.0, "long_mscale": 1.0,
}
sizes = {"hidden_size": 256, "num_attention_heads": 4, "num_key_value_heads": 4, "num_hidden_layers": 1}
sizes |= {"max_position_embeddings": 16384, "original_max_position_embeddings": 4096}


def speed(kind, module, length):
    config = kind(**sizes, rope_parameters=dict(rope), pad_token_id=0)
    positions = torch.arange(length)[None]
    cos, sin = module(config)(torch.zeros(1, length, 256), positions)
    return torch.atan2(sin[0, 1, 0], cos[0, 1, 0]).item()  # of the fastest pair, in radians a token


found = {}
for name, kind, module in (("phi3", Phi3Config, Phi3RotaryEmbedding), ("phimoe", PhimoeConfig, PhimoeRotaryEmbedding)):
    found[name] = [speed(kind, module, length) for length in (100, 8192)]
    print(f"{name}: {found[name][0]:.2f} radians a token in 100 tokens, {found[name][1]:.2f} in 8192")
assert [round(x, 2) for x in found["phi3"]] == [1.0, 0.25]
assert [round(x, 2) for x in found["phimoe"]] == [1.0, 1.0], "the long factors are read now"
PY
# Seen: transformers 5.23.0
#       phi3: 1.00 radians a token in 100 tokens, 0.25 in 8192
#       phimoe: 1.00 radians a token in 100 tokens, 1.00 in 8192
