#!/usr/bin/env bash
# torch 2.13.0 with onnxscript 0.7.2: a clamp from a float to an int, such as x.clamp(-0.5, 0), runs in torch and is
# refused by torch.onnx.export. Written with two floats it is exported and right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.31.1
"$folder/env/bin/python" - 2>/dev/null <<'PY'
import onnxruntime
import torch
from torch import nn

print("torch", torch.__version__.split("+")[0])


class Bounded(nn.Module):
    def __init__(self, high):
        super().__init__()
        self.high = high

    def forward(self, x):
        return x.clamp(-0.5, self.high)


def exported(high):
    x = torch.linspace(-1, 1, 9)
    try:
        program = torch.onnx.export(Bounded(high), (x,), dynamo=True, verbose=False)
    except Exception as error:
        return f"refused, {type(error).__name__}"
    session = onnxruntime.InferenceSession(program.model_proto.SerializeToString(), providers=["CPUExecutionProvider"])
    [out] = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    return "right" if torch.equal(torch.from_numpy(out), Bounded(high)(x)) else "wrong"


for high in (0, 0.0):
    print(f"clamp from -0.5 to {high!r}:", exported(high))
assert exported(0).startswith("refused"), "it is exported now"
assert exported(0.0) == "right"
PY
# Seen: torch 2.13.0
#       clamp from -0.5 to 0: refused, ConversionError
#       clamp from -0.5 to 0.0: right
