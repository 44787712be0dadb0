#!/usr/bin/env bash
# litgpt 0.5.13, torch 2.13.0: the YaRN ramp of build_rope_cache runs the wrong way round. YaRN keeps the speed of the
# fast pairs and divides the slow ones by the factor; here the fastest pair is divided and the slowest is kept.
# transformers 5.23.0, given the same numbers, does what the paper says.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 transformers==5.23.0 lightning==2.6.6 psutil==7.2.2
"$folder/env/bin/pip" install -q --no-deps litgpt==0.5.13
"$folder/env/bin/python" - <<'PY'
import math

import torch
from litgpt.model import build_rope_cache
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

size, base, factor, length = 64, 10000, 4.0, 2048
numbers = {"factor": factor, "beta_fast": 32.0, "beta_slow": 1.0}
cos, sin = build_rope_cache(2, size, base=base, extra_config=numbers | {"original_max_seq_len": length})[:2]
theirs = torch.atan2(sin[1], cos[1])[: size // 2]  # the angle of each pair after one token is its speed
config = LlamaConfig(
    hidden_size=size, num_attention_heads=1, max_position_embeddings=int(factor * length),
    rope_parameters=numbers | {"rope_type": "yarn", "rope_theta": base, "original_max_position_embeddings": length},
)
right = ROPE_INIT_FUNCTIONS["yarn"](config, "cpu")[0]
plain = base ** (-torch.arange(0, size, 2) / size)
for name, speeds in (("litgpt", theirs), ("transformers", right)):
    print(f"{name}: fastest pair slowed {plain[0] / speeds[0]:.1f} times, slowest {plain[-1] / speeds[-1]:.1f} times")
assert math.isclose(plain[0] / theirs[0], factor, rel_tol=1e-3), "litgpt keeps the fastest pair now"
assert math.isclose(plain[-1] / theirs[-1], 1, rel_tol=1e-3), "litgpt slows the slowest pair now"
assert math.isclose(plain[0] / right[0], 1, rel_tol=1e-3) and math.isclose(plain[-1] / right[-1], factor, rel_tol=1e-3)
PY
# Seen: litgpt: fastest pair slowed 4.0 times, slowest 1.0 times
#       transformers: fastest pair slowed 1.0 times, slowest 4.0 times
