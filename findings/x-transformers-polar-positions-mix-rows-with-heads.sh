#!/usr/bin/env bash
# x-transformers 2.31.10, torch 2.13.0: apply_polar_pos_emb (PoPE) with positions of their own for each row is silently
# wrong where the batch is as large as the number of heads: the angles of row b go to head b of every row.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 x-transformers==2.31.10
"$folder/env/bin/python" - <<'PY'
import torch
from x_transformers.x_transformers import PolarEmbedding, apply_polar_pos_emb

torch.manual_seed(0)
rows, heads, size = 2, 2, 8
embedding, q = PolarEmbedding(size, heads), torch.randn(rows, heads, 5, size)
places = torch.stack([torch.arange(5) + 10 * row for row in range(rows)])
together = apply_polar_pos_emb(q, embedding(places)[0])
apart = torch.cat([apply_polar_pos_emb(q[row : row + 1], embedding(places[row])[0]) for row in range(rows)])
by_head = torch.cat([apply_polar_pos_emb(q[:, head : head + 1], embedding(places[head])[0]) for head in range(heads)], 1)
print(f"off from each row alone by {(together - apart).abs().max():.1f}, from angles by head by "
      f"{(together - by_head).abs().max():.1f}")
assert (together - apart).abs().max() > 1 and torch.allclose(together, by_head, atol=1e-5), "rows have their own angles now"
PY
# Seen: off from each row alone by 4.5, from angles by head by 0.0
