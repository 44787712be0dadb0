#!/usr/bin/env bash
# torch 2.13.0, CPU: the documentation of scaled_dot_product_attention says that attn_mask together with is_causal=True
# is an error. With a mask of three axes it is. With the same mask and an axis for the batch nothing is raised: the
# fused kernel takes it and applies both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 numpy==2.4.6
"$folder/env/bin/python" - <<'PY'
import torch
from torch.nn.functional import scaled_dot_product_attention as sdpa

torch.manual_seed(0)
(q, k, v), at = torch.randn(3, 2, 8, 32, 16), torch.arange(32)
bias = -(at[:, None] - at).abs() * torch.full((8, 1, 1), 0.1)
both = (q @ k.mT / 16**0.5 + bias.masked_fill(at > at[:, None], -torch.inf)).softmax(-1) @ v


def call(mask):
    try:
        return "applies both" if torch.allclose(sdpa(q, k, v, mask, is_causal=True), both, atol=1e-5) else "applies one"
    except RuntimeError:
        return "raises"


seen = {"three axes": call(bias), "four axes": call(bias[None])}
for name, what in seen.items():
    print(f"a mask of {name}: {what}")
assert seen == {"three axes": "raises", "four axes": "applies both"}, "torch treats the two masks differently now"
PY
# Seen: a mask of three axes: raises
#       a mask of four axes: applies both
