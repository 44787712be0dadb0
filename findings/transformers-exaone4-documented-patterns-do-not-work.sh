#!/usr/bin/env bash
# transformers 5.23.0, torch 2.13.0: of what Exaone4Config documents for its layers, sliding_window_pattern="LLLG" raises a
# TypeError, sliding_window=None raises a ZeroDivisionError, and with 30 layers the last one is local, though the
# documentation says that the last layer is always global.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 transformers==5.23.0
"$folder/env/bin/python" - <<'PY'
from transformers import Exaone4Config

raised = []
for asked in ({"sliding_window_pattern": "LLLG"}, {"sliding_window": None}):
    try:
        Exaone4Config(**asked)
    except (TypeError, ZeroDivisionError) as error:
        raised.append(type(error).__name__)
        print(asked, type(error).__name__, str(error)[:70])
last = Exaone4Config(num_hidden_layers=30).layer_types[-1]
print("30 layers, the last:", last)
assert raised == ["TypeError", "ZeroDivisionError"] and last == "sliding_attention", "it does as documented now"
PY
# Seen: TypeError, ZeroDivisionError, 30 layers, the last: sliding_attention
