#!/usr/bin/env bash
# torchtune 0.6.1, torch 2.13.0: MultiHeadAttention applies q_norm and k_norm after the rotation. Qwen3 and its relatives
# norm before it. Gains do not commute with a rotation, so with them the output depends on where a text begins: moving
# all tokens by 500 changes it. With gains of 1, or in the order of Qwen3, it stays.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 torchao==0.11.0 torchtune==0.6.1 transformers==5.23.0
"$folder/env/bin/python" -W ignore - <<'PY'
import torch
from torch import nn
from torchtune.modules import MultiHeadAttention, RMSNorm, RotaryPositionalEmbeddings
from transformers import Qwen3Config
from transformers.models.qwen3.modeling_qwen3 import Qwen3Attention, Qwen3RotaryEmbedding

torch.manual_seed(0)
x = torch.randn(1, 9, 32)
q_proj, k_proj, v_proj, output_proj = (nn.Linear(32, 32, bias=False) for _ in range(4))
tune = MultiHeadAttention(
    embed_dim=32, num_heads=2, num_kv_heads=2, head_dim=16, q_proj=q_proj, k_proj=k_proj, v_proj=v_proj,
    output_proj=output_proj, pos_embeddings=RotaryPositionalEmbeddings(16), q_norm=RMSNorm(16), k_norm=RMSNorm(16),
)
config = Qwen3Config(
    hidden_size=32, num_attention_heads=2, num_key_value_heads=2, head_dim=16, attn_implementation="sdpa"
)
qwen, rotary = Qwen3Attention(config, 0), Qwen3RotaryEmbedding(config)
for ours, theirs in (("q_proj", q_proj), ("k_proj", k_proj), ("v_proj", v_proj), ("o_proj", output_proj)):
    getattr(qwen, ours).weight = theirs.weight


def moved(call):
    near, far = (call(first + torch.arange(9)[None]) for first in (0, 500))
    return (near - far).abs().max().item()


def both():
    with torch.no_grad():
        there = moved(lambda at: tune(x, x, input_pos=at))
        return there, moved(lambda at: qwen(x, position_embeddings=rotary(x, at), attention_mask=None)[0])


plain = both()
for norm in (tune.q_norm, tune.k_norm, qwen.q_norm, qwen.k_norm):
    gains = norm.scale if hasattr(norm, "scale") else norm.weight
    gains.data = 1 + torch.randn(16)
gained = both()
for name, k in (("torchtune", 0), ("Qwen3 in transformers", 1)):
    print(f"{name}: all tokens moved by 500, output off by {plain[k]:.4f}, with gains by {gained[k]:.4f}")
assert max(*plain, gained[1]) < 1e-4, "a move changes the output where it should not"
assert gained[0] > 0.01, "torchtune norms before the rotation now"
PY
# Seen: torchtune: all tokens moved by 500, output off by 0.0000, with gains by 0.4799
#       Qwen3 in transformers: all tokens moved by 500, output off by 0.0000, with gains by 0.0000
