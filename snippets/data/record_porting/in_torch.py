"""Libraries of PyTorch that turn queries and keys, each called as its own attention calls it."""

import torch

from snippets.data.record_porting.turning import SIZE, YARN, Library, Turn, first_of, refuse, same_for_all


def of_transformers(family: str, rows=2**15, linear=None, cast=False, other=False, yarn=False) -> Turn:
    import transformers
    from transformers.models.glm import modeling_glm
    from transformers.models.llama import modeling_llama

    refuse(other)
    module = {"Llama": modeling_llama, "Glm": modeling_glm}[family]
    shape = {"hidden_size": SIZE, "num_attention_heads": 1, "head_dim": SIZE, "max_position_embeddings": rows}
    config = getattr(transformers, f"{family}Config")(**shape)
    rope = config.rope_parameters
    if linear:
        rope = rope | {"rope_type": "linear", "factor": linear}
    if yarn:
        rope = rope | {
            "rope_type": "yarn",
            "factor": YARN["factor"],
            "original_max_position_embeddings": YARN["length"],
        }
        shape["max_position_embeddings"] = int(YARN["factor"] * YARN["length"])
    rotary = getattr(module, f"{family}RotaryEmbedding")(type(config)(**shape, rope_parameters=rope))
    if cast:
        rotary = rotary.to(torch.bfloat16)
    return lambda x, at: module.apply_rotary_pos_emb(x, x, *rotary(x, at))[0]


def of_llama(rows=2**15, linear=None, cast=False, other=False, yarn=False) -> Turn:
    from llama_models.llama3.model import apply_rotary_emb, precompute_freqs_cis

    refuse(linear, cast, other, yarn)
    turns = precompute_freqs_cis(SIZE, rows)

    def turn(x, at):  # as Transformer.forward does it: a slice from start_pos
        first = first_of(at)
        return apply_rotary_emb(x, x, turns[first : first + at.shape[1]])[0]

    return turn


def of_torchtune(qwen: bool, rows=2**15, linear=None, cast=False, other=False, yarn=False) -> Turn:
    from torchtune.models.qwen2 import Qwen2RotaryPositionalEmbeddings
    from torchtune.modules import RotaryPositionalEmbeddings

    refuse(linear, other, yarn)
    kind = Qwen2RotaryPositionalEmbeddings if qwen else RotaryPositionalEmbeddings
    rotary = kind(SIZE, max_seq_len=rows, base=10_000)
    if cast:
        rotary = rotary.to(torch.bfloat16)
    return lambda x, at: rotary(x, input_pos=at)


def of_torchtitan(halves: bool, rows=2**15, linear=None, cast=False, other=False, yarn=False) -> Turn:
    from torchtitan.models.common.rope import ComplexRoPE, CosSinRoPE

    refuse(linear, other)
    kind = CosSinRoPE if halves else ComplexRoPE
    stretch = {}
    if yarn:
        stretch = {"scaling": "yarn", "rope_factor": YARN["factor"], "original_seq_len": YARN["length"]}
    rotary = kind(kind.Config(dim=SIZE, max_seq_len=rows, **stretch))
    if cast:
        rotary = rotary.to(torch.bfloat16)
    return lambda x, at: rotary(x, x, at)[0]


def of_litgpt(rows=2**15, linear=None, cast=False, other=False, yarn=False) -> Turn:
    from litgpt import GPT, Config
    from litgpt.model import apply_rope, apply_rope_interleave

    stretch = None
    if yarn:
        stretch = {"factor": YARN["factor"], "original_max_seq_len": YARN["length"]}
        stretch |= {"beta_fast": YARN["fast"], "beta_slow": YARN["slow"]}
    config = Config(
        n_layer=1,
        n_head=1,
        n_embd=SIZE,
        block_size=rows,
        padded_vocab_size=8,
        rope_condense_ratio=linear or 1,
        rope_adjustments=stretch,
    )
    model = GPT(config)
    if cast:
        model = model.to(torch.bfloat16)
    turned, apply = config.rope_n_elem, apply_rope_interleave if other else apply_rope

    def turn(x, at):  # as CausalSelfAttention and GPT.forward do it
        part = apply(x[..., :turned], model.cos[at], model.sin[at])
        return torch.cat((part, x[..., turned:]), dim=-1)

    return turn


def of_rotary_embedding_torch(rows=2**15, linear=None, cast=False, other=False, yarn=False) -> Turn:
    from rotary_embedding_torch import RotaryEmbedding

    refuse(other, yarn)
    rotary = RotaryEmbedding(SIZE, cache_max_seq_len=rows, interpolate_factor=linear or 1.0)
    if cast:
        rotary = rotary.to(torch.bfloat16)
    return lambda x, at: rotary.rotate_queries_or_keys(x, offset=first_of(at)).detach()


def of_x_transformers(rows=2**15, linear=None, cast=False, other=False, yarn=False) -> Turn:
    from x_transformers import Decoder
    from x_transformers.x_transformers import apply_rotary_pos_emb

    refuse(other, yarn)
    decoder = Decoder(dim=SIZE, depth=1, heads=1, rotary_pos_emb=True, rotary_interpolation_factor=linear or 1.0)
    if cast:
        decoder = decoder.to(torch.bfloat16)

    def turn(x, at):
        freqs, scale = decoder.rotary_pos_emb(at)
        return apply_rotary_pos_emb(x, freqs, scale)

    return turn


def of_diffusers(rows=2**15, linear=None, cast=False, other=False, yarn=False) -> Turn:
    from diffusers.models.embeddings import apply_rotary_emb, get_1d_rotary_pos_embed

    refuse(cast, yarn)

    def turn(x, at):
        turns = get_1d_rotary_pos_embed(
            SIZE, same_for_all(at), use_real=True, linear_factor=linear or 1.0, repeat_interleave_real=not other
        )
        return apply_rotary_emb(x, turns, use_real_unbind_dim=-2 if other else -1)

    return turn


def of_timm(rows=2**15, linear=None, cast=False, other=False, yarn=False) -> Turn:
    """One column of an image: the rows of the picture are the positions."""
    from timm.layers.pos_embed_sincos import RotaryEmbeddingCat, apply_rot_embed_cat

    refuse(yarn)
    size = {"feat_shape": [rows, 1], "ref_feat_shape": [rows // linear, 1]} if linear else {}
    rotary = RotaryEmbeddingCat(SIZE, in_pixels=False, rotate_half=other, **size)
    if cast:
        rotary = rotary.to(torch.bfloat16)

    def turn(x, at):
        grid = [rows if linear else int(at.max()) + 1, 1]
        return apply_rot_embed_cat(x, rotary.get_embed(grid)[same_for_all(at)], half=other)

    return turn


LINEAR = '"rope_type": "linear", "factor": 4'
IN_TORCH = (
    Library(
        "transformers, Llama",
        "transformers",
        "llama.LlamaRotaryEmbedding, apply_rotary_pos_emb",
        lambda **k: of_transformers("Llama", **k),
        "position_ids",
        LINEAR,
        yarn='"rope_type": "yarn"',
    ),
    Library(
        "transformers, GLM",
        "transformers",
        "glm.GlmRotaryEmbedding, apply_rotary_pos_emb",
        lambda **k: of_transformers("Glm", **k),
        "position_ids",
        LINEAR,
        yarn='"rope_type": "yarn"',
    ),
    Library(
        "Llama's own code",
        "llama-models",
        "llama3.model.precompute_freqs_cis, apply_rotary_emb",
        of_llama,
        "start_pos",
    ),
    Library(
        "torchtune, Llama",
        "torchtune",
        "modules.RotaryPositionalEmbeddings",
        lambda **k: of_torchtune(False, **k),
        "input_pos",
    ),
    Library(
        "torchtune, Qwen2",
        "torchtune",
        "models.qwen2.Qwen2RotaryPositionalEmbeddings",
        lambda **k: of_torchtune(True, **k),
        "input_pos",
    ),
    Library(
        "torchtitan, ComplexRoPE",
        "torchtitan",
        "models.common.rope.ComplexRoPE",
        lambda **k: of_torchtitan(False, **k),
        "positions",
        yarn='scaling="yarn"',
    ),
    Library(
        "torchtitan, CosSinRoPE",
        "torchtitan",
        "models.common.rope.CosSinRoPE",
        lambda **k: of_torchtitan(True, **k),
        "positions",
        yarn='scaling="yarn"',
    ),
    Library(
        "litgpt",
        "litgpt",
        "GPT.cos, GPT.sin, apply_rope",
        of_litgpt,
        "input_pos",
        "rope_condense_ratio=4",
        "rope_interleave=True",
        "rope_adjustments with beta_fast",
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
        "diffusers",
        "diffusers",
        "embeddings.get_1d_rotary_pos_embed, apply_rotary_emb",
        of_diffusers,
        "pos",
        "linear_factor=4",
        "use_real_unbind_dim=-2",
    ),
    Library(
        "timm",
        "timm",
        "layers.RotaryEmbeddingCat(in_pixels=False), apply_rot_embed_cat",
        of_timm,
        "feat_shape",
        "ref_feat_shape",
        "rotate_half=True",
    ),
)
