"""The sentences of docs/*/schemes/sinusoidal.md, each as a test."""

import math

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st

from snippets.schemes.sinusoidal import add_sinusoidal, sinusoidal_table

RECORDED = recorded("sinusoidal")
dims = st.integers(1, 32).map(lambda half: 2 * half)
positions = st.integers(0, 100_000)


def by_the_equation(length, dim, base=10000.0):
    """Section 3.5 of the paper, one number at a time."""
    table = torch.zeros(length, dim, dtype=torch.float64)
    for m in range(length):
        for i in range(dim // 2):
            angle = m / base ** (2 * i / dim)
            table[m, 2 * i], table[m, 2 * i + 1] = math.sin(angle), math.cos(angle)
    return table


def rotation(k, dim, base=10000.0):
    """The matrix that turns pair i by k base**(-2i/d): (sin a, cos a) -> (sin(a + b), cos(a + b))."""
    matrix = torch.zeros(dim, dim, dtype=torch.float64)
    for i in range(dim // 2):
        b = k / base ** (2 * i / dim)
        turn = torch.tensor([[math.cos(b), math.sin(b)], [-math.sin(b), math.cos(b)]], dtype=torch.float64)
        matrix[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = turn
    return matrix


def rows(at, dim):
    """What is added at positions ``at``, in float64: (T, d)."""
    return add_sinusoidal(torch.zeros(1, len(at), dim, dtype=torch.float64), torch.tensor(at))[0]


def row(m, dim):
    return rows([m], dim)[0]


@few
@given(length=st.integers(1, 40), dim=dims, base=st.floats(2, 1e6))
def test_the_table_is_the_equation(length, dim, base):
    torch.testing.assert_close(
        sinusoidal_table(length, dim, base), by_the_equation(length, dim, base).float(), atol=1e-7, rtol=0
    )


@few
@given(m=positions, k=st.integers(0, 5_000), dim=dims)
def test_a_shift_by_k_turns_every_pair_by_an_angle_that_depends_on_k_alone(m, k, dim):
    torch.testing.assert_close(row(m + k, dim), rotation(k, dim) @ row(m, dim), atol=1e-9, rtol=0)


@few
@given(m=positions, n=positions, k=st.integers(0, 5_000), dim=dims)
def test_the_dot_product_of_two_rows_depends_on_their_offset_alone(m, n, k, dim):
    shifted = row(m + k, dim) @ row(n + k, dim)
    torch.testing.assert_close(row(m, dim) @ row(n, dim), shifted, atol=1e-8, rtol=0)


def test_after_weights_the_dot_product_no_longer_depends_on_the_offset_alone():
    torch.manual_seed(0)
    table, weights = sinusoidal_table(50, 32).double(), torch.randn(32, 32, dtype=torch.float64)
    scores = table @ weights @ table.T
    assert scores.diagonal().std() > 1


@few
@given(m=positions, dim=dims)
def test_every_row_has_length_sqrt_of_half_d(m, dim):
    assert row(m, dim).norm().item() == pytest.approx(math.sqrt(dim / 2), abs=1e-9)


@few
@given(dim=st.integers(2, 256).map(lambda half: 2 * half))
def test_wavelengths_grow_from_2_pi_to_just_under_10000_times_2_pi(dim):
    step = row(1, dim)
    wavelengths = 2 * math.pi / torch.atan2(step[0::2], step[1::2])
    assert wavelengths[0].item() == pytest.approx(2 * math.pi)
    assert wavelengths[-1].item() == pytest.approx(2 * math.pi * 10000 ** (1 - 2 / dim))
    assert (wavelengths.diff() > 0).all() and wavelengths[-1] < 10000 * 2 * math.pi


def test_rows_do_not_repeat_where_the_slowest_pair_has_come_round():
    period = round(2 * math.pi * 10000 ** (1 - 2 / 64))
    start, again = row(0, 64), row(period, 64)
    torch.testing.assert_close(start[-2:], again[-2:], atol=1e-4, rtol=0)
    assert (start - again).norm() > 1


def test_halves_are_the_same_numbers_in_another_order():
    table = sinusoidal_table(20, 12)
    halves = torch.cat((table[:, 0::2], table[:, 1::2]), dim=1)
    torch.testing.assert_close(halves @ halves.T, table @ table.T)


def test_tensor2tensor_spacing_is_another_table_and_not_a_permutation():
    m, dim = torch.arange(50, dtype=torch.float64), 64
    spaced = m[:, None] * 10000 ** (-torch.arange(dim // 2, dtype=torch.float64) / (dim // 2 - 1))
    other = torch.cat((spaced.sin(), spaced.cos()), dim=1)
    ours = sinusoidal_table(50, dim).double()
    assert (other @ other.T - ours @ ours.T).abs().max() > 0.5


def test_it_adds_its_row_to_every_vector():
    torch.manual_seed(0)
    x = torch.randn(3, 7, 16)
    torch.testing.assert_close(add_sinusoidal(x) - x, sinusoidal_table(7, 16).expand(3, 7, 16))


def test_given_positions_take_the_place_of_0_to_t_minus_1():
    x = torch.zeros(2, 4, 8)
    assert torch.equal(add_sinusoidal(x, torch.arange(4)), add_sinusoidal(x))
    assert torch.equal(add_sinusoidal(x, torch.arange(6, 10))[0], sinusoidal_table(10, 8)[6:])
    each = torch.tensor([[0, 1, 2, 3], [9, 0, 9, 5]])
    assert torch.equal(add_sinusoidal(x, each), sinusoidal_table(10, 8)[each])


def test_decoding_one_token_at_a_time_adds_the_same_rows():
    torch.manual_seed(0)
    x = torch.randn(2, 6, 8)
    steps = [add_sinusoidal(x[:, m : m + 1], torch.tensor([m])) for m in range(6)]
    assert torch.equal(torch.cat(steps, dim=1), add_sinusoidal(x))


def test_nothing_is_learned():
    x = torch.zeros(1, 5, 4, requires_grad=True)
    assert not sinusoidal_table(5, 4).requires_grad
    add_sinusoidal(x).sum().backward()
    assert torch.equal(x.grad, torch.ones_like(x))


@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [(torch.float64, 1e-10), (torch.float32, 1e-7), (torch.float16, 5e-4), (torch.bfloat16, 4e-3)],
)
def test_position_100000_is_right_to_the_rounding_of_the_dtype(dtype, tolerance):
    out = add_sinusoidal(torch.zeros(1, 1, 64, dtype=dtype), torch.tensor([100_000]))
    want = [f(100_000 / 10000 ** (2 * i / 64)) for i in range(32) for f in (math.sin, math.cos)]
    assert out.dtype == dtype
    torch.testing.assert_close(out[0, 0].double(), torch.tensor(want, dtype=torch.float64), atol=tolerance, rtol=0)


def test_float32_angles_would_be_wrong_in_the_third_digit():
    angle = torch.tensor(100_000.0) * 10000 ** (-torch.arange(0, 64, 2) / 64)
    wrong = torch.stack((angle.sin(), angle.cos()), -1).flatten()
    assert (wrong.double() - row(100_000, 64)).abs().max() > 1e-3


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: f"{r['package']}-{r['version']}")
def test_independent_packages_compute_the_same_rows(record):
    theirs, at = torch.tensor(record["rows"], dtype=torch.float64), record["positions"]
    if record["layout"] == "halves":
        theirs = theirs.unflatten(-1, (2, -1)).transpose(-1, -2).flatten(-2)
    # two of the packages form their angles in float32: position times its relative rounding, 2**-24
    tolerance = 1e-7 if record["package"] == "transformers" else max(at) * 2**-24
    torch.testing.assert_close(rows(at, record["dim"]), theirs, atol=tolerance, rtol=0)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((4, 7), ValueError, "dim must be even .* a sine and a cosine form a pair; got 7"),
        ((4, 0), ValueError, "dim must be even and above 0.* got 0"),
        ((4, -2), ValueError, "got -2"),
        ((4, 8.0), TypeError, "dim must be an int, got 8.0"),
        ((4, True), TypeError, "dim must be an int, got True"),
        ((0, 8), ValueError, "length must be above 0.* got 0"),
        ((-3, 8), ValueError, "length must be above 0.* got -3"),
        ((2.5, 8), TypeError, "length must be an int, got 2.5"),
        ((True, 8), TypeError, "length must be an int, got True"),
        ((4, 8, 1.0), ValueError, "base must be finite and above 1.* got 1.0"),
        ((4, 8, float("nan")), ValueError, "base must be finite and above 1.* got nan"),
    ],
)
def test_a_table_that_cannot_be_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        sinusoidal_table(*arguments)


X = torch.zeros(2, 3, 8)


@pytest.mark.parametrize(
    ("x", "at", "error", "message"),
    [
        (torch.zeros(3, 8), None, ValueError, r"x must have shape \(B, T, d\).* got \(3, 8\)"),
        (torch.zeros(2, 0, 8), None, ValueError, r"no empty axis, got \(2, 0, 8\)"),
        (torch.zeros(2, 3, 7), None, ValueError, "dim must be even.* got 7"),
        (torch.zeros(2, 3, 8).long(), None, TypeError, "not token ids; got torch.int64"),
        (X, torch.tensor([0, 1]), ValueError, r"shape \(3,\) or \(2, 3\) to match x, got \(2,\)"),
        (X, torch.zeros(3, 3).long(), ValueError, r"to match x, got \(3, 3\)"),
        (X, torch.tensor([0.0, 0.5, 1.0]), TypeError, "positions must be integers.* got torch.float32"),
        (X, torch.tensor([True, False, True]), TypeError, "positions must be integers.* got torch.bool"),
        (X, torch.tensor([2, -1, 0]), ValueError, "positions count from 0, got -1"),
    ],
)
def test_input_that_does_not_fit_is_refused(x, at, error, message):
    with pytest.raises(error, match=message):
        add_sinusoidal(x, at)
