"""The small GPT built by the recipes of 2024 to 2026: what each layer does with positions, and how it attends.

rope, none, alibi, ...     one scheme of the catalogue in every layer
rope_base                  RoPE with a base above the bound for eight times the length
near                       RoPE and a window of 32 tokens in every layer
near_far                   near, but every fourth layer sees everything and has no positions
near_far_open              the same without the window
near_far_base              near_far with a base of a million in the windows
two_bases                  near, but every fourth layer sees everything and turns with a base of a million
content_bias_conv          content_bias with a short convolution over keys and values
mla_0, mla_8, ...          attention from a latent, so many channels of each head turned
drope                      RoPE, whose rotation is taken away towards the end of the training
pope                       lengths and angles apart: queries and keys twice as wide as values
"""

from collections.abc import Callable
from functools import partial

import torch

from snippets import catalogue
from snippets.attention import Attention
from snippets.catalogue import Scheme, looking_back, turning
from snippets.schemes.layer_pattern import every_from_first
from snippets.schemes.rope import frequencies
from snippets.training.layers import ConvolvedAttention, LatentAttention
from snippets.training.model import FusedAttention, SmallGPT

RECIPES = (
    "rope", "none", "near_far", "near_far_open", "near", "two_bases", "near_far_base", "proportional_rope",
    "partial_rope", "content_bias", "content_bias_conv", "mla_0", "mla_8", "mla_16", "mla_32", "drope", "alibi",
    "rope_base", "pope",
)  # fmt: skip
WINDOW, EVERY, FAR_BASE = 32, 4, 1e6
ABOVE_BOUND = 60_000.0  # the bound of a head of 32 channels for 1024 tokens is below it: test_recipes.py


def in_layers(near: Scheme, far: Scheme, layers: int) -> list[Scheme]:
    """``far`` in every fourth layer, ``near`` in the others, the first among them."""
    return [far if is_global else near for is_global in every_from_first(layers, EVERY)]


def schemes(recipe: str, dim: int, heads: int, layers: int, trained: int) -> list[Scheme]:
    """The scheme of every layer. Raises ValueError for a name that is neither here nor in the catalogue."""
    theta = frequencies(dim // heads)
    near, kind = looking_back(turning(theta), WINDOW, heads), recipe.partition("_")[0]
    far_turning = turning(frequencies(dim // heads, FAR_BASE))
    match recipe:
        case "rope_base":
            return [turning(frequencies(dim // heads, ABOVE_BOUND))] * layers
        case "near":
            return [near] * layers
        case "near_far":
            return in_layers(near, Scheme(), layers)
        case "near_far_open":
            return in_layers(turning(theta), Scheme(), layers)
        case "near_far_base":
            return in_layers(looking_back(far_turning, WINDOW, heads), Scheme(), layers)
        case "two_bases":
            return in_layers(near, far_turning, layers)
        case "drope":
            return [turning(theta)] * layers
        case "content_bias_conv":
            recipe = "content_bias"
        case _ if kind == "mla":
            rotated = int(recipe.partition("_")[2])
            return [turning(frequencies(rotated)) if rotated else Scheme()] * layers
    first = catalogue.build(recipe, dim, heads, trained)
    if not first.layer_modules:
        return [first] * layers
    return [first] + [catalogue.build(recipe, dim, heads, trained) for _ in range(layers - 1)]


def attention(recipe: str, dim: int) -> Callable[[int, int], Attention]:
    """How a layer of the recipe attends: a class, or a function, of width and heads."""
    if recipe == "content_bias_conv":
        return ConvolvedAttention
    if recipe.startswith("mla_"):
        return partial(LatentAttention, latent=dim // 2, rotated=int(recipe.partition("_")[2]))
    return FusedAttention


def build(recipe: str, dim: int, heads: int, layers: int, trained: int, token_std: float, seed: int) -> SmallGPT:
    """A model as ``seed`` starts it; what recipes have in common starts alike, but for those with other projections."""
    torch.manual_seed(seed)
    each = schemes(recipe, dim, heads, layers, trained)
    torch.manual_seed(seed)
    model = SmallGPT(each, dim, heads, layers, token_std, attention=attention(recipe, dim))
    model.recipe = recipe
    return model
