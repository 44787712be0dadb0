#!/usr/bin/env bash
# PoPE-pytorch 0.2.1 and x-transformers 2.31.10, both with a class for polar positional embedding: phases can start at 0
# or, with bias_uniform_init=True, anywhere between -2 pi and 0, which the paper recommends within the trained length.
# Both raise: they fill a parameter in place outside of no_grad. Only the start at 0 can be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 PoPE-pytorch==0.2.1 x-transformers==2.31.10
"$folder/env/bin/python" - <<'PY'
from importlib.metadata import version

from PoPE_pytorch import PoPE
from x_transformers.x_transformers import PolarEmbedding

for package, kind in (("PoPE-pytorch", PoPE), ("x-transformers", PolarEmbedding)):
    kind(8, heads=2)
    try:
        kind(8, heads=2, bias_uniform_init=True)
        says = "starts"
    except RuntimeError as error:
        says = str(error)
    print(f"{package} {version(package)}: {says}")
    assert "leaf Variable that requires grad" in says, f"{package} can start phases uniformly now"
PY
# Seen: PoPE-pytorch 0.2.1: a leaf Variable that requires grad is being used in an in-place operation.
#       x-transformers 2.31.10: a leaf Variable that requires grad is being used in an in-place operation.
