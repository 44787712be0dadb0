#!/usr/bin/env bash
# onnxruntime 1.31.1, CPU: a valid graph is refused. One tensor is divided, goes into a matrix product, is divided again
# and goes into a second product. The optimizer MatMulScaleFusion folds both divisions into the second product and drops
# the first, which the other product still reads. Attention that scales queries and keys before it adds a term made of
# them, as DeBERTa's does, has this shape. With that optimizer off, the graph loads and is right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q numpy==2.4.6 onnx==1.23.2 onnxruntime==1.31.1
"$folder/env/bin/python" - <<'PY'
import numpy as np
import onnx
import onnxruntime
from onnx import parser

print("onnx", onnx.__version__, "onnxruntime", onnxruntime.__version__)
model = parser.parse_model("""
<ir_version: 10, opset_import: ["" : 21]>
g (float[5, 8] q, float[8, 5] k) => (float[5, 5] one, float[5, 5] other) <float two = {2.0}, float three = {3.0}> {
    half = Div(q, two)
    one = MatMul(half, k)
    sixth = Div(half, three)
    other = MatMul(sixth, k)
}
""")
onnx.checker.check_model(model, full_check=True)
print("onnx.checker: valid")
q, k = np.random.default_rng(0).standard_normal((2, 40)).astype(np.float32)
q, k = q.reshape(5, 8), k.reshape(8, 5)


def load(**settings):
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"], **settings)
    except Exception as refusal:
        return str(refusal)
    one, other = session.run(None, {"q": q, "k": k})
    right = np.allclose(one, q / 2 @ k, atol=1e-5) and np.allclose(other, q / 6 @ k, atol=1e-5)
    return "right" if right else "wrong"


as_it_is, without = load(), load(disabled_optimizers=["MatMulScaleFusion"])
print("as it is:", as_it_is)
print("without MatMulScaleFusion:", without)
assert "Node input 'half' is not a graph input" in as_it_is, "onnxruntime loads the graph now"
assert without == "right"
PY
# Seen: onnx 1.23.2 onnxruntime 1.31.1
#       onnx.checker: valid
#       as it is: [ONNXRuntimeError] : 2 : INVALID_ARGUMENT : Invalid model. Node input 'half' is not a graph input,
#       initializer, or output of a previous node.
#       without MatMulScaleFusion: right
