import torch
from common import reference

LENGTH = 4  # of the trained text, so that 20 tokens pass five steps
TOKENS = 20


def queries(module, attention, **given):
    """The queries of 20 equal tokens as they meet the keys: (T,), the first channel of the first head."""
    met = []

    def catch(layer, query, key, value, mask, **kwargs):
        met.append(query)
        return query.transpose(1, 2), None

    module.eager_attention_forward, before = catch, module.eager_attention_forward
    attention.config._attn_implementation = "eager"
    with torch.no_grad():
        attention.eval()(torch.ones(1, TOKENS, attention.config.hidden_size), attention_mask=None, **given)
    module.eager_attention_forward = before
    return met[0][0, 0, :, 0]


def record():
    from transformers import InklingTextConfig, Llama4TextConfig, Ministral3Config
    from transformers.models.inkling import modeling_inkling as inkling
    from transformers.models.llama4 import modeling_llama4 as llama4
    from transformers.models.ministral3 import modeling_ministral3 as ministral3

    at = torch.arange(TOKENS)
    shape = {"vocab_size": 8, "hidden_size": 8, "num_attention_heads": 1, "num_key_value_heads": 1, "head_dim": 8}

    torch.manual_seed(0)
    config = Llama4TextConfig(**shape, num_hidden_layers=4, intermediate_size=8, floor_scale=LENGTH)
    layer = llama4.Llama4TextAttention(config, 3)  # the fourth layer does not rotate
    met = queries(llama4, layer, position_embeddings=None)
    found = [
        reference(
            "transformers", "llama4.Llama4TextAttention", form="steps", length=LENGTH, positions=at, tau=met / met[0]
        )
    ]

    parameters = Ministral3Config().rope_parameters
    length, beta = parameters["original_max_position_embeddings"], parameters["llama_4_scaling_beta"]
    far = torch.tensor([0, 16383, 16384, 32767, 32768, 100_000, 262_143])
    tau = ministral3.get_llama_4_attn_scale(far[None], beta, length)[0, 0, :, 0]
    found.append(
        reference(
            "transformers", "ministral3.get_llama_4_attn_scale", form="steps", length=length, positions=far - 1, tau=tau
        )
    )

    config = InklingTextConfig(hidden_size=8, num_attention_heads=1, num_key_value_heads=1, head_dim=8)
    config.log_scaling_n_floor = LENGTH
    last = next(i for i, kind in enumerate(config.layer_types) if "sliding" not in kind)
    met = queries(inkling, inkling.InklingAttention(config, last))
    found.append(
        reference(
            "transformers", "inkling.InklingAttention", form="smooth", length=LENGTH, positions=at, tau=met / met[0]
        )
    )
    return found
