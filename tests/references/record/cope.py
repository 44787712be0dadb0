import torch
from common import reference


def record():
    from x_transformers.x_transformers import CoPE

    torch.manual_seed(0)
    batch, heads, tokens, dim, largest = 1, 2, 12, 6, 4
    q, k = torch.randn(2, batch, heads, tokens, dim) * 1.5
    module = CoPE(dim, heads, max_pos=largest + 1)  # max_pos counts rows: positions 0 .. max_pos - 1
    torch.nn.init.normal_(module.pos_emb)

    # as Attend in x_transformers/attend.py calls it: after the scale and the causal mask
    scores = q @ k.mT / dim**0.5
    scores = scores.masked_fill(torch.ones(tokens, tokens).triu(1).bool(), -torch.finfo(scores.dtype).max)
    return [
        reference(
            "x-transformers",
            "x_transformers.CoPE, called as in Attend",
            max_position=largest,
            weight=module.pos_emb.detach(),
            q=q,
            k=k,
            added=module(q, scores).detach(),
        )
    ]
