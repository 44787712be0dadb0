"""Six probes read position and token from the same sums of real vectors (all-MiniLM-L6-v2).

A probe is a small reader fitted on labelled sums x = e + p. To read the position, it is fitted on some
tokens and tested on others; to read the token, it is fitted on some positions and tested on others. So
no sum of the test, and not even one of its two parts where the other is asked for, was seen in fitting.

    python -m snippets.experiments.probe_choice

writes results/probe_choice.json (about three minutes).
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

from snippets.training import results

RESULT = Path(__file__).parent / "results" / "probe_choice.json"
DATA = Path(__file__).parent.parent / "data" / "minilm.npz"
TASKS = ("position", "token")
SEEDS = 5
PER_CLASS = 8  # sums of each class, in fitting and in testing
TOKEN_CLASSES = 500
RIDGE = 1e-3  # added to the diagonal, as a share of its mean


def tables() -> tuple[Tensor, Tensor]:
    """The token vectors (N, d) and the position table (n, d) of the extract, in float64."""
    with np.load(DATA) as data:
        return torch.from_numpy(data["tokens"]).double(), torch.from_numpy(data["positions"]).double()


def sums(task: str, seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Sums and labels (x, y) to fit a probe on, and others to test it on, for task "position" or "token"."""
    if task not in TASKS:
        raise ValueError(f'task must be "position" or "token", the part to read, got {task!r}')
    e, p = tables()
    generator = torch.Generator().manual_seed(seed)
    wanted, other = (p, e) if task == "position" else (e, p)
    if task == "token":
        wanted = wanted[torch.randperm(len(wanted), generator=generator)[:TOKEN_CLASSES]]
    halves = torch.randperm(len(other), generator=generator).chunk(2)
    y = torch.arange(len(wanted)).repeat(PER_CLASS)
    parts = []
    for half in halves:
        chosen = half[torch.randint(len(half), (len(y),), generator=generator)]
        parts += [wanted[y] + other[chosen], y]
    return tuple(parts)


def _ridge(gram: Tensor) -> Tensor:
    return gram + RIDGE * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype)


def _nearest_mean(x: Tensor, y: Tensor, test: Tensor, seed: int) -> Tensor:
    """The class whose mean is nearest."""
    return torch.cdist(test, _means(x, y)).argmin(1)


def _lda(x: Tensor, y: Tensor, test: Tensor, seed: int) -> Tensor:
    """Linear discriminant analysis: nearest mean after whitening by the spread within classes."""
    means = _means(x, y)
    rest = x - means[y]
    A = torch.linalg.solve(_ridge(rest.T @ rest / (len(x) - len(means))), means.T)
    return (test @ A - (means * A.T).sum(1) / 2).argmax(1)


def _least_squares(x: Tensor, y: Tensor, test: Tensor, seed: int) -> Tensor:
    """Ridge regression to one-hot labels; the largest output is the answer."""
    return _regress(x, one_hot(y).to(x.dtype), test).argmax(1)


def _number(x: Tensor, y: Tensor, test: Tensor, seed: int) -> Tensor:
    """Ridge regression to the class number itself, rounded to the nearest."""
    return _regress(x, y[:, None].to(x.dtype), test)[:, 0].round().long()


def _softmax(x: Tensor, y: Tensor, test: Tensor, seed: int) -> Tensor:
    """Logistic regression, 600 steps of Adam."""
    torch.manual_seed(seed)
    return _descend(torch.nn.Linear(x.shape[1], int(y.max()) + 1), x, y, test)


def _mlp(x: Tensor, y: Tensor, test: Tensor, seed: int) -> Tensor:
    """A network with one hidden layer of 256, 600 steps of Adam."""
    torch.manual_seed(seed)
    layers = torch.nn.Linear(x.shape[1], 256), torch.nn.ReLU(), torch.nn.Linear(256, int(y.max()) + 1)
    return _descend(torch.nn.Sequential(*layers), x, y, test)


PROBES = {
    "LDA": _lda,
    "small network": _mlp,
    "softmax": _softmax,
    "nearest mean": _nearest_mean,
    "least squares": _least_squares,
    "number": _number,
}


def _means(x: Tensor, y: Tensor) -> Tensor:
    labels = one_hot(y).to(x.dtype)
    return labels.T @ x / labels.sum(0)[:, None]


def _regress(x: Tensor, target: Tensor, test: Tensor) -> Tensor:
    mean, centre = x.mean(0), target.mean(0)
    weights = torch.linalg.solve(_ridge((x - mean).T @ (x - mean)), (x - mean).T @ (target - centre))
    return (test - mean) @ weights + centre


def _descend(net: torch.nn.Module, x: Tensor, y: Tensor, test: Tensor, steps: int = 600) -> Tensor:
    mean, scale = x.mean(0), x.std()
    x, test = ((x - mean) / scale).float(), ((test - mean) / scale).float()
    optimizer = torch.optim.Adam(net.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, steps)
    for _ in range(steps):
        batch = torch.randint(len(x), (256,))
        loss = cross_entropy(net(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        return net(test).argmax(1)


def accuracy(probe: str, task: str, seed: int) -> float:
    """Right answers of ``probe`` on the test sums, in percent. "number" reads positions only: tokens have no order."""
    if probe not in PROBES:
        raise ValueError(f"probe must be one of {sorted(PROBES)}, got {probe!r}")
    if probe == "number" and task == "token":
        raise ValueError('probe "number" cannot read task "token": the number of a token is an arbitrary label')
    x, y, test, answer = sums(task, seed)
    return 100 * float((PROBES[probe](x, y, test, seed) == answer).double().mean())


def settings() -> dict:
    """How many seeds, sums of a class, tokens to tell apart; the ridge as a share of the mean of the diagonal."""
    return {"seeds": SEEDS, "per_class": PER_CLASS, "token_classes": TOKEN_CLASSES, "ridge": RIDGE}


def measure_all() -> dict:
    """The accuracy of every probe in both tasks, for every seed."""
    return {
        task: {probe: [round(accuracy(probe, task, seed), 2) for seed in range(SEEDS)]
               for probe in PROBES if (probe, task) != ("number", "token")}
        for task in TASKS
    }  # fmt: skip


def main(arguments: list[str] | None = None) -> None:
    """Measure and store, unless it is stored."""
    path = results.asked_for(__doc__, RESULT, arguments)
    found = measure_all()
    results.write(path, results.signed(settings(), "numpy") | found)


if __name__ == "__main__":
    main()
