#!/usr/bin/env bash
# torch 2.13.0, onnxscript 0.7.2, onnxruntime 1.31.1: a complex constant made by torch.ones exports without a word, and
# the graph has a real product with a complex input, which onnxruntime does not load. The same constant made by
# torch.polar of zero angles exports and runs.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 numpy==2.4.6 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.31.1
cd "$folder"
"$folder/env/bin/python" - <<'PY'
import torch
import onnxruntime


class Turn(torch.nn.Module):
    def __init__(self, polar):
        super().__init__()
        self.polar = polar

    def forward(self, x):
        turns = torch.polar(torch.ones(4), torch.zeros(4)) if self.polar else torch.ones(4, dtype=torch.complex64)
        return torch.view_as_real(torch.view_as_complex(x) * turns)


x, found = torch.randn(2, 4, 2), {}
for polar in (False, True):
    torch.onnx.export(Turn(polar), (x,), "turn.onnx", dynamo=True, opset_version=23, verbose=False)
    try:
        session = onnxruntime.InferenceSession("turn.onnx")
        [out] = session.run(None, {session.get_inputs()[0].name: x.numpy()})
        found[polar] = bool(torch.allclose(torch.tensor(out), x))
    except Exception as error:
        found[polar] = type(error).__name__
print("made by torch.ones:", found[False], " made by torch.polar:", found[True])
assert found == {False: "InvalidGraph", True: True}, "a complex constant of ones loads now"
PY
# Seen: made by torch.ones: InvalidGraph  made by torch.polar: True
