#!/usr/bin/env bash
# transformers 5.23.0, torch 2.13.0: a Gemma 3 file whose rope_scaling says "type", the old spelling, stretches nothing;
# all that is said is that "default" does not know the key factor. With "rope_type" the same file slows full attention by
# its factor, and a Llama file with "type" is stretched. The class merges rope_scaling into a dictionary that says
# "rope_type": "default" already.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 numpy==2.4.6 transformers==5.23.0
"$folder/env/bin/python" -W ignore - <<'PY'
import transformers
from transformers import Gemma3TextConfig, LlamaConfig
from transformers.models.gemma3.modeling_gemma3 import Gemma3RotaryEmbedding
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

print("transformers", transformers.__version__)
sizes = {"hidden_size": 512, "num_attention_heads": 4, "head_dim": 128, "num_hidden_layers": 6}


def slowest(family, key):
    scaling = {"rope_scaling": {key: "linear", "factor": 8.0}} if key else {}
    if family == "gemma3_text":
        return Gemma3RotaryEmbedding(Gemma3TextConfig(**sizes, **scaling)).full_attention_inv_freq[-1].item()
    return LlamaRotaryEmbedding(LlamaConfig(**sizes, **scaling)).inv_freq[-1].item()


found = {}
for family in ("llama", "gemma3_text"):
    plain = slowest(family, None)
    for key in ("type", "rope_type"):
        found[family, key] = plain / slowest(family, key)
        print(f"{family}, {key}: slower by {found[family, key]:.0f}")
assert round(found["llama", "type"]) == round(found["llama", "rope_type"]) == round(found["gemma3_text", "rope_type"]) == 8
assert found["gemma3_text", "type"] == 1, "the old spelling is read now"
PY
# Seen: transformers 5.23.0
#       llama, type: slower by 8
#       llama, rope_type: slower by 8
#       [transformers] Unrecognized keys in `rope_parameters` for 'rope_type'='default': {'factor'}
#       gemma3_text, type: slower by 1
#       gemma3_text, rope_type: slower by 8
