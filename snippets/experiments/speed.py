"""How long the schemes take, as ratios within one interleaved run; writes results/speed.json.

    python -m snippets.experiments.speed

Every round runs each variant once, in turn, and divides its time by that of the yardstick in the same round; what
is stored is the median over rounds, with its quartiles. Load on the machine hits all variants of a round alike.

* Rotation: q and k of shape (4, 8, 2048, 64), fp32, against copying the same bytes into memory that is there.
* Bias: attention of shape (1, 8, T, 64), fp32, causal, against scaled_dot_product_attention without a bias.
  Peak memory is what the resident set grows by in one call, each variant in a process of its own (Linux).

Packages that can be imported (transformers, torchtune, rotary-embedding-torch, x-transformers) take part in the
rotation; tests/references/record/__main__.py says how to make an environment that holds them.
"""

import ctypes
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import quantiles

import torch
from torch.nn.attention.flex_attention import create_block_mask, flex_attention
from torch.nn.functional import scaled_dot_product_attention as sdpa

from snippets.schemes import alibi, rope, t5_bias
from snippets.training import results

MODULE = "snippets.experiments.speed"
RESULT = Path(__file__).parent / "results" / "speed.json"
ROTATION = (4, 8, 2048, 64)
HEADS, HEAD_DIM, LENGTHS = 8, 64, (512, 1024, 2048, 4096)
ROUNDS, BIAS_ROUNDS = 41, 15
PACKAGES = ("transformers", "torchtune", "rotary-embedding-torch", "x-transformers")
BIASES = ("alibi", "t5_bias")
FORMS = ("plain", "mask", "flex", "softmax")
# a freed block stays with the process, so that no variant pays for pages that another one gave back
KEEP_PAGES = {"MALLOC_MMAP_THRESHOLD_": str(2**34), "MALLOC_TRIM_THRESHOLD_": str(2**34)}


def ratios(variants: dict, yardstick: str, rounds: int, calls: int = 1) -> dict[str, dict]:
    """Median and quartiles of each variant's time over the yardstick's in the same round; and its milliseconds.

    Raises ValueError for a yardstick that is no variant and for fewer than two rounds.
    """
    if yardstick not in variants:
        raise ValueError(f"the yardstick {yardstick!r} is none of the variants {sorted(variants)}")
    if rounds < 2:
        raise ValueError(f"rounds must be at least 2, since a median of ratios is told; got {rounds}")
    for call in variants.values():
        call(), call()
    times = {name: [] for name in variants}
    for _ in range(rounds):
        for name, call in variants.items():
            start = time.perf_counter()
            for _ in range(calls):
                call()
            times[name].append((time.perf_counter() - start) / calls)
    table = {}
    for name, taken in times.items():
        low, middle, high = quantiles([t / y for t, y in zip(taken, times[yardstick], strict=True)], n=4)
        table[name] = {
            "ratio": round(middle, 3),
            "quartiles": [round(low, 3), round(high, 3)],
            "milliseconds": round(1000 * quantiles(taken, n=4)[1], 3),
        }
    return table


def rotation_variants(shape: tuple = ROTATION) -> dict:
    """Callables that rotate q and k of ``shape`` (B, h, T, d_h), by name; tables of angles are made beforehand."""
    torch.manual_seed(0)
    q, k = torch.randn(2, *shape)
    length, dim = shape[-2:]
    turns = rope.rotations(torch.arange(length), rope.frequencies(dim))
    room = torch.empty_like(q), torch.empty_like(k)
    compiled = {f: torch.compile(f, dynamic=False) for f in (rope.rotate, rope.rotate_halves)}
    variants = {
        "copy": lambda: (room[0].copy_(q), room[1].copy_(k)),
        "rotate": lambda: (rope.rotate(q, turns), rope.rotate(k, turns)),
        "rotate, compiled": lambda: [compiled[rope.rotate](x, turns) for x in (q, k)],
        "rotate_halves": lambda: (rope.rotate_halves(q, turns), rope.rotate_halves(k, turns)),
        "rotate_halves, compiled": lambda: [compiled[rope.rotate_halves](x, turns) for x in (q, k)],
    }
    return variants | _packages(q, k)


def _packages(q, k) -> dict:
    found, (length, dim) = {}, q.shape[-2:]
    positions = torch.arange(length)
    try:
        from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

        angles = positions[:, None] * rope.frequencies(dim).float()
        cos, sin = (f(torch.cat((angles, angles), -1))[None] for f in (torch.cos, torch.sin))
        found["transformers"] = lambda: apply_rotary_pos_emb(q, k, cos, sin)
    except ImportError:
        pass
    try:
        from torchtune.modules import RotaryPositionalEmbeddings

        tune, (q_, k_) = RotaryPositionalEmbeddings(dim), (x.transpose(1, 2).contiguous() for x in (q, k))
        found["torchtune"] = lambda: (tune(q_), tune(k_))
    except ImportError:
        pass
    try:
        from rotary_embedding_torch import RotaryEmbedding

        rotary = RotaryEmbedding(dim)
        found["rotary-embedding-torch"] = lambda: (rotary.rotate_queries_or_keys(q), rotary.rotate_queries_or_keys(k))
    except ImportError:
        pass
    try:
        from x_transformers import x_transformers as x

        freqs, _ = x.RotaryEmbedding(dim).forward_from_seq_len(length)
        found["x-transformers"] = lambda: (x.apply_rotary_pos_emb(q, freqs), x.apply_rotary_pos_emb(k, freqs))
    except ImportError:
        pass
    return found


def bias_variants(bias: str, length: int) -> dict:
    """Causal attention over ``length`` tokens without a bias and with one, in each form of ``FORMS``.

    "bare flex" is FlexAttention without a bias, which tells the price of the kernel from that of the bias.

    Raises ValueError for a bias that is not in ``BIASES``.
    """
    if bias not in BIASES:
        raise ValueError(f"bias must be one of {BIASES}, got {bias!r}")
    torch.manual_seed(0)
    q, k, v = torch.randn(3, 1, HEADS, length, HEAD_DIM)
    at = torch.arange(length)
    later = torch.ones(length, length, dtype=torch.bool).triu(1)
    slopes = alibi.slopes(HEADS).float()
    table = t5_bias.T5Bias(HEADS)
    by_distance = table(at[-1:], at)[:, 0].flip(-1).detach().contiguous()  # (h, T), distance 0 first
    if bias == "alibi":
        make = lambda: alibi.alibi_bias(at, at, HEADS)  # noqa: E731
        score_mod = lambda score, b, h, m, n: score - slopes[h] * (m - n)  # noqa: E731
    else:
        make = lambda: table(at, at).detach()  # noqa: E731
        score_mod = lambda score, b, h, m, n: score + by_distance[h, (m - n).clamp(min=0)]  # noqa: E731

    mask = None

    def flexible(score_mod):
        flex = torch.compile(flex_attention, dynamic=False)

        def call():
            nonlocal mask
            if mask is None:
                mask = create_block_mask(lambda b, h, m, n: m >= n, None, None, length, length, device="cpu")
            return flex(q, k, v, score_mod=score_mod, block_mask=mask)

        return call

    added = None

    def additive():
        nonlocal added
        if added is None:
            added = make().masked_fill(later, -torch.inf)[None]
        return sdpa(q, k, v, attn_mask=added)

    def softmax():
        scores = q @ k.mT / HEAD_DIM**0.5 + make()
        return scores.masked_fill(later, -torch.inf).softmax(-1) @ v

    return {
        "plain": lambda: sdpa(q, k, v, is_causal=True),
        "bare flex": flexible(None),
        "mask": additive,
        "flex": flexible(score_mod),
        "softmax": softmax,
    }


@torch.inference_mode()
def peak_memory(bias: str, length: int, form: str) -> float:
    """Megabytes that the resident set of this process grows by while one variant runs, after a first call.

    Raises OSError where the system does not offer /proc (it takes Linux).
    """
    call = bias_variants(bias, length)[form]
    if form == "flex":
        call()  # compiling takes memory that a model pays once; a mask is part of the price of its form
    return growth(call)


def growth(call) -> float:
    """Megabytes that the resident set of this process grows by, at most, while ``call`` runs.

    Raises OSError where the system does not offer /proc (it takes Linux).
    """
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    before = _resident("VmRSS")
    call()
    return (_resident("VmHWM") - before) / 1000


def _resident(field: str) -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field + ":"))
    return int(line.split()[1])


def settings() -> dict:
    """What was timed, and how often."""
    return {
        "rotation": list(ROTATION),
        "heads": HEADS,
        "head_dim": HEAD_DIM,
        "lengths": list(LENGTHS),
        "rounds": ROUNDS,
        "bias_rounds": BIAS_ROUNDS,
    }


@torch.inference_mode()
def measure_all() -> dict:
    """Times of the rotation and, by length, of a bias in every form; the memory that a bias takes at the longest."""
    found = {"rotation": ratios(rotation_variants(), "copy", ROUNDS), "bias": [], "memory": []}
    tell("rotation", found["rotation"])
    for length in LENGTHS:
        torch._dynamo.reset()  # past eight compiled forms of a function the compiler gives up on new ones
        variants = {"plain": None}
        for bias in BIASES:
            both = bias_variants(bias, length)
            variants["plain"], variants["no bias, flex"] = both.pop("plain"), both.pop("bare flex")
            variants |= {f"{bias}, {form}": call for form, call in both.items()}
        table = ratios(variants, "plain", BIAS_ROUNDS, calls=max(1, 2048 // length))
        found["bias"].append({"length": length, "table": table})
        tell(f"bias, {length} tokens", table)
    for bias in BIASES:
        for form in FORMS:
            command = [sys.executable, "-m", MODULE, "--memory", bias, form]
            out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            found["memory"].append({"bias": bias, "form": form, "megabytes": round(float(out.split()[-1]), 1)})
            print(found["memory"][-1])
    return found


def tell(title: str, table: dict) -> None:
    print(f"\n{title}")
    for name, row in table.items():
        print(f"  {name:26} {row['ratio']:7.2f}  ({row['quartiles'][0]:.2f} to {row['quartiles'][1]:.2f})")


def in_environment(wanted: dict[str, str], module: str) -> None:
    """Start ``module`` again, with its arguments, unless the variables ``wanted`` are set: malloc reads them early."""
    if not wanted.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, "-m", module, *sys.argv[1:]], os.environ | wanted)


def main(arguments: list[str] | None = None) -> None:
    """Measure and store, unless it is stored."""
    parser = results.command_line(__doc__, RESULT)
    parser.add_argument("--memory", nargs=2, metavar=("BIAS", "FORM"), help="print the memory of one, nothing else")
    results.add_result(parser, RESULT)
    asked = parser.parse_args(arguments)
    if not asked.memory:
        results.refuse_to_overwrite(asked.result)
    in_environment(KEEP_PAGES, MODULE)
    if asked.memory:
        bias, form = asked.memory
        print(peak_memory(bias, LENGTHS[-1], form))
        return
    found = measure_all()
    results.write(asked.result, results.signed(settings(), *PACKAGES) | found)


if __name__ == "__main__":
    main()
