"""How often token and position are recovered from x = e + p, against the dimension d.

Two decoders. Exhaustive: the pair (v, m) whose sum e_v + p_m lies nearest to x, out of all V n pairs.
Dot product: the token argmax_v <e_v, x> and, apart from it, the position argmax_m <p_m, x>.
All components of e and p are standard normal, so noise 0.5 means half the size of a component.

    python -m snippets.experiments.decode_from_sum

takes about four minutes on one core and writes snippets/experiments/results/decode_from_sum.json.
"""

from pathlib import Path

import torch
from torch import Tensor

from snippets.training import results

RESULT = Path(__file__).parent / "results" / "decode_from_sum.json"
DIMENSIONS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768)
NOISES = (0.0, 0.5)
SEEDS = (0, 1, 2, 3, 4)
V, N, SUMS = 5000, 256, 200


def exhaustive(x: Tensor, e: Tensor, p: Tensor) -> tuple[Tensor, Tensor]:
    """Indices (v, m), each of shape (S,), of the sums e_v + p_m nearest to the rows of x.

    x is (S, d), e is (V, d), p is (n, d). Uses |x - e - p|^2 = |x|^2 - 2 x.e - 2 x.p + |e + p|^2, so that
    no array of V n vectors is built, then compares the best few again without that rounding.
    Raises ValueError for shapes that do not match, TypeError for dtypes that do not.
    """
    _check(x, e, p)
    n = len(p)
    half_square = (e * e).sum(1)[:, None] / 2 + (p * p).sum(1) / 2 + e @ p.T  # (V, n)
    along_e, along_p = x @ e.T, x @ p.T
    best = []
    for i, vector in enumerate(x):
        score = half_square - along_e[i][:, None] - along_p[i]
        pairs = score.flatten().topk(min(8, score.numel()), largest=False).indices
        gaps = (vector - (e[pairs // n] + p[pairs % n])).square().sum(1)
        best.append(pairs[gaps.argmin()])
    best = torch.stack(best)
    return best // n, best % n


def dot_product(x: Tensor, book: Tensor) -> Tensor:
    """Index (S,) of the row of ``book`` (rows, d) with the largest dot product with each row of x (S, d).

    Raises ValueError for shapes that do not match, TypeError for dtypes that do not.
    """
    _check(x, book)
    return (x @ book.T).argmax(1)


def measure(d: int, seed: int, noises: tuple = NOISES, v: int = V, n: int = N, sums: int = SUMS) -> list[dict]:
    """Shares recovered (0 to 1) for one dimension and one seed, one dict for each noise.

    Books and sums are the same for every noise; only the size of the added noise differs.
    Raises ValueError for a size below 1 or a negative noise, TypeError for a size that is not whole.
    """
    for name, size in (("d", d), ("v", v), ("n", n), ("sums", sums)):
        if isinstance(size, bool) or not isinstance(size, int):
            raise TypeError(f"{name} must be a whole number, because it counts things; got {size!r}")
        if size < 1:
            raise ValueError(f"{name} must be at least 1, or there is nothing to decode; got {size}")
    generator = torch.Generator().manual_seed(seed)
    draw = {"generator": generator, "dtype": torch.float64}
    e, p = torch.randn(v, d, **draw), torch.randn(n, d, **draw)
    token, position = (torch.randint(rows, (sums,), generator=generator) for rows in (v, n))
    unit_noise = torch.randn(sums, d, **draw)
    rows = []
    for noise in noises:
        if not noise >= 0:
            raise ValueError(f"noise is a standard deviation and must be 0 or more, got {noise!r}")
        x = e[token] + p[position] + noise * unit_noise
        v_found, m_found = exhaustive(x, e, p)
        rows.append(
            {
                "noise": noise,
                "seed": seed,
                "d": d,
                "exhaustive_token": _share(v_found, token),
                "exhaustive_position": _share(m_found, position),
                "dot_token": _share(dot_product(x, e), token),
                "dot_position": _share(dot_product(x, p), position),
            }
        )
    return rows


def _check(x: Tensor, *books: Tensor) -> None:
    for tensor in (x, *books):
        if tensor.ndim != 2 or tensor.shape[1] != x.shape[-1] or 0 in tensor.shape:
            shapes = [tuple(t.shape) for t in (x, *books)]
            raise ValueError(f"sums and lists must be (rows, d), one d, at least one row; got {shapes}")
        if not tensor.is_floating_point() or tensor.dtype != x.dtype:
            kinds = [str(t.dtype) for t in (x, *books)]
            raise TypeError(f"sums and lists must share one floating dtype, to be compared; got {kinds}")


def _share(found: Tensor, true: Tensor) -> float:
    return round((found == true).double().mean().item(), 6)


def settings() -> dict:
    """What was measured: sizes of the lists, sums, noises, seeds, dimensions."""
    return {
        "V": V,
        "n": N,
        "sums": SUMS,
        "noises": list(NOISES),
        "seeds": list(SEEDS),
        "dimensions": list(DIMENSIONS),
    }


def measure_all() -> dict:
    """Every dimension, seed and noise."""
    rows = [row for d in DIMENSIONS for seed in SEEDS for row in measure(d, seed)]
    return {"rows": sorted(rows, key=lambda row: (row["noise"], row["d"], row["seed"]))}


def main(arguments: list[str] | None = None) -> None:
    """Measure and store, unless it is stored."""
    path = results.asked_for(__doc__, RESULT, arguments)
    found = measure_all()
    results.write(path, results.signed(settings()) | found)


if __name__ == "__main__":
    main()
