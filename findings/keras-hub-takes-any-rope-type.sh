#!/usr/bin/env bash
# keras-hub 0.32.0, keras 3.15.1, torch 2.13.0: RotaryEmbedding takes any string as rope_type. One that it does not know,
# "llama3" among them, drops scaling_factor without a word and turns as plain RoPE; only "linear", "dynamic", "yarn" scale.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 numpy==2.4.6
"$folder/env/bin/pip" install -q absl-py namex optree h5py rich ml_dtypes packaging regex kagglehub
"$folder/env/bin/pip" install -q --no-deps keras==3.15.1 keras-hub==0.32.0
KERAS_BACKEND=torch "$folder/env/bin/python" -W ignore - <<'PY'
import torch
from keras_hub.layers import RotaryEmbedding

torch.manual_seed(0)
x = torch.randn(1, 9, 1, 64)
plain = RotaryEmbedding()(x)
off = {}
for kind in ("linear", "dynamic", "yarn", "llama3", "linaer"):
    off[kind] = (RotaryEmbedding(rope_type=kind, scaling_factor=8.0)(x) - plain).abs().max().item()
    print(f"rope_type={kind!r}, scaling_factor=8.0: off from plain by {off[kind]:.1f}")
assert off["llama3"] == off["linaer"] == 0, "an unknown rope_type is no longer taken for plain RoPE"
assert min(off[kind] for kind in ("linear", "dynamic", "yarn")) > 0.1
PY
