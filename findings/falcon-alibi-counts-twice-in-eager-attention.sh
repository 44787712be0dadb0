#!/usr/bin/env bash
# transformers 5.23.0, torch 2.13.0: FalconModel with alibi=True gives other outputs by attn_implementation. The same
# weights and tokens, in float32, differ by 0.1 between "sdpa" and "eager"; without alibi they agree exactly.
# In eager attention the bias enters twice: once through the mask that the model prepares, once in the attention.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 transformers==5.23.0
"$folder/env/bin/python" - <<'PY'
import torch
from transformers import FalconConfig, FalconModel


def output(alibi, implementation):
    config = FalconConfig(
        vocab_size=64, hidden_size=64, num_hidden_layers=1, num_attention_heads=4, alibi=alibi,
        attention_dropout=0.0, hidden_dropout=0.0, attn_implementation=implementation,
    )
    torch.manual_seed(0)
    with torch.no_grad():
        return FalconModel(config).eval()(torch.arange(12)[None]).last_hidden_state


apart = {a: (output(a, "sdpa") - output(a, "eager")).abs().max().item() for a in (True, False)}
print(f"sdpa against eager: with alibi {apart[True]:.3f}, without {apart[False]:.3f}")
assert apart[True] > 0.05 and apart[False] < 1e-5, "the two implementations behave differently now"
PY
# Seen: sdpa against eager: with alibi 0.104, without 0.000
