"""One layer of causal attention with RoPE that exports to ONNX as two operators of opset 23: RotaryEmbedding, Attention.

ONNX has no complex numbers, so the graph is fed cosines and sines: the real and the imaginary part of ``rotations``.

    turns = rotations(positions, theta)                      # outside the graph, once a step
    out = layer(x, turns.real, turns.imag)

What the operator calls ``interleaved`` is the layout of ``rotate``, pairs of neighbours; without it, that of
``rotate_halves``. Turns of fewer pairs than the head has turn its first channels, as in partial RoPE. Turns times a
factor scale the result, so YaRN's factor and xPos's decays pass as they are.
Shapes: B batch, T sequence length, d model dimension, r/2 pairs that turn.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention


def rotate_in_graph(x: Tensor, cos: Tensor, sin: Tensor, interleaved: bool = True) -> Tensor:
    """The first r channels of x (B, h, T, d_h) turned, as ``rotate`` or, not interleaved, ``rotate_halves`` turns them.

    cos, sin: (T, r/2), or (B, T, r/2) where rows differ; r at most d_h. They take the dtype of x.
    Raises ValueError: cos and sin that do not fit x.
    """
    if x.ndim != 4 or cos.shape != sin.shape or cos.ndim not in (2, 3) or 2 * cos.shape[-1] > x.shape[-1]:
        want = "(B, h, T, d_h) and cos and sin (T, r/2) or (B, T, r/2) with r at most d_h"
        raise ValueError(f"x must have shape {want}, got {tuple(x.shape)}, {tuple(cos.shape)} and {tuple(sin.shape)}")
    cos, sin = (part.to(x.dtype).expand(x.shape[0], x.shape[2], -1) for part in (cos, sin))
    turning = 2 * cos.shape[-1]
    return torch.onnx.ops.rotary_embedding(x, cos, sin, interleaved=interleaved, rotary_embedding_dim=turning)


class RotatedAttention(nn.Module):
    """Causal multi-head attention with queries and keys turned: (B, T, d) -> (B, T, d)."""

    def __init__(self, dim: int, heads: int, interleaved: bool = True):
        super().__init__()
        self.heads = heads
        self.interleaved = interleaved
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.out = nn.Linear(dim, dim, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """cos, sin: as in ``rotate_in_graph``."""
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        q = rotate_in_graph(q, cos, sin, self.interleaved)
        k = rotate_in_graph(k, cos, sin, self.interleaved)
        return self.out(scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2))
