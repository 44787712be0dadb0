import torch
from common import reference


def record():
    from rotary_embedding_torch import RotaryEmbedding
    from torchscale.component.xpos_relative_position import XPOS
    from x_transformers.x_transformers import RotaryEmbedding as XRotaryEmbedding
    from x_transformers.x_transformers import apply_rotary_pos_emb

    torch.manual_seed(0)
    length, dim, vectors = 2048, 16, 6
    queries, keys = torch.randn(vectors, dim), torch.randn(vectors, dim)
    turn = torch.arange(length) % vectors  # the same few vectors come round, so that the file stays small
    q, k = queries[turn], keys[turn]
    at = torch.tensor([0, 1, 2, 7, 100, 511, 1024, 2047])

    torchscale = XPOS(dim)
    angles, scale = XRotaryEmbedding(dim, use_xpos=True)(torch.arange(length))
    rotary = RotaryEmbedding(dim, use_xpos=True)
    pairs = (
        (
            "torchscale",
            "component.xpos_relative_position.XPOS",
            (torchscale(q[None])[0], torchscale(k[None], downscale=True)[0]),
        ),
        (
            "x-transformers",
            "x_transformers.RotaryEmbedding(use_xpos=True)",
            (
                apply_rotary_pos_emb(q[None, None], angles, scale)[0, 0],
                apply_rotary_pos_emb(k[None, None], angles, scale**-1)[0, 0],
            ),
        ),
        (
            "rotary-embedding-torch",
            "RotaryEmbedding(use_xpos=True).rotate_queries_and_keys",
            rotary.rotate_queries_and_keys(q, k),
        ),
    )
    # scores, since every package centres its positions in its own way; above the diagonal nothing is compared
    return [
        reference(package, called, queries=queries, keys=keys, positions=at, scores=(tq[at] @ tk[at].T).detach().tril())
        for package, called, (tq, tk) in pairs
    ]
