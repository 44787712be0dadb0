import torch
from common import reference


def record():
    from labml_nn.transformers.xl.relative_mha import RelativeMultiHeadAttention
    from transformers import XLNetConfig, XLNetModel

    torch.manual_seed(0)
    heads, head_dim, length, memory = 2, 4, 5, 3
    dim, keys = heads * head_dim, length + memory
    w, u, v = torch.randn(dim, dim), torch.randn(heads, head_dim), torch.randn(heads, head_dim)
    halves = torch.cat((torch.arange(0, dim, 2), torch.arange(1, dim, 2)))  # all sines first
    found = []

    for attn_type in ("uni", "bi"):
        model = XLNetModel(
            XLNetConfig(vocab_size=8, d_model=dim, n_head=heads, d_inner=4, n_layer=1, attn_type=attn_type, dropout=0)
        ).eval()
        layer = model.layer[0].rel_attn
        q, k = torch.randn(length, 1, heads, head_dim), torch.randn(keys, 1, heads, head_dim)
        with torch.no_grad():
            layer.r_w_bias.copy_(u)
            layer.r_r_bias.copy_(v)
            layer.r.copy_(w[:, halves].T.unflatten(1, (heads, head_dim)))
            sinusoids = model.relative_positional_encoding(length, keys, bsz=1)
            by_distance = torch.einsum("ibh,hnd->ibnd", sinusoids, layer.r)
            later = torch.ones(length, keys).triu(memory + 1)[:, :, None, None] if attn_type == "uni" else None
            _, weights = layer.rel_attn_core(q, k, k, by_distance, attn_mask=later, output_attentions=True)
        found.append(
            reference(
                "transformers",
                f"xlnet.XLNetRelativeAttention.rel_attn_core, {attn_type}",
                gives="weights",
                w=w,
                u=u,
                v=v,
                q=q.permute(1, 2, 0, 3),
                k=k.permute(1, 2, 0, 3),
                result=weights.permute(2, 3, 0, 1),
            )
        )

    # labml learns W R, v W R and u as free parameters; its rows are key minus query, in code
    layer = RelativeMultiHeadAttention(heads, dim, dropout_prob=0.0)
    offsets = torch.arange(-keys, keys, dtype=torch.float64)
    angles = -offsets[:, None] * 10000 ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)
    sinusoids = torch.stack((angles.sin(), angles.cos()), -1).flatten(1).float()
    rows = (sinusoids @ w.T).unflatten(1, (heads, head_dim))
    q, k = torch.randn(length, 1, heads, head_dim), torch.randn(length, 1, heads, head_dim)
    with torch.no_grad():
        layer.key_pos_embeddings[layer.P - keys : layer.P + keys] = rows
        layer.key_pos_bias[layer.P - keys : layer.P + keys] = (rows * v).sum(-1)
        layer.query_pos_bias.copy_(u)
        scores = layer.get_scores(q, k)
    found.append(
        reference(
            "labml-nn",
            "transformers.xl.relative_mha.RelativeMultiHeadAttention.get_scores",
            gives="scores",
            w=w,
            u=u,
            v=v,
            q=q.permute(1, 2, 0, 3),
            k=k.permute(1, 2, 0, 3),
            result=scores.permute(2, 3, 0, 1),
        )
    )
    return found
