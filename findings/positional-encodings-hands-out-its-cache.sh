#!/usr/bin/env bash
# positional-encodings 6.0.3, torch 2.13.0: PositionalEncoding1D returns the tensor it caches, so `pe += x`, the usual
# next line, changes what every later call of the same shape returns.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 positional-encodings==6.0.3
"$folder/env/bin/python" - <<'PY'
import torch
from positional_encodings.torch_encodings import PositionalEncoding1D

encode, x = PositionalEncoding1D(8), torch.zeros(1, 4, 8)
pe = encode(x)
print("position 0, first call: ", pe[0, 0].tolist())
pe += 1
again = encode(x)[0, 0]
print("position 0, second call:", again.tolist())
assert again.tolist() == [1.0, 2.0] * 4, "the second call is no longer changed by adding to the first result"
PY
# Seen: position 0, first call:  [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0]
#       position 0, second call: [1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0]
