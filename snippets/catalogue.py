"""Every scheme of the site, ready to compare: at its door, built for a model of given sizes.

Tables, figures and tests that look at all schemes alike start here; a scheme's own file needs nothing of this.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from snippets.schemes import (
    alibi,
    concatenated,
    content_bias,
    cope,
    deberta,
    decoupled_rope,
    drope,
    fire,
    kerple,
    layer_pattern,
    learned,
    length_temperature,
    llama3_scaling,
    longrope,
    m_rope,
    ntk_aware,
    partial_rope,
    pope,
    position_interpolation,
    proportional_rope,
    rope,
    rope_2d,
    shaw,
    sinusoidal,
    t5_bias,
    transformer_xl,
    xpos,
    yarn,
)

GROUPS: dict[str, tuple[str, ...]] = {
    "input": ("none", "sinusoidal", "learned", "concatenated"),
    "bias": ("shaw", "transformer_xl", "t5_bias", "deberta", "alibi", "kerple", "fire", "cope", "content_bias"),
    "rotation": (
        "rope",
        "partial_rope",
        "proportional_rope",
        "layer_pattern",
        "decoupled_rope",
        "xpos",
        "pope",
        "rope_2d",
        "m_rope",
    ),
    "stretch": (
        "position_interpolation",
        "ntk_aware",
        "yarn",
        "llama3_scaling",
        "longrope",
        "length_temperature",
        "drope",
    ),
}
NAMES = tuple(name for names in GROUPS.values() for name in names)
PAST = 256  # places that take tokens past a trained length of 128; whole rows of an image
WINDOW = 4  # a layer with a window sees this part of the trained length: a quarter
STRETCH = 4  # the stretching schemes are built for four times the trained length
DROPE = 0.412  # the coefficient that DroPE's authors found for a model of their own
IMAGE_WIDTH = 16  # the schemes for images read a sequence as an image of so many patches a row
PHI = Path("snippets/data/phi35_longrope.json")  # LongRoPE's factors are data; here those of Phi-3.5, interpolated


@dataclass(frozen=True)
class Scheme:
    """What a scheme does at the three doors, and the weights it brings.

    at_input: x (B, T, d), positions (T,) -> (B, T, d).
    at_qk: q, k (B, h, T, d_h), their positions m and n, each (T,) -> q, k, perhaps wider.
    turns: what at_qk makes of positions alone, for a model that wants to make it once for all layers; turn: what it
    then does with q or k and that. Only where at_qk is made of the two.
    at_scores: q, k, m, n -> what is added to the scores, (h, T, T) or (B, h, T, T).
    modules: weights of the whole model; layer_modules: weights that every layer has anew, but for those named in
    ``shared``, which all layers have in common.
    """

    at_input: Callable[[Tensor, Tensor], Tensor] | None = None
    at_qk: Callable[[Tensor, Tensor, Tensor, Tensor], tuple[Tensor, Tensor]] | None = None
    at_scores: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor] | None = None
    turns: Callable[[Tensor], Tensor] | None = None
    turn: Callable[[Tensor, Tensor], Tensor] | None = None
    modules: tuple[nn.Module, ...] = ()
    layer_modules: tuple[nn.Module, ...] = ()
    shared: tuple[str, ...] = ()

    @property
    def door(self) -> str:
        """Where it enters: "input", "queries, keys", "scores" or "none"."""
        doors = {"input": self.at_input, "scores": self.at_scores, "queries, keys": self.at_qk}
        return next((door for door, used in doors.items() if used), "none")

    def parameters(self, layers: int) -> int:
        """How many weights it adds to a model of so many layers."""
        total = sum(weight.numel() for module in self.modules for weight in module.parameters())
        for module in self.layer_modules:
            for name, weight in module.named_parameters():
                total += weight.numel() if name in self.shared else layers * weight.numel()
        return total


def rotating(turns: Callable[[Tensor], Tensor], factor: float = 1.0, rotate=rope.rotate) -> Scheme:
    """q and k rotated by ``turns`` of their positions, and times ``factor`` (YaRN and LongRoPE sharpen scores so)."""
    turn = rotate if factor == 1 else lambda x, turned: rotate(x, turned) * factor
    return Scheme(at_qk=lambda q, k, m, n: (turn(q, turns(m)), turn(k, turns(n))), turns=turns, turn=turn)


def turning(theta: Tensor, factor: float = 1.0) -> Scheme:
    """RoPE with the speeds ``theta``."""
    return rotating(lambda positions: rope.rotations(positions, theta), factor)


def looking_back(scheme: Scheme, window: int, heads: int) -> Scheme:
    """The same for a layer that sees a window: what is further away gets -inf at the scores."""

    def hidden(q: Tensor, k: Tensor, m: Tensor, n: Tensor) -> Tensor:
        seen = layer_pattern.window_mask(m, n, window)
        bias = torch.zeros_like(seen, dtype=torch.float32).masked_fill(~seen, -torch.inf)
        return bias.expand(*bias.shape[:-3], heads, *bias.shape[-2:])

    return replace(scheme, at_scores=hidden)


def _in_image(positions: Tensor) -> tuple[Tensor, Tensor]:
    """Row and column of every patch of an image read row by row: two of (T,)."""
    return positions // IMAGE_WIDTH, positions % IMAGE_WIDTH


def _ids(positions: Tensor) -> Tensor:
    """Positions of M-RoPE for such an image: (3, T)."""
    return torch.stack((torch.zeros_like(positions), *_in_image(positions)))


def build(name: str, dim: int, heads: int, trained: int) -> Scheme:
    """Scheme ``name`` for a model of width ``dim`` with ``heads`` heads, trained on ``trained`` tokens.

    Schemes with weights start as their files start them. Raises ValueError for a name that is not in ``NAMES``.
    """
    size = dim // heads
    theta = rope.frequencies(size)
    match name:
        case "none":
            return Scheme()
        case "sinusoidal":
            return Scheme(at_input=sinusoidal.add_sinusoidal)
        case "learned":
            table = learned.LearnedPositions(trained, dim)
            return Scheme(at_input=table, modules=(table,))
        case "concatenated":
            table = nn.Embedding(trained, dim)
            join = concatenated.ConcatenateAndProject(dim, dim)
            return Scheme(at_input=lambda x, positions: join(x, table.weight, positions), modules=(table, join))
        case "shaw":
            scheme = shaw.Shaw(size)
            return Scheme(at_scores=lambda q, k, m, n: scheme(q, m, n), layer_modules=(scheme,))
        case "transformer_xl":
            scheme = transformer_xl.TransformerXL(dim, heads)
            return Scheme(at_scores=scheme, layer_modules=(scheme,))
        case "t5_bias":
            scheme = t5_bias.T5Bias(heads)
            return Scheme(at_scores=lambda q, k, m, n: scheme(m, n), modules=(scheme,))
        case "deberta":
            scheme = deberta.DeBERTa(dim, heads, min(512, trained // 2))  # 512 as in the paper
            return Scheme(
                at_qk=lambda q, k, m, n: deberta.shrink(q, k),
                at_scores=scheme,
                layer_modules=(scheme,),
                shared=("rows",),
            )
        case "alibi":
            return Scheme(at_scores=lambda q, k, m, n: alibi.alibi_bias(m, n, heads))
        case "kerple":
            scheme = kerple.KerpleLog(heads)
            return Scheme(at_scores=lambda q, k, m, n: scheme(m, n), layer_modules=(scheme,))
        case "fire":
            scheme = fire.Fire(heads, threshold=trained / 4)  # as in the paper, where 512 goes with 2048
            return Scheme(at_scores=lambda q, k, m, n: scheme(m, n), layer_modules=(scheme,))
        case "cope":
            scheme = cope.CoPE(size, 64)
            return Scheme(at_scores=scheme, layer_modules=(scheme,))
        case "content_bias":
            scheme = content_bias.ContentBias(dim, heads, min(1024, trained))  # 1024 as in Inkling
            # It reads x, and this door shows queries. Side by side they are W_q x, and where W_q can be inverted,
            # whatever W_r makes of x another W_r makes of them.
            return Scheme(
                at_scores=lambda q, k, m, n: scheme(q.transpose(1, 2).flatten(2), m, n), layer_modules=(scheme,)
            )
        case "rope":
            return turning(theta)
        case "partial_rope":
            quarter = rope.frequencies(size // 4)
            return rotating(lambda positions: rope.rotations(positions, quarter), rotate=partial_rope.partial_rotate)
        case "proportional_rope":
            return turning(proportional_rope.p_rope_frequencies(size, 0.25))
        case "layer_pattern":  # a local layer; a global one is as "none" or as "rope"
            return looking_back(turning(theta), max(1, trained // WINDOW), heads)
        case "decoupled_rope":
            half = size // 2  # of each head turns, as in Mistral 4
            speeds = rope.frequencies(half)

            def turn(q: Tensor, k: Tensor, m: Tensor, n: Tensor) -> tuple[Tensor, Tensor]:
                """The key that all heads share is the last half of the first head's; nothing is compressed."""
                return decoupled_rope.decoupled(q, k[..., :-half], k[:, :1, :, -half:], m, n, speeds)

            return Scheme(at_qk=turn)
        case "xpos":
            return Scheme(at_qk=xpos.xpos)
        case "pope":
            scheme = pope.PoPE(size, heads)

            def polar(q: Tensor, k: Tensor, m: Tensor, n: Tensor) -> tuple[Tensor, Tensor]:
                """Attention divides by the root of the width that it sees, which is twice that of the head."""
                q, k = scheme(q, k, m, n)
                return q * 2**0.5, k

            return Scheme(at_qk=polar, layer_modules=(scheme,))
        case "rope_2d":
            speeds = rope_2d.axial_frequencies(size)
            return rotating(lambda positions: rope_2d.rotations_2d(*_in_image(positions), speeds))
        case "m_rope":
            time = size // 8
            row = (size // 2 - time) // 2
            sections = (time, row, size // 2 - time - row)
            return rotating(lambda positions: m_rope.m_rope_rotations(_ids(positions), theta, sections))
        case "position_interpolation":
            return turning(position_interpolation.interpolated_frequencies(size, STRETCH))
        case "ntk_aware":
            return turning(ntk_aware.ntk_frequencies(size, STRETCH))
        case "yarn":
            return turning(yarn.yarn_frequencies(size, STRETCH, trained), yarn.yarn_attention_factor(STRETCH))
        case "llama3_scaling":
            return turning(llama3_scaling.llama3_frequencies(size, base=10000.0, scale=STRETCH, trained=trained))
        case "longrope":
            factors = torch.tensor(json.loads(PHI.read_text())["long_factor"], dtype=torch.float64, device="cpu")
            own = nn.functional.interpolate(factors[None, None], size // 2, mode="linear", align_corners=True)[0, 0]
            factor = longrope.longrope_attention_factor(STRETCH * trained, trained)
            return turning(longrope.longrope_frequencies(size, own), factor)
        case "length_temperature":
            sharpen, tau = length_temperature.sharpen, length_temperature.tau_steps
            turn = turning(theta).at_qk  # with RoPE, as in Ministral 3
            assert turn
            return Scheme(at_qk=lambda q, k, m, n: turn(sharpen(q, tau(m, trained)), k, m, n))
        case "drope":
            sharper = drope.beta(STRETCH, DROPE)
            still = rotating(
                lambda positions: drope.rotations_without_positions(positions, size, torch.complex128)
            ).at_qk
            assert still
            return Scheme(at_qk=lambda q, k, m, n: still(sharper * q, k, m, n))
    raise ValueError(f"no scheme is called {name!r}; known: {', '.join(NAMES)}")


def scores(scheme: Scheme, x: Tensor, positions: Tensor, w_q: Tensor, w_k: Tensor, heads: int = 1) -> Tensor:
    """Attention scores of tokens x (T, d) standing at ``positions`` (T,), before mask and softmax: (h, T, T).

    w_q, w_k: the matrices (d, d) that make queries and keys.
    """
    x = x[None]
    if scheme.at_input:
        x = scheme.at_input(x, positions)
    q = (x @ w_q.T).unflatten(-1, (heads, -1)).transpose(1, 2)
    k = (x @ w_k.T).unflatten(-1, (heads, -1)).transpose(1, 2)
    if scheme.at_qk:
        q, k = scheme.at_qk(q, k, positions, positions)
    scores = q @ k.mT / q.shape[-1] ** 0.5
    if scheme.at_scores:
        scores = scores + scheme.at_scores(q, k, positions, positions)
    return scores[0]


def shift_invariant(name: str, shift: int = 64) -> bool:
    """Whether the scores of ten tokens stay the same when all move by ``shift`` places, or past the trained length."""
    torch.manual_seed(0)
    scheme = wake(build(name, 64, 2, 128))
    x = torch.randn(10, 64).double()
    w_q, w_k = torch.randn(2, 64, 64).double() / 8
    here = scores(scheme, x, torch.arange(10), w_q, w_k, 2)
    shifts = (shift, PAST) if defined_past(name) else (shift,)
    moved = [scores(scheme, x, torch.arange(10) + far, w_q, w_k, 2) for far in shifts]
    return all(torch.allclose(here, there, atol=1e-4) for there in moved)


def defined_past(name: str) -> bool:
    """Whether it can be asked for the scores of a token behind the trained length at all."""
    torch.manual_seed(0)
    scheme = build(name, 64, 2, 16)
    x = torch.randn(20, 64)
    try:
        found = scores(scheme, x, torch.arange(20), torch.eye(64), torch.eye(64), 2)
    except IndexError:
        return False
    return not found.isnan().any()  # -inf is a score: that of a key out of sight


def position_seen(name: str) -> str:
    """Which position the scores of a scheme know.

    "absolute" at the input; "content", if tokens decide what is counted; "none", if equal tokens have equal scores
    wherever they stand; "relative", if only their distance counts, and "both", if the place of the query does too.
    """
    torch.manual_seed(0)
    scheme = wake(build(name, 64, 2, 128))
    if scheme.at_input:
        return "absolute"
    if name == "cope":
        return "content"
    x = torch.randn(1, 64).double().expand(10, -1)
    w_q, w_k = torch.randn(2, 64, 64).double() / 8
    seen = scores(scheme, x, torch.arange(10), w_q, w_k, 2).tril()
    if torch.allclose(seen, seen[:, :1, :1].expand_as(seen).tril()):
        return "none"
    return "relative" if shift_invariant(name) else "both"


def wake(scheme: Scheme) -> Scheme:
    """The scheme, with tables that start at or near zero drawn from a normal distribution, so that they show."""
    for module in scheme.modules + scheme.layer_modules:
        near_zero = isinstance(module, (learned.LearnedPositions, t5_bias.T5Bias))
        for weight in module.parameters():
            if near_zero or isinstance(module, (shaw.Shaw, content_bias.ContentBias)) or not weight.any():
                nn.init.normal_(weight, std=1.0 if near_zero else 0.25)
        module.double()  # what is drawn must not hang on the last bit of float32, nor does what starts as a logarithm
        with torch.no_grad():
            for weight in module.parameters():
                weight.copy_(weight.round(decimals=4))
    return scheme


def facts(name: str) -> dict:
    """What a table says of a scheme: each value found by building and running it.

    parameters: weights it adds to GPT-2 small (d 768, 12 heads, 12 layers, 1024 tokens) and to a model of the size of
    Llama 3 8B (d 4096, 32 heads, 32 layers, 8192 tokens, a key head for every query head).
    """
    with torch.device("meta"):
        gpt2 = build(name, 768, 12, 1024).parameters(12)
        llama = build(name, 4096, 32, 8192).parameters(32)
    return {
        "door": build(name, 64, 2, 16).door,
        "kind": position_seen(name),
        "parameters": [gpt2, llama],
        "defined_past": defined_past(name),
        "shift_invariant": shift_invariant(name),
    }
