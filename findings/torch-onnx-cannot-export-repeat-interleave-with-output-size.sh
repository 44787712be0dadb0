#!/usr/bin/env bash
# torch 2.13.0, onnxscript 0.7.2: repeat_interleave(counts, output_size=…), the documented way to spare a look at
# counts and to keep a graph whole, passes torch.export and fails in torch.onnx.export: the function that translates it
# does not know the argument. Without output_size it exports.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 numpy==2.4.6 onnx==1.23.2 onnxscript==0.7.2
"$folder/env/bin/python" - <<'PY'
import contextlib
import io
import logging

import onnxscript
import torch

logging.disable(logging.WARNING)
print("torch", torch.__version__, "onnxscript", onnxscript.__version__)


class Repeat(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size

    def forward(self, x, counts):
        return x.repeat_interleave(counts, output_size=self.size)


inputs = torch.arange(3), torch.tensor([2, 1, 1])
seen = {}
for size in (4, None):
    if size:
        torch.export.export(Repeat(size), inputs)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            torch.onnx.export(Repeat(size), inputs, dynamo=True, verbose=False)
        seen[size] = "exports"
    except Exception as error:
        while error.__cause__:
            error = error.__cause__
        seen[size] = f"{type(error).__name__}: {str(error).splitlines()[0].split(' (node')[0]}"
    print(f"output_size={size}: {seen[size]}")
assert "unexpected keyword argument 'output_size'" in seen[4], "output_size is translated now"
assert seen[None] == "exports"
PY
# Seen: torch 2.13.0+cpu onnxscript 0.7.2
#       output_size=4: TypeError: aten_repeat_interleave_Tensor() got an unexpected keyword argument 'output_size'
#       output_size=None: exports
