#!/usr/bin/env bash
# rotary-embedding-torch 0.9.1, torch 2.13.0: angles are cached in the dtype of the first call. After one bfloat16 call,
# the same object rotates float32 queries with bfloat16 angles: off by 2.6 where the vectors are of size 1 a channel.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 numpy==2.4.6 rotary-embedding-torch==0.9.1
"$folder/env/bin/python" - <<'PY'
import torch
from rotary_embedding_torch import RotaryEmbedding

torch.manual_seed(0)
q = torch.randn(1, 1, 512, 64)
right = RotaryEmbedding(64).rotate_queries_or_keys(q)
used = RotaryEmbedding(64)
used.rotate_queries_or_keys(q.bfloat16())
off = (used.rotate_queries_or_keys(q) - right).abs().max().item()
print(f"float32 queries after one bfloat16 call: off by {off:.1f}")
assert off > 1, "the cache no longer keeps the dtype of its first call"
PY
# Seen: float32 queries after one bfloat16 call: off by 2.6
