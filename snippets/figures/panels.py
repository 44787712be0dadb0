"""Which schemes share a panel where trained models are compared."""

PANELS = {
    "at the input": ("none", "sinusoidal", "learned", "concatenated", "concatenated_split"),
    "at the scores": ("shaw", "t5_bias", "alibi", "kerple", "fire", "cope"),
    "rotation": ("rope", "partial_rope", "xpos"),
    "rotation, stretched": ("rope", "position_interpolation", "ntk_aware", "yarn"),
}
