"""OpenNMT-py asks for an old torch and for packages this script does not need, so install it alone:

.venv-references/bin/pip install --no-deps OpenNMT-py==3.5.1
"""

import importlib
import sys
from importlib.util import find_spec
from types import ModuleType

import torch
from common import reference


def one_module(package, name):
    """``package.name`` without running the package's own __init__, which imports a tokenizer."""
    parts, where = f"{package}.{name}".split("."), find_spec(package).submodule_search_locations
    for depth in range(1, len(parts)):
        stub = ModuleType(".".join(parts[:depth]))
        stub.__path__ = [f"{where[0]}/{'/'.join(parts[1:depth])}"]
        sys.modules[stub.__name__] = stub
    return importlib.import_module(".".join(parts))


def record():
    from transformers import Wav2Vec2BertConfig
    from transformers.models.granite_speech.configuration_granite_speech import GraniteSpeechEncoderConfig
    from transformers.models.granite_speech.modeling_granite_speech import GraniteSpeechCTCEncoder
    from transformers.models.wav2vec2_bert.modeling_wav2vec2_bert import (
        Wav2Vec2BertSelfAttention,
        _apply_relative_key_position_encoding,
    )

    MultiHeadedAttention = one_module("onmt", "modules.multi_headed_attn").MultiHeadedAttention

    torch.manual_seed(0)
    clip, heads, length, head_dim = 3, 2, 8, 4
    dim = heads * head_dim
    q, k, v = torch.randn(3, 1, heads, length, head_dim)

    keys_only = Wav2Vec2BertSelfAttention(
        Wav2Vec2BertConfig(
            hidden_size=dim,
            num_attention_heads=heads,
            position_embeddings_type="relative_key",
            left_max_position_embeddings=clip,
            right_max_position_embeddings=clip,
        )
    )
    _, bias = _apply_relative_key_position_encoding(keys_only, q, k)
    found = [
        reference(
            "transformers",
            "wav2vec2_bert._apply_relative_key_position_encoding",
            gives="scores",
            table=keys_only.distance_embedding.weight.detach(),
            q=q,
            result=bias.detach(),
        )
    ]

    # Granite Speech counts query minus key, so its table stands upside down
    encoder = GraniteSpeechCTCEncoder(
        GraniteSpeechEncoderConfig(
            hidden_dim=dim, num_heads=heads, dim_head=head_dim, num_layers=1, context_size=length, max_pos_emb=length
        )
    ).eval()
    layer, seen = encoder.layers[0].attn, {}
    for module in (layer.to_q, layer.to_kv, layer.rel_pos_emb):
        torch.nn.init.normal_(module.weight, std=0.5)
    for name, module in (("q", layer.to_q), ("kv", layer.to_kv)):
        module.register_forward_hook(lambda _, __, out, name=name: seen.update({name: out.detach()}))
    layer.to_out.register_forward_pre_hook(lambda _, inputs: seen.update(out=inputs[0].detach()))
    layer(torch.randn(1, length, dim), encoder.attention_dists)
    by_head = {
        name: part.unflatten(-1, (heads, head_dim)).transpose(1, 2)
        for name, part in zip("qkvo", (seen["q"], *seen["kv"].chunk(2, -1), seen["out"]), strict=True)
    }
    found.append(
        reference(
            "transformers",
            "granite_speech.GraniteSpeechConformerAttention",
            gives="output, keys only",
            table=layer.rel_pos_emb.weight.detach().flip(0),
            q=by_head["q"],
            k=by_head["k"],
            v=by_head["v"],
            result=by_head["o"],
        )
    )

    # OpenNMT-py uses one table for keys and for values
    both = MultiHeadedAttention(heads, dim, dropout=0.0, attn_type="self", max_relative_positions=clip).eval()
    for linear in (both.linear_query, both.linear_keys, both.linear_values, both.final_linear):
        torch.nn.init.eye_(linear.weight)
    torch.nn.init.normal_(both.relative_positions_embeddings.weight)

    def joined(x):
        return x.transpose(1, 2).flatten(2)

    out, _ = both(joined(k), joined(v), joined(q))
    table = both.relative_positions_embeddings.weight.detach()
    called = "onmt.modules.multi_headed_attn.MultiHeadedAttention"
    found.append(
        reference(
            "OpenNMT-py",
            called,
            gives="output",
            table=table,
            q=q,
            k=k,
            v=v,
            result=out.detach().unflatten(-1, (heads, head_dim)).transpose(1, 2),
        )
    )

    # one step of decoding: identity weights make the new token's query, key and value the same vector
    both.layer_cache = (True, {"keys": k[:, :, :-1], "values": v[:, :, :-1]})
    new = q[:, :, -1:]
    out, _ = both(None, None, joined(new), step=length - 1)
    found.append(
        reference(
            "OpenNMT-py",
            f"{called}, with its cache",
            gives="output, decoding",
            table=table,
            q=new,
            k=torch.cat((k[:, :, :-1], new), dim=2),
            v=torch.cat((v[:, :, :-1], new), dim=2),
            result=out.detach().unflatten(-1, (heads, head_dim)).transpose(1, 2),
        )
    )
    return found
