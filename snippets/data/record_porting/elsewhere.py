"""Libraries outside PyTorch that turn queries and keys. Vectors go in and come back as tensors of torch."""

import ctypes

import torch

from snippets.data.record_porting.turning import SIZE, YARN, Library, Turn, first_of, refuse, same_for_all
from snippets.schemes.rope import frequencies, rotations


def of_onnx(contrib: bool, rows=2**15, linear=None, cast=False, other=False, yarn=False) -> Turn:
    import onnxruntime
    from onnx import TensorProto, helper

    refuse(linear, cast, yarn)
    names = (
        ("X", "position_ids", "cos_cache", "sin_cache") if contrib else ("X", "cos_cache", "sin_cache", "position_ids")
    )
    domain = "com.microsoft" if contrib else ""
    node = helper.make_node("RotaryEmbedding", names, ["Y"], domain=domain, interleaved=int(other))
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64 if "ids" in name else TensorProto.FLOAT, None)
        for name in names
    ]
    graph = helper.make_graph([node], "g", inputs, [helper.make_tensor_value_info("Y", TensorProto.FLOAT, None)])
    sets = [helper.make_opsetid(domain, 1 if contrib else 23), *[helper.make_opsetid("", 23)] * contrib]
    model = helper.make_model(graph, opset_imports=sets, ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    table = rotations(torch.arange(rows), frequencies(SIZE))
    cos, sin = table.real.numpy().copy(), table.imag.numpy().copy()

    def turn(x, at):
        refuse(x.dtype != torch.float32)
        given = at.expand(x.shape[0], -1).contiguous().numpy()
        fed = {"X": x.numpy(), "cos_cache": cos, "sin_cache": sin, "position_ids": given}
        return torch.from_numpy(session.run(None, fed)[0])

    return turn


def of_mlx(rows=2**15, linear=None, cast=False, other=False, yarn=False) -> Turn:
    import mlx.core as mx
    from mlx.nn import RoPE

    refuse(cast)
    rotary = RoPE(SIZE, traditional=other, scale=1 / (linear or 1))
    if yarn:
        from mlx_lm.models.rope_utils import YarnRoPE

        rotary = YarnRoPE(SIZE, scaling_factor=YARN["factor"], original_max_position_embeddings=YARN["length"])

    def turn(x, at):
        first = [first_of(row[None]) for row in at]
        given = mx.array(x.float().numpy())
        offset = first[0] if len(set(first)) == 1 else mx.array(first)
        kind = mx.bfloat16 if x.dtype == torch.bfloat16 else mx.float32
        return torch.tensor(rotary(given.astype(kind), offset=offset).astype(mx.float32).tolist())

    return turn


def of_keras_hub(rows=2**15, linear=None, cast=False, other=False, yarn=False) -> Turn:
    from keras_hub.layers import RotaryEmbedding

    refuse(other)
    stretch = {}
    if yarn:
        stretch = {"rope_type": "yarn", "original_max_position_embeddings": YARN["length"]}
    factor = YARN["factor"] if yarn else linear or 1.0
    rotary = RotaryEmbedding(scaling_factor=factor, dtype="bfloat16" if cast else None, **stretch)
    return lambda x, at: rotary(x, positions=at).detach()


class Settings(ctypes.Structure):
    """ggml_init_params."""

    _fields_ = (("size", ctypes.c_size_t), ("buffer", ctypes.c_void_p), ("no_alloc", ctypes.c_bool))


def ggml() -> ctypes.CDLL:
    """llama.cpp's library of tensors, as it lies in a wheel of xllamacpp."""
    import xllamacpp

    library = ctypes.CDLL(xllamacpp.xllamacpp.__file__)
    for name in ("init", "new_tensor_4d", "new_tensor_1d", "rope_ext", "soft_max_ext", "new_graph", "get_data"):
        getattr(library, f"ggml_{name}").restype = ctypes.c_void_p
    library.ggml_cpu_init()
    return library


def computed(library: ctypes.CDLL, context: ctypes.c_void_p, result: int, shape: tuple[int, ...]) -> torch.Tensor:
    """Run the graph of one result, float32."""
    graph = ctypes.c_void_p(library.ggml_new_graph(context))
    library.ggml_build_forward_expand(graph, ctypes.c_void_p(result))
    library.ggml_graph_compute_with_ctx(context, graph, 1)
    out = torch.empty(shape)
    ctypes.memmove(out.data_ptr(), library.ggml_get_data(ctypes.c_void_p(result)), out.nbytes)
    return out


def of_ggml(rows=2**15, linear=None, cast=False, other=False, yarn=False) -> Turn:
    refuse(cast)
    library = ggml()
    number, no_tensor = ctypes.c_float, ctypes.c_void_p(None)
    factor = YARN["factor"] if yarn else linear or 1.0
    mode = 2 if other else 0  # GGML_ROPE_TYPE_NEOX and _NORMAL

    def turn(x, at):
        refuse(x.dtype != torch.float32)
        at = same_for_all(at).int().contiguous()
        x = x.contiguous()
        context = ctypes.c_void_p(library.ggml_init(Settings(2**24, None, False)))
        sizes = [ctypes.c_int64(size) for size in reversed(x.shape)]
        given = ctypes.c_void_p(library.ggml_new_tensor_4d(context, 0, *sizes))  # 0 is float32, 26 int32
        places = ctypes.c_void_p(library.ggml_new_tensor_1d(context, 26, ctypes.c_int64(len(at))))
        ctypes.memmove(library.ggml_get_data(given), x.data_ptr(), x.nbytes)
        ctypes.memmove(library.ggml_get_data(places), at.data_ptr(), at.nbytes)
        numbers = (10000.0, 1 / factor, float(yarn), 1.0, YARN["fast"], YARN["slow"])
        turned = library.ggml_rope_ext(
            context, given, places, no_tensor, SIZE, mode, YARN["length"], *map(number, numbers)
        )
        out = computed(library, context, turned, tuple(x.shape))
        library.ggml_free(context)
        return out

    return turn


def of_paddle(rows=2**15, linear=None, cast=False, other=False, yarn=False) -> Turn:
    import paddle
    from paddle.incubate.nn.functional import fused_rotary_position_embedding

    refuse(linear, cast, yarn)

    def turn(x, at):
        refuse(x.dtype != torch.float32)
        given = paddle.to_tensor(x.numpy())
        turns = rotations(torch.arange(rows), frequencies(SIZE)).repeat_interleave(2, dim=-1)[None, :, None]
        table = {"sin": turns.imag, "cos": turns.real}
        table = {name: paddle.to_tensor(values.numpy()) for name, values in table.items()}
        where = paddle.to_tensor(at.expand(x.shape[0], -1).numpy())
        out, _, _ = fused_rotary_position_embedding(given, position_ids=where, use_neox_rotary_style=not other, **table)
        return torch.from_numpy(out.numpy())

    return turn


ELSEWHERE = (
    Library(
        "ONNX",
        "onnxruntime",
        "operator RotaryEmbedding, opset 23, on the CPU",
        lambda **k: of_onnx(False, **k),
        "position_ids",
        other="interleaved=1",
    ),
    Library(
        "onnxruntime's own",
        "onnxruntime",
        "operator com.microsoft.RotaryEmbedding, on the CPU",
        lambda **k: of_onnx(True, **k),
        "position_ids",
        other="interleaved=1",
    ),
    Library(
        "MLX",
        "mlx",
        "nn.RoPE, on the CPU; YaRN from mlx-lm 0.32.2",
        of_mlx,
        "offset",
        "scale=0.25",
        "traditional=True",
        "mlx_lm.models.rope_utils.YarnRoPE",
    ),
    Library(
        "keras-hub",
        "keras-hub",
        "layers.RotaryEmbedding, backend torch",
        of_keras_hub,
        "positions",
        "scaling_factor=4",
        yarn='rope_type="yarn"',
    ),
    Library(
        "llama.cpp",
        "xllamacpp",
        "ggml_rope_ext, from xllamacpp, on the CPU",
        of_ggml,
        "b",
        "freq_scale=0.25",
        "mode=GGML_ROPE_TYPE_NEOX",
        "ext_factor=1",
    ),
)
