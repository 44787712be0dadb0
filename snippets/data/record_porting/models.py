"""Models of libraries with one layer and random weights: what they compute, and how their weights are called."""

from importlib.metadata import version

import torch
from torch import Tensor, nn

WIDTH, HEADS, KV_HEADS, HEAD, INNER, WORDS, BASE = 8, 4, 2, 8, 8, 7, 100
TOKENS = [[3, 1, 4, 1, 5, 2, 6, 5, 3], [5, 0, 2, 6, 4, 3, 1, 1, 0]]
SETTINGS = {"heads": HEADS, "kv_heads": KV_HEADS, "head_dim": HEAD, "base": BASE, "eps": 1e-6, "tokens": TOKENS}
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
