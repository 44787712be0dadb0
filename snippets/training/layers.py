"""Attention of other kinds for the small GPT: keys and values from a latent, and a short convolution before them.

Shapes: B batch, T sequence length, d model dimension, h heads, d_h head dimension.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from snippets.training.model import FusedAttention


class LatentAttention(FusedAttention):
    """Keys and values from one latent of ``latent`` numbers a token, as in MLA (DeepSeek-V2, equations 9 to 19).

    Each head has d_h channels that hold no position and ``rotated`` more that do; the key's rotated part is one for
    all heads. at_qk gets these parts alone: q (B, h, T, rotated), k (B, 1, T, rotated).
    """

    def __init__(self, dim: int, heads: int, latent: int, rotated: int):
        super().__init__(dim, heads)
        size = dim // heads
        self.rotated = rotated
        del self.qkv  # the projections below take its place
        self.queries = nn.Linear(dim, heads * (size + rotated), bias=False)
        self.shrink = nn.Linear(dim, latent + rotated, bias=False)
        self.norm = nn.LayerNorm(latent)
        self.grow = nn.Linear(latent, 2 * dim, bias=False)

    def forward(
        self,
        x: Tensor,
        at_input: Callable[[Tensor], Tensor] | None = None,
        at_qk: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]] | None = None,
        at_scores: Callable[[Tensor, Tensor], Tensor] | None = None,
    ) -> Tensor:
        """(B, T, d) -> (B, T, d); the doors as those of ``Attention``."""
        if at_input:
            x = at_input(x)
        q = self.queries(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        latent, k_r = self.shrink(x).tensor_split([self.norm.normalized_shape[0]], dim=-1)
        k, v = self.grow(self.norm(latent)).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        if self.rotated:
            q_c, q_r = q.tensor_split([k.shape[-1]], dim=-1)
            k_r = k_r[:, None]
            if at_qk:
                q_r, k_r = at_qk(q_r, k_r)
            q, k = torch.cat((q_c, q_r), -1), torch.cat((k, k_r.expand(-1, self.heads, -1, -1)), -1)
        bias = at_scores(q, k) if at_scores else None
        return self.out(self.meet(q, k, v, bias).transpose(1, 2).flatten(2))


class ConvolvedAttention(FusedAttention):
    """Each channel of keys and values is mixed with its ``width`` - 1 earlier ones, and added to what it was.

    So in Inkling, which has it in two more places.
    """

    def __init__(self, dim: int, heads: int, width: int = 4):
        super().__init__(dim, heads)
        self.width = width
        self.mix = nn.Parameter(torch.zeros(2 * dim, 1, width))  # starts as plain attention

    def meet(self, q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None) -> Tensor:
        """As ``FusedAttention.meet``."""
        channels = torch.cat((k, v), 1).transpose(2, 3).flatten(1, 2)  # (B, 2 d, T)
        mixed = channels + F.conv1d(F.pad(channels, (self.width - 1, 0)), self.mix, groups=len(self.mix))
        k, v = mixed.unflatten(1, (2 * self.heads, -1)).transpose(2, 3).chunk(2, dim=1)
        return super().meet(q, k, v, bias)
