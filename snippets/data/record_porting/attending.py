"""What happens around the turn: causal masks with a cache, ALiBi's place, norms of queries and keys."""

from collections.abc import Callable
from importlib.metadata import version
from typing import NamedTuple
from unittest.mock import patch

import torch
from torch import Tensor, nn

from snippets.data.record_porting.elsewhere import Settings, computed, ggml

QUERIES, KEYS, HEADS, SIZE = 2, 5, 8, 64


class Call(NamedTuple):
    """One row: the numbers that ``run()`` gives are what the library did."""

    library: str
    package: str
    called: str
    run: Callable[[], object]


def seen(out: Tensor) -> list[int]:
    """How many keys each query sees, of outputs (2, 5) that are the weights of its keys."""
    return (out > 1e-3).sum(dim=-1).tolist()


def causal_in_torch() -> list[int]:
    q, k, v = torch.zeros(1, 1, QUERIES, KEYS), torch.zeros(1, 1, KEYS, KEYS), torch.eye(KEYS)[None, None]
    return seen(nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)[0, 0])


def causal_in_transformers() -> list[int]:
    from transformers import LlamaConfig, LlamaModel

    config = LlamaConfig(vocab_size=8, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1)
    config._attn_implementation = "eager"
    model, tokens = LlamaModel(config).eval(), torch.arange(KEYS)[None]
    with torch.no_grad():
        cached = model(tokens[:, :-QUERIES], use_cache=True).past_key_values
        out = model(tokens[:, -QUERIES:], past_key_values=cached, output_attentions=True)
    return seen(out.attentions[0][0, 0])


def causal_in_x_transformers() -> list[int]:
    from x_transformers.attend import Attend

    q, k, v = torch.zeros(1, 1, QUERIES, KEYS), torch.zeros(1, 1, KEYS, KEYS), torch.eye(KEYS)[None, None]
    return seen(Attend(causal=True)(q, k, v)[0][0, 0])


def causal_in_jax() -> list[int]:
    import jax
    import jax.numpy as jnp

    q, k = jnp.zeros((1, QUERIES, 1, KEYS)), jnp.zeros((1, KEYS, 1, KEYS))
    out = jax.nn.dot_product_attention(q, k, jnp.eye(KEYS)[None, :, None], is_causal=True)
    return seen(torch.tensor(out[0, :, 0].tolist()))


def causal_in_mlx() -> list[int]:
    import mlx.core as mx

    q, k = mx.zeros((1, 1, QUERIES, KEYS)), mx.zeros((1, 1, KEYS, KEYS))
    v = mx.eye(KEYS)[None, None]
    out = mx.fast.scaled_dot_product_attention(q, k, v, scale=1.0, mask="causal")
    return seen(torch.tensor(out[0, 0].tolist()))


def causal_in_onnx(past: int) -> list[int]:
    import numpy as np
    import onnxruntime
    from onnx import TensorProto, helper

    v, rest = np.eye(KEYS, dtype=np.float32)[None, None], KEYS - past
    fed = {"Q": np.zeros((1, 1, QUERIES, KEYS), np.float32), "K": np.zeros((1, 1, rest, KEYS), np.float32)}
    fed |= {"V": v[:, :, past:]}
    names, outputs = ["Q", "K", "V"], ["Y"]
    if past:
        fed |= {"past_key": np.zeros((1, 1, past, KEYS), np.float32), "past_value": v[:, :, :past]}
        names += ["", "past_key", "past_value"]
        outputs += ["present_key", "present_value"]
    node = helper.make_node("Attention", names, outputs, is_causal=1)
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, values.shape) for name, values in fed.items()]
    graph = helper.make_graph([node], "g", inputs, [helper.make_tensor_value_info("Y", TensorProto.FLOAT, None)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return seen(torch.from_numpy(session.run(["Y"], fed)[0][0, 0]))


def causal_in_keras() -> list[int]:
    from keras import ops

    q, k = ops.zeros((1, QUERIES, 1, KEYS)), ops.zeros((1, KEYS, 1, KEYS))
    out = ops.dot_product_attention(q, k, ops.eye(KEYS)[None, :, None], is_causal=True)
    return seen(out[0, :, 0].detach())


def causal_in_paddle() -> list[int]:
    import paddle

    q, k = paddle.zeros([1, QUERIES, 1, KEYS]), paddle.zeros([1, KEYS, 1, KEYS])
    v = paddle.eye(KEYS).unsqueeze([0, 2])
    out = paddle.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    return seen(torch.from_numpy(out[0, :, 0].numpy()))


CAUSAL = (
    Call("torch", "torch", "scaled_dot_product_attention(is_causal=True)", causal_in_torch),
    Call("transformers", "transformers", "LlamaModel with past_key_values of 3", causal_in_transformers),
    Call("x-transformers", "x-transformers", "attend.Attend(causal=True)", causal_in_x_transformers),
    Call("JAX", "jax", "nn.dot_product_attention(is_causal=True)", causal_in_jax),
    Call("MLX", "mlx", 'fast.scaled_dot_product_attention(mask="causal")', causal_in_mlx),
    Call("ONNX, keys as K", "onnxruntime", "operator Attention, opset 23, is_causal=1", lambda: causal_in_onnx(0)),
    Call(
        "ONNX, 3 keys as past_key",
        "onnxruntime",
        "operator Attention, opset 23, is_causal=1",
        lambda: causal_in_onnx(3),
    ),
    Call("Keras, backend torch", "keras", "ops.dot_product_attention(is_causal=True)", causal_in_keras),
    Call("paddle", "paddlepaddle", "nn.functional.scaled_dot_product_attention(is_causal=True)", causal_in_paddle),
)


def step_back(weights: Tensor) -> float:
    """How much lower the logit of the key one back is than the query's own, from weights (keys) of equal scores."""
    return float(f"{(weights[-1].log() - weights[-2].log()):.3g}")


def alibi_in_transformers(family: str) -> float:
    import transformers

    shape = {"vocab_size": 8, "attn_implementation": "eager"}
    width = HEADS * SIZE
    sizes = {
        "Bloom": {"hidden_size": width, "n_layer": 1, "n_head": HEADS},
        "Mpt": {"d_model": width, "n_layers": 1, "n_heads": HEADS, "attn_config": {"attn_impl": "torch"}},
    }[family]
    config = getattr(transformers, f"{family}Config")(**shape, **sizes)
    model = getattr(transformers, f"{family}Model")(config).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "query_key_value" in name or "Wqkv" in name:
                weight.zero_()
        out = model(torch.arange(KEYS)[None], output_attentions=True)
    return step_back(out.attentions[0][0, 0, -1])


def alibi_in_falcon() -> float:
    """Its fused attention returns no weights, so they are made from what it hands to torch."""
    from transformers import FalconConfig, FalconModel

    width, handed = HEADS * SIZE, []
    fused = nn.functional.scaled_dot_product_attention

    def listening(q, k, v, attn_mask=None, **more):
        handed.append((q @ k.mT * q.shape[-1] ** -0.5 + attn_mask).softmax(dim=-1))
        return fused(q, k, v, attn_mask=attn_mask, **more)

    config = FalconConfig(vocab_size=8, hidden_size=width, num_hidden_layers=1, num_attention_heads=HEADS, alibi=True)
    model = FalconModel(config).eval()
    with torch.no_grad(), patch.object(nn.functional, "scaled_dot_product_attention", listening):
        model.h[0].self_attention.query_key_value.weight.zero_()
        model(torch.arange(KEYS)[None])
    return step_back(handed[0][0, 0, -1])


def alibi_in_x_transformers() -> float:
    from x_transformers import Decoder

    decoder = Decoder(dim=HEADS * SIZE, depth=1, heads=HEADS, attn_dim_head=SIZE, alibi_pos_bias=True).eval()
    with torch.no_grad():
        for name, weight in decoder.named_parameters():
            if "to_q" in name or "to_k" in name:
                weight.zero_()
        _, inner = decoder(torch.randn(1, KEYS, HEADS * SIZE), return_hiddens=True)
    return step_back(inner.attn_intermediates[0].post_softmax_attn[0, 0, -1])


def alibi_in_mlx() -> float:
    import mlx.core as mx
    from mlx.nn import ALiBi

    return step_back(torch.tensor(ALiBi()(mx.zeros((1, HEADS, KEYS, KEYS)))[0, 0, -1].tolist()).softmax(dim=-1))


def alibi_in_keras_hub() -> float:
    from keras_hub.layers import AlibiBias

    return step_back(AlibiBias()(torch.zeros(1, HEADS, KEYS, KEYS))[0, 0, -1].detach().softmax(dim=-1))


def alibi_in_ggml() -> float:
    import ctypes

    library = ggml()
    context = ctypes.c_void_p(library.ggml_init(Settings(2**24, None, False)))
    size = ctypes.c_int64
    shape, flat = (1, HEADS, KEYS, KEYS), (1, 1, KEYS, KEYS)
    given = ctypes.c_void_p(library.ggml_new_tensor_4d(context, 0, *map(size, reversed(shape))))
    mask = ctypes.c_void_p(library.ggml_new_tensor_4d(context, 0, *map(size, reversed(flat))))
    scores = torch.zeros(shape)
    steps = -(torch.arange(KEYS)[:, None] - torch.arange(KEYS)).abs().float()
    ctypes.memmove(library.ggml_get_data(given), scores.data_ptr(), scores.nbytes)
    ctypes.memmove(library.ggml_get_data(mask), steps.data_ptr(), steps.nbytes)
    scale, most = ctypes.c_float(SIZE**-0.5), ctypes.c_float(8)
    out = computed(library, context, library.ggml_soft_max_ext(context, given, mask, scale, most), shape)
    library.ggml_free(context)
    return step_back(out[0, 0, -1])


ALIBI = (
    Call("transformers, BLOOM", "transformers", "BloomModel", lambda: alibi_in_transformers("Bloom")),
    Call("transformers, MPT", "transformers", "MptModel", lambda: alibi_in_transformers("Mpt")),
    Call("transformers, Falcon", "transformers", "FalconModel(alibi=True), sdpa", alibi_in_falcon),
    Call("x-transformers", "x-transformers", "Decoder(alibi_pos_bias=True)", alibi_in_x_transformers),
    Call("MLX", "mlx", "nn.ALiBi", alibi_in_mlx),
    Call("keras-hub", "keras-hub", "layers.AlibiBias", alibi_in_keras_hub),
    Call("llama.cpp", "xllamacpp", "ggml_soft_max_ext(max_bias=8)", alibi_in_ggml),
)


def side(attention: tuple) -> str:
    """On which side of the turn gains of a norm stand: after it, moving all tokens changes the output."""
    torch.manual_seed(0)
    x = torch.randn(1, 9, 32)
    layer, call = attention
    with torch.no_grad():
        for weight in layer.parameters():
            weight.copy_(1 + 0.5 * torch.randn_like(weight) if weight.numel() <= 32 else 0.5 * torch.randn_like(weight))
        near, far = (call(x, first + torch.arange(9)[None]) for first in (0, 500))
    return "after" if (near - far).abs().max() > 0.01 else "before"


def with_qwen3():
    from transformers import Qwen3Config
    from transformers.models.qwen3.modeling_qwen3 import Qwen3Attention, Qwen3RotaryEmbedding

    config = Qwen3Config(
        hidden_size=32, num_attention_heads=2, num_key_value_heads=1, head_dim=16, attn_implementation="sdpa"
    )
    layer, rotary = Qwen3Attention(config, 0), Qwen3RotaryEmbedding(config)
    return layer, lambda x, at: layer(x, position_embeddings=rotary(x, at), attention_mask=None)[0]


def with_hunyuan():
    from transformers import HunYuanDenseV1Config
    from transformers.models.hunyuan_v1_dense.modeling_hunyuan_v1_dense import (
        HunYuanDenseV1Attention,
        HunYuanDenseV1RotaryEmbedding,
    )

    config = HunYuanDenseV1Config(
        hidden_size=32, num_attention_heads=2, num_key_value_heads=1, head_dim=16, attn_implementation="sdpa"
    )
    layer, rotary = HunYuanDenseV1Attention(config, 0), HunYuanDenseV1RotaryEmbedding(config)
    return layer, lambda x, at: layer(x, position_embeddings=rotary(x, at), attention_mask=None)[0]


def with_x_transformers():
    from x_transformers.x_transformers import Attention, RotaryEmbedding

    layer = Attention(32, heads=2, dim_head=16, causal=True, qk_norm=True, qk_norm_dim_scale=True)
    rotary = RotaryEmbedding(16)
    return layer, lambda x, at: layer(x, rotary_pos_emb=rotary(at))


def with_torchtune():
    from torchtune.modules import MultiHeadAttention, RMSNorm, RotaryPositionalEmbeddings

    def linear(rows):
        return nn.Linear(32, rows, bias=False)

    layer = MultiHeadAttention(
        embed_dim=32,
        num_heads=2,
        num_kv_heads=1,
        head_dim=16,
        q_proj=linear(32),
        k_proj=linear(16),
        v_proj=linear(16),
        output_proj=linear(32),
        pos_embeddings=RotaryPositionalEmbeddings(16),
        q_norm=RMSNorm(16),
        k_norm=RMSNorm(16),
    )
    return layer, lambda x, at: layer(x, x, input_pos=at)


def with_litgpt():
    from litgpt import GPT, Config

    config = Config(
        n_layer=1,
        n_head=2,
        n_query_groups=1,
        n_embd=32,
        head_size=16,
        bias=False,
        block_size=1024,
        rotary_percentage=1.0,
        norm_qk=True,
        norm_class_name="RMSNorm",
        padded_vocab_size=8,
    )
    model = GPT(config)
    layer = model.transformer.h[0].attn
    return layer, lambda x, at: layer(x, model.cos[at], model.sin[at])


NORMS = (
    Call("transformers, Qwen3", "transformers", "qwen3.Qwen3Attention", lambda: side(with_qwen3())),
    Call(
        "transformers, HunYuan",
        "transformers",
        "hunyuan_v1_dense.HunYuanDenseV1Attention",
        lambda: side(with_hunyuan()),
    ),
    Call("torchtune", "torchtune", "modules.MultiHeadAttention(q_norm, k_norm)", lambda: side(with_torchtune())),
    Call("litgpt", "litgpt", "Config(norm_qk=True)", lambda: side(with_litgpt())),
    Call("x-transformers", "x-transformers", "Attention(qk_norm_dim_scale=True)", lambda: side(with_x_transformers())),
)


def recorded(call: Call, name: str) -> dict:
    about = {"library": call.library, "version": version(call.package), "called": call.called}
    return about | {name: call.run()}
