"""How libraries turn queries and keys, and what tiny models of theirs compute; writes snippets/data/porting.json.

In an environment of its own and from the root of the repository, about two minutes:

    python -m venv .venv-porting
    .venv-porting/bin/pip install torch==2.13.0 numpy==2.4.6 transformers==5.23.0 rotary-embedding-torch==0.9.1 \\
        x-transformers==2.31.10 onnx==1.23.2 onnxruntime==1.31.1 "mlx[cpu]==0.32.4"
    .venv-porting/bin/python -m snippets.data.record_porting

"conventions": each library turns heads of 64 channels with base 10000. Layout and sign are read from what one step
makes of all 64 basis vectors, the axis of tokens from a block of ones, the rest from calls that say so in the record.
"models": weights and logits of models with one layer and random weights.
"""

import argparse
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from snippets.schemes.partial_rope import partial_rotate, partial_rotate_halves
from snippets.schemes.rope import frequencies, rotations
from snippets.training import results

RESULT = Path("snippets/data/porting.json")
SIZE, TABLE, FAR, FACTOR = 64, 16, 8001, 4
T = TypeVar("T")
Turn = Callable[[Tensor, Tensor], Tensor]  # vectors in the library's order of axes, positions (B, T)


class Library(NamedTuple):
    """One column: ``make(rows, linear, cast, other)`` gives a Turn; NotImplementedError says that it has no such."""

    name: str
    package: str
    called: str
    make: Callable[..., Turn]
    positions: str
    linear: str | None = None
    other: str | None = None


def refuse(*unknown) -> None:
    if any(unknown):
        raise NotImplementedError


def first_of(at: Tensor) -> int:
    """The offset of positions that are the same in all sequences and follow each other."""
    if not torch.equal(at, at[:1, :1] + torch.arange(at.shape[1]).expand_as(at)):
        raise NotImplementedError
    return int(at[0, 0])


def of_transformers(family: str, rows=2**15, linear=None, cast=False, other=False) -> Turn:
    import transformers
    from transformers.models.glm import modeling_glm
    from transformers.models.llama import modeling_llama

    refuse(other)
    module = {"Llama": modeling_llama, "Glm": modeling_glm}[family]
    shape = {"hidden_size": SIZE, "num_attention_heads": 1, "head_dim": SIZE, "max_position_embeddings": rows}
    config = getattr(transformers, f"{family}Config")(**shape)
    if linear:
        config = type(config)(
            **shape, rope_parameters=config.rope_parameters | {"rope_type": "linear", "factor": linear}
        )
    rotary = getattr(module, f"{family}RotaryEmbedding")(config)
    if cast:
        rotary = rotary.to(torch.bfloat16)
    return lambda x, at: module.apply_rotary_pos_emb(x, x, *rotary(x, at))[0]


def of_rotary_embedding_torch(rows=2**15, linear=None, cast=False, other=False) -> Turn:
    from rotary_embedding_torch import RotaryEmbedding

    refuse(other)
    rotary = RotaryEmbedding(SIZE, cache_max_seq_len=rows, interpolate_factor=linear or 1.0)
    if cast:
        rotary = rotary.to(torch.bfloat16)
    return lambda x, at: rotary.rotate_queries_or_keys(x, offset=first_of(at)).detach()


def of_x_transformers(rows=2**15, linear=None, cast=False, other=False) -> Turn:
    from x_transformers import Decoder
    from x_transformers.x_transformers import apply_rotary_pos_emb

    refuse(other)
    decoder = Decoder(dim=SIZE, depth=1, heads=1, rotary_pos_emb=True, rotary_interpolation_factor=linear or 1.0)
    if cast:
        decoder = decoder.to(torch.bfloat16)

    def turn(x, at):
        freqs, scale = decoder.rotary_pos_emb(at)
        return apply_rotary_pos_emb(x, freqs, scale)

    return turn


def of_onnx(rows=2**15, linear=None, cast=False, other=False) -> Turn:
    import onnxruntime
    from onnx import TensorProto, helper

    refuse(linear, cast)
    names, kinds = ("X", "cos_cache", "sin_cache", "position_ids"), [TensorProto.FLOAT] * 3 + [TensorProto.INT64]
    node = helper.make_node("RotaryEmbedding", names, ["Y"], interleaved=int(other))
    inputs = [helper.make_tensor_value_info(name, kind, None) for name, kind in zip(names, kinds, strict=True)]
    graph = helper.make_graph([node], "g", inputs, [helper.make_tensor_value_info("Y", TensorProto.FLOAT, None)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    table = rotations(torch.arange(rows), frequencies(SIZE))
    cos, sin = table.real.numpy().copy(), table.imag.numpy().copy()

    def turn(x, at):
        if x.dtype != torch.float32:
            raise NotImplementedError
        fed = {"X": x.numpy(), "cos_cache": cos, "sin_cache": sin, "position_ids": at.numpy()}
        return torch.from_numpy(session.run(None, fed)[0])

    return turn


def of_mlx(rows=2**15, linear=None, cast=False, other=False) -> Turn:
    import mlx.core as mx
    from mlx.nn import RoPE

    refuse(cast)
    rotary = RoPE(SIZE, traditional=other, scale=1 / (linear or 1))

    def turn(x, at):
        first = [first_of(row[None]) for row in at]
        given = mx.array(x.float().numpy())
        offset = first[0] if len(set(first)) == 1 else mx.array(first)
        kind = mx.bfloat16 if x.dtype == torch.bfloat16 else mx.float32
        return torch.tensor(rotary(given.astype(kind), offset=offset).astype(mx.float32).tolist())

    return turn


LIBRARIES = (
    Library(
        "transformers, Llama",
        "transformers",
        "llama.LlamaRotaryEmbedding, apply_rotary_pos_emb",
        lambda **k: of_transformers("Llama", **k),
        "position_ids",
        '"rope_type": "linear", "factor": 4',
    ),
    Library(
        "transformers, GLM",
        "transformers",
        "glm.GlmRotaryEmbedding, apply_rotary_pos_emb",
        lambda **k: of_transformers("Glm", **k),
        "position_ids",
        '"rope_type": "linear", "factor": 4',
    ),
    Library(
        "rotary-embedding-torch",
        "rotary-embedding-torch",
        "RotaryEmbedding.rotate_queries_or_keys",
        of_rotary_embedding_torch,
        "offset",
        "interpolate_factor=4",
    ),
    Library(
        "x-transformers",
        "x-transformers",
        "Decoder(rotary_pos_emb=True), apply_rotary_pos_emb",
        of_x_transformers,
        "pos",
        "rotary_interpolation_factor=4",
    ),
    Library(
        "ONNX",
        "onnxruntime",
        "operator RotaryEmbedding, opset 23, on the CPU",
        of_onnx,
        "position_ids",
        other="interleaved=1",
    ),
    Library("MLX", "mlx", "nn.RoPE, on the CPU", of_mlx, "offset", "scale=0.25", "traditional=True"),
)


def pairing(turn: Turn) -> tuple[str, str, int]:
    """Layout, sign and number of channels that turn, from one step of all basis vectors."""
    basis = torch.eye(SIZE)
    moved = turn(basis[:, None, None], torch.ones(SIZE, 1, dtype=torch.int64))[:, 0, 0]
    turned = int((moved != basis).any(dim=-1).sum())
    off = (moved - moved.diagonal().diag()).abs()
    partner = off[:turned].argmax(dim=-1)
    neighbours, halves = torch.arange(turned) ^ 1, (torch.arange(turned) + turned // 2) % turned
    known = {"neighbours": neighbours, "halves": halves}
    found = next((name for name, pairs in known.items() if torch.equal(partner, pairs)), None)
    if found is None:
        raise ValueError(f"neither layout: channel 0 turns with {int(partner[0])}")
    first = torch.arange(turned)[partner > torch.arange(turned)]
    signs = moved[first, partner[first]].sign().unique()
    return found, {1.0: "+", -1.0: "-"}[signs.item()], turned


def attempt(call: Callable[[], T]) -> T | str | None:
    """What a call gives, the name of the error it raises, or None where the library has no such thing."""
    try:
        return call()
    except NotImplementedError:
        return None
    except Exception as error:
        return type(error).__name__


def error(out: Tensor | str | None, want: Tensor) -> float | str | None:
    return out if out is None or isinstance(out, str) else float(f"{(out.double() - want).abs().max():.2g}")


def convention(library: Library) -> dict:
    """All that the table says of one library."""
    turn = library.make()
    layout, sign, turned = pairing(turn)
    ones = turn(torch.ones(1, 3, 3, SIZE), torch.arange(3)[None])[0]
    axis = 2 if torch.equal(ones[0], ones[1]) else 1
    ours = partial_rotate if layout == "neighbours" else partial_rotate_halves

    def right(x, position):
        turns = rotations(torch.tensor([position]), frequencies(turned), torch.complex128)
        return ours(x.double(), turns)

    def at(*positions):
        return torch.tensor(positions)[:, None]

    torch.manual_seed(0)
    x = torch.randn(1, 1, 1, SIZE)
    two = attempt(lambda: turn(x.expand(2, 1, 1, SIZE), at(0, 7)))
    own = isinstance(two, Tensor) and (two[1:] - right(x, 7)).abs().max() < 1e-4
    past = attempt(lambda: library.make(rows=TABLE)(x, at(TABLE)))
    past = error(past, right(x, TABLE))
    half = x.bfloat16()
    divided = attempt(lambda: library.make(linear=FACTOR)(x, at(8)))
    other = attempt(lambda: library.make(other=True))
    return {
        "library": library.name,
        "version": version(library.package),
        "called": library.called,
        "layout": layout,
        "other layout": library.other if callable(other) and pairing(other)[0] != layout else None,
        "sign": sign,
        "channels of 64": turned,
        "axis of tokens": axis,
        "positions": library.positions,
        "own for each sequence": bool(own),
        "past a table of 16": "right" if isinstance(past, float) and past < 1e-4 else past,
        "bfloat16 queries at 8001": error(attempt(lambda: turn(half, at(FAR))), right(half, FAR)),
        "bfloat16 module at 8001": error(attempt(lambda: library.make(cast=True)(x, at(FAR))), right(x, FAR)),
        "divides by 4": library.linear if error(divided, right(x, 2)) not in (None, "") else None,
        "its error": error(divided, right(x, 2)),
        "gains": gains(library.name),
    }


def gains(name: str) -> str | None:
    """Whether a QK-norm with gains stands before or after the turn: after it, moving all tokens changes the output."""
    attention = {
        "transformers, Llama": with_transformers,
        "x-transformers": with_x_transformers,
    }.get(name)
    if attention is None:
        return None
    torch.manual_seed(0)
    x = torch.randn(1, 9, 32)
    layer, call = attention()
    with torch.no_grad():
        for weight in layer.parameters():
            weight.copy_(1 + 0.5 * torch.randn_like(weight) if weight.numel() <= 32 else 0.5 * torch.randn_like(weight))
        near, far = (call(x, first + torch.arange(9)[None]) for first in (0, 500))
    return "after" if (near - far).abs().max() > 0.01 else "before"


def with_transformers():
    from transformers import Qwen3Config
    from transformers.models.qwen3.modeling_qwen3 import Qwen3Attention, Qwen3RotaryEmbedding

    config = Qwen3Config(
        hidden_size=32, num_attention_heads=2, num_key_value_heads=1, head_dim=16, attn_implementation="sdpa"
    )
    layer, rotary = Qwen3Attention(config, 0), Qwen3RotaryEmbedding(config)
    return layer, lambda x, at: layer(x, position_embeddings=rotary(x, at), attention_mask=None)[0]


def with_x_transformers():
    from x_transformers.x_transformers import Attention, RotaryEmbedding

    layer = Attention(32, heads=2, dim_head=16, causal=True, qk_norm=True, qk_norm_dim_scale=True)
    rotary = RotaryEmbedding(16)
    return layer, lambda x, at: layer(x, rotary_pos_emb=rotary(at))


WIDTH, HEADS, KV_HEADS, HEAD, INNER, WORDS, BASE = 8, 4, 2, 8, 8, 7, 100
TOKENS = [[3, 1, 4, 1, 5, 2, 6, 5, 3], [5, 0, 2, 6, 4, 3, 1, 1, 0]]
IN_TRANSFORMERS = {
    "embedding": "model.embed_tokens.weight",
    "norm 1": "model.layers.0.input_layernorm.weight",
    "W_q": "model.layers.0.self_attn.q_proj.weight",
    "W_k": "model.layers.0.self_attn.k_proj.weight",
    "W_v": "model.layers.0.self_attn.v_proj.weight",
    "W_o": "model.layers.0.self_attn.o_proj.weight",
    "b_q": "model.layers.0.self_attn.q_proj.bias",
    "b_k": "model.layers.0.self_attn.k_proj.bias",
    "b_v": "model.layers.0.self_attn.v_proj.bias",
    "b_o": "model.layers.0.self_attn.o_proj.bias",
    "gains q": "model.layers.0.self_attn.q_norm.weight",
    "gains k": "model.layers.0.self_attn.k_norm.weight",
    "norm 2": "model.layers.0.post_attention_layernorm.weight",
    "gate": "model.layers.0.mlp.gate_proj.weight",
    "up": "model.layers.0.mlp.up_proj.weight",
    "gate and up": "model.layers.0.mlp.gate_up_proj.weight",
    "down": "model.layers.0.mlp.down_proj.weight",
    "norm 3": "model.norm.weight",
    "logits": "lm_head.weight",
}


def built(family: str, **more) -> nn.Module:
    """A model of transformers with one layer."""
    import transformers

    config = getattr(transformers, f"{family}Config")(
        vocab_size=WORDS,
        hidden_size=more.pop("hidden_size", WIDTH),
        intermediate_size=INNER,
        num_hidden_layers=1,
        num_attention_heads=HEADS,
        num_key_value_heads=KV_HEADS,
        head_dim=HEAD,
        rms_norm_eps=1e-6,
        pad_token_id=None,
        rope_parameters={
            "rope_type": "default",
            "rope_theta": float(BASE),
            "partial_rotary_factor": more.pop("part", 1.0),
        },
        attn_implementation="sdpa",
        **more,
    )
    return getattr(transformers, f"{family}ForCausalLM")(config).eval()


def fill(model: nn.Module, seed: int) -> None:
    """Random weights of few digits, which JSON stores as they are; gains of norms are around 1."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            drawn = torch.randn_like(weight) * 4 / WIDTH
            weight.copy_(((1 + drawn if "norm" in name else drawn) * 100).round() / 100)


def logits(model: nn.Module) -> Tensor:
    with torch.no_grad():
        out = model(torch.tensor(TOKENS))
    return out if isinstance(out, Tensor) else out.logits


def record_of(model: nn.Module, names: dict, **about) -> dict:
    state = model.state_dict()
    weights = {
        ours: [[round(v, 2) for v in row] for row in state[theirs].tolist()]
        if state[theirs].ndim == 2
        else [round(v, 2) for v in state[theirs].tolist()]
        for ours, theirs in names.items()
        if theirs in state
    }
    out = [[[float(f"{v:.7g}") for v in row] for row in rows] for rows in logits(model).tolist()]
    return about | {"rotary_dim": about.get("rotary_dim", HEAD), "weights": weights, "logits": out}


def models() -> list[dict]:
    """One model a row: which, how it turns, its weights and logits."""
    found = []
    for family, layout, more in (
        ("Llama", "halves", {"attention_bias": True}),
        ("Qwen3", "halves", {}),
        ("Glm", "neighbours", {"attention_bias": True, "part": 0.5}),
    ):
        model = built(family, **more)
        fill(model, seed=len(found))
        found.append(
            record_of(
                model,
                IN_TRANSFORMERS,
                called=f"{family}ForCausalLM",
                package="transformers",
                version=version("transformers"),
                layout=layout,
                rotary_dim=HEAD // 2 if "part" in more else HEAD,
            )
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = [*(library.name for library in LIBRARIES), "models"]
    parser.add_argument("parts", nargs="*", help="what to record again; all of it if not said")
    asked = parser.parse_args().parts or parts
    if unknown := set(asked) - set(parts):
        parser.error(f"{sorted(unknown)} is none of {parts}")
    settings = {"heads": HEADS, "kv_heads": KV_HEADS, "head_dim": HEAD, "base": BASE, "eps": 1e-6, "tokens": TOKENS}
    found = {"conventions": [], **(results.read(RESULT) if RESULT.exists() else {}), **results.signed(settings)}
    known = {one["library"]: one for one in found["conventions"]}
    known |= {library.name: convention(library) for library in LIBRARIES if library.name in asked}
    found["conventions"] = [known[library.name] for library in LIBRARIES if library.name in known]
    if "models" in asked:
        found["models"] = models()
    results.write(RESULT, found)


if __name__ == "__main__":
    main()
