from importlib import import_module

import torch
from common import reference

# where a family's config stands, and how its global layers are counted
FAMILIES = {
    "afmoe.AfmoeConfig": ("every_from_first", 4),
    "cohere2.Cohere2Config": ("every_from_first", 4),
    "exaone4.Exaone4Config": ("every_from_first", 4),
    "gemma2.Gemma2Config": ("every_from_first", 2),
    "gemma3.Gemma3TextConfig": ("every_from_first", 6),
    "gemma4.Gemma4TextConfig": ("last_too", 6),
    "gpt_oss.GptOssConfig": ("every_from_first", 2),
    "llama4.Llama4TextConfig": ("every_from_first", 4),
    "muse_glimmer.MuseGlimmerTextConfig": ("every_from_last", 4),
    "olmo3.Olmo3Config": ("every_from_first", 4),
    "smollm3.SmolLM3Config": ("every_from_first", 4),
}
DEPTHS = None, 6, 26  # None: as many layers as the family has by default
WINDOW, TOKENS = 3, 8


def global_layers(config):
    """The layers that look at everything; in SmolLM3, where all do, those that do not rotate."""
    kinds = config.layer_types
    if len(set(kinds)) == 1:
        return [layer for layer, rotates in enumerate(config.no_rope_layers) if not rotates]
    return [layer for layer, kind in enumerate(kinds) if kind == "full_attention"]


def base(config, kind):
    """The base of layers of that kind, as the config has it; whether a layer rotates at all is for its code to say."""
    parameters = config.rope_parameters
    return parameters["rope_theta"] if "rope_theta" in parameters else parameters[kind]["rope_theta"]


def patterns():
    found = []
    for called, (form, every) in FAMILIES.items():
        folder, name = called.split(".")
        make = getattr(import_module(f"transformers.models.{folder}.configuration_{folder}"), name)
        for depth in DEPTHS:
            config = make() if depth is None else make(num_hidden_layers=depth)
            window = getattr(config, "attention_chunk_size", None) or config.sliding_window
            of_all = len(set(config.layer_types)) == 1
            about = {"layers": config.num_hidden_layers, "form": form, "every": every, "default": depth is None}
            bases = {"near": base(config, "sliding_attention"), "far": base(config, "full_attention")}
            found.append(
                reference(
                    "transformers",
                    called,
                    **about,
                    is_global=global_layers(config),
                    window=None if of_all else window,
                    **bases,
                )
            )
    return found


def attention():
    """A layer with a window and a rotation, and the fourth, which has neither, of a small Cohere 2."""
    from transformers.masking_utils import create_causal_mask, create_sliding_window_causal_mask
    from transformers.models.cohere2.configuration_cohere2 import Cohere2Config
    from transformers.models.cohere2.modeling_cohere2 import Cohere2Attention, Cohere2RotaryEmbedding

    sizes = {"hidden_size": 8, "num_attention_heads": 2, "num_key_value_heads": 2, "num_hidden_layers": 4}
    config = Cohere2Config(**sizes, sliding_window=WINDOW, attn_implementation="eager")
    torch.manual_seed(0)
    x, at = torch.randn(1, TOKENS, 8), torch.arange(TOKENS)[None]
    masks = {
        "sliding_attention": create_sliding_window_causal_mask(config, x, None, None, at),
        "full_attention": create_causal_mask(config, x, None, None, at),
    }
    turns, found = Cohere2RotaryEmbedding(config)(x, at), []
    for index in (0, 3):
        layer = Cohere2Attention(config, index).eval()
        for weight in layer.parameters():
            torch.nn.init.normal_(weight)
        with torch.no_grad():
            out, _ = layer(x, turns, masks[config.layer_types[index]])
            weights = {name: getattr(layer, f"{name}_proj").weight.tolist() for name in "qkvo"}
        found.append(
            reference(
                "transformers",
                f"cohere2.Cohere2Attention, layer {index} of 4",
                layer=index,
                window=WINDOW,
                x=x,
                weights=weights,
                out=out,
            )
        )
    return found


def seen():
    """Which keys each of eight queries sees, by the masks of sliding and of chunked layers."""
    from transformers.masking_utils import chunked_causal_mask_function, sliding_window_causal_mask_function

    pairs = [(m, n) for m in range(TOKENS) for n in range(TOKENS)]
    masks = {
        "window_mask": sliding_window_causal_mask_function(WINDOW),
        "chunk_mask": chunked_causal_mask_function(WINDOW, torch.zeros(1, dtype=torch.long)),
    }
    return [
        reference(
            "transformers",
            f"masking_utils, {name}",
            mask=name,
            window=WINDOW,
            seen=torch.tensor([bool(mask(torch.tensor(0), 0, torch.tensor(m), torch.tensor(n))) for m, n in pairs])
            .view(TOKENS, TOKENS)
            .tolist(),
        )
        for name, mask in masks.items()
    ]


def record():
    return [*patterns(), *attention(), *seen()]
