"""Small character models of Alice in Wonderland, read past their window: what a cut costs, and what a cache may keep.

    python -m snippets.experiments.past_the_window

writes results/past_the_window.json (about ten minutes).

A model has two layers, d = 64, 4 heads, and a window of 32 characters; positions are a learned table of 32 rows or
RoPE. It learns from chapters I to X and is tested on XI and XII. ``stream`` feeds the test text one character at a
time through a cache of keys and values and differs only in which keys stay and which positions they and the query
get. Shapes: B streams, T characters fed in now, S keys in the cache, h heads, d_h head dimension, V characters.
"""

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from snippets.schemes import rope
from snippets.schemes.learned import LearnedPositions
from snippets.training import results

RESULT = Path(__file__).parent / "results" / "past_the_window.json"
WINDOW, DIM, HEADS, LAYERS = 32, 64, 4, 2
STEPS, BATCH, SEEDS = 2000, 32, 3
STREAMS, LENGTH = 8, 900  # of the test text: 8 streams of 900 characters


def texts() -> tuple[Tensor, Tensor, int]:
    """Character ids of the text to learn from (L,) and of the text to test on (L,); how many characters there are."""
    text = Path("snippets/data/alice.txt").read_text("ascii")
    known = sorted(set(text))
    ids = torch.tensor([known.index(c) for c in text])
    border = text.index("CHAPTER XI.")
    return ids[:border], ids[border:], len(known)


class Model(nn.Module):
    """A decoder whose keys stay unturned in the cache, so that a reader decides about their positions."""

    def __init__(self, scheme: str, characters: int):
        super().__init__()
        if scheme not in ("learned", "rope"):
            raise ValueError(f"scheme must be 'learned' or 'rope', got {scheme!r}")
        self.tokens = nn.Embedding(characters, DIM)
        nn.init.normal_(self.tokens.weight, std=0.02)  # as long as the rows of the position table
        self.rows = LearnedPositions(WINDOW, DIM) if scheme == "learned" else None
        self.theta = rope.frequencies(DIM // HEADS)
        self.qkv = nn.ModuleList(nn.Linear(DIM, 3 * DIM, bias=False) for _ in range(LAYERS))
        self.out = nn.ModuleList(nn.Linear(DIM, DIM, bias=False) for _ in range(LAYERS))
        self.mlp = nn.ModuleList(
            nn.Sequential(nn.Linear(DIM, 4 * DIM), nn.GELU(), nn.Linear(4 * DIM, DIM)) for _ in range(LAYERS)
        )
        self.read = nn.Linear(DIM, characters, bias=False)

    def forward(self, ids: Tensor, m: Tensor, past: list | None = None, n: Tensor | None = None):
        """ids (B, T) at positions m (T,) -> logits (B, T, V) and the cache: k and v (B, h, S + T, d_h) a layer.

        past: the cache so far; n: positions (S,) its keys are read at. With a learned table n changes nothing: the
        row a key was made with is in it for good.
        """
        x = self.tokens(ids)
        if self.rows is not None:
            x = self.rows(x, m)
        at = m if n is None else torch.cat([n, m])
        later = torch.ones(len(m), len(at), dtype=torch.bool).triu(1 + len(at) - len(m))
        cache = []
        for layer in range(LAYERS):
            h = F.rms_norm(x, (DIM,))
            q, k, v = self.qkv[layer](h).unflatten(-1, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)
            if past is not None:
                k, v = (torch.cat([old, new], 2) for old, new in zip(past[layer], (k, v), strict=True))
            cache.append((k, v))
            if self.rows is None:
                q = rope.rotate(q, rope.rotations(m, self.theta))
                k = rope.rotate(k, rope.rotations(at, self.theta))
            a = F.scaled_dot_product_attention(q, k, v, attn_mask=~later)
            x = x + self.out[layer](a.transpose(1, 2).flatten(2))
            x = x + self.mlp[layer](F.rms_norm(x, (DIM,)))
        return self.read(F.rms_norm(x, (DIM,))), cache


def train(scheme: str, steps: int = STEPS, seed: int = 0) -> Model:
    """A model trained on random windows of the text to learn from, every one at positions 0 .. 31."""
    torch.manual_seed(seed)
    text, _, characters = texts()
    model, here = Model(scheme, characters), torch.arange(WINDOW)
    optimizer = torch.optim.AdamW(model.parameters(), lr=6e-3, weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, steps)
    for _ in range(steps):
        starts = torch.randint(len(text) - WINDOW, (BATCH,))
        chunk = text[starts[:, None] + torch.arange(WINDOW + 1)]
        logits, _ = model(chunk[:, :-1], here)
        loss = F.cross_entropy(logits.flatten(0, 1), chunk[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return model.eval()


# How a stream is read: keys kept, the positions the query and the kept keys get. t is the time, W the window.
WAYS = {
    "crop, compute again": "no cache: the last W characters at positions 0 .. W-1, from scratch each time",
    "cache, counting on": "keys of the last W; query at t, keys at the time they were made",
    "cache, keys stale": "keys of the last W; query at W-1, keys where they were made: W-1, nearly all of them",
    "cache, places in it": "keys of the last W; keys at 0 .. W-2 and query at W-1, counted anew at every step",
    "sinks and window": "the first 4 keys and the last W-4, places counted as in the line above",
    "nothing cut": "all keys from the start; query at t, keys at the time they were made",
    "emptied when full": "a cache that is thrown away every W characters; positions start at 0 again",
}


@torch.inference_mode()
def stream(model: Model, ids: Tensor, way: str) -> Tensor:
    """Loss in nats of every next character: ids (B, L) -> (B, L - 1). Raises ValueError for an unknown way."""
    if way not in WAYS:
        raise ValueError(f"way must be one of {list(WAYS)}, got {way!r}")
    if way == "crop, compute again":
        return _cropped(model, ids)
    found, past, made = [], None, torch.empty(0, dtype=torch.long)
    for t in range(ids.shape[1] - 1):
        if way == "emptied when full" and len(made) == WINDOW:
            past, made = None, made[:0]
        if past and way != "nothing cut" and len(made) == WINDOW:
            keep = torch.cat([torch.arange(4), torch.arange(5, WINDOW)]) if way.startswith("sinks") else slice(1, None)
            past, made = [(k[:, :, keep], v[:, :, keep]) for k, v in past], made[keep]
        m = t if way in ("cache, counting on", "nothing cut") else len(made)
        n = torch.arange(len(made)) if way in ("cache, places in it", "sinks and window") else made
        logits, past = model(ids[:, t : t + 1], torch.tensor([m]), past, n)
        made = torch.cat([made, torch.tensor([m])])
        found.append(F.cross_entropy(logits[:, 0], ids[:, t + 1], reduction="none"))
    return torch.stack(found, 1)


def _cropped(model: Model, ids: Tensor) -> Tensor:
    here = torch.arange(WINDOW)
    first = F.cross_entropy(model(ids[:, :WINDOW], here)[0].mT, ids[:, 1 : WINDOW + 1], reduction="none")
    last = [F.cross_entropy(model(part[:, :-1], here)[0][:, -1], part[:, -1], reduction="none")
            for part in ids[:, 1:].unfold(1, WINDOW + 1, 1).unbind(1)]  # fmt: skip
    return torch.cat([first, torch.stack(last, 1)], 1)


def streams(length: int = LENGTH, count: int = STREAMS) -> Tensor:
    """The test text in rows: (B, L)."""
    return texts()[1][: count * length].view(count, length)


@torch.inference_mode()
def by_place(model: Model, count: int = 4000) -> Tensor:
    """Mean loss at every place of a window, over the first ``count`` windows of the test text at stride 1: (T,)."""
    chunks = texts()[1].unfold(0, WINDOW + 1, 1)[:count]
    logits, _ = model(chunks[:, :-1], torch.arange(WINDOW))
    return F.cross_entropy(logits.mT, chunks[:, 1:], reduction="none").mean(0)


def ways(scheme: str) -> list[str]:
    """The ways that exist for a scheme: a learned table has no row to count on with, and keys keep their row."""
    unlike = {"learned": ("cache, counting on", "cache, places in it", "sinks and window", "nothing cut"), "rope": ()}
    return [way for way in WAYS if way not in unlike[scheme]]


def short_run() -> dict[str, float]:
    """What 150 steps give, for a test to repeat: loss at the first and last place, and past the window in two ways."""
    model, rows = train("learned", steps=150), streams(length=120, count=4)
    places = by_place(model, count=300)
    found = {"place 0": places[0], "place 31": places[-1]}
    for way in ("crop, compute again", "cache, keys stale"):
        found[way] = stream(model, rows, way)[:, 2 * WINDOW :].mean()
    return {name: round(loss.item(), 4) for name, loss in found.items()}


def settings() -> dict:
    """What was trained and how it was read; lengths in characters."""
    return {
        "text": "Alice in Wonderland, chapters I to X, XI and XII held out",
        "window": WINDOW,
        "dim": DIM,
        "heads": HEADS,
        "layers": LAYERS,
        "steps": STEPS,
        "batch": BATCH,
        "seeds": SEEDS,
        "streams": STREAMS,
        "length": LENGTH,
    }


def measure_all() -> dict:
    """Every way to read on, for both schemes and every seed."""
    torch.set_num_threads(1)
    found: dict[str, Any] = {"window": WINDOW, "steps": STEPS, "seeds": SEEDS, "streams": STREAMS, "length": LENGTH,
             "by_place": {}, "late": {}, "course": {}}  # fmt: skip
    found["short"] = short_run()
    for scheme in ("learned", "rope"):
        places, late, course = [], {way: [] for way in ways(scheme)}, {}
        for seed in range(SEEDS):
            model = train(scheme, seed=seed)
            found["parameters"] = found.get("parameters", {}) | {scheme: sum(p.numel() for p in model.parameters())}
            places.append([round(v, 4) for v in by_place(model).tolist()])
            for way in late:
                loss = stream(model, streams(), way)
                late[way].append(round(loss[:, 2 * WINDOW :].mean().item(), 4))
                course.setdefault(way, []).append(loss.mean(0)[: LENGTH // 32 * 32 - 32].view(-1, 32).mean(1))
            print(scheme, seed, places[-1][0], places[-1][-1], {w: v[-1] for w, v in late.items()}, flush=True)
        found["by_place"][scheme], found["late"][scheme] = places, late
        found["course"][scheme] = {
            way: [round(v, 4) for v in torch.stack(runs).mean(0).tolist()] for way, runs in course.items()
        }
    return found


def main(arguments: list[str] | None = None) -> None:
    """Measure and store, unless it is stored."""
    path = results.asked_for(__doc__, RESULT, arguments)
    found = measure_all()
    results.write(path, results.signed(settings()) | found)


if __name__ == "__main__":
    main()
