"""What all situations share: a layer of causal attention with a scheme at its
door, a text, a comparison.

A situation is a function of the name of a scheme. It returns if the scheme gives
there what a plain run gives, in which one whole text is read at once in float64.
It raises what the scheme or torch raises, ``DoesNotApply`` with a reason, or
AssertionError where the values are wrong.

Shapes: B batch, T sequence length, d model dimension, h heads, d_h = d/h.
"""

import torch
from torch import Tensor, nn

from snippets import catalogue
from snippets.schemes.none import causal_attention
from snippets.schemes.shaw import Shaw

DIM, HEADS, TRAINED, LENGTH = 64, 2, 32, 12
TEXTS = 3


class DoesNotApply(Exception):
    """There is nothing to try; the message is the reason."""


class Layer(nn.Module):
    """One layer of attention with scheme ``name``; its tables are random, to show.

    trained: the length it is built for. seed: of its weights.
    """

    def __init__(self, name: str, trained: int = TRAINED, seed: int = 0):
        super().__init__()
        torch.manual_seed(seed)
        self.name = name
        self.qkv = nn.Linear(DIM, 3 * DIM, bias=False)
        self.scheme = catalogue.build(name, DIM, HEADS, trained)
        if not self.qkv.weight.is_meta:
            catalogue.wake(self.scheme)
        modules = self.scheme.modules + self.scheme.layer_modules
        self.weights = nn.ModuleList(modules)
        self.double()

    def make_speeds(self) -> None:
        """Make again what is no weight: the speeds of a scheme that rotates."""
        if not self.weights:
            self.scheme = catalogue.build(self.name, DIM, HEADS, TRAINED)

    def forward(
        self,
        x: Tensor,
        m: Tensor,
        hidden: Tensor | None = None,
        slots: Tensor | None = None,
    ) -> Tensor:
        """x (B, T, d) at positions m, (T,) or (B, T) -> (B, T, d).

        hidden: pairs that must not meet, if not the later keys. slots: places in
        memory, where they are not m.
        """
        q, k, v = self.split(x, m)
        where = None if slots is None else (slots, slots)
        return self.attend(q, k, v, m, m, hidden, where).transpose(1, 2).flatten(2)

    def split(self, x: Tensor, m: Tensor) -> tuple[Tensor, ...]:
        """Queries, keys and values, (B, h, T, d_h) each, as a cache keeps them."""
        if self.scheme.at_input:
            x = self.scheme.at_input(x, m)
        parts = self.qkv(x).chunk(3, dim=-1)
        return tuple(y.unflatten(-1, (HEADS, -1)).transpose(1, 2) for y in parts)

    def attend(
        self,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        m: Tensor,
        n: Tensor,
        hidden: Tensor | None = None,
        slots: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor:
        """Queries at m meet keys at n: (B, h, T_q, d_h)."""
        if self.name == "none" and hidden is None:  # its file is this function
            return causal_attention(q, k, v, m, n)
        if self.scheme.at_qk:
            q, k = self.scheme.at_qk(q, k, m, n)
        return self.meet(q, k, v, m, n, self.bias(q, k, m, n, slots), hidden)

    def bias(
        self,
        q: Tensor,
        k: Tensor,
        m: Tensor,
        n: Tensor,
        slots: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor | None:
        """What the scheme adds to the scores."""
        if self.name == "cope":  # it counts tokens between two places in memory
            return self.weights[0](q, k, *(slots or (m, n)))
        return self.scheme.at_scores(q, k, m, n) if self.scheme.at_scores else None

    def meet(
        self,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        m: Tensor,
        n: Tensor,
        bias: Tensor | None,
        hidden: Tensor | None = None,
    ) -> Tensor:
        """Softmax over the keys a query sees; one that sees none gets zeros."""
        hidden = later(m, n) if hidden is None else hidden
        scores = (q / q.shape[-1] ** 0.5) @ k.mT
        if bias is not None:
            scores = scores + bias.to(scores.dtype)
        scores = scores.masked_fill(hidden, -torch.inf)
        alone = hidden.all(-1, keepdim=True)
        weights = scores.masked_fill(alone, 0).softmax(-1).masked_fill(alone, 0)
        out = weights @ v
        scheme = self.weights[0] if self.weights else None
        if isinstance(scheme, Shaw):  # it adds to the values, too
            out = out + scheme.values(weights, m, n)
        return out


def later(m: Tensor, n: Tensor) -> Tensor:
    """Which keys at n stand behind queries at m: (T_q, T_k) or (B, 1, T_q, T_k)."""
    hidden = n[..., None, :] > m[..., :, None]
    return hidden[:, None] if hidden.ndim == 3 else hidden


def texts(count: int = TEXTS, length: int = LENGTH) -> Tensor:
    """Token vectors: (B, T, d), float64."""
    seeded = torch.Generator().manual_seed(1)
    return torch.randn(count, length, DIM, dtype=torch.float64, generator=seeded)


def same(got: Tensor, want: Tensor, within: float = 1e-6) -> None:
    """Raises AssertionError, with the difference, unless all agree."""
    shapes = f"{tuple(got.shape)} and not {tuple(want.shape)}"
    assert got.shape == want.shape, f"the shape is {shapes}"
    assert got.isfinite().all(), "not all values are finite"
    off = (got.double() - want.double()).abs().max().item() if got.numel() else 0.0
    assert off <= within, f"values are off by {off:.1g}"


def needs_weights(layer: Layer) -> None:
    if not layer.weights:
        raise DoesNotApply("It has no weights.")
