#!/usr/bin/env bash
# torch 2.13.0, CPU build: the first sum, product or cosine of tensors on the device "meta", where nothing is computed,
# imports torch._dynamo and some 800 more modules, about a second. So does nn.Embedding on "meta", which draws its rows
# there; nn.Linear does not. A table of angles that is formed in __init__ has every model that is built on "meta" wait.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 numpy==2.4.6
cat > "$folder/one.py" <<'PY'
import sys
import time

import torch

before, start = len(sys.modules), time.perf_counter()
eval(sys.argv[1])
print("torch._dynamo" in sys.modules, len(sys.modules) - before, round(time.perf_counter() - start, 1))
PY
expect() {
  said=$("$folder/env/bin/python" "$folder/one.py" "$2")
  echo "$2: loaded, modules, seconds: $said"
  [ "${said%% *}" = "$1" ] || { echo "expected $1"; exit 1; }
}
"$folder/env/bin/python" -c "import torch; print('torch', torch.__version__)"
expect False "torch.ones(4)"
expect False "torch.ones(4, device='meta')"
expect False "torch.nn.Linear(4, 4, device='meta')"
expect True "torch.nn.Embedding(4, 4, device='meta')"
expect True "torch.ones(4, device='meta') * 2"
expect True "torch.ones(4, device='meta').cos()"
expect True "torch.outer(torch.ones(4, device='meta'), torch.ones(4, device='meta'))"
# Seen: torch 2.13.0+cpu
#       torch.ones(4): loaded, modules, seconds: False 0 0.0
#       torch.ones(4, device='meta'): loaded, modules, seconds: False 0 0.0
#       torch.nn.Linear(4, 4, device='meta'): loaded, modules, seconds: False 0 0.0
#       torch.nn.Embedding(4, 4, device='meta'): loaded, modules, seconds: True 823 1.0
#       torch.ones(4, device='meta') * 2: loaded, modules, seconds: True 823 0.9
#       torch.ones(4, device='meta').cos(): loaded, modules, seconds: True 823 0.9
#       torch.outer(torch.ones(4, device='meta'), torch.ones(4, device='meta')): loaded, modules, seconds: True 823 0.9
