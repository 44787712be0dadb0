"""Attention of a Llama from which positions were dropped, from two sources.

* the authors' code, which is no package: one function of one file, read from GitHub or from a copy of that file named
  in the environment variable DROPE_ATTENTION. Nothing in it is changed; it wraps the attention of ``transformers``.
* ``transformers`` alone, whose layer is handed cosines of 1 and sines of 0.
"""

import ast
import inspect
import logging
import os
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import torch
from common import numbers, reference

COMMIT = "260a8bb9f4fda0673266ddfee7668915aade8b33"
ADDRESS = f"https://raw.githubusercontent.com/SakanaAI/DroPE/{COMMIT}/custom_models/attention.py"
HEADS, SIZE, TOKENS = 2, 4, 6


def authors_wrapper():
    copy = os.environ.get("DROPE_ATTENTION")
    source = Path(copy).read_text() if copy else urlopen(ADDRESS).read().decode()
    tree = ast.parse(source)
    tree.body = [node for node in tree.body if getattr(node, "name", "") == "nope"]
    names = {"torch": torch, "nn": torch.nn, "inspect": inspect, "logger": logging.getLogger()}
    names |= {"Type": type, "Any": Any}
    exec(compile(tree, "attention.py", "exec"), names)
    return names["nope"]


def record():
    from transformers import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaAttention, LlamaRotaryEmbedding

    shape = {"hidden_size": HEADS * SIZE, "num_attention_heads": HEADS, "num_key_value_heads": HEADS}
    found = []
    for scale, c in ((1, 0.412), (4, 0.412), (4, 0.103)):
        torch.manual_seed(0)
        config = LlamaConfig(**shape, vocab_size=8, attn_implementation="eager")
        layer = LlamaAttention(config, 0).eval()
        for weight in layer.parameters():
            torch.nn.init.normal_(weight)
        x, at = torch.randn(1, TOKENS, HEADS * SIZE), torch.arange(TOKENS)[None]
        later = torch.full((TOKENS, TOKENS), -torch.inf).triu(1)[None, None]
        sharp = (1 + c * torch.tensor(float(scale)).log()).item() / SIZE**0.5
        values = {"scale": scale, "c": c, "x": x}
        with torch.no_grad():
            cos, sin = LlamaRotaryEmbedding(config)(x, at)
            weights = {name: numbers(getattr(layer, f"{name}_proj").weight) for name in "qkvo"}

            config.softmax_scale = sharp
            dropped = authors_wrapper()(LlamaAttention).from_source(layer, config).eval()
            out = dropped(x, position_embeddings=(cos, sin), attention_mask=later)[0]
            called = "custom_models.attention.nope(LlamaAttention)"
            theirs = {"package": "SakanaAI/DroPE", "version": COMMIT[:7], "called": called}
            found.append(theirs | values | {"x": numbers(x), "weights": weights, "out": numbers(out)})

            layer.scaling = sharp
            ones, zeros = torch.ones_like(cos), torch.zeros_like(sin)
            out = layer(x, position_embeddings=(ones, zeros), attention_mask=later)[0]
            found.append(
                reference("transformers", "llama.LlamaAttention, cos 1 and sin 0", **values, weights=weights, out=out)
            )
    return found
