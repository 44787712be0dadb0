"""Which schemes share a panel where trained models are compared."""

PANELS = {
    "at the input": ("none", "sinusoidal", "learned", "concatenated", "concatenated_split"),
    "at the scores": ("shaw", "t5_bias", "alibi", "kerple", "fire", "cope"),
    "rotation": ("rope", "partial_rope", "xpos"),
    "rotation, stretched": ("rope", "position_interpolation", "ntk_aware", "yarn"),
}
RECIPES = {  # panel -> recipe -> its label, and the mark whose colour and line it has there
    "all layers alike": {
        "rope": ("RoPE", "rope"),
        "rope_base": ("base 60,000", "t5_bias"),
        "drope": ("DroPE", "drope"),
        "none": ("no positions", "none"),
        "alibi": ("ALiBi", "alibi"),
    },
    "one layer in four differs": {
        "near": ("window alone", "t5_bias"),
        "near_far": ("3:1", "layer_pattern"),
        "near_far_base": ("3:1, large base", "cope"),
        "near_far_open": ("3:1, no window", "alibi"),
        "two_bases": ("two bases", "xpos"),
    },
    "a part of each head": {
        "proportional_rope": ("p-RoPE", "proportional_rope"),
        "partial_rope": ("partial RoPE", "partial_rope"),
        "mla_0": ("MLA 0", "none"),
        "mla_8": ("MLA 8", "t5_bias"),
        "mla_16": ("MLA 16", "alibi"),
        "mla_32": ("MLA 32", "xpos"),
    },
    "content in the score": {
        "content_bias": ("content bias", "content_bias"),
        "content_bias_conv": ("with convolution", "shaw"),
        "pope": ("PoPE", "alibi"),
    },
}
