"""Which schemes export to ONNX, and how far onnxruntime is from torch; writes snippets/data/onnx.json.

In an environment of its own and from the root of the repository, about two minutes:

    python -m venv .venv-onnx
    .venv-onnx/bin/pip install -r snippets/data/onnx-requirements.txt
    .venv-onnx/bin/python -m snippets.data.make_onnx

Each scheme stands in one layer of causal attention, as the catalogue builds it, and is exported with tokens and
positions as inputs and the length left open. "error" is the largest difference in the output, over three lengths, from
the same layer in torch. Where that is refused, "as it is" holds the message, and a layer with the operators
RotaryEmbedding and Attention takes its place, which is fed the cosines and sines of the scheme's own file. "operators"
compares the two operators alone with files of this site.
"""

import argparse
import contextlib
import io
import json
import sys
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from snippets import catalogue
from snippets.attention import Attention
from snippets.practice.onnx_attention import RotatedAttention, rotate_in_graph, save
from snippets.schemes import partial_rope, rope
from snippets.schemes.alibi import alibi_bias
from snippets.schemes.none import causal_attention
from snippets.training import results

RESULT = Path("snippets/data/onnx.json")
PACKAGES = ("onnx", "onnxscript", "onnxruntime")
OPSET, DIM, HEADS, TRAINED = 23, 64, 2, 32
EXPORTED, TRIED = (7, 0), ((7, 0), (12, 3), (20, 11))  # length and first position
CLOSE = 1e-5
FUSION = "MatMulScaleFusion"


class Layer(nn.Module):
    """One layer of attention with a scheme at its door."""

    def __init__(self, name: str):
        super().__init__()
        torch.manual_seed(0)
        self.attention = Attention(DIM, HEADS)
        if name == "none":  # its file is the attention itself
            self.attention.meet = lambda q, k, v, bias: causal_attention(q, k, v)
        self.scheme = catalogue.wake(catalogue.build(name, DIM, HEADS, TRAINED))
        self.weights = nn.ModuleList((*self.scheme.modules, *self.scheme.layer_modules))
        self.float().requires_grad_(False)

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        """(B, T, d) at positions (T,) -> (B, T, d)."""
        at_input, at_qk, at_scores = self.scheme.at_input, self.scheme.at_qk, self.scheme.at_scores
        return self.attention(
            x,
            at_input=at_input and (lambda x: at_input(x, positions)),
            at_qk=at_qk and (lambda q, k: at_qk(q, k, positions, positions)),
            at_scores=at_scores and (lambda q, k: at_scores(q, k, positions, positions)),
        )


class LayerOfOperators(nn.Module):
    """The same layer for a scheme that turns queries and keys, with the turns, and a mask if it has one, as inputs."""

    def __init__(self, layer: Layer):
        super().__init__()
        self.attention = layer.attention

    def forward(self, x: Tensor, query: Tensor, key: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, d), cosines and sines of queries and of keys, each (2, T, d_h/2), mask (1, h, T, T) -> (B, T, d)."""
        q, k, v = self.attention.qkv(x).unflatten(-1, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)
        q = rotate_in_graph(q, query[0], query[1])
        k = rotate_in_graph(k, key[0], key[1])
        met = scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=mask is None)
        return self.attention.out(met.transpose(1, 2).flatten(2))


class Call(nn.Module):
    """A function as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.function(*inputs)


def cosines(layer: Layer, positions: Tensor) -> tuple[Tensor, Tensor]:
    """What the scheme makes of pairs that point to 0 radians, for queries and for keys: (2, T, d_h/2) each."""
    size = DIM // HEADS
    pairs = torch.tensor([1.0, 0.0]).repeat(size // 2).expand(1, 1, len(positions), size)
    assert layer.scheme.at_qk
    turned = layer.scheme.at_qk(pairs, pairs, positions, positions)
    q, k = (x[0, 0].unflatten(-1, (-1, 2)).permute(2, 0, 1).contiguous() for x in turned)
    return q, k


def masks(layer: Layer, positions: Tensor) -> tuple[Tensor, ...]:
    """What the scheme adds to scores, with -inf for later keys: (1, h, T, T) if it adds anything."""
    if not layer.scheme.at_scores:
        return ()
    none = torch.zeros(1, HEADS, len(positions), DIM // HEADS)
    bias = layer.scheme.at_scores(none, none, positions, positions)
    return (bias.masked_fill(positions > positions[:, None], -torch.inf)[None].contiguous(),)


def exported(model: nn.Module, inputs: tuple[Tensor, ...], shapes: tuple | None, file: Path) -> set[str]:
    """Write the graph to ``file``: the kinds of its nodes."""
    with contextlib.redirect_stdout(io.StringIO()):  # tells of its steps
        program = torch.onnx.export(
            model.eval(), inputs, dynamo=True, opset_version=OPSET, dynamic_shapes=shapes, verbose=False
        )
    assert program is not None
    program.save(file)
    return {node.op_type for node in program.model.graph}


def run(file: Path, inputs: tuple[Tensor, ...], without: tuple[str, ...] = ()) -> Tensor:
    """What onnxruntime makes of it, on the CPU."""
    import onnxruntime

    session = onnxruntime.InferenceSession(
        str(file), providers=["CPUExecutionProvider"], disabled_optimizers=list(without)
    )
    fed = {entry.name: x.numpy() for entry, x in zip(session.get_inputs(), inputs, strict=True)}
    return torch.from_numpy(session.run(None, fed)[0])


def message(error: BaseException) -> str:
    """The first line of the error at the bottom of a chain of them."""
    while error.__cause__:
        error = error.__cause__
    return str(error).strip().splitlines()[0].split(" (node")[0]


def given(length: int, first: int) -> tuple[Tensor, Tensor]:
    torch.manual_seed(length)
    return torch.randn(2, length, DIM), torch.arange(first, first + length)


def largest(model: nn.Module, whole: Layer, feed, file: Path, without: tuple[str, ...] = ()) -> float:
    """The largest difference of the graph from the layer in torch."""
    errors = [(run(file, feed(*given(*at)), without) - whole(*given(*at))).abs().max().item() for at in TRIED]
    return float(f"{max(errors):.1e}")


def as_it_is(name: str, file: Path) -> dict:
    """The file as it stands, with tokens and positions as inputs."""
    layer, length = Layer(name), torch.export.Dim("length", min=2, max=TRAINED)
    exported(layer, given(*EXPORTED), ({1: length}, {0: length}), file)
    try:
        error, found = largest(layer, layer, lambda x, at: (x, at), file), {"why": "the file as it is"}
    except Exception as refusal:
        if "MatMulScaleFusion" in str(refusal) or "not a graph input" not in str(refusal):
            raise
        error = largest(layer, layer, lambda x, at: (x, at), file, (FUSION,))
        found = {
            "why": f"the file as it is, with the optimizer {FUSION} of onnxruntime off",
            "with it": message(refusal),
        }
    return {"result": "right" if error < CLOSE else "wrong"} | found | {"error": error}


def through_operators(name: str, refusal: str, file: Path) -> dict:
    """Cosines and sines as inputs, and the two operators of opset 23."""
    layer, length = Layer(name), torch.export.Dim("length", min=2, max=TRAINED)
    model = LayerOfOperators(layer)

    def feed(x, at):
        return x, *cosines(layer, at), *masks(layer, at)

    inputs = feed(*given(*EXPORTED))
    shapes = ({1: length}, {1: length}, {1: length}, {2: length, 3: length})
    kinds = exported(model, inputs, shapes[: len(inputs)], file)
    assert {"RotaryEmbedding", "Attention"} <= kinds, f"{name}: the graph has {kinds}"
    error = largest(model, layer, feed, file)
    why = "through the operator RotaryEmbedding, with cosines and sines as inputs"
    return {"result": "right" if error < CLOSE else "wrong", "why": why, "error": error, "as it is": refusal}


def scheme(name: str) -> dict:
    """One entry of the record."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "graph.onnx"
        try:
            return as_it_is(name, file)
        except torch.onnx.errors.OnnxExporterError as refusal:
            if name not in catalogue.GROUPS["rotation"] + catalogue.GROUPS["stretch"]:
                return {"result": "refused", "why": message(refusal), "error": None}
            return through_operators(name, message(refusal), file)


def operators() -> dict:
    """RotaryEmbedding and Attention alone, against the files: the largest difference of each."""
    torch.manual_seed(0)
    x, v, m = torch.randn(2, 3, 7, 16), torch.randn(2, 3, 7, 16), torch.randint(0, 64, (2, 7))
    turns, few = (rope.rotations(m, rope.frequencies(size)) for size in (16, 4))
    table = rope.rotations(torch.arange(64), rope.frequencies(16))
    rotary, attention = torch.onnx.ops.rotary_embedding, torch.onnx.ops.attention
    cos, sin, n = turns.real[:, 0].contiguous(), turns.imag[:, 0].contiguous(), torch.arange(7)
    bias = alibi_bias(n, n, 3)[None]
    causal = bias.masked_fill(n > n[:, None], -torch.inf)
    last = x[:, :, -1:].contiguous()
    cases = {
        "interleaved=1, rotate": (
            lambda x, c, s: rotary(x, c, s, interleaved=True),
            (x, cos, sin),
            rope.rotate(x, turns),
        ),
        "interleaved=0, rotate_halves": (lambda x, c, s: rotary(x, c, s), (x, cos, sin), rope.rotate_halves(x, turns)),
        "interleaved=0, rotate": (lambda x, c, s: rotary(x, c, s), (x, cos, sin), rope.rotate(x, turns)),
        "position_ids and a table": (
            lambda x, c, s, m: rotary(x, c, s, m, interleaved=True),
            (x, table.real.contiguous(), table.imag.contiguous(), m),
            rope.rotate(x, turns),
        ),
        "rotary_embedding_dim=4, partial_rotate": (
            lambda x, c, s: rotary(x, c, s, interleaved=True, rotary_embedding_dim=4),
            (x, few.real[:, 0].contiguous(), few.imag[:, 0].contiguous()),
            partial_rope.partial_rotate(x, few),
        ),
        "attn_mask, ALiBi with -inf for later keys": (
            lambda q, v, b: attention(q, q, v, b)[0],
            (x, v, causal),
            (x @ x.mT / 4 + causal).softmax(-1) @ v,
        ),
        "is_causal=1, one query and all keys": (
            lambda q, k, v: attention(q, k, v, is_causal=True)[0],
            (last, x, v),
            causal_attention(last, x, v),
        ),
        "attn_mask, one query and all keys": (
            lambda q, k, v, seen: attention(q, k, v, seen)[0],
            (last, x, v, torch.ones(1, 1, 1, 7, dtype=torch.bool)),
            causal_attention(last, x, v),
        ),
    }
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for case, (function, inputs, right) in cases.items():
            file = Path(folder) / "graph.onnx"
            exported(Call(function), inputs, None, file)
            found[case] = float(f"{(run(file, inputs) - right).abs().max().item():.1e}")
        found["RotatedAttention, saved"] = saved(Path(folder) / "layer.onnx")
    return found


def saved(file: Path) -> float:
    """The layer of the page, written by its own ``save`` and run with another batch and length."""
    torch.manual_seed(0)
    layer, x = RotatedAttention(DIM, HEADS).requires_grad_(False), torch.randn(3, 12, DIM)
    with contextlib.redirect_stdout(io.StringIO()):
        save(layer, str(file))
    turns = rope.rotations(torch.arange(5, 17), rope.frequencies(DIM // HEADS))
    inputs = x, turns.real.contiguous(), turns.imag.contiguous()
    plain = Attention(DIM, HEADS)
    plain.load_state_dict(layer.state_dict())
    with torch.no_grad():
        right = plain(x, at_qk=lambda q, k: (rope.rotate(q, turns), rope.rotate(k, turns)))
    return float(f"{(run(file, inputs) - right).abs().max().item():.1e}")


def measure_all() -> dict:
    """Every scheme, then the operators."""
    found = {}
    for name in catalogue.NAMES:
        found[name] = scheme(name)
        print(name, json.dumps(found[name]), flush=True)
    return found | {"operators": operators()}


def main(arguments: list[str] | None = None) -> None:
    """Export, run, compare and store, unless it is stored."""
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("python -m snippets.data.make_onnx", description=__doc__, formatter_class=shape)
    results.add_result(parser, RESULT)
    path = parser.parse_args(arguments).result
    results.refuse_to_overwrite(path)
    try:
        versions = {package: version(package) for package in PACKAGES}
    except ModuleNotFoundError as missing:
        sys.exit(f"{missing.name} is not installed here: see --help")
    warnings.simplefilter("ignore")  # of torch.onnx, about what it does not need
    settings = {"opset": OPSET, "dim": DIM, "heads": HEADS, "exported at": EXPORTED, "tried at": TRIED}
    results.write(path, results.signed(settings, *versions) | measure_all())


if __name__ == "__main__":
    main()
