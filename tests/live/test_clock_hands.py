"""RoPE's hands: the formulas of the script are those of ``snippets/schemes/rope.py``, and its roundings are torch's."""

import itertools

import pytest
import torch
from modules import compare, load

from snippets.schemes import rope

DIMS, BASES = (8, 16, 32, 64), (100, 1000, 10_000, 100_000, 500_000, 1_000_000)
PLACES = [(7, 3), (0, 64), (64, 0), (1007, 1003), (100_007, 100_003), (131_136, 131_072)]
KINDS = {"float64": torch.float64, "float32": torch.float32, "bfloat16": torch.bfloat16}


def angles(position: int, theta: torch.Tensor, kind: torch.dtype) -> torch.Tensor:
    """As in the block of chapter 2 on precision."""
    return (torch.tensor([position]).to(kind) * theta.to(kind)).double()


def score(m: int, n: int, dim: int, base: int, precision: str) -> float:
    """With the functions of the scheme's file."""
    q, k = (torch.tensor(load("clock_hands").data[name], dtype=torch.float64)[:dim] for name in "qk")
    theta = rope.frequencies(dim, float(base))
    if precision == "float64":
        turns = [rope.rotations(torch.tensor([at]), theta, torch.complex128) for at in (m, n)]
    else:
        both = [angles(at, theta, KINDS[precision])[None] for at in (m, n)]
        turns = [torch.polar(torch.ones_like(angle), angle) for angle in both]
    turned = [rope.rotate(x.view(1, 1, 1, dim), turn) for x, turn in zip((q, k), turns, strict=True)]
    return (turned[0] * turned[1]).sum().item() / dim**0.5


def test_speeds_are_those_of_the_scheme():
    points = [[dim, base] for dim in range(2, 82, 2) for base in BASES]
    compare(
        "clock_hands",
        "frequencies",
        points,
        [rope.frequencies(dim, float(base)).tolist() for dim, base in points],
        1e-15,
    )


def test_bfloat16_is_rounded_as_torch_rounds_it():
    """Exactly: also half-way between two numbers, where the even one is taken."""
    torch.manual_seed(0)
    ties = [1 + k / 256 for k in range(64)] + [-(2**17) - 512 * k for k in range(32)] + [0.0, 1e-30, 3e38]
    values = [*ties, *(torch.randn(300) * 1000).tolist(), *torch.arange(0, 131_136, 997).tolist()]
    wanted = torch.tensor(values, dtype=torch.float64).bfloat16().double().tolist()
    compare("clock_hands", "bfloat16", [[value] for value in values], wanted, 0)


@pytest.mark.parametrize("precision", KINDS)
def test_angles_are_rounded_as_torch_rounds_them(precision):
    """A speed may differ in the last bit of a float64 (power functions do), and so may the angle: 131,136 x 1e-16."""
    places = {place for pair in PLACES for place in pair}
    points = [
        [place, rope.frequencies(dim, float(base)).tolist(), precision]
        for place, dim, base in itertools.product(places, DIMS, BASES)
    ]
    wanted = [
        angles(place, torch.tensor(theta, dtype=torch.float64), KINDS[precision]).tolist() for place, theta, _ in points
    ]
    compare("clock_hands", "angles", points, wanted, 0)


@pytest.mark.parametrize("precision", KINDS)
def test_scores_are_those_of_the_scheme(precision):
    """1e-9: an angle of 131,136 radians has an error of 1e-11, and 64 products are added up in another order."""
    data, grid = load("clock_hands").data, list(itertools.product(PLACES, DIMS, BASES))
    grid += [((m, n), 64, 10_000) for m in range(0, 60, 7) for n in range(0, 60, 7)]
    points = [[data["q"], data["k"], m, n, dim, base, precision] for (m, n), dim, base in grid]
    compare("clock_hands", "score", points, [score(m, n, dim, base, precision) for (m, n), dim, base in grid], 1e-9)


def test_the_angle_between_the_hands_is_that_of_the_turned_pairs():
    data, points, wanted = load("clock_hands").data, [], []
    q, k = (torch.view_as_complex(torch.tensor(data[name], dtype=torch.float64).view(-1, 2)) for name in "qk")
    for (m, n), i, precision in itertools.product(PLACES, range(32), ("float64", "bfloat16")):
        points.append([data["q"], data["k"], i, m, n, 64, 10_000, precision])
        theta = rope.frequencies(64)[i : i + 1]
        turns = [torch.polar(torch.ones(1).double(), angles(at, theta, KINDS[precision])) for at in (m, n)]
        wanted.append((q[i] * turns[0] * (k[i] * turns[1]).conj()).angle().item())
    compare("clock_hands", "between", points, wanted, 1e-9)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_sentence_says_the_numbers_that_python_finds(language):
    hands = load("clock_hands")
    for shift, precision in itertools.product((0, 1000, 100_000), KINDS):
        said = hands.say(language, shift=shift, precision=precision)
        here, moved = (score(7 + by, 3 + by, 64, 10_000, precision) for by in (0, shift))
        assert f"{here:.4f}" in said
        assert f"{moved:.4f}" in said, f"moved by {shift} in {precision} it says: {said}"
    said = hands.say(language, shift=1000, precision="bfloat16")
    assert "0.7013" in said and "0.8131" in said and "1,007" in said, "the block of chapter 2 prints these"
