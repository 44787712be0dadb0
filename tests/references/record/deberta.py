"""The released models read row(m, n) in position to content, where the paper has row(n, m): see docs/en/schemes."""

import torch
from common import reference


def record():
    from transformers import DebertaConfig, DebertaV2Config
    from transformers.models.deberta.modeling_deberta import DisentangledSelfAttention as First
    from transformers.models.deberta.modeling_deberta import build_relative_position
    from transformers.models.deberta_v2.modeling_deberta_v2 import DisentangledSelfAttention as Second

    torch.manual_seed(0)
    heads, head_dim = 2, 4
    dim, found = heads * head_dim, []

    def config(kind, span):
        return kind(
            hidden_size=dim,
            num_attention_heads=heads,
            relative_attention=True,
            max_relative_positions=span,
            pos_att_type=["c2p", "p2c"],
            hidden_dropout_prob=0,
            attention_probs_dropout_prob=0,
        )

    # one position term at a time; content to position also past its span
    for term, length, span in (("c2p", 9, 3), ("p2c", 5, 6)):
        layer = Second(config(DebertaV2Config, span)).eval()
        for linear in (layer.pos_key_proj, layer.pos_query_proj):
            torch.nn.init.normal_(linear.weight, std=0.5)
            torch.nn.init.zeros_(linear.bias)
        layer.pos_att_type = [term]
        rows = torch.randn(2 * span, dim)
        q, k = torch.randn(2, 1, heads, length, head_dim)
        with torch.no_grad():
            bias = layer.disentangled_attention_bias(q[0], k[0], None, rows, scale_factor=3)
        found.append(
            reference(
                "transformers",
                "deberta_v2.DisentangledSelfAttention.disentangled_attention_bias",
                gives=term,
                span=span,
                rows=rows,
                to_key=layer.pos_key_proj.weight.detach(),
                to_query=layer.pos_query_proj.weight.detach(),
                q=q,
                k=k,
                result=bias[None],
            )
        )

    # the whole of a layer of the first model, as attention weights
    length, span = 5, 6
    layer = First(config(DebertaConfig, span)).eval()
    for linear in (layer.in_proj, layer.pos_proj, layer.pos_q_proj):
        torch.nn.init.normal_(linear.weight, std=0.5)
    torch.nn.init.zeros_(layer.pos_q_proj.bias)
    rows, x = torch.randn(2 * span, dim), torch.randn(1, length, dim)
    with torch.no_grad():
        q, k, _ = layer.transpose_for_scores(layer.in_proj(x)).chunk(3, dim=-1)
        distances = build_relative_position(x, x)
        # the first model reads its table from the middle: rows span - T .. span + T - 1
        _, weights = layer(x, torch.ones(1, 1, length, length), True, None, distances, rows)
    found.append(
        reference(
            "transformers",
            "deberta.DisentangledSelfAttention",
            gives="weights",
            span=span,
            rows=rows,
            to_key=layer.pos_proj.weight.detach(),
            to_query=layer.pos_q_proj.weight.detach(),
            q=q,
            k=k,
            result=weights,
        )
    )
    return found
