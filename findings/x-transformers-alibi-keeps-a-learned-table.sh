#!/usr/bin/env bash
# x-transformers 2.31.10, torch 2.13.0: alibi_pos_bias=True does not take the place of the learned position table: the
# model still has one (pos_emb) and raises past max_seq_len, the very thing ALiBi is chosen for. rotary_pos_emb=True does
# take its place. use_abs_pos_emb=False gives ALiBi alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 x-transformers==2.31.10
"$folder/env/bin/python" - <<'PY'
import torch
from x_transformers import Decoder, TransformerWrapper


def longer_than_its_length(scheme, **options):
    layers = Decoder(dim=16, depth=1, heads=2, **{scheme: True})
    model = TransformerWrapper(num_tokens=10, max_seq_len=8, attn_layers=layers, **options)
    table = [name for name, _ in model.named_parameters() if "pos_emb.emb" in name]
    try:
        model(torch.zeros(1, 12, dtype=torch.long))
    except AssertionError:
        return table, "raises at 12 tokens"
    return table, "reads 12 tokens"


seen = {
    "alibi_pos_bias": longer_than_its_length("alibi_pos_bias"),
    "rotary_pos_emb": longer_than_its_length("rotary_pos_emb"),
    "alibi_pos_bias, use_abs_pos_emb=False": longer_than_its_length("alibi_pos_bias", use_abs_pos_emb=False),
}
for name, (table, length) in seen.items():
    print(f"{name}: table {table}, {length}")
assert list(seen.values()) == [
    (["pos_emb.emb.weight"], "raises at 12 tokens"),
    ([], "reads 12 tokens"),
    ([], "reads 12 tokens"),
], "x-transformers treats the learned table differently now"
PY
# Seen: alibi_pos_bias: table ['pos_emb.emb.weight'], raises at 12 tokens
#       rotary_pos_emb: table [], reads 12 tokens
#       alibi_pos_bias, use_abs_pos_emb=False: table [], reads 12 tokens
