#!/usr/bin/env bash
# transformers 5.23.0, torch 2.13.0: an OLMo 3 configuration in the old keys gives its rope_theta to the layers with full
# attention alone. The layers with a window keep 500000, three of four, without a word: the class takes the key out of
# what it was given, and asks for it a second time.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 transformers==5.23.0
"$folder/env/bin/python" - <<'PY'
from transformers import Olmo3Config

old = Olmo3Config.from_dict({"num_hidden_layers": 4, "rope_theta": 10000.0})
bases = {kind: rope["rope_theta"] for kind, rope in old.rope_parameters.items()}
print(f"asked for 10000, got {bases}")
assert bases == {"sliding_attention": 500000.0, "full_attention": 10000.0}, "both kinds get the base now"
PY
# Seen: asked for 10000, got {'sliding_attention': 500000.0, 'full_attention': 10000.0}
