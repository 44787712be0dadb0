"""The sentences of docs/*/schemes/concatenated.md, each as a test."""

import pytest
import torch
from helpers import few
from hypothesis import given
from hypothesis import strategies as st

from snippets.schemes.concatenated import ConcatenateAndProject, concatenate

sizes = {
    "batch": st.integers(1, 3),
    "length": st.integers(1, 6),
    "d": st.integers(1, 9),
    "d_p": st.integers(1, 9),
}


def some(batch, length, d, d_p):
    """Seeded float64 tokens (B, T, d) and a table (T + 2, d_p)."""
    torch.manual_seed(0)
    x = torch.randn(batch, length, d, dtype=torch.float64)
    return x, torch.randn(length + 2, d_p, dtype=torch.float64)


@few
@given(**sizes)
def test_token_coordinates_are_untouched_and_position_coordinates_are_the_row(batch, length, d, d_p):
    x, table = some(batch, length, d, d_p)
    joined = concatenate(x, table)
    assert joined.shape == (batch, length, d + d_p)
    for b in range(batch):
        for t in range(length):
            assert joined[b, t].tolist() == x[b, t].tolist() + table[t].tolist()


@few
@given(**sizes)
def test_projecting_the_pair_is_one_map_of_e_plus_another_of_p(batch, length, d, d_p):
    x, table = some(batch, length, d, d_p)
    scheme = ConcatenateAndProject(d, d_p).double()
    w_e, w_p = scheme.project.weight.split((d, d_p), dim=1)
    torch.testing.assert_close(scheme(x, table), x @ w_e.T + table[:length] @ w_p.T)


@few
@given(batch=sizes["batch"], length=sizes["length"], d=sizes["d"])
def test_equal_maps_for_both_parts_are_addition(batch, length, d):
    x, table = some(batch, length, d, d)
    scheme, tied = ConcatenateAndProject(d, d).double(), torch.randn(d, d, dtype=torch.float64)
    scheme.load_state_dict({"project.weight": torch.cat((tied, tied), dim=1)})
    torch.testing.assert_close(scheme(x, table), (x + table[:length]) @ tied.T)


@few
@given(batch=sizes["batch"], length=sizes["length"], d=sizes["d"], d_p=sizes["d_p"])
def test_side_by_side_is_the_sum_of_two_vectors_that_share_no_coordinate(batch, length, d, d_p):
    x, table = some(batch, length, d, d_p)
    e = torch.nn.functional.pad(x, (0, d_p))
    p = torch.nn.functional.pad(table[:length], (d, 0))
    assert torch.equal(concatenate(x, table), e + p)
    assert ((e * p) == 0).all()


def test_scores_of_a_pair_are_token_terms_plus_position_terms_and_no_cross_terms():
    x, table = some(1, 5, 6, 4)
    joined = concatenate(x, table)[0]
    torch.testing.assert_close(joined @ joined.T, x[0] @ x[0].T + table[:5] @ table[:5].T)


def test_projecting_back_costs_d_times_d_plus_d_p_parameters():
    assert sum(p.numel() for p in ConcatenateAndProject(768, 768).parameters()) == 1_179_648
    assert sum(p.numel() for p in ConcatenateAndProject(12, 5).parameters()) == 12 * 17


def test_the_gradient_reaches_table_tokens_and_map():
    torch.manual_seed(0)
    scheme, x, table = ConcatenateAndProject(4, 3), torch.randn(2, 5, 4), torch.randn(8, 3)
    x.requires_grad_(), table.requires_grad_()
    scheme(x, table).square().sum().backward()
    assert (x.grad != 0).all() and (scheme.project.weight.grad != 0).all()
    assert table.grad.abs().sum(1).nonzero().flatten().tolist() == [0, 1, 2, 3, 4]


def test_given_positions_take_the_place_of_0_to_t_minus_1():
    x, table = some(2, 4, 3, 5)
    assert torch.equal(concatenate(x, table, torch.arange(4)), concatenate(x, table))
    each = torch.tensor([[5, 4, 3, 2], [0, 0, 1, 5]])
    assert torch.equal(concatenate(x, table, each)[..., 3:], table[each])


def test_decoding_one_token_at_a_time_gives_the_same_vectors():
    x, table = some(2, 6, 4, 3)
    steps = [concatenate(x[:, m : m + 1], table, torch.tensor([m])) for m in range(6)]
    assert torch.equal(torch.cat(steps, dim=1), concatenate(x, table))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_the_dtype_of_x_is_kept(dtype):
    assert concatenate(torch.zeros(1, 2, 3, dtype=dtype), torch.zeros(4, 5)).dtype == dtype


X, TABLE = torch.zeros(2, 3, 8), torch.zeros(5, 4)


@pytest.mark.parametrize(
    ("x", "table", "at", "error", "message"),
    [
        (torch.zeros(3, 8), TABLE, None, ValueError, r"x must have shape \(B, T, d\).* got \(3, 8\)"),
        (torch.zeros(2, 0, 8), TABLE, None, ValueError, r"no empty axis, got \(2, 0, 8\)"),
        (X, torch.zeros(1, 5, 4), None, ValueError, r"table must have shape \(N, d_p\).* got \(1, 5, 4\)"),
        (X, torch.zeros(5, 0), None, ValueError, r"table must have shape .* got \(5, 0\)"),
        (X.long(), TABLE, None, TypeError, "x must hold vectors .* got torch.int64"),
        (X, TABLE.long(), None, TypeError, "table must hold vectors .* got torch.int64"),
        (
            torch.zeros(2, 6, 8),
            TABLE,
            None,
            IndexError,
            "position 5 has no row: the table has 5 rows, 0 to 4",
        ),
        (X, TABLE, torch.tensor([0, 7, 1]), IndexError, "position 7 has no row: the table has 5 rows"),
        (X, TABLE, torch.tensor([0, 1]), ValueError, r"shape \(3,\) or \(2, 3\) to match x, got \(2,\)"),
        (X, TABLE, torch.tensor([0.0, 0.5, 1.0]), TypeError, "positions must be integers.* torch.float32"),
        (X, TABLE, torch.tensor([True, False, True]), TypeError, "positions must be integers.* torch.bool"),
        (X, TABLE, torch.tensor([2, -1, 0]), ValueError, "positions count from 0, got -1"),
    ],
)
def test_input_that_does_not_fit_is_refused(x, table, at, error, message):
    with pytest.raises(error, match=message):
        concatenate(x, table, at)


@pytest.mark.parametrize(
    ("dim", "position_dim", "error", "message"),
    [
        (0, 4, ValueError, "dim must be above 0.* got 0"),
        (4, -1, ValueError, "position_dim must be above 0.* got -1"),
        (4, 2.0, TypeError, "position_dim must be an int, got 2.0"),
        (True, 2, TypeError, "dim must be an int, got True"),
    ],
)
def test_a_map_that_cannot_be_is_refused(dim, position_dim, error, message):
    with pytest.raises(error, match=message):
        ConcatenateAndProject(dim, position_dim)


def test_vectors_of_other_widths_than_the_map_are_refused():
    with pytest.raises(ValueError, match=r"x and table must be 8 and 5 wide.* got 8 and 4"):
        ConcatenateAndProject(8, 5)(X, TABLE)
    with pytest.raises(ValueError, match=r"x and table must be 6 and 6 wide.* got 8 and 4"):
        ConcatenateAndProject(6, 6)(X, TABLE)
