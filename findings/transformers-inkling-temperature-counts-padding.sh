#!/usr/bin/env bash
# transformers 5.23.0, torch 2.13.0: Inkling's length temperature counts tokens from the start of the row, padding on the
# left included, whatever position_ids say. A padded row gives other hidden states than the same row alone, once the
# temperature is on (log_scaling_n_floor); without it the two agree.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 transformers==5.23.0
"$folder/env/bin/python" - <<'PY'
import torch
from transformers import InklingTextConfig
from transformers.models.inkling.modeling_inkling import InklingTextModel


def change(floor):
    sizes = dict(vocab_size=64, hidden_size=32, num_hidden_layers=2, intermediate_size=32, num_attention_heads=2,
                 num_key_value_heads=1, head_dim=16, swa_num_attention_heads=2, swa_num_key_value_heads=1,
                 swa_head_dim=16, sliding_window_size=8, d_rel=4, rel_extent=16, layer_types=["hybrid"] * 2,
                 mlp_layer_types=["dense"] * 2)
    torch.manual_seed(0)
    model = InklingTextModel(InklingTextConfig(**sizes, log_scaling_n_floor=floor, log_scaling_alpha=1.0)).eval()
    for weight in model.parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=0.3)
    ids, pad = torch.randint(3, 64, (1, 10)), torch.zeros(1, 6, dtype=torch.long)
    mask = torch.cat((pad, torch.ones_like(ids)), 1)
    places = (mask.cumsum(-1) - 1).clamp(min=0)
    with torch.no_grad():
        alone = model(ids).last_hidden_state[:, -1]
        padded = model(torch.cat((pad, ids), 1), attention_mask=mask, position_ids=places).last_hidden_state[:, -1]
    return (alone - padded).abs().max().item()


off, on = change(None), change(4)
print(f"change by padding: temperature off {off:.5f}, on {on:.2f}")
assert off < 1e-3 < 0.1 < on, "the temperature counts the text's own tokens now"
PY
# Seen: change by padding: temperature off 0.00000, on 0.53
