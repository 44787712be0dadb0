from types import MethodType, SimpleNamespace

import torch
from common import reference


def record():
    from transformers.models.qwen2_vl import modeling_qwen2_vl as qwen2_vl
    from transformers.models.qwen2_vl.configuration_qwen2_vl import Qwen2VLTextConfig
    from transformers.models.qwen3_vl import modeling_qwen3_vl as qwen3_vl
    from transformers.models.qwen3_vl.configuration_qwen3_vl import Qwen3VLTextConfig

    torch.manual_seed(0)
    dim, base = 16, 10000.0
    # two sequences of a batch: text, an image of 2 by 2, text; a video far from the start
    positions = torch.tensor(
        [
            [[0, 1, 2, 2, 2, 2, 4], [900, 900, 901, 901, 902, 902, 9000]],
            [[0, 1, 2, 2, 3, 3, 4], [900, 901, 900, 901, 900, 901, 9000]],
            [[0, 1, 2, 3, 2, 3, 4], [907, 907, 907, 907, 907, 907, 9000]],
        ]
    )
    x = torch.randn(2, 1, positions.shape[-1], dim)

    def rotary(module, name, config, sections):
        """The model's own class, set to ``sections``, on a head of d_h = twice their sum."""
        parameters = {"rope_type": "default", "rope_theta": base, "mrope_section": sections}
        size = 2 * sum(sections)
        return getattr(module, name)(
            config(
                hidden_size=size,
                num_attention_heads=1,
                num_key_value_heads=1,
                head_dim=size,
                rope_parameters=parameters,
            )
        )

    found = []
    for module, name, config, small, shipped in (
        (qwen2_vl, "Qwen2VLRotaryEmbedding", Qwen2VLTextConfig, [2, 3, 3], [[16, 24, 24]]),
        (qwen3_vl, "Qwen3VLTextRotaryEmbedding", Qwen3VLTextConfig, [4, 2, 2], [[24, 20, 20], [11, 11, 10]]),
    ):
        called = f"{module.__name__.split('.')[-2]}.{name}"
        cos, sin = rotary(module, name, config, small)(x, positions)
        turned, _ = module.apply_rotary_pos_emb(x, x, cos, sin)
        found.append(reference("transformers", called, sections=small, positions=positions, x=x, turned=turned))
        for sections in shipped:
            # fed with 0, 1 and 2 in place of angles, the class tells which axis each pair gets
            marks = torch.arange(3.0)[:, None, None, None].repeat(1, 1, 1, sum(sections))
            axes = rotary(module, name, config, sections).recomposition_frequencies(marks)[0, 0, : sum(sections)]
            found.append(reference("transformers", called, sections=sections, axes=axes.long()))

    # ids of three text tokens, an image or a video (its grid in patches, of which 2 by 2 are merged), two text tokens
    vision = SimpleNamespace(spatial_merge_size=2)
    model = SimpleNamespace(config=SimpleNamespace(vision_config=vision))
    model.get_vision_position_ids = MethodType(qwen2_vl.Qwen2VLModel.get_vision_position_ids, model)
    for kind, grid in (("image", (1, 6, 8)), ("video", (5, 4, 4))):
        tokens = grid[0] * grid[1] * grid[2] // 4
        types = torch.tensor([[0] * 3 + [1 if kind == "image" else 2] * tokens + [0] * 2])
        ids, _ = qwen2_vl.Qwen2VLModel.get_rope_index(
            model, torch.zeros_like(types), types, **{f"{kind}_grid_thw": torch.tensor([grid])}
        )
        found.append(reference("transformers", "Qwen2VLModel.get_rope_index", grid=grid, ids=ids[:, 0]))
    return found
