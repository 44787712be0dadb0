import torch
from common import reference


def record():
    from transformers.models.bloom.modeling_bloom import build_alibi_tensor
    from transformers.models.mpt.modeling_mpt import build_mpt_alibi_tensor
    from x_transformers.x_transformers import AlibiPositionalBias

    found = []
    for heads, length in ((1, 5), (3, 5), (8, 5), (12, 5), (14, 2), (32, 2), (71, 2), (112, 2)):
        size = {"heads": heads, "length": length}
        bloom = build_alibi_tensor(torch.ones(1, length), heads, torch.float32)
        mpt = build_mpt_alibi_tensor(heads, length)
        found.append(reference("transformers", "bloom.build_alibi_tensor", **size, bias=bloom))
        found.append(reference("transformers", "mpt.build_mpt_alibi_tensor", **size, bias=mpt))
        if length > 2:  # the last three queries of five
            bias = AlibiPositionalBias(heads)(3, length)
            found.append(reference("x-transformers", "AlibiPositionalBias", **size, bias=bias))
    return found
