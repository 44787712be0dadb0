"""Toy models of superposition (Elhage 2022): more sparse features than dimensions.

A feature is zero with probability S (the sparsity), else uniform in [0, 1]. The model stores m features
in d < m dimensions and reads them back: x' = ReLU(W^T W x + b), with loss sum_i I_i (x_i - x'_i)^2 and
importance I_i = 0.9^i (Elhage 2022, section "Demonstrating Superposition"). Many models with different
sparsity and seed train side by side in one batch.

    python -m snippets.experiments.superposition

writes results/superposition.json (about a minute).
"""

from pathlib import Path

import torch

from snippets.training import results

RESULT = Path(__file__).parent / "results" / "superposition.json"
SPARSITIES = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99)
SEEDS = 5
STEPS, BATCH = 3000, 1024
SHOWN = (0.0, 0.8, 0.95)  # sparsities of the models whose columns are stored


def train(
    features: int, dimensions: int, sparsity: list[float], steps: int = STEPS, batch: int = BATCH, seed: int = 0
) -> tuple[torch.Tensor, torch.Tensor]:
    """Train one model for each entry of ``sparsity``; returns W (models, dimensions, features), b (models, features).

    Raises ValueError for sizes below 1 and for a sparsity outside [0, 1).
    """
    for name, value in (("features", features), ("dimensions", dimensions), ("steps", steps), ("batch", batch)):
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {value!r}: it is a size")
    if not sparsity or not all(0 <= s < 1 for s in sparsity):
        raise ValueError(
            f"sparsity must be a list of numbers with 0 <= S < 1, got {sparsity!r}: at S = 1 no feature is ever present"
        )
    generator = torch.Generator().manual_seed(seed)
    models = len(sparsity)
    present = 1 - torch.tensor(sparsity)[:, None, None]
    importance = 0.9 ** torch.arange(features)
    W = torch.randn(models, dimensions, features, generator=generator) / features**0.5
    W.requires_grad_()
    b = torch.zeros(models, 1, features, requires_grad=True)
    optimizer = torch.optim.Adam([W, b], lr=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        x = torch.rand(models, batch, features, generator=generator)
        x = x * (torch.rand(models, batch, features, generator=generator) < present)
        y = torch.relu(x @ W.mT @ W + b)
        # dividing by the share of present features lets models of every sparsity learn at one rate
        loss = (importance * (x - y) ** 2 / present).sum(-1).mean(1).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return W.detach(), b.detach()[:, 0]


def represented(W: torch.Tensor) -> torch.Tensor:
    """How many columns of W (..., dimensions, features) have squared length above 1/2: the stored features.

    Raises ValueError for a W with fewer than two axes.
    """
    if W.ndim < 2:
        raise ValueError(f"W must have shape (..., dimensions, features), a column a feature; got {tuple(W.shape)}")
    return (W.pow(2).sum(-2) > 0.5).sum(-1)


def settings() -> dict:
    """How the models were trained, side by side."""
    return {"steps": STEPS, "batch": BATCH, "sparsities": list(SPARSITIES), "seeds": SEEDS}


def measure_all() -> dict:
    """Columns of models with two dimensions; how many of twenty features others hold in five."""
    W, _ = train(5, 2, list(SHOWN))
    many, _ = train(20, 5, [s for s in SPARSITIES for _ in range(SEEDS)])
    counts = represented(many).view(len(SPARSITIES), SEEDS).tolist()
    columns = [[[round(v, 3) for v in row] for row in w] for w in W.tolist()]
    return {
        "five_in_two": {"sparsity": list(SHOWN), "W": columns},
        "twenty_in_five": {"sparsity": list(SPARSITIES), "seeds": SEEDS, "represented": counts},
    }


def main(arguments: list[str] | None = None) -> None:
    """Measure and store, unless it is stored."""
    path = results.asked_for(__doc__, RESULT, arguments)
    found = measure_all()
    results.write(path, results.signed(settings()) | found)


if __name__ == "__main__":
    main()
