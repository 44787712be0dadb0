"""The sentences of docs/*/schemes/transformer_xl.md, each as a test."""

import math

import pytest
import torch
from helpers import Watch, few, recorded
from hypothesis import given
from hypothesis import strategies as st

from snippets.schemes.sinusoidal import add_sinusoidal
from snippets.schemes.transformer_xl import TransformerXL

RECORDED = recorded("transformer_xl")
seeds, lengths, starts = st.integers(0, 1000), st.integers(1, 7), st.integers(-50, 1000)
sizes = st.sampled_from([(2, 1), (4, 1), (4, 2), (6, 2), (12, 3), (6, 6)])


def made(dim=8, heads=2, seed=0, dtype=torch.float64):
    """A scheme whose weights are far from 0, so that a wrong term shows."""
    torch.manual_seed(seed)
    scheme = TransformerXL(dim, heads).to(dtype)
    for weight in scheme.parameters():
        torch.nn.init.normal_(weight)
    return scheme


def drawn(scheme, queries, keys, batch=1):
    """Random queries and keys that fit ``scheme``."""
    heads, head_dim = scheme.u.shape
    q = torch.randn(batch, heads, queries, head_dim, dtype=scheme.u.dtype)
    return q, torch.randn(batch, heads, keys, head_dim, dtype=scheme.u.dtype)


def by_the_equation(scheme, q, k, m, n):
    """Terms b, c and d of section 3.3, one number at a time, over sqrt(d_h)."""
    (batch, heads, _, head_dim), dim = q.shape, scheme.w.in_features
    w, u, v = scheme.w.weight.tolist(), scheme.u.tolist(), scheme.v.tolist()
    out = torch.zeros(batch, heads, len(m), len(n), dtype=torch.float64)
    for i, query in enumerate(m):
        for j, key in enumerate(n):
            r = [0.0] * dim
            for pair in range(dim // 2):
                angle = (query - key) / 10000 ** (2 * pair / dim)
                r[2 * pair], r[2 * pair + 1] = math.sin(angle), math.cos(angle)
            for h in range(heads):
                wr = [sum(w[h * head_dim + c][x] * r[x] for x in range(dim)) for c in range(head_dim)]
                for b in range(batch):
                    qs, ks = q[b, h, i].tolist(), k[b, h, j].tolist()
                    term_b = sum(qs[c] * wr[c] for c in range(head_dim))
                    term_c = sum(u[h][c] * ks[c] for c in range(head_dim))
                    term_d = sum(v[h][c] * wr[c] for c in range(head_dim))
                    out[b, h, i, j] = (term_b + term_c + term_d) / math.sqrt(head_dim)
    return out


@few
@given(size=sizes, start=starts, first=starts, queries=lengths, keys=lengths, seed=seeds)
def test_what_is_added_is_the_equation(size, start, first, queries, keys, seed):
    scheme = made(*size, seed)
    q, k = drawn(scheme, queries, keys)
    m, n = torch.arange(start, start + queries), torch.arange(first, first + keys)
    torch.testing.assert_close(scheme(q, k, m, n), by_the_equation(scheme, q, k, m.tolist(), n.tolist()))


def test_rows_of_a_batch_may_start_at_different_distances():
    scheme, n = made(), torch.arange(9)
    q, k = drawn(scheme, 3, 9, batch=3)
    starts = torch.tensor([6, 2, 40])  # three caches, filled to different lengths
    m = starts[:, None] + torch.arange(3)
    alone = torch.cat([scheme(q[b : b + 1], k[b : b + 1], m[b], n) for b in range(3)])
    torch.testing.assert_close(scheme(q, k, m, n), alone)
    torch.testing.assert_close(scheme(q, k, m, (n - 4).expand(3, 9)), scheme(q, k, m + 4, n))
    torch.testing.assert_close(scheme(q, k, m[:1], n), scheme(q, k, m[0], n))


@few
@given(shift=st.integers(-1000, 100_000), length=lengths, seed=seeds)
def test_a_shift_of_all_positions_changes_nothing(shift, length, seed):
    scheme, m = made(seed=seed), torch.arange(length)
    q, k = drawn(scheme, length, length)
    assert torch.equal(scheme(q, k, m + shift, m + shift), scheme(q, k, m, m))


def terms(scheme, q, k, m, n):
    """b, c and d apart: without q and u, only d is left; without u and v, only b; without q and v, only c."""
    no_query, parts = torch.zeros_like(q), []
    for queries, keep in ((q, ()), (no_query, ("u",)), (no_query, ("v",))):
        alone = TransformerXL(scheme.w.in_features, len(scheme.u)).to(q.dtype)
        state = {
            name: weight if name in (*keep, "w.weight") else 0 * weight for name, weight in scheme.state_dict().items()
        }
        alone.load_state_dict(state)
        parts.append(alone(queries, k, m, n))
    return parts


@few
@given(length=st.integers(2, 7), seed=seeds)
def test_each_term_has_a_pattern_of_its_own(length, seed):
    scheme, m = made(seed=seed), torch.arange(length)
    q, k = drawn(scheme, length, length)
    b, c, d = terms(scheme, q, k, m, m)
    torch.testing.assert_close(b + c + d, scheme(q, k, m, m))
    assert torch.equal(c, c[:, :, :1].expand_as(c))  # the same for every query: stripes
    for offset in range(1 - length, length):  # the same along every diagonal
        diagonal = d.diagonal(offset, -2, -1)
        torch.testing.assert_close(diagonal, diagonal[..., :1].expand_as(diagonal))
    same_query = q[:, :, :1].expand_as(q)
    slid = terms(scheme, same_query, k, m, m)[0]  # a query that stands elsewhere brings its row along
    torch.testing.assert_close(slid[..., 1:, 1:], slid[..., :-1, :-1])


@few
@given(queries=lengths, memory=st.integers(0, 6), seed=seeds)
def test_the_shift_by_reshaping_equals_the_lookup(queries, memory, seed):
    scheme, keys = made(seed=seed), queries + memory
    q, k = drawn(scheme, queries, keys)
    n = torch.arange(keys)
    distances = torch.arange(keys, -queries, -1)  # one more than there are, farthest key first
    angles = distances[:, None] * 10000 ** (-torch.arange(0, 8, 2).double() / 8)
    sinusoids = torch.stack((angles.sin(), angles.cos()), -1).flatten(1)
    rows = (sinusoids @ scheme.w.weight.T).unflatten(-1, (2, 4)).transpose(0, 1)
    x = (q + scheme.v[:, None]) @ rows.mT  # (B, h, T_q, T_q + T_k)
    shifted = x.reshape(1, 2, keys + queries, queries)[:, :, 1:].reshape(1, 2, queries, -1)[..., :keys]
    by_key = (scheme.u[:, None] * k).sum(-1)[:, :, None]
    torch.testing.assert_close((shifted + by_key) / 2, scheme(q, k, n[-queries:], n))


@few
@given(m=st.integers(0, 5000), n=st.integers(0, 5000), size=sizes, seed=seeds)
def test_the_distance_terms_are_a_rotation_by_the_query_position(m, n, size, seed):
    scheme = made(*size, seed)
    q, k = drawn(scheme, 1, 1)
    with torch.no_grad():
        scheme.u.zero_()
    at_m, at_n = torch.tensor([m]), torch.tensor([n])
    heads, head_dim = scheme.u.shape
    back = torch.einsum("bhtc,hcx->bhtx", q + scheme.v[:, None], scheme.w.weight.unflatten(0, (heads, head_dim)))
    angle = m * 10000 ** (-torch.arange(0, size[0], 2).double() / size[0])
    s, c = back[..., 0::2], back[..., 1::2]
    turned = torch.stack((c * angle.sin() - s * angle.cos(), s * angle.sin() + c * angle.cos()), -1).flatten(-2)
    absolute = add_sinusoidal(torch.zeros(1, 1, size[0]).double(), at_n)[0]
    torch.testing.assert_close(turned @ absolute.T / head_dim**0.5, scheme(q, k, at_m, at_n), atol=1e-8, rtol=1e-8)


def test_a_token_ahead_and_one_behind_are_told_apart():
    scheme = made()
    q, k = drawn(scheme, 1, 3)
    k[:] = k[:, :, :1]
    added = scheme(q, k, torch.tensor([1]), torch.arange(3))
    assert (added[..., 0] - added[..., 2]).abs().min() > 0.1


def test_without_w_and_v_and_u_nothing_is_added():
    scheme, m = made(), torch.arange(4)
    q, k = drawn(scheme, 4, 4)
    for weight in scheme.parameters():
        torch.nn.init.zeros_(weight)
    assert not scheme(q, k, m, m).any()


def test_the_gradient_reaches_w_u_and_v():
    scheme, m = made(), torch.arange(5)
    q, k = drawn(scheme, 5, 5)
    scheme(q, k, m, m).square().sum().backward()
    for weight in scheme.parameters():
        assert weight.grad.isfinite().all() and (weight.grad != 0).all()


def test_u_alone_never_changes_which_query_attends_where():
    scheme, m = made(), torch.arange(5)
    _, c, _ = terms(scheme, *drawn(scheme, 5, 5), m, m)
    weights = c.softmax(-1)
    torch.testing.assert_close(weights, weights[:, :, :1].expand_as(weights))


@few
@given(cached=st.integers(1, 12), new=st.integers(1, 4), seed=seeds)
def test_decoding_with_a_cache_gives_the_last_rows(cached, new, seed):
    scheme, n = made(seed=seed), torch.arange(cached + new)
    q, k = drawn(scheme, cached + new, cached + new)
    torch.testing.assert_close(scheme(q[:, :, cached:], k, n[cached:], n), scheme(q, k, n, n)[:, :, cached:])


def test_old_keys_may_be_dropped_from_the_front():
    scheme, n = made(), torch.arange(9)
    q, k = drawn(scheme, 9, 9)
    torch.testing.assert_close(scheme(q[:, :, 8:], k[:, :, 3:], n[8:], n[3:]), scheme(q, k, n, n)[:, :, 8:, 3:])


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-5), (torch.bfloat16, 0.1)])
def test_distance_100000_is_right_to_the_rounding_of_the_dtype(dtype, tolerance):
    exact = made(16, 2)
    q, k = drawn(exact, 1, 2)
    scheme = made(16, 2).to(dtype)
    m, n = torch.tensor([100_000]), torch.tensor([0, 1])
    out = scheme(q.to(dtype), k.to(dtype), m, n)
    assert out.dtype == dtype
    want = by_the_equation(exact, q, k, m.tolist(), n.tolist())
    torch.testing.assert_close(out.double(), want, atol=tolerance * want.abs().max().item(), rtol=0)


def test_it_costs_d_squared_and_twice_d_parameters():
    assert sum(p.numel() for p in TransformerXL(768, 12).parameters()) == 768**2 + 2 * 768


def test_it_starts_as_noise_of_standard_deviation_0_02():
    torch.manual_seed(0)
    for weight in TransformerXL(1024, 2).parameters():
        assert weight.std().item() == pytest.approx(0.02, rel=0.1)


def test_positions_on_another_device_follow_q():
    scheme = TransformerXL(8, 2).to("meta")
    q = torch.empty(2, 2, 5, 4, device="meta")
    with Watch() as watch:
        out = scheme(q, q, torch.arange(5), torch.arange(5))
    assert out.is_meta and {x.device.type for x in watch.given_to(torch.ops.aten.gather.default)} == {"meta"}


def test_no_vector_is_made_for_a_pair_of_positions():
    scheme, m = made(32, 2, dtype=torch.float32), torch.arange(64)
    q, k = drawn(scheme, 64, 64)
    with Watch() as watch:
        scheme(q, k, m, m)
    assert watch.largest <= 2 * 64 * 128  # (h, T_q, T_q + T_k), against T_q T_k d_h h = 131072


class Packed(torch.nn.Linear):
    """A layer as 4 bits pack it: bytes as its weight, which it unpacks for the call."""

    def __init__(self, layer):
        super().__init__(layer.in_features, layer.out_features, bias=False)
        self.real = layer.weight.detach()
        self.weight = torch.nn.Parameter(torch.zeros(len(self.real), 1, dtype=torch.uint8), requires_grad=False)

    def forward(self, x):
        return torch.nn.functional.linear(x.to(self.real), self.real).to(x.dtype)


def test_a_quantised_layer_reads_whole_sines_and_cosines():
    scheme, m = made(), torch.arange(5)
    q, k = drawn(scheme, 5, 5)
    want = scheme(q, k, m, m)
    scheme.w = Packed(scheme.w)
    torch.testing.assert_close(scheme(q, k, m, m), want)


def test_where_gaps_are_not_checked_the_lookup_fails_and_gives_no_wrong_score(monkeypatch):
    monkeypatch.setattr(torch.compiler, "is_compiling", lambda: True)
    scheme, m = made(), torch.arange(5)
    q, k = drawn(scheme, 5, 5)
    with pytest.raises(RuntimeError, match="out of bounds"):
        scheme(q, k, m * 3, m)
    inside = torch.tensor([0, 0, 3, 2, 4])  # a distance that has a row gets the right one
    torch.testing.assert_close(scheme(q, k, inside, m), by_the_equation(scheme, q, k, inside.tolist(), m.tolist()))


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: r["called"])
def test_independent_packages_compute_the_same(record):
    w, u, v, q, k, theirs = (torch.tensor(record[name]) for name in ("w", "u", "v", "q", "k", "result"))
    scheme = TransformerXL(len(w), len(u))
    scheme.load_state_dict({"w.weight": w, "u": u, "v": v})
    n = torch.arange(k.shape[2])
    m = n[-q.shape[2] :]
    scores = q @ k.mT / q.shape[-1] ** 0.5 + scheme(q, k, m, n)
    if record["called"].endswith("uni"):
        scores = scores.masked_fill(n > m[:, None], -torch.inf)
    # labml's scores are not yet divided by sqrt(d_h)
    ours = scores.softmax(-1) if record["gives"] == "weights" else scores * q.shape[-1] ** 0.5
    torch.testing.assert_close(ours, theirs, atol=4e-6, rtol=0)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((7, 7), ValueError, "dim must be even .* got 7 and 7 heads"),
        ((8, 3), ValueError, "a multiple of heads, got 8 and 3 heads"),
        ((0, 2), ValueError, "got 0 and 2 heads"),
        ((8, 0), ValueError, "got 8 and 0 heads"),
        ((8.0, 2), TypeError, "dim must be an int, got 8.0"),
        ((8, True), TypeError, "heads must be an int, got True"),
    ],
)
def test_sizes_that_cannot_be_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        TransformerXL(*arguments)


Q, M = torch.zeros(1, 2, 5, 4), torch.arange(5)


@pytest.mark.parametrize(
    ("q", "k", "m", "n", "error", "message"),
    [
        (Q[0], Q, M, M, ValueError, r"q must have shape \(B, 2, T, 4\).* got \(2, 5, 4\)"),
        (Q, Q[..., :3], M, M, ValueError, r"k must have shape \(B, 2, T, 4\).* got \(1, 2, 5, 3\)"),
        (Q, Q[:, :1], M, M, ValueError, r"k must have shape .* got \(1, 1, 5, 4\)"),
        (Q[:, :, :0], Q, M[:0], M, ValueError, r"no empty axis, got \(1, 2, 0, 4\)"),
        (Q, Q.expand(3, -1, -1, -1), M, M, ValueError, "q and k must have one B, got 1 and 3"),
        (Q.long(), Q, M, M, TypeError, "q must be floating point, got torch.int64"),
        (Q, Q, M.float(), M, TypeError, "positions of q must be integers, since they count tokens; got torch.float32"),
        (Q, Q, M, M.bool(), TypeError, "positions of k must be integers.* got torch.bool"),
        (Q, Q, M[:4], M, ValueError, r"positions of q must have shape \(5,\) or \(1, 5\), got \(4,\)"),
        (Q, Q, M, M.expand(2, 5), ValueError, r"positions of k must have shape .* got \(2, 5\)"),
        (Q, Q, M, 2 * M, ValueError, r"positions of k must count up by one, got steps of \[2\]"),
        (Q, Q, M.flip(0), M, ValueError, r"positions of q must count up by one, got steps of \[-1\]"),
        (Q, Q, M, M[None] // 2, ValueError, r"positions of k must count up by one, got steps of \[0, 1\]"),
    ],
)
def test_input_that_does_not_fit_is_refused(q, k, m, n, error, message):
    with pytest.raises(error, match=message):
        TransformerXL(8, 2)(q, k, m, n)
