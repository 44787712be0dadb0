"""One small byte model, three times: learned positions, sinusoids, none. How good, and what happens past its length?

Text: chapters 1 to 11 of Persuasion, bytes as tokens; chapter 11 is held out. Model: width 64, 2 layers of 4 heads
(snippets/attention.py), trained on windows of 64 bytes. The learned table has 128 rows, so that rows 64 to 127 exist
and are never reached. Losses are in nats a byte, over windows of 128 bytes cut every 16 from the held-out chapter.

    python -m snippets.experiments.learned_or_fixed

takes about ten minutes on one quiet core and writes results/learned_or_fixed.json and, beside it, the table that the
first seed learned, learned_or_fixed_table.json.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from snippets.attention import Attention
from snippets.schemes.learned import LearnedPositions
from snippets.schemes.sinusoidal import add_sinusoidal
from snippets.training import results

RESULT = Path(__file__).parent / "results" / "learned_or_fixed.json"
TEXT = Path(__file__).parents[1] / "data" / "persuasion.txt"
WAYS = ("learned", "sinusoidal", "none")
SEEDS = (0, 1, 2)
DIM, HEADS, LAYERS, VOCABULARY = 64, 4, 2, 128
TRAINED, ROWS, BATCH, RATE, DECAY = 64, 128, 16, 3e-3, 0.1
STEPS = {"ten chapters": 1500, "one chapter": 1500}
LOOK = 100  # steps between two looks at the held-out loss
TUNING = 100  # steps of tuning after a table was resized


class Layer(nn.Module):
    """Attention, then an MLP, each after a norm."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(DIM)
        self.attention = Attention(DIM, HEADS)
        self.mlp = nn.Sequential(nn.LayerNorm(DIM), nn.Linear(DIM, 4 * DIM), nn.GELU(), nn.Linear(4 * DIM, DIM))

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, d) -> (B, T, d)."""
        x = x + self.attention(self.norm(x))
        return x + self.mlp(x)


class Model(nn.Module):
    """A causal byte model with positions ``way`` at its input. Raises ValueError for an unknown way."""

    def __init__(self, way: str):
        super().__init__()
        if way not in WAYS:
            raise ValueError(f"way must be one of {WAYS}, got {way!r}")
        self.tokens = nn.Embedding(VOCABULARY, DIM)
        self.table = LearnedPositions(ROWS, DIM) if way == "learned" else None
        self.place = self.table or {"sinusoidal": add_sinusoidal, "none": lambda x: x}[way]
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.out = nn.Sequential(nn.LayerNorm(DIM), nn.Linear(DIM, VOCABULARY))

    def forward(self, ids: Tensor) -> Tensor:
        """Scores of the next byte: (B, T) -> (B, T, V)."""
        x = self.place(self.tokens(ids))
        for layer in self.layers:
            x = layer(x)
        return self.out(x)


def corpus(part: str) -> tuple[Tensor, Tensor]:
    """Training bytes ("ten chapters" or "one chapter") and the bytes of chapter 11.

    Raises ValueError for another part.
    """
    if part not in STEPS:
        raise ValueError(f"part must be one of {tuple(STEPS)}, got {part!r}")
    text = TEXT.read_bytes()
    ends = {"ten chapters": text.index(b"Chapter 11"), "one chapter": text.index(b"Chapter 2")}
    as_ids = lambda piece: torch.frombuffer(bytearray(piece), dtype=torch.uint8).long()  # noqa: E731
    return as_ids(text[: ends[part]]), as_ids(text[text.index(b"Chapter 11") :])


def windows(ids: Tensor, length: int, stride: int) -> Tensor:
    """Windows of ``length`` inputs and one more target, cut every ``stride``: (W, length + 1)."""
    if length < 1 or stride < 1 or length >= len(ids):
        raise ValueError(f"length and stride must be at least 1 and fit {len(ids)} bytes, got {length} and {stride}")
    return ids.unfold(0, length + 1, stride)


@torch.no_grad()
def by_position(model: Model, ids: Tensor, length: int = TRAINED, stride: int = 16) -> Tensor:
    """Mean held-out loss at each position of a window, in nats: (length,)."""
    cut = windows(ids, length, stride)
    total = torch.zeros(length)
    for batch in cut.split(128):
        scores = model(batch[:, :-1]).flatten(0, 1)
        total += (
            nn.functional.cross_entropy(scores, batch[:, 1:].flatten(), reduction="none").view(len(batch), -1).sum(0)
        )
    return total / len(cut)


def train(
    model: Model, ids: Tensor, steps: int, seed: int, length: int = TRAINED, rate: float = RATE, look=None
) -> list:
    """AdamW over random windows; the rate rises over 50 steps and falls to a tenth. Returns what ``look`` saw."""
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.99), weight_decay=DECAY, fused=True)
    warm = min(50, steps // 2)
    pace = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min((s + 1) / (warm + 1), 1) * (1 - 0.9 * max(s - warm, 0) / max(steps - warm, 1))
    )
    seen = []
    for step in range(1, steps + 1):
        starts = torch.randint(len(ids) - length, (BATCH * TRAINED // length, 1), generator=generator)
        batch = ids[starts + torch.arange(length + 1)]
        loss = nn.functional.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        pace.step()
        if look and step % LOOK == 0:
            seen.append(look(model))
    return seen


def resized(table: Tensor, way: str, rows: int = ROWS) -> Tensor:
    """A table (n, d) stretched to ``rows``: "interpolate" puts new rows between old ones, "copy" starts again at row 0.

    Raises ValueError for another way or for fewer rows than there are.
    """
    n = len(table)
    if rows < n:
        raise ValueError(f"rows must be at least the {n} there are, since none is to be lost; got {rows}")
    if way == "copy":
        return table.repeat(-(-rows // n), 1)[:rows]
    if way == "interpolate":
        at = torch.arange(rows) * (n - 1) / (rows - 1)
        low = at.floor().long().clamp(max=n - 2)
        part = (at - low)[:, None]
        return (1 - part) * table[low] + part * table[low + 1]
    raise ValueError(f'way must be "interpolate" or "copy", got {way!r}')


def fresh(way: str, seed: int) -> Model:
    """A model as its seed starts it."""
    torch.manual_seed(seed)
    return Model(way)


def rounded(values) -> list[float]:
    """As stored: four digits."""
    return [round(float(value), 4) for value in values]


def measure(part: str, way: str, seed: int) -> tuple[dict, Tensor | None]:
    """One run: what is stored of it, and the table it learned, if it has one."""
    ids, held_out = corpus(part)
    model = fresh(way, seed)
    norms = {"before": rounded(model.table.weight.detach().norm(dim=1))} if model.table else {}
    curve = train(model, ids, STEPS[part], seed, look=lambda m: by_position(m, held_out, TRAINED, 48).mean())
    run: dict[str, Any] = {"part": part, "way": way, "seed": seed, "curve": rounded(curve)}
    if part != "ten chapters":
        return run, None
    run["loss"] = rounded(by_position(model, held_out, ROWS))
    if not model.table:
        return run, None
    end = model.table.weight.detach().clone()
    run["norms"] = norms | {"after": rounded(end.norm(dim=1))}
    trained = {name: value.clone() for name, value in model.state_dict().items()}
    run["resized"] = {}
    for resize in ("untrained", "copy", "interpolate"):
        model.load_state_dict(trained)
        if resize != "untrained":
            model.table.weight.data = resized(end[:TRAINED], resize)
        before = by_position(model, held_out, ROWS)
        train(model, ids, TUNING, 100 + seed, ROWS, RATE / 3)
        run["resized"][resize] = {"before": rounded(before), "tuned": rounded(by_position(model, held_out, ROWS))}
    return run, end


def settings() -> dict:
    """What all runs were made with."""
    return {
        "text": "Persuasion, chapters 1 to 10, chapter 11 held out",
        "trained": TRAINED,
        "rows": ROWS,
        "dim": DIM,
        "heads": HEADS,
        "layers": LAYERS,
        "batch": BATCH,
        "rate": RATE,
        "decay": DECAY,
        "steps": STEPS,
        "look": LOOK,
        "tuning": TUNING,
        "parameters": {way: sum(p.numel() for p in Model(way).parameters()) for way in WAYS},
        "bytes": {part: len(corpus(part)[0]) for part in STEPS},
        "held out": len(corpus("ten chapters")[1]),
    }


def measure_all() -> tuple[dict, dict]:
    """All runs, and the table that the first seed learned."""
    torch.set_num_threads(1)
    runs, learned = [], {}
    for part in STEPS:
        for seed in SEEDS:
            for way in WAYS:
                run, table = measure(part, way, seed)
                runs.append(run)
                print(part, way, seed, run["curve"][-1], flush=True)
                if table is not None and seed == SEEDS[0]:
                    learned = {"seed": seed, "table": [rounded(row) for row in table]}
    return {"runs": runs}, learned


def table_path(result: Path) -> Path:
    """Where the learned table stands: beside the result."""
    return result.with_name(f"{result.stem}_table.json")


def main(arguments: list[str] | None = None) -> None:
    """Train all, measure, write both files, unless they are there."""
    path = results.asked_for(__doc__, RESULT, arguments)
    results.refuse_to_overwrite(table_path(path))
    found, table = measure_all()
    signature = results.signed(settings())
    results.write(table_path(path), signature | table)
    results.write(path, signature | found)


if __name__ == "__main__":
    main()
