"""The sentences of docs/*/schemes/fire.md, each as a test."""

import math

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st

from snippets.schemes.fire import Fire

RECORDED = recorded("fire")
seeds = st.integers(0, 1000)


def made(heads=3, hidden=8, c=0.1, threshold=512.0, seed=0):
    torch.manual_seed(seed)
    return Fire(heads, hidden, c, threshold).double()


def by_the_equation(scheme, m, n):
    """Section 3 of the paper, one number at a time."""
    c, reach = abs(scheme.c.item()), abs(scheme.threshold * scheme.stretch.item())
    first, _, last = scheme.mlp
    bias = torch.zeros(last.out_features, len(m), len(n), dtype=torch.float64)
    for row, i in enumerate(m.tolist()):
        for column, j in enumerate(n.tolist()):
            x = math.log(c * abs(i - j) + 1) / math.log(c * max(reach, i) + 1)
            hidden = [max(0.0, (w * x + b).item()) for w, b in zip(first.weight[:, 0], first.bias, strict=True)]
            for head in range(last.out_features):
                terms = [w.item() * h for w, h in zip(last.weight[head], hidden, strict=True)]
                bias[head, row, column] = last.bias[head].item() + sum(terms)
    return bias


def one_line(slope, c, threshold):
    """FIRE with one head and one hidden unit, f(x) = slope * psi(L) * x: the bias slope * psi(distance)."""
    scheme = made(heads=1, hidden=1, c=c, threshold=threshold)
    with torch.no_grad():
        first, _, last = scheme.mlp
        first.weight.fill_(1), first.bias.fill_(0), last.bias.fill_(0)
        last.weight.fill_(slope * math.log(c * threshold + 1))
    return scheme


def any_table(values, c=0.1):
    """FIRE whose bias at distance d is values[:, d] for every d < D: one hidden unit a distance, L = D."""
    heads, distances = values.shape
    scheme = made(heads, hidden=distances - 1, c=c, threshold=float(distances))
    x = torch.log1p(c * torch.arange(distances).double()) / math.log(c * distances + 1)
    slopes = values.diff() / x.diff()
    with torch.no_grad():
        first, _, last = scheme.mlp
        scheme.c.fill_(c)
        first.weight.fill_(1), first.bias.copy_(-x[:-1])
        last.bias.copy_(values[:, 0])
        last.weight.copy_(torch.cat((slopes[:, :1], slopes.diff()), dim=1))
    return scheme


@few
@given(
    m=st.lists(st.integers(0, 100_000), min_size=1, max_size=4),
    n=st.lists(st.integers(0, 100_000), min_size=1, max_size=4),
    c=st.floats(0.001, 10),
    threshold=st.floats(1, 2000),
    seed=seeds,
)
def test_the_bias_is_the_equation(m, n, c, threshold, seed):
    scheme, m, n = made(2, 4, c, threshold, seed), torch.tensor(m), torch.tensor(n)
    torch.testing.assert_close(scheme(m, n), by_the_equation(scheme, m, n), atol=1e-12, rtol=1e-9)


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: r["package"])
def test_an_independent_implementation_computes_the_same_bias(record):
    scheme = Fire(heads=3, hidden=8, threshold=record["threshold"])
    weights = {f"mlp.{name}": torch.tensor(value) for name, value in record["mlp"].items()}
    scheme.load_state_dict({"c": torch.tensor([record["c"]]), "stretch": torch.tensor([record["stretch"]])} | weights)
    bias = scheme(torch.tensor(record["m"]), torch.tensor(record["n"]))
    # it adds 1e-6 to the normaliser, ours adds nothing
    torch.testing.assert_close(bias, torch.tensor(record["bias"]), atol=2e-6, rtol=0)


@few
@given(m=st.integers(0, 100_000), back=st.integers(0, 100_000), c=st.floats(0.001, 10), threshold=st.floats(1, 2000))
def test_what_f_reads_lies_between_0_at_the_query_and_1(m, back, c, threshold):
    scheme = made(c=c, threshold=threshold)
    x = scheme.normalised(torch.tensor([m]), torch.tensor([m, max(0, m - back), 0]))[0]
    assert x[0] == 0 and (x >= 0).all() and (x <= 1).all()
    assert (x[2] == 1) == (m >= threshold) or abs(m - threshold) < 1e-6


def test_equal_steps_in_distance_become_smaller_steps_further_out():
    x = made().normalised(torch.tensor([500]), torch.arange(500, -1, -1))[0]
    assert (x.diff() > 0).all() and (x.diff().diff() < 0).all()


@few
@given(m=st.integers(0, 250), k=st.integers(0, 250), offset=st.integers(0, 250), seed=seeds)
def test_up_to_l_a_shift_of_all_positions_changes_nothing(m, k, offset, seed):
    scheme, key = made(threshold=500, seed=seed), max(0, m - offset)
    here = scheme(torch.tensor([m]), torch.tensor([key]))
    torch.testing.assert_close(scheme(torch.tensor([m + k]), torch.tensor([key + k])), here, atol=1e-12, rtol=0)


def test_past_l_the_same_distance_gives_another_bias():
    scheme = made()
    x = [scheme.normalised(torch.tensor([m]), torch.tensor([m - 100])).item() for m in (200, 512, 1000, 10_000)]
    assert x[0] == x[1] > x[2] > x[3]
    near, far = (scheme(torch.tensor([m]), torch.tensor([m - 100])) for m in (512, 10_000))
    assert (near - far).abs().max() > 1e-3


def test_a_long_text_asks_f_nothing_that_training_did_not():
    trained, tested = made(threshold=64), made(threshold=64)
    x = tested.normalised(torch.tensor([100_000]), torch.arange(100_001))
    assert x.max() <= trained.normalised(torch.tensor([128]), torch.arange(129)).max()


@few
@given(r1=st.floats(0.01, 5), r2=st.floats(0.01, 5), length=st.integers(1, 200))
def test_kerple_log_is_fire_with_one_hidden_unit(r1, r2, length):
    m = torch.arange(length)
    kerple = -r1 * torch.log1p(r2 * (m[:, None] - m).abs().double())
    torch.testing.assert_close(one_line(-r1, r2, 200.0)(m, m)[0], kerple, atol=1e-4, rtol=1e-5)


@pytest.mark.parametrize("slope", [0.5, 2**-8])
def test_alibi_is_the_limit_of_small_c(slope):
    m = torch.arange(100)
    alibi = -slope * (m[:, None] - m).abs().double()
    gaps = [(one_line(-slope / c, c, 100.0)(m, m)[0] - alibi).abs().max() for c in (1e-2, 1e-3, 1e-4)]
    assert gaps[0] > 5 * gaps[1] and gaps[1] > 8 * gaps[2] and gaps[2] < 0.01 * alibi.abs().max()


def t5_bucket(distance, buckets=32, max_distance=128):
    """Section 2.1 of Raffel et al., causal: half the buckets exact, the rest on a logarithmic scale."""
    exact = buckets // 2
    if distance < exact:
        return distance
    share = math.log(distance / exact) / math.log(max_distance / exact)
    return min(buckets - 1, exact + int(share * (buckets - exact)))


def three_schemes(length):
    """Biases by distance of T5 (random table), ALiBi, and both kinds of KERPLE: (4, T)."""
    torch.manual_seed(0)
    table, d = torch.randn(32, dtype=torch.float64), torch.arange(length).double()
    t5 = table[[t5_bucket(int(distance)) for distance in d]]
    return torch.stack((t5, -d / 16, -1.5 * torch.log1p(0.3 * d), -0.2 * d**0.7))


def test_t5_alibi_and_kerple_are_fire_exactly_up_to_any_length_chosen_in_advance():
    length = 300
    values, m = three_schemes(length), torch.arange(length)
    scheme = any_table(values)
    bias, distance = scheme(m, m), m[:, None] - m
    for head in range(4):
        want = values[head, distance.clamp(min=0)]
        torch.testing.assert_close(bias[head].tril(), want.tril(), atol=1e-8, rtol=0)


def test_the_t5_steps_need_two_hidden_units_an_edge():
    values = three_schemes(300)[:1]
    weight = any_table(values).mlp[2].weight[0]
    edges = sum(t5_bucket(d) != t5_bucket(d + 1) for d in range(299))
    bends = int((weight.abs() > 1e-9).sum())
    assert edges == 31 and bends <= 2 * edges


def test_beyond_the_chosen_length_it_is_t5_no_longer():
    values = three_schemes(300)
    bias = any_table(values)(torch.tensor([3000]), torch.tensor([2900]))[:, 0, 0]
    assert (bias - values[:, 100]).abs().min() > 0.01


def test_one_query_with_cached_keys_gets_the_row_of_the_whole():
    scheme, m = made(threshold=5), torch.arange(12)
    whole = scheme(m, m)
    for last in range(12):
        row = scheme(torch.tensor([last]), torch.arange(last + 1))
        torch.testing.assert_close(row[:, 0], whole[:, last, : last + 1], atol=1e-12, rtol=0)


def test_gradients_reach_every_parameter_and_are_finite():
    scheme = made(threshold=8)
    scheme(torch.arange(20), torch.arange(20)).square().sum().backward()
    for name, parameter in scheme.named_parameters():
        assert parameter.grad.isfinite().all() and parameter.grad.abs().sum() > 0, name


def test_only_queries_before_l_train_l():
    scheme = made(threshold=8)
    scheme(torch.arange(9, 20), torch.arange(20)).sum().backward()
    assert scheme.stretch.grad == 0 and scheme.c.grad != 0


def test_it_has_the_parameters_the_page_counts():
    assert sum(p.numel() for p in Fire(12).parameters()) == 2 + 2 * 32 + 33 * 12 == 462


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5), (torch.bfloat16, 3e-2)]
)
def test_position_100000_is_right_to_the_rounding_of_the_dtype(dtype, tolerance):
    scheme = made().to(dtype)
    m, n = torch.tensor([100_000]), torch.tensor([100_000, 99_999, 99_000, 50_000, 0])
    got = scheme(m, n)
    assert got.dtype == dtype
    torch.testing.assert_close(got.double(), by_the_equation(scheme.double(), m, n), atol=tolerance, rtol=0)


def test_low_precision_parameters_still_tell_neighbours_100000_tokens_away_apart():
    x = made().bfloat16().normalised(torch.tensor([100_000]), torch.tensor([0, 1, 2]))
    assert x.dtype == torch.float32 and (x.diff() < 0).all()


def test_c_and_l_enter_by_their_absolute_value():
    scheme, m = made(threshold=5), torch.arange(9)
    before = scheme(m, m)
    with torch.no_grad():
        scheme.c.neg_(), scheme.stretch.neg_()
    assert torch.equal(scheme(m, m), before)


def test_it_starts_where_the_published_code_starts():
    scheme = Fire(12)
    assert scheme.c.item() == pytest.approx(0.1) and scheme.threshold * scheme.stretch.item() == 512
    assert scheme.mlp[0].out_features == 32


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"heads": 0}, ValueError, "heads must be above 0, got 0"),
        ({"heads": 2.0}, TypeError, "heads must be an int, got 2.0"),
        ({"heads": True}, TypeError, "heads must be an int, got True"),
        ({"heads": 2, "hidden": -1}, ValueError, "hidden must be above 0, got -1"),
        ({"heads": 2, "hidden": "8"}, TypeError, "hidden must be an int, got '8'"),
        ({"heads": 2, "c": 0.0}, ValueError, "c must be above 0 .*normalised; got 0.0"),
        ({"heads": 2, "c": float("nan")}, ValueError, "c must be above 0.* got nan"),
        ({"heads": 2, "threshold": -5.0}, ValueError, "threshold must be above 0.* got -5.0"),
        ({"heads": 2, "threshold": float("inf")}, ValueError, "threshold must be above 0 and finite.* got inf"),
    ],
)
def test_a_function_that_cannot_be_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        Fire(**arguments)


OK = torch.arange(3)


@pytest.mark.parametrize(
    ("m", "n", "error", "message"),
    [
        (OK.float(), OK, TypeError, "m must be integers.* got torch.float32"),
        (OK, OK > 1, TypeError, "n must be integers.* got torch.bool"),
        (OK[None, None], OK, ValueError, r"m must have shape \(T,\) or \(B, T\) .* got \(1, 1, 3\)"),
        (OK.expand(2, len(OK)), OK.expand(3, len(OK)), ValueError, "m and n must have as many rows, got 2 and 3"),
        (OK, OK[:0], ValueError, r"n must have shape \(T,\) or \(B, T\) and not be empty, got \(0,\)"),
        (OK - 1, OK, ValueError, "m must count from 0, got -1"),
        (OK, OK - 2, ValueError, "n must count from 0, got -2"),
    ],
)
def test_positions_that_do_not_fit_are_refused(m, n, error, message):
    with pytest.raises(error, match=message):
        Fire(2)(m, n)
