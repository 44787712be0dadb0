"""A small GPT over bytes that takes any scheme of the site at its door, with weights that are otherwise the same.

    ids -> token vectors (door: input) -> layers of attention (doors: queries and keys, scores) and MLP -> next byte

Shapes: B batch, T sequence length, d model dimension, h heads, d_h head dimension, V = 256 bytes.
"""

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from snippets import catalogue
from snippets.attention import Attention
from snippets.catalogue import Scheme
from snippets.schemes.concatenated import ConcatenateAndProject, concatenate
from snippets.schemes.learned import LearnedPositions
from snippets.schemes.shaw import Shaw

VOCABULARY = 256
SCHEMES = (  # what the experiments compare
    "none", "sinusoidal", "learned", "concatenated", "concatenated_split", "shaw", "t5_bias", "alibi", "kerple", "fire",
    "cope", "rope", "partial_rope", "xpos",
)  # fmt: skip


class FusedAttention(Attention):
    """The same attention through PyTorch's fused kernel, which never holds the scores if nothing is added to them."""

    def meet(self, q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None) -> Tensor:
        """As ``Attention.meet``: q, k, v (B, h, T, d_h) and what is added to the scores -> (B, h, T, d_h)."""
        if q.shape[-1] > v.shape[-1]:  # PyTorch's kernel wants one width
            return self.meet(q, k, F.pad(v, (0, q.shape[-1] - v.shape[-1])), bias)[..., : v.shape[-1]]
        if bias is None:
            return F.scaled_dot_product_attention(q, k, v, is_causal=True)
        if bias.ndim == 3:
            bias = bias[None]  # the fused kernel takes no mask of three axes
        later = torch.full(bias.shape[-2:], -torch.inf, dtype=q.dtype, device=q.device).triu(1)
        return F.scaled_dot_product_attention(q, k, v, attn_mask=bias.to(q.dtype) + later)  # a sum has a free gradient


class SmallGPT(nn.Module):
    """A decoder with pre-norm layers and without dropout; ``schemes`` has one entry a layer, or one for all layers.

    token_std: standard deviation of the token vectors at the start. Where they are narrower than ``dim``, the scheme
    must fill the rest at the input. attention: makes the attention of a layer from width and heads.
    Raises ValueError for a number of schemes that is neither 1 nor ``layers``.
    """

    recipe = ""  # its name, if it is one of recipes.py

    def __init__(
        self,
        schemes: list[Scheme],
        dim: int,
        heads: int,
        layers: int,
        token_std: float,
        token_dim: int = 0,
        attention: Callable[[int, int], Attention] = FusedAttention,
    ):
        super().__init__()
        if len(schemes) not in (1, layers):
            raise ValueError(f"schemes must be 1 for all layers or one for each of {layers}, got {len(schemes)}")
        self.schemes = schemes * layers if len(schemes) == 1 else schemes
        unlike = {id(scheme): scheme for scheme in schemes}.values()
        self.places = nn.ModuleList(module for scheme in unlike for module in (*scheme.modules, *scheme.layer_modules))
        self.tokens = nn.Embedding(VOCABULARY, token_dim or dim)
        nn.init.normal_(self.tokens.weight, std=token_std)
        self.norms = nn.ModuleList(nn.LayerNorm(dim) for _ in range(2 * layers + 1))
        self.attention = nn.ModuleList(attention(dim, heads) for _ in range(layers))
        self.mlp = nn.ModuleList(
            nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim)) for _ in range(layers)
        )
        self.read = nn.Linear(dim, VOCABULARY, bias=False)

    def forward(self, ids: Tensor, window: int = 0) -> Tensor:
        """Scores of the next byte: (B, T) -> (B, T, V). A query sees the ``window`` nearest keys; 0: all before it."""
        at = torch.arange(ids.shape[1], device=ids.device)
        far = at[:, None] - at >= window if window else None
        x = self.tokens(ids)
        if self.schemes[0].at_input:
            x = self.schemes[0].at_input(x, at)
        shared = {}
        for layer, scheme in enumerate(self.schemes):
            at_qk, at_scores = doors(scheme, at, far, shared)
            x = x + self.attention[layer](self.norms[2 * layer](x), at_qk=at_qk, at_scores=at_scores)
            x = x + self.mlp[layer](self.norms[2 * layer + 1](x))
        return self.read(self.norms[-1](x))


def doors(scheme: Scheme, at: Tensor, far: Tensor | None, shared: dict) -> tuple[Callable | None, Callable | None]:
    """What ``Attention`` takes at its second and third door, for tokens at positions ``at`` (T,).

    far: True where a key is out of sight, (T, T). shared: a bias or turns that layers have in common are made once,
    here.
    """

    def at_scores(q: Tensor, k: Tensor) -> Tensor:
        bias = shared.get(id(scheme))
        if bias is None:
            bias = scheme.at_scores(q, k, at, at) if scheme.at_scores else q.new_zeros(1, len(at), len(at))
            if bias.ndim == 3 and not scheme.layer_modules:  # it hangs on positions alone
                shared[id(scheme)] = bias
        return bias if far is None else bias.masked_fill(far, -torch.inf)

    def at_qk(q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
        if scheme.turns and scheme.turn:
            if scheme.turns not in shared:
                shared[scheme.turns] = scheme.turns(at)
            return scheme.turn(q, shared[scheme.turns]), scheme.turn(k, shared[scheme.turns])
        assert scheme.at_qk
        return scheme.at_qk(q, k, at, at)

    return at_qk if scheme.at_qk else None, at_scores if scheme.at_scores or far is not None else None


def build(
    name: str, dim: int, heads: int, layers: int, trained: int, longest: int, token_std: float, seed: int
) -> SmallGPT:
    """A model with scheme ``name``, as ``seed`` starts it: a name of the catalogue, "concatenated_split" or a file.

    Learned tables have ``longest`` rows, of which training on ``trained`` tokens reaches the first. In
    "concatenated_split" a quarter of the width belongs to the position and the tokens keep the rest. A file, such as
    ``mine.py``, must have a function ``build(dim, heads, trained) -> catalogue.Scheme``.
    """
    torch.manual_seed(seed)
    token_dim = dim
    if name == "learned":
        table = LearnedPositions(longest, dim)
        made = [Scheme(at_input=table, modules=(table,))]
    elif name == "concatenated":
        rows, join = LearnedPositions(longest, dim), ConcatenateAndProject(dim, dim)
        made = [Scheme(at_input=lambda x, at: join(x, rows.weight, at), modules=(rows, join))]
    elif name == "concatenated_split":
        token_dim = dim - dim // 4
        rows = LearnedPositions(longest, dim // 4)
        made = [Scheme(at_input=lambda x, at: concatenate(x, rows.weight, at), modules=(rows,))]
    else:
        make = own(Path(name)) if name.endswith(".py") else lambda *sizes: catalogue.build(name, *sizes)
        made = [make(dim, heads, trained)]
        if made[0].layer_modules:
            made += [make(dim, heads, trained) for _ in range(layers - 1)]
        if name == "cope":  # here tokens stand in their order, which spares it sorting them
            made = [replace(scheme, at_scores=_in_order(*scheme.layer_modules)) for scheme in made]
        if name == "shaw":
            made = [replace(scheme, at_scores=_as_product(*scheme.layer_modules)) for scheme in made]
    torch.manual_seed(seed)  # so that all else starts alike, whatever weights a scheme has
    return SmallGPT(made, dim, heads, layers, token_std, token_dim)


def _in_order(cope: nn.Module) -> Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]:
    return lambda q, k, m, n: cope(q, k)


def _as_product(shaw: nn.Module) -> Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]:
    """What Shaw's file gives for tokens in their order, in training as a product with zeros and ones.

    The gradient is then a product too, and no sum of single numbers, which takes longer than all else of a layer.
    """
    assert isinstance(shaw, Shaw)

    def at_scores(q: Tensor, k: Tensor, m: Tensor, n: Tensor) -> Tensor:
        if not torch.is_grad_enabled():
            return shaw(q, m, n)
        by_row = q @ shaw.to_keys.mT / q.shape[-1] ** 0.5  # (B, h, T, 2K + 1)
        return torch.einsum("bhtr,trs->bhts", by_row, _rows(len(m), shaw.clip).to(q))

    return at_scores


@lru_cache(maxsize=1)
def _rows(length: int, clip: int) -> Tensor:
    """1 where a query meets a key by a row of Shaw's table, else 0: (T, 2K + 1, T)."""
    at = torch.arange(length)
    return F.one_hot((at - at[:, None]).clamp(-clip, clip) + clip, 2 * clip + 1).mT.float()


def own(path: Path) -> Callable[[int, int, int], Scheme]:
    """The function ``build`` of a scheme file outside the catalogue. Raises FileNotFoundError, ValueError."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no scheme file {str(path)!r}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader, f"{path} is no Python file"
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not callable(getattr(module, "build", None)):
        raise ValueError(f"{path} needs a function build(dim, heads, trained) that returns a catalogue.Scheme")
    return module.build
