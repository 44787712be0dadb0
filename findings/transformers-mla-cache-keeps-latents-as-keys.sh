#!/usr/bin/env bash
# transformers 5.23.0, torch 2.13.0: the cache of DeepSeek-V3's latent attention holds the latent as "keys" and the
# turned key as "values", one head each. Code that turns cached keys again, to move or shorten a text, turns latents,
# which hold no position, and leaves the keys that do.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 transformers==5.23.0
"$folder/env/bin/python" - <<'PY'
import torch
from transformers import DeepseekV3Config, DynamicCache
from transformers.models.deepseek_v3.modeling_deepseek_v3 import DeepseekV3Model

sizes = dict(hidden_size=32, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=2, q_lora_rank=16,
             kv_lora_rank=24, qk_nope_head_dim=8, qk_rope_head_dim=4, v_head_dim=8, intermediate_size=32,
             first_k_dense_replace=1, vocab_size=64)
torch.manual_seed(0)
model = DeepseekV3Model(DeepseekV3Config(**sizes)).eval()
ids = torch.randint(64, (1, 6))


def cached(first):
    cache = DynamicCache()
    with torch.no_grad():
        model(ids, position_ids=torch.arange(6)[None] + first, past_key_values=cache)
    return cache.layers[0].keys, cache.layers[0].values


(keys, values), (moved_keys, moved_values) = cached(0), cached(100)
print("keys", tuple(keys.shape), "values", tuple(values.shape))
print("moved by 100: keys the same", torch.allclose(keys, moved_keys), "values the same", torch.allclose(values, moved_values))
assert keys.shape[-1] == 24 and values.shape[-1] == 4 and torch.allclose(keys, moved_keys), "keys are keys now"
assert not torch.allclose(values, moved_values)
PY
# Seen: keys (1, 1, 6, 24) values (1, 1, 6, 4), moved by 100: keys the same True values the same False
