import torch
from common import reference


def record():
    from rotary_embedding_torch import RotaryEmbedding, apply_rotary_emb
    from transformers import DINOv3ViTConfig, Llama4VisionConfig, PixtralVisionConfig
    from transformers.models.dinov3_vit import modeling_dinov3_vit as dinov3
    from transformers.models.gemma4 import modeling_gemma4 as gemma4
    from transformers.models.gemma4.configuration_gemma4 import Gemma4VisionConfig
    from transformers.models.llama4.modeling_llama4 import Llama4VisionRotaryEmbedding, vision_apply_rotary_emb
    from transformers.models.pixtral import modeling_pixtral as pixtral
    from transformers.models.qwen2_vl import modeling_qwen2_vl as qwen2_vl
    from transformers.models.qwen2_vl.configuration_qwen2_vl import Qwen2VLVisionConfig

    torch.manual_seed(0)
    side, dim = 3, 12
    x = torch.randn(side * side, dim)
    rows, columns = (at.flatten() for at in torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij"))
    at = torch.stack((rows, columns), dim=1)

    angles = RotaryEmbedding(dim // 2).get_axial_freqs(side, side).detach()
    found = [
        reference(
            "rotary-embedding-torch",
            "RotaryEmbedding.get_axial_freqs",
            x=x,
            turned=apply_rotary_emb(angles, x.view(side, side, dim)).flatten(0, 1),
        )
    ]

    config = Qwen2VLVisionConfig(embed_dim=dim, num_heads=1)
    cos, sin = qwen2_vl.Qwen2VLVisionRotaryEmbedding(config)(x, at)
    turned, _ = qwen2_vl.apply_rotary_pos_emb_vision(x[:, None], x[:, None], cos, sin)
    found.append(reference("transformers", "qwen2_vl.Qwen2VLVisionRotaryEmbedding", x=x, turned=turned[:, 0]))

    config = PixtralVisionConfig(hidden_size=dim, num_attention_heads=1)
    cos, sin = pixtral.PixtralVisionRotaryEmbedding(config)(x, at)
    turned, _ = pixtral.apply_rotary_pos_emb(x[:, None], x[:, None], cos, sin)
    found.append(reference("transformers", "pixtral.PixtralVisionRotaryEmbedding", x=x, turned=turned[:, 0]))

    config = Llama4VisionConfig(hidden_size=dim, num_attention_heads=1, image_size=side * 14, patch_size=14)
    whole = torch.cat((x, torch.zeros(1, dim)))[None, :, None]  # the last token is the class token
    turned, _ = vision_apply_rotary_emb(whole, whole, Llama4VisionRotaryEmbedding(config)(whole))
    found.append(reference("transformers", "llama4.Llama4VisionRotaryEmbedding", x=x, turned=turned[0, :-1, 0]))

    config = Gemma4VisionConfig(hidden_size=dim, num_attention_heads=1, head_dim=dim)
    places = at[None].flip(-1)  # its image processor gives (column, row)
    cos, sin = gemma4.Gemma4VisionRotaryEmbedding(config)(x[None], places)
    turned = gemma4.apply_multidimensional_rope(x[None, :, None], cos, sin, places)
    found.append(reference("transformers", "gemma4.Gemma4VisionRotaryEmbedding", x=x, turned=turned[0, :, 0]))

    config = DINOv3ViTConfig(hidden_size=dim, num_attention_heads=1, image_size=side * 16, patch_size=16)
    cos, sin = dinov3.DINOv3ViTRopePositionEmbedding(config).eval()(torch.zeros(1, 3, side * 16, side * 16))
    turned = x * cos + dinov3.rotate_half(x) * sin
    found.append(reference("transformers", "dinov3_vit.DINOv3ViTRopePositionEmbedding", x=x, turned=turned))
    return found
