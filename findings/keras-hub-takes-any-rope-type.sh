#!/usr/bin/env bash
# keras-hub 0.32.0, keras 3.15.1, torch 2.13.0: RotaryEmbedding takes any string as rope_type. One that it does not know,
# "llama3" among them, drops scaling_factor without a word and turns as plain RoPE; only "linear", "dynamic", "yarn" scale.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 numpy==2.4.6 absl-py==2.5.1 namex==0.1.0 optree==0.20.0 h5py==3.16.0 \
    rich==15.0.0 ml_dtypes==0.6.0 packaging regex==2026.11.19 kagglehub==1.0.3 tokenizers==0.23.3 sentencepiece
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
# Seen: rope_type='linear', scaling_factor=8.0: off from plain by 5.3
#       rope_type='dynamic', scaling_factor=8.0: off from plain by 5.3
#       rope_type='yarn', scaling_factor=8.0: off from plain by 0.8
#       rope_type='llama3', scaling_factor=8.0: off from plain by 0.0
#       rope_type='linaer', scaling_factor=8.0: off from plain by 0.0
