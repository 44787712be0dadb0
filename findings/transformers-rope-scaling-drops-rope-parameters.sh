#!/usr/bin/env bash
# transformers 5.23.0, torch 2.13.0: where a configuration has both rope_parameters (new) and rope_scaling (old), the old
# one wins and the whole new one is dropped, its base too. A file whose new key says 500000, to which somebody adds a
# rope_scaling as every older recipe tells, turns with base 10000, and no warning is given.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 transformers==5.23.0
"$folder/env/bin/python" - <<'PY'
from transformers import LlamaConfig

new = {"rope_parameters": {"rope_type": "default", "rope_theta": 500000.0}}
both = new | {"rope_scaling": {"rope_type": "linear", "factor": 2.0}}
for name, file in (("new key alone", new), ("with the old one", both)):
    rope = LlamaConfig.from_dict(dict(file)).rope_parameters
    print(f"{name}: base {rope['rope_theta']:.0f}, {rope['rope_type']}")
assert rope["rope_theta"] == 10000.0, "the base of rope_parameters is kept now"
PY
# Seen: new key alone: base 500000, default
#       with the old one: base 10000, linear
