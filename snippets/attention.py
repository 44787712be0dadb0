"""One attention layer with three doors: position can enter at the input, at queries and
keys, or at the scores.

    x -> at_input -> W_q, W_k, W_v -> at_qk -> q k^T / sqrt(d_h) + at_scores
      -> causal mask -> softmax -> values

Shapes: B batch, T sequence length, d model dimension, h heads, d_h = d/h head
dimension.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn


class Attention(nn.Module):
    """Causal multi-head attention; a scheme is a function handed to one of three doors.

    Raises TypeError, ValueError unless ``dim`` is a positive multiple of ``heads``.
    """

    def __init__(self, dim: int, heads: int):
        _check_heads(dim, heads)
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.out = nn.Linear(dim, dim, bias=False)

    def forward(
        self,
        x: Tensor,
        at_input: Callable[[Tensor], Tensor] | None = None,
        at_qk: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]] | None = None,
        at_scores: Callable[[Tensor, Tensor], Tensor] | None = None,
    ) -> Tensor:
        """(B, T, d) -> (B, T, d).

        at_input: x (B, T, d) -> what the layer reads (B, T, d).
        at_qk: q, k, each (B, h, T, d_h) -> the q and k that meet.
        at_scores: q, k -> what is added to the scores, (h, T, T) or (B, h, T, T).
        """
        if at_input:
            x = at_input(x)
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        if at_qk:
            q, k = at_qk(q, k)
        bias = at_scores(q, k) if at_scores else None
        return self.out(self.meet(q, k, v, bias).transpose(1, 2).flatten(2))

    def meet(self, q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None) -> Tensor:
        """Where queries meet keys: q, k, v (B, h, T, d_h) -> (B, h, T, d_h).

        bias: what is added to the scores; -inf hides a key. A query with every key
        hidden, as padding has, gets zeros.
        """
        scores = (q / q.shape[-1] ** 0.5) @ k.mT  # in this order float16 has room
        if bias is not None:
            scores = scores + bias.to(scores.dtype)
        later = torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device).triu(1)
        scores = scores.masked_fill(later, -torch.inf)
        alone = scores.amax(-1, keepdim=True) == -torch.inf  # softmax would give nan
        weights = scores.masked_fill(alone, 0).softmax(-1).masked_fill(alone, 0)
        return weights @ v


def _check_heads(dim: int, heads: int) -> None:
    for name, value in (("dim", dim), ("heads", heads)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} must be an int, got {value!r}")
    if heads < 1 or dim < 1 or dim % heads:
        want = "a positive multiple of heads"
        raise ValueError(f"dim must be {want}, got dim {dim} and {heads} heads")
