"""How fast the small model learns with each scheme, beside a plain model of its size; writes results/throughput.json.

    python -m snippets.experiments.throughput      about three minutes, on a machine that does nothing else

The yardstick is what one would write without schemes in mind, after nanoGPT: a learned table at the input, one fused
matrix for q, k and v, PyTorch's own causal attention. Every round takes one step of every variant in turn and divides
its time by the yardstick's in the same round: draw a batch, forward, loss, backward, clip the gradient, AdamW.
"plain again" is the yardstick a second time: how far its ratio lies from 1 is what such a run cannot tell apart.

A bias can reach the softmax in three forms, and which is the fastest depends on whether gradients are wanted:

* "fused": as the small model has it, a mask (1, h, T, T) for scaled_dot_product_attention. On a CPU PyTorch 2.13 takes
  its fused kernel for it unless the gradient of the mask is wanted; then all scores are held.
* "mask": the same mask as (h, T, T), for which it holds all scores in any case.
* "flex": FlexAttention, with the bias looked up by distance (FIRE: by pair, past its threshold it is no function of
  the distance). On a CPU it has no backward, torch says so itself (``refusal``): it can evaluate but not train.

So training is timed with masks, and a forward at eight times the length in all three forms; "fastest" names the form
of the lowest median. Memory is what the resident set grows by in that forward, each variant in a process of its own
(Linux).
"""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.attention.flex_attention import BlockMask, create_block_mask, flex_attention

from snippets.attention import Attention
from snippets.catalogue import Scheme
from snippets.experiments import speed
from snippets.experiments.train_short_test_long import PROFILES, Profile
from snippets.schemes import rope
from snippets.training import results
from snippets.training.loop import CLIP, DECAY, fresh
from snippets.training.model import VOCABULARY, FusedAttention
from snippets.training.novels import text

MODULE = "snippets.experiments.throughput"
RESULT = Path(__file__).parent / "results" / "throughput.json"
PROFILE = "laptop"
RATE, TOKEN_STD = 1e-3, 0.1
ROUNDS, LONG_ROUNDS = 31, 5
GIVE_BACK = {"MALLOC_MMAP_THRESHOLD_": str(2**16)}  # a freed block goes at once: the peak is that of what lives
BIASES = ("alibi", "t5_bias", "kerple", "fire")
SCHEMES = {
    "none": ("none",),
    "additive": ("sinusoidal", "learned"),
    "rotary": ("rope", "partial_rope"),
    "bias": BIASES,
    "bias by content": ("shaw", "cope"),
}
TRAINED = ("plain", "plain again", *(name for names in SCHEMES.values() for name in names), "alibi, mask")
LONG = (
    "plain", *(name for kind in ("none", "additive", "rotary") for name in SCHEMES[kind]),
    *(f"{bias}, {form}" for bias in BIASES for form in ("mask", "fused", "flex")), *SCHEMES["bias by content"],
)  # fmt: skip


class Block(nn.Module):
    """One layer of the plain model. Raises ValueError unless ``dim`` is a multiple of ``heads``."""

    def __init__(self, dim: int, heads: int):
        super().__init__()
        if dim % heads:
            raise ValueError(f"dim must be a multiple of heads, got dim {dim} and {heads} heads")
        self.heads = heads
        self.before_attention, self.before_mlp = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv, self.out = nn.Linear(dim, 3 * dim, bias=False), nn.Linear(dim, dim, bias=False)
        self.up, self.down = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, d) -> (B, T, d)."""
        x = x + self.attend(self.before_attention(x))
        return x + self.down(F.gelu(self.up(self.before_mlp(x))))

    def attend(self, x: Tensor) -> Tensor:
        """Causal attention: (B, T, d) -> (B, T, d)."""
        B, T, d = x.shape
        q, k, v = self.qkv(x).split(d, dim=2)
        q, k, v = (one.view(B, T, self.heads, d // self.heads).transpose(1, 2) for one in (q, k, v))  # (B, h, T, d_h)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(y.transpose(1, 2).contiguous().view(B, T, d))


class Plain(nn.Module):
    """The yardstick: pre-norm layers, a learned table of ``rows`` positions, no dropout, a head of its own."""

    def __init__(self, dim: int, heads: int, layers: int, rows: int):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(VOCABULARY, dim), nn.Embedding(rows, dim)
        self.blocks = nn.ModuleList(Block(dim, heads) for _ in range(layers))
        self.norm, self.read = nn.LayerNorm(dim), nn.Linear(dim, VOCABULARY, bias=False)

    def forward(self, ids: Tensor) -> Tensor:
        """Scores of the next byte: (B, T) -> (B, T, V)."""
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1], device=ids.device))
        for block in self.blocks:
            x = block(x)
        return self.read(self.norm(x))


class MaskOfThreeAxes(FusedAttention):
    """As the small model's attention, but the mask lacks the axis of the batch, and with it the fused kernel."""

    def meet(self, q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None) -> Tensor:
        """As ``Attention.meet``, with a bias (h, T, T)."""
        assert bias is not None
        later = torch.ones(bias.shape[-2:], dtype=torch.bool, device=q.device).triu(1)
        return F.scaled_dot_product_attention(q, k, v, attn_mask=bias.to(q.dtype).masked_fill(later, -torch.inf))


class Flexible(Attention):
    """The same attention through FlexAttention, for evaluation; it must be given a bias."""

    def __init__(self, dim: int, heads: int):
        super().__init__(dim, heads)
        self.attend = torch.compile(_flexible, dynamic=False)

    def meet(self, q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None) -> Tensor:
        """As ``Attention.meet``, with a bias of shape (h, T), by distance, or (h, T, T)."""
        assert bias is not None
        return self.attend(q, k, v, bias.to(q.dtype), _causal(q.shape[2]))


def _flexible(q: Tensor, k: Tensor, v: Tensor, bias: Tensor, causal: BlockMask) -> Tensor:
    def by_distance(score, b, h, m, n):
        return score + bias[h, (m - n).clamp(min=0)]

    def by_pair(score, b, h, m, n):
        return score + bias[h, m, n]

    return flex_attention(q, k, v, score_mod=by_distance if bias.ndim == 2 else by_pair, block_mask=causal)


@cache
def _causal(length: int) -> BlockMask:
    return create_block_mask(lambda b, h, m, n: m >= n, None, None, length, length, device="cpu")


def refusal() -> str:
    """What FlexAttention answers on a CPU when a gradient is wanted; nothing if it goes along."""
    q = torch.randn(1, 1, 8, 16, requires_grad=True)
    try:
        flex_attention(q, q, q).sum().backward()
    except NotImplementedError as error:
        return str(error)
    return ""


def _from_last_query(scheme: Scheme) -> Scheme:
    """The scheme with its bias by distance, (h, T) from distance 0 on: what the last query adds, backwards."""
    bias = scheme.at_scores
    assert bias is not None
    return replace(scheme, at_scores=lambda q, k, m, n: bias(q, k, m[-1:], n)[:, 0].flip(-1).contiguous())


def model(variant: str, profile: Profile) -> nn.Module:
    """A model as its seed starts it: "plain", a scheme, or a bias and a form, as in "alibi, flex".

    Raises ValueError for another form, or one of a scheme that is no bias of positions.
    """
    if variant.startswith("plain"):
        torch.manual_seed(0)
        return Plain(profile.dim, profile.heads, profile.layers, profile.longest)
    name, _, form = variant.partition(", ")
    if form and (name not in BIASES or form not in ("mask", "fused", "flex")):
        raise ValueError(f"{variant!r} should be one of {BIASES} and one of 'mask', 'fused', 'flex'")
    small = fresh(name, profile, TOKEN_STD, seed=0).cpu()
    if form in ("mask", "flex"):
        kind = MaskOfThreeAxes if form == "mask" else Flexible
        for layer, attention in enumerate(small.attention):
            small.attention[layer] = kind(profile.dim, profile.heads)
            small.attention[layer].load_state_dict(attention.state_dict())
    if form == "flex" and name != "fire":
        small.schemes = [_from_last_query(scheme) for scheme in small.schemes]
    return small


def stepper(variant: str, profile: Profile) -> Callable[[], float]:
    """One step of training, to be called again and again; it returns the loss in nats a byte."""
    trained, ids, generator = model(variant, profile), text()[0], torch.Generator().manual_seed(0)
    optimizer = torch.optim.AdamW(trained.parameters(), RATE, betas=(0.9, 0.99), weight_decay=DECAY, fused=True)

    def step() -> float:
        starts = torch.randint(len(ids) - profile.length, (profile.batch, 1), generator=generator)
        window = ids[starts + torch.arange(profile.length + 1)]
        loss = F.cross_entropy(trained(window[:, :-1]).flatten(0, 1), window[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained.parameters(), CLIP)
        optimizer.step()
        return loss.item()

    return step


def rope_parts(profile: Profile) -> dict[str, Callable]:
    """What RoPE adds to one step, by part: its turns, made for q and k in every layer, and the rotations themselves."""
    at, theta = torch.arange(profile.length), rope.frequencies(profile.dim // profile.heads)
    shape = (profile.batch, profile.heads, profile.length, profile.dim // profile.heads)
    x, gradient, turns = torch.randn(shape, requires_grad=True), torch.randn(shape), rope.rotations(at, theta)
    calls = range(2 * profile.layers)
    return {
        "making turns": lambda: [rope.rotations(at, theta) for _ in calls],
        "rotating, and back": lambda: [torch.autograd.grad(rope.rotate(x, turns), x, gradient) for _ in calls],
    }


def reader(variant: str, profile: Profile) -> Callable[[], Tensor]:
    """One forward without gradients over a batch of the longest windows, to be called again and again: (B, T, V)."""
    read = model(variant, profile)
    ids = text()[2][: profile.batch * profile.longest].view(profile.batch, profile.longest)

    @torch.no_grad()
    def call() -> Tensor:
        return read(ids)

    return call


def peak_memory(variant: str, profile: Profile) -> float:
    """Megabytes that one call of ``reader`` takes, at most, on top of weights and text. Raises OSError: not Linux."""
    call = reader(variant, profile)
    call()  # kernels are compiled or chosen once
    return speed.growth(call)


def settings(rounds: int = ROUNDS, long_rounds: int = LONG_ROUNDS) -> dict:
    """What was measured, as stored beside the numbers; lengths in tokens, rows of the learned tables."""
    profile = PROFILES[PROFILE]
    sizes = {name: getattr(profile, name) for name in ("dim", "heads", "layers", "length", "batch", "longest")}
    return (
        {"profile": PROFILE}
        | sizes
        | {"rate": RATE, "token_std": TOKEN_STD, "rounds": rounds, "long_rounds": long_rounds}
    )


def measure(profile: Profile, rounds: int, long_rounds: int) -> dict:
    """Times of training and of the long forward, as ratios to the yardstick's in the same round."""
    parts = rope_parts(profile)
    table = speed.ratios({name: stepper(name, profile) for name in TRAINED} | parts, "plain", rounds)
    tokens = profile.batch * profile.length / table["plain"]["milliseconds"] * 1000
    found = {
        "weights": {name: sum(p.numel() for p in model(name, profile).parameters()) for name in TRAINED},
        "plain_tokens_per_second": round(tokens),
        "training": {name: table[name] for name in TRAINED},
        "rope_parts": {name: table[name] for name in parts},
        "flex_training": refusal() or "FlexAttention has a backward on this CPU",
        "long": speed.ratios({name: reader(name, profile) for name in LONG}, "plain", long_rounds),
    }
    forms = {
        bias: {form: found["long"][f"{bias}, {form}"]["ratio"] for form in ("mask", "fused", "flex")} for bias in BIASES
    }
    return found | {"fastest": {bias: min(by_form, key=by_form.__getitem__) for bias, by_form in forms.items()}}


def memory() -> dict[str, float]:
    """Megabytes that every variant of the long forward takes, each in a process of its own."""
    found = {}
    for variant in LONG:
        command = [sys.executable, "-m", MODULE, "--memory", variant]
        out = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | GIVE_BACK).stdout
        found[variant] = round(float(out.split()[-1]), 1)
        print(f"  {variant:26} {found[variant]:7.1f} MB", flush=True)
    return found


def measure_all(rounds: int, long_rounds: int) -> dict:
    """Times, then memory."""
    found = measure(PROFILES[PROFILE], rounds, long_rounds)
    for title in ("training", "rope_parts", "long"):
        speed.tell(title, found[title])
    return found | {"memory": memory()}


def main(arguments: list[str] | None = None) -> None:
    """Measure and store, unless it is stored."""
    parser = results.command_line(__doc__, RESULT)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds of training steps")
    parser.add_argument("--long-rounds", type=int, default=LONG_ROUNDS, help="rounds of the long forward")
    parser.add_argument("--memory", choices=LONG, help="print the memory of one variant and nothing else")
    results.add_result(parser, RESULT)
    asked = parser.parse_args(arguments)
    if asked.memory:
        speed.in_environment(GIVE_BACK, MODULE)
        print(peak_memory(asked.memory, PROFILES[PROFILE]))
        return
    results.refuse_to_overwrite(asked.result)
    speed.in_environment(speed.KEEP_PAGES, MODULE)
    found = measure_all(asked.rounds, asked.long_rounds)
    results.write(asked.result, results.signed(settings(asked.rounds, asked.long_rounds)) | found)


if __name__ == "__main__":
    main()
