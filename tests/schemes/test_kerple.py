"""The sentences of docs/*/schemes/kerple.md, each as a test."""

import math

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st

from snippets.schemes.alibi import alibi_bias, slopes
from snippets.schemes.kerple import KerpleLog, KerplePower

RECORDED = recorded("kerple")
lengths = st.integers(1, 10)
kinds = pytest.mark.parametrize("kind", [KerpleLog, KerplePower])


def log_with(r1, r2):
    """A log penalty with these numbers, one of each a head, in float64."""
    module = KerpleLog(len(r1)).double()
    with torch.no_grad():
        module.log_r1.copy_(torch.as_tensor(r1, dtype=torch.float64).log())
        module.log_r2.copy_(torch.as_tensor(r2, dtype=torch.float64).log())
    return module


def power_with(r1, r2):
    module = KerplePower(len(r1)).double()
    with torch.no_grad():
        module.log_r1.copy_(torch.as_tensor(r1, dtype=torch.float64).log())
        module.logit_r2.copy_((torch.as_tensor(r2, dtype=torch.float64) / 2).logit())
    return module


def smallest_eigenvalue(kernel):
    """Of a symmetric matrix restricted to vectors that sum to zero; 0 or more if it is conditionally positive."""
    size = len(kernel)
    centred = torch.eye(size, dtype=torch.float64) - 1 / size
    return torch.linalg.eigvalsh(centred @ kernel @ centred)[0].item()


@few
@given(
    m=st.lists(st.integers(0, 3000), min_size=1, max_size=5),
    n=st.lists(st.integers(0, 3000), min_size=1, max_size=5),
    seed=st.integers(0, 99),
)
def test_both_penalties_are_the_equations(m, n, seed):
    r1, r2 = (
        0.01 + 1.98 * torch.rand(2, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    ).numpy()
    log, power = (make(r1, r2)(torch.tensor(m), torch.tensor(n)) for make in (log_with, power_with))
    for j in range(3):
        for row, query in enumerate(m):
            for column, key in enumerate(n):
                k = abs(query - key)
                assert log[j, row, column].item() == pytest.approx(-r1[j] * math.log(1 + r2[j] * k), rel=1e-12)
                assert power[j, row, column].item() == pytest.approx(-r1[j] * k ** r2[j], rel=1e-12)


@few
@given(heads=st.sampled_from([1, 2, 4, 8, 12]), length=st.integers(1, 300))
def test_the_power_with_exponent_one_is_alibi(heads, length):
    n = torch.arange(length)
    bias = power_with(slopes(heads), torch.ones(heads))(n[-1:], n)
    torch.testing.assert_close(bias, alibi_bias(n[-1:], n, heads, torch.float64), atol=0, rtol=1e-12)


@few
@given(heads=st.sampled_from([1, 2, 4, 8, 12]), length=st.integers(1, 300))
def test_the_log_becomes_alibi_as_r2_falls_with_r1_times_r2_fixed(heads, length):
    n, line = torch.arange(length), alibi_bias(torch.tensor([length - 1]), torch.arange(length), heads, torch.float64)
    gaps = []
    for r2 in (1e-3, 1e-5, 1e-7):
        bias = log_with(slopes(heads) / r2, [r2] * heads)(n[-1:], n)
        assert (bias >= line - 1e-9).all()  # the logarithm bends the line upwards
        bound = slopes(heads)[:, None, None] * r2 * (length - 1 - n) ** 2 / 2
        assert ((bias - line) <= bound + 1e-9).all()
        gaps.append((bias - line).max().item())
    assert gaps[0] >= gaps[1] >= gaps[2] - 1e-9


def test_log1p_keeps_a_small_r2_that_log_of_one_plus_would_lose():
    module, n = KerpleLog(1), torch.arange(100)
    with torch.no_grad():
        module.log_r1.fill_(math.log(0.5e8))
        module.log_r2.fill_(math.log(1e-8))
    bias = module(n[-1:], n)[0, 0]
    torch.testing.assert_close(bias, -0.5 * (99 - n).float(), atol=0, rtol=1e-5)
    lost = -0.5e8 * torch.log(1 + 1e-8 * (99 - n).float())
    assert (lost - bias).abs().max() > 1


@few
@given(r1=st.floats(0.05, 4), r2=st.floats(0.05, 4), k=st.integers(1, 5000))
def test_among_equal_keys_the_log_leaves_a_power_law_and_alibi_an_exponential(r1, r2, k):
    weight = log_with([r1], [r2])(torch.tensor([k]), torch.tensor([0])).exp().item()
    assert weight == pytest.approx((1 + r2 * k) ** -r1, rel=1e-9)


@few
@given(length=st.integers(2, 40), seed=st.integers(0, 99))
def test_both_kernels_are_conditionally_positive_definite(length, seed):
    r1, r2 = 0.01 + 1.98 * torch.rand(2, 1, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    n = torch.arange(length)
    for make in (log_with, power_with):
        kernel = make(r1, r2)(n, n)[0]
        assert smallest_eigenvalue(kernel) > -1e-9 * kernel.abs().max()


def test_an_exponent_above_two_would_break_it():
    k = (torch.arange(12)[:, None] - torch.arange(12)).abs().double()
    assert smallest_eigenvalue(-(k**2.0)) > -1e-9
    assert smallest_eigenvalue(-(k**2.5)) < -1


@kinds
@few
@given(shift=st.integers(0, 100_000), queries=lengths, keys=lengths)
def test_the_penalty_depends_on_the_offset_alone(kind, shift, queries, keys):
    module, m, n = kind(3), torch.arange(queries), torch.arange(keys)
    assert torch.equal(module(m + shift, n + shift), module(m, n))


@kinds
@few
@given(length=st.integers(2, 200), heads=st.integers(1, 8), seed=st.integers(0, 99))
def test_it_is_zero_on_the_diagonal_and_falls_with_every_token_of_distance(kind, length, heads, seed):
    torch.manual_seed(seed)
    module, n = kind(heads).double(), torch.arange(length)
    bias = module(n, n)
    assert (bias.diagonal(dim1=1, dim2=2) == 0).all()
    torch.testing.assert_close(bias, bias.mT)
    assert (bias[:, -1].diff() > 0).all()


@kinds
@few
@given(step=st.floats(-50, 50))
def test_no_step_can_leave_the_bounds(kind, step):
    module, n = kind(2), torch.arange(5)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += step
    bias = module(n[-1:], n)
    assert bias.isfinite().all() and (bias <= 0).all()
    if kind is KerplePower:
        square = -module.log_r1.exp()[:, None] * (4 - n) ** 2
        assert (bias[:, 0] >= square - 1e-4 * square.abs() - 1).all()


@pytest.mark.parametrize(("kind", "high"), [(KerpleLog, (2, 1)), (KerplePower, (1, 2))])
def test_starting_values_are_the_authors(kind, high):
    torch.manual_seed(0)
    module = kind(4000)
    r1 = module.log_r1.exp()
    r2 = module.log_r2.exp() if kind is KerpleLog else 2 * module.logit_r2.sigmoid()
    for r, top in zip((r1, r2), high, strict=True):
        assert r.min() >= 0.0099 and r.max() <= top and r.mean().item() == pytest.approx(top / 2, abs=0.05)


@kinds
def test_there_are_two_numbers_a_head(kind):
    assert sum(parameter.numel() for parameter in kind(12).parameters()) == 24


@kinds
@few
@given(length=st.integers(1, 60))
def test_decoding_with_a_cache_gives_the_last_rows(kind, length):
    module, n = kind(2), torch.arange(length)
    whole = module(n, n)
    torch.testing.assert_close(module(n[-1:], n), whole[:, -1:])
    torch.testing.assert_close(module(n[-1:], n[length // 2 :]), whole[:, -1:, length // 2 :])


@kinds
def test_gradients_are_right_and_finite_on_the_diagonal_too(kind):
    torch.manual_seed(0)
    module, m, n = kind(2).double(), torch.arange(2, 5), torch.arange(5)
    names, values = zip(*module.named_parameters(), strict=True)

    def bias(*values):
        return torch.func.functional_call(module, dict(zip(names, values, strict=True)), (m, n))

    assert torch.autograd.gradcheck(bias, values)
    module(n, n).sum().backward()
    for parameter in module.parameters():
        assert parameter.grad.isfinite().all() and (parameter.grad != 0).all()


def test_a_plain_clamp_would_stop_the_gradient_and_the_logarithm_does_not():
    r1 = torch.tensor(0.005, requires_grad=True)
    (-r1.clamp(min=0.01) * math.log(11)).backward()
    assert r1.grad == 0
    module = log_with([0.005], [1.0])
    module(torch.tensor([10]), torch.tensor([0])).sum().backward()
    assert module.log_r1.grad.item() == pytest.approx(-0.005 * math.log(11))


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 2e-5), (torch.bfloat16, 2**-8)]
)
def test_position_100000_is_right_to_one_rounding_of_the_dtype(dtype, tolerance):
    m, n = torch.tensor([100_000]), torch.tensor([0, 22_223, 99_999, 100_000])
    log, power = log_with([0.3, 1.7], [0.25, 0.02]).to(dtype), power_with([0.3, 1.7], [1.0, 1.8]).to(dtype)
    k, numbers = (m - n).double(), [parameter.double()[:, None] for parameter in (log.log_r2, power.logit_r2)]
    for module, curve in ((log, (1 + numbers[0].exp() * k).log()), (power, k ** (2 * numbers[1].sigmoid()))):
        bias = module(m, n)[:, 0]
        assert bias.dtype == dtype
        want = -module.log_r1.double().exp()[:, None] * curve
        torch.testing.assert_close(bias.double(), want, atol=0, rtol=tolerance)


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: f"{r['called']}-{len(r['bias'][0])}")
def test_the_code_of_the_authors_and_nemo_compute_the_same_bias(record):
    theirs = torch.tensor(record["bias"], dtype=torch.float64)
    make = power_with if record["called"] == "ParallelKerplePower" else log_with
    n = torch.arange(theirs.shape[2])
    ours = make(record["r1"], record["r2"])(n[-theirs.shape[1] :], n)
    if record["package"] == "chijames/KERPLE":  # it leaves 0 at later keys, to be masked
        ours = ours.masked_fill(n > n[-theirs.shape[1] :, None], 0.0)
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-6)


@kinds
@pytest.mark.parametrize("heads", [0, -1, 2.0, True])
def test_a_module_without_heads_is_refused(kind, heads):
    with pytest.raises(ValueError, match=f"heads must be an int above 0.* got {heads!r}"):
        kind(heads)


M = torch.arange(3)


@kinds
@pytest.mark.parametrize(
    ("m", "n", "error", "message"),
    [
        (M[None, None], M, ValueError, r"m must have shape \(T,\) or \(B, T\).* got \(1, 1, 3\)"),
        (M, torch.tensor(3), ValueError, r"n must have shape \(T,\).* got \(\)"),
        (M.expand(2, len(M)), M.expand(3, len(M)), ValueError, "m and n must have as many rows, got 2 and 3"),
        (M, M[:0], ValueError, r"n must .* not be empty, got \(0,\)"),
        (M.float(), M, TypeError, "m must hold integers.* got torch.float32"),
        (M, M > 0, TypeError, "n must hold integers.* got torch.bool"),
    ],
)
def test_positions_that_do_not_fit_are_refused(kind, m, n, error, message):
    with pytest.raises(error, match=message):
        kind(2)(m, n)
