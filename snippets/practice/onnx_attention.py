"""One layer of causal attention with RoPE that exports to ONNX as two operators of
opset 23, RotaryEmbedding and Attention.

ONNX has no complex numbers. So the graph is fed cosines and sines, which are the real
and the imaginary part of ``rotations``, made outside of it once a step:

    turns = rotations(positions, theta)
    out = layer(x, turns.real, turns.imag)

Convention: ``interleaved`` is the operator's word for the layout of ``rotate``,
neighbours in pairs; not interleaved is that of ``rotate_halves``. Turns of fewer pairs
than the head has turn its first channels. Turns times a factor scale what they turn.
Shapes: B batch, h heads, T sequence length, d model dimension, d_h head dimension, r
channels that turn.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention


def rotate_in_graph(
    x: Tensor, cos: Tensor, sin: Tensor, interleaved: bool = True
) -> Tensor:
    """The first r channels turned: (B, h, T, d_h) -> (B, h, T, d_h), dtype of x.

    cos, sin: (T, r/2), or (B, T, r/2) where rows differ, with r at most d_h.
    Raises ValueError: shapes that do not fit.
    """
    _check(x, cos, sin)
    shape = (x.shape[0], x.shape[2], cos.shape[-1])
    return torch.onnx.ops.rotary_embedding(
        x,
        cos.to(x.dtype).expand(shape),
        sin.to(x.dtype).expand(shape),
        interleaved=interleaved,
        rotary_embedding_dim=2 * cos.shape[-1],
    )


class RotatedAttention(nn.Module):
    """Causal attention with queries and keys turned: (B, T, d) -> (B, T, d)."""

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
        met = scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(met.transpose(1, 2).flatten(2))


def save(layer: RotatedAttention, file: str, longest: int = 4096) -> None:
    """Write ``file`` for any B and T, with inputs x, cos and sin; needs onnxscript."""
    dim = layer.out.in_features
    cos = torch.ones(4, dim // layer.heads // 2)
    batch = torch.export.Dim("batch")
    length = torch.export.Dim("length", min=2, max=longest)
    torch.onnx.export(
        layer.eval(),
        (torch.ones(2, 4, dim), cos, cos.clone()),
        file,
        dynamo=True,
        opset_version=23,
        dynamic_shapes=({0: batch, 1: length}, {0: length}, {0: length}),
    )


def _check(x: Tensor, cos: Tensor, sin: Tensor) -> None:
    fits = x.ndim == 4 and cos.ndim in (2, 3) and cos.shape == sin.shape
    if not fits or 2 * cos.shape[-1] > x.shape[-1]:
        want = "(B, h, T, d_h) and cos and sin (T, r/2) or (B, T, r/2), r at most d_h"
        got = f"{tuple(x.shape)}, {tuple(cos.shape)} and {tuple(sin.shape)}"
        raise ValueError(f"x must have shape {want}; got {got}")
