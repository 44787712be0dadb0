import torch
from common import reference


def record():
    from transformers import T5Config
    from transformers.models.t5.modeling_t5 import T5Attention
    from x_transformers.x_transformers import RelativePositionBias

    torch.manual_seed(0)
    found = []
    near = [
        *range(25),
        26,
        27,
        30,
        31,
        32,
        34,
        35,
        39,
        40,
        45,
        46,
        51,
        52,
        58,
        59,
        63,
        64,
        66,
        67,
        76,
        77,
        86,
        87,
        90,
        91,
    ]
    near += [98, 99, 112, 113, 127, 128, 129, 500, 799, 800, 100_000]
    distances = torch.tensor(sorted({sign * k for k in near for sign in (1, -1)}))
    for causal, buckets, far in ((True, 32, 128), (False, 32, 128), (True, 16, 64), (False, 320, 800)):
        values = {"causal": causal, "buckets": buckets, "max_distance": far, "distances": distances}
        theirs = T5Attention._relative_position_bucket(-distances, not causal, buckets, far)
        found.append(reference("transformers", "T5Attention._relative_position_bucket", **values, found=theirs))
        theirs = RelativePositionBias._relative_position_bucket(-distances, causal, buckets, far)
        found.append(
            reference("x-transformers", "RelativePositionBias._relative_position_bucket", **values, found=theirs)
        )

    config = {"d_model": 6, "d_kv": 3, "num_heads": 2, "dropout_rate": 0.0}
    for causal in (True, False):  # one layer, its table included, five tokens
        layer = T5Attention(T5Config(**config, is_decoder=causal), has_relative_attention_bias=True, layer_idx=0).eval()
        layer.config._attn_implementation = "eager"
        torch.nn.init.normal_(layer.relative_attention_bias.weight)
        x = torch.randn(1, 5, 6)
        later = torch.full((5, 5), -torch.inf).triu(1) if causal else torch.zeros(5, 5)
        with torch.no_grad():
            out, bias, _ = layer(x, mask=later[None, None])
        weights = {name: getattr(layer, name).weight for name in "qkvo"} | {
            "table": layer.relative_attention_bias.weight
        }
        values = {"causal": causal, "x": x, **weights, "bias": bias[0], "out": out}
        found.append(reference("transformers", "T5Attention", **values))

    table = RelativePositionBias(scale=1.0, causal=True, heads=2)
    with torch.no_grad():
        bias = table(2, 40)  # the last two queries of forty
    values = {"causal": True, "table": table.relative_attention_bias.weight, "bias": bias}
    found.append(reference("x-transformers", "RelativePositionBias", **values))
    return found
