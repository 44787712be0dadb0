"""The sentences of docs/*/schemes/learned.md, each as a test."""

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st

from snippets.schemes.learned import LearnedPositions

RECORDED = recorded("learned")


def by_the_equation(x, weight, at):
    """x[b, t] + W[m], one number at a time."""
    out = torch.zeros(x.shape, dtype=torch.float64)
    for b in range(x.shape[0]):
        for t in range(x.shape[1]):
            for c in range(x.shape[2]):
                out[b, t, c] = x[b, t, c].item() + weight[at[b][t], c].item()
    return out


@few
@given(data=st.data(), batch=st.integers(1, 3), length=st.integers(1, 6), dim=st.integers(1, 9))
def test_every_vector_gets_the_row_of_its_position(data, batch, length, dim):
    rows = data.draw(st.integers(length, 12))
    one = st.lists(st.integers(0, rows - 1), min_size=length, max_size=length)
    at = data.draw(st.lists(one, min_size=batch, max_size=batch))
    torch.manual_seed(0)
    scheme, x = LearnedPositions(rows, dim).double(), torch.randn(batch, length, dim, dtype=torch.float64)
    torch.testing.assert_close(scheme(x, torch.tensor(at)), by_the_equation(x, scheme.weight, at))
    counted = [list(range(length))] * batch
    torch.testing.assert_close(scheme(x), by_the_equation(x, scheme.weight, counted))


@few
@given(used=st.sets(st.integers(0, 15), min_size=1, max_size=8))
def test_the_gradient_reaches_the_rows_used_and_no_other(used):
    torch.manual_seed(0)
    scheme, at = LearnedPositions(16, 4), torch.tensor(sorted(used))
    scheme(torch.randn(2, len(at), 4), at).square().sum().backward()
    reached = scheme.weight.grad.abs().sum(1).nonzero().flatten()
    assert reached.tolist() == sorted(used)


def test_the_gradient_of_a_row_is_the_sum_over_the_sequences_that_reach_it():
    scheme = LearnedPositions(6, 3)
    scheme(torch.zeros(5, 2, 3)).sum().backward()
    assert scheme.weight.grad[:, 0].tolist() == [5, 5, 0, 0, 0, 0]


def test_a_row_no_sequence_reaches_stays_exactly_as_it_started():
    torch.manual_seed(0)
    scheme = LearnedPositions(64, 8)
    start = scheme.weight.detach().clone()
    optimizer = torch.optim.SGD(scheme.parameters(), lr=0.1, momentum=0.9)
    for length in (16, 32, 40, 24):
        optimizer.zero_grad()
        scheme(torch.randn(3, length, 8)).square().mean().backward()
        optimizer.step()
    assert torch.equal(scheme.weight[40:], start[40:])
    assert (scheme.weight[:40] != start[:40]).all()


def test_weight_decay_shrinks_rows_that_were_never_trained():
    torch.manual_seed(0)
    scheme = LearnedPositions(8, 4)
    start = scheme.weight.detach().clone()
    optimizer = torch.optim.AdamW(scheme.parameters(), lr=0.1, weight_decay=0.1)
    scheme(torch.randn(1, 3, 4)).square().mean().backward()
    optimizer.step()
    torch.testing.assert_close(scheme.weight[3:], start[3:] * 0.99)


def test_it_costs_n_times_d_parameters():
    assert sum(p.numel() for p in LearnedPositions(1024, 768).parameters()) == 786_432


def test_it_starts_as_noise_of_standard_deviation_0_02():
    torch.manual_seed(0)
    weight = LearnedPositions(1024, 64).weight
    assert weight.std().item() == pytest.approx(0.02, rel=0.02)
    assert abs(weight.mean().item()) < 0.001


def test_a_shift_of_all_positions_changes_the_input():
    torch.manual_seed(0)
    scheme, x = LearnedPositions(20, 4), torch.zeros(1, 5, 4)
    assert not torch.allclose(scheme(x), scheme(x, torch.arange(5, 10)))


def test_the_last_row_can_be_used_and_the_next_cannot():
    scheme = LearnedPositions(4, 3)
    assert scheme(torch.zeros(1, 4, 3)).shape == (1, 4, 3)
    with pytest.raises(IndexError, match="position 4 has no row: the table has 4 rows, 0 to 3"):
        scheme(torch.zeros(1, 5, 3))
    with pytest.raises(IndexError, match="position 9 has no row: the table has 4 rows"):
        scheme(torch.zeros(1, 1, 3), torch.tensor([9]))


def test_decoding_one_token_at_a_time_adds_the_same_rows():
    torch.manual_seed(0)
    scheme, x = LearnedPositions(6, 8), torch.randn(2, 6, 8)
    steps = [scheme(x[:, m : m + 1], torch.tensor([m])) for m in range(6)]
    assert torch.equal(torch.cat(steps, dim=1), scheme(x))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_the_dtype_of_x_is_kept(dtype):
    assert LearnedPositions(4, 3)(torch.zeros(1, 2, 3, dtype=dtype)).dtype == dtype


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: r["called"].split(".")[0])
def test_bert_and_gpt2_in_transformers_compute_the_same_sum(record):
    weight, x = torch.tensor(record["weight"]), torch.tensor(record["x"])
    scheme = LearnedPositions(*weight.shape)
    scheme.load_state_dict({"weight": weight})
    given_positions = scheme(x, torch.tensor(record["positions"]))
    torch.testing.assert_close(given_positions, torch.tensor(record["sum"]), atol=1e-7, rtol=0)
    torch.testing.assert_close(scheme(x), torch.tensor(record["sum_default_positions"]), atol=1e-7, rtol=0)


@pytest.mark.parametrize(
    ("rows", "dim", "error", "message"),
    [
        (0, 4, ValueError, "rows must be above 0.* got 0"),
        (-5, 4, ValueError, "rows must be above 0.* got -5"),
        (4, 0, ValueError, "dim must be above 0.* got 0"),
        (4.0, 4, TypeError, "rows must be an int, got 4.0"),
        (4, True, TypeError, "dim must be an int, got True"),
    ],
)
def test_a_table_that_cannot_be_is_refused(rows, dim, error, message):
    with pytest.raises(error, match=message):
        LearnedPositions(rows, dim)


X = torch.zeros(2, 3, 8)


@pytest.mark.parametrize(
    ("x", "at", "error", "message"),
    [
        (torch.zeros(3, 8), None, ValueError, r"x must have shape \(B, T, 8\).* got \(3, 8\)"),
        (torch.zeros(2, 3, 6), None, ValueError, r"x must have shape \(B, T, 8\).* got \(2, 3, 6\)"),
        (torch.zeros(2, 0, 8), None, ValueError, r"no empty axis, got \(2, 0, 8\)"),
        (torch.zeros(2, 3, 8).long(), None, TypeError, "not token ids; got torch.int64"),
        (X, torch.tensor([0, 1]), ValueError, r"shape \(3,\) or \(2, 3\) to match x, got \(2,\)"),
        (X, torch.tensor([0.0, 0.5, 1.0]), TypeError, "positions must be integers.* got torch.float32"),
        (X, torch.tensor([True, False, True]), TypeError, "positions must be integers.* got torch.bool"),
        (X, torch.tensor([2, -1, 0]), ValueError, "positions count from 0, got -1"),
    ],
)
def test_input_that_does_not_fit_is_refused(x, at, error, message):
    with pytest.raises(error, match=message):
        LearnedPositions(10, 8)(x, at)
