#!/usr/bin/env bash
# onnxruntime 1.31.1, CPU: its operator com.microsoft.RotaryEmbedding has an attribute `scale`, "Custom scale will be used
# if specified". Any value is accepted and none changes a number, so a graph that counts on it to divide positions turns
# unscaled. `interleaved`, set in the same way, is obeyed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q numpy==2.4.6 onnx==1.23.2 onnxruntime==1.31.1
"$folder/env/bin/python" - <<'PY'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

print("onnx", onnx.__version__, "onnxruntime", onnxruntime.__version__)
x = np.random.default_rng(0).standard_normal((1, 1, 3, 8)).astype(np.float32)
angles = np.outer(np.arange(4), 100.0 ** (-np.arange(4) / 4)).astype(np.float32)
fed = {"x": x, "at": np.arange(3)[None], "cos": np.cos(angles), "sin": np.sin(angles)}
kinds = dict.fromkeys(fed, TensorProto.FLOAT) | {"at": TensorProto.INT64}
sets = [helper.make_opsetid("com.microsoft", 1), helper.make_opsetid("", 21)]


def turned(**attributes):
    node = helper.make_node("RotaryEmbedding", list(fed), ["y"], domain="com.microsoft", **attributes)
    inputs = [helper.make_tensor_value_info(name, kind, None) for name, kind in kinds.items()]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([node], "g", inputs, [output])
    model = helper.make_model(graph, ir_version=10, opset_imports=sets).SerializeToString()
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run(None, fed)[0]


plain, seen = turned(), []
for attribute in ({"scale": 0.25}, {"scale": 4.0}, {"interleaved": 1}):
    seen.append(np.abs(turned(**attribute) - plain).max())
    print(f"{attribute}: off from plain by {seen[-1]:.2f}")
assert seen[0] == seen[1] == 0, "scale changes something now"
assert seen[2] > 0.1
PY
# Seen: onnx 1.23.2 onnxruntime 1.31.1
#       {'scale': 0.25}: off from plain by 0.00
#       {'scale': 4.0}: off from plain by 0.00
#       {'interleaved': 1}: off from plain by 0.89
