#!/usr/bin/env bash
# transformers 5.23.0, torch 2.13.0: SmolLM3 with use_sliding_window gives the window to the layers without rotation and
# lets the layers that rotate see everything, the reverse of what RNoPE-SWA, Command A and Llama 4 do.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 transformers==5.23.0
"$folder/env/bin/python" - <<'PY'
from transformers import Cohere2Config, SmolLM3Config

smol = SmolLM3Config(num_hidden_layers=8, use_sliding_window=True, sliding_window=128)
pairs = {("rotates" if turns else "no positions", kind) for turns, kind in zip(smol.no_rope_layers, smol.layer_types)}
print("SmolLM3:", sorted(pairs))
print("Command A, whose sliding layers rotate:", Cohere2Config(num_hidden_layers=8).layer_types[:4])
assert pairs == {("rotates", "full_attention"), ("no positions", "sliding_attention")}, "the window is where it turns now"
PY
# Seen: SmolLM3: [('no positions', 'sliding_attention'), ('rotates', 'full_attention')]
