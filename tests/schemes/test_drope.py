"""The sentences of docs/*/schemes/drope.md, each as a test."""

import math

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from snippets.attention import Attention
from snippets.schemes.drope import beta, rotates, rotations_without_positions
from snippets.schemes.none import causal_attention
from snippets.schemes.rope import frequencies, rotate, rotate_halves, rotations

RECORDED = recorded("drope")
LENGTH = DIM = 16
AT = torch.arange(LENGTH)
DROPPED = rotations_without_positions(AT, DIM, torch.complex128)
ROTATED = rotations(AT, frequencies(DIM), torch.complex128)
both = pytest.mark.parametrize("turns", [DROPPED, ROTATED], ids=["dropped", "RoPE"])


@few
@given(scale=st.floats(1, 1000), c=st.floats(0, 1))
def test_beta_is_its_formula(scale, c):
    assert beta(scale, c) == pytest.approx(1 + c * math.log(scale))


def test_it_is_1_within_the_trained_length_whatever_c():
    assert beta(1, 0.412) == beta(1, 0.103) == 1


def test_the_drop_comes_after_14_of_16_thousand_steps():
    steps = [rotates(step, 16_000) for step in range(16_000)]
    assert steps == [True] * 14_000 + [False] * 2_000
    assert not any(rotates(step, 10, share=0) for step in range(10)), "share 0 is a model without positions"
    assert all(rotates(step, 10, share=1) for step in range(10)), "share 1 is RoPE"


@pytest.mark.parametrize("steps", [10, 100, 1000])
def test_a_share_that_is_a_whole_number_of_steps_gives_just_that_number(steps):
    for want in range(steps + 1):
        assert sum(rotates(step, steps, want / steps) for step in range(steps)) == want


@pytest.mark.parametrize("positions", [AT, torch.stack((AT, AT + 5))], ids=["(T,)", "(B, T)"])
def test_its_rotations_have_the_shape_of_those_of_rope_and_turn_nothing(positions):
    theirs, ours = rotations(positions, frequencies(DIM)), rotations_without_positions(positions, DIM)
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
    torch.manual_seed(0)
    for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16):
        x = torch.randn(2, 3, LENGTH, DIM).to(dtype)
        for turn in (rotate, rotate_halves):
            assert torch.equal(turn(x, ours), x)
            assert not torch.equal(turn(x, theirs), x)


def test_turns_of_zeros_are_no_turns_of_angle_zero():
    torch.manual_seed(0)
    x = torch.randn(1, 2, LENGTH, DIM, dtype=torch.float64)
    assert not rotate(x, 0 * DROPPED).any(), "every query and key is lost"
    lost = causal_attention(rotate(x, 0 * DROPPED), rotate(x, 0 * DROPPED), x)
    torch.testing.assert_close(lost, x.cumsum(2) / (AT + 1)[:, None].double())


def by_the_equation(q, k, v, scale, c):
    """One query of one head at a time: (T, d_h) each."""
    out = torch.zeros_like(v)
    sharper = 1 + c * math.log(scale)
    for m in range(len(q)):
        terms = [math.exp(sharper * float(q[m] @ k[n]) / math.sqrt(q.shape[1])) for n in range(m + 1)]
        out[m] = sum(w * v[n] for n, w in enumerate(terms)) / sum(terms)
    return out


@few
@given(seed=st.integers(0, 1000), scale=st.floats(1, 16), c=st.floats(0, 0.5))
def test_it_is_attention_without_positions_with_scores_times_beta(seed, scale, c):
    torch.manual_seed(seed)
    q, k, v = torch.randn(3, 1, 2, 7, 8, dtype=torch.float64)
    want = torch.stack([by_the_equation(q[0, h], k[0, h], v[0, h], scale, c) for h in range(2)])[None]
    torch.testing.assert_close(causal_attention(beta(scale, c) * q, k, v), want)
    fused = F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=beta(scale, c) / 8**0.5)
    torch.testing.assert_close(fused, want)


class Transformer(nn.Module):
    """Three layers with norms, feed-forward parts and residuals, and one embedding for a vocabulary of five."""

    def __init__(self, turns):
        super().__init__()
        torch.manual_seed(0)
        self.turns = turns
        self.tokens = nn.Embedding(5, 2 * DIM)
        self.attention = nn.ModuleList(Attention(2 * DIM, 2) for _ in range(3))
        self.forward_part = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(2 * DIM), nn.Linear(2 * DIM, 4 * DIM), nn.GELU(), nn.Linear(4 * DIM, 2 * DIM))
            for _ in range(3)
        )
        self.double()

    def forward(self, tokens):
        """(B, T) -> (B, T, 5), and what every layer's weights are: each (B, h, T, T)."""
        x, weights = self.tokens(tokens), []
        for attention, forward_part in zip(self.attention, self.forward_part, strict=True):
            met = []

            def turned(q, k, met=met):
                met.extend((rotate(q, self.turns), rotate(k, self.turns)))
                return met[0], met[1]

            x = x + attention(F.layer_norm(x, (2 * DIM,)), at_qk=turned)
            x = x + forward_part(x)
            same = torch.eye(LENGTH, dtype=torch.float64).expand(*met[0].shape[:2], -1, -1)
            weights.append(attention.meet(*met, same, None))
        return x @ self.tokens.weight.T, weights


def gradients(model, number):
    """Norms of the gradients of W_q, W_k and W_v in each layer: (3 layers, 3)."""
    weights = [layer.qkv.weight for layer in model.attention]
    found = torch.autograd.grad(number, weights, retain_graph=True, materialize_grads=True)
    return torch.stack([grad.unflatten(0, (3, -1)).flatten(1).norm(dim=1) for grad in found])


CONSTANT = torch.full((1, LENGTH), 2)
TARGETS = torch.tensor([[0, 1, 2, 3, 4, 0, 2, 4, 1, 3, 0, 1, 4, 4, 2, 0]])


def loss(logits):
    return F.cross_entropy(logits.flatten(0, 1), TARGETS.flatten())


def bias(weights, c):
    """A^c of Definition 3.1, for the first head: the sum of c_mn w_mn over the number of tokens."""
    return (c * weights[0, 0]).sum() / LENGTH


def of_the_token_before():
    """Weights c that add up to 0 in every row and are 1 at the token before, as in the definition: (T, T)."""
    c = torch.zeros(LENGTH, LENGTH, dtype=torch.float64)
    for m in range(1, LENGTH):
        c[m, : m + 1] = -1 / m
        c[m, m - 1] = 1
    return c


def test_on_one_token_repeated_attention_without_positions_is_even_in_every_layer():
    _, weights = Transformer(DROPPED)(CONSTANT)
    even = torch.ones(LENGTH, LENGTH).tril().double() / (AT + 1)[:, None]
    for layer in weights:
        torch.testing.assert_close(layer, even.expand_as(layer), atol=1e-14, rtol=0)


def test_on_one_token_repeated_queries_and_keys_get_no_gradient_without_positions():
    model = Transformer(DROPPED)
    q, k, v = gradients(model, loss(model(CONSTANT)[0])).T
    assert max(q.max(), k.max()) < 1e-15 and v.min() > 1e-3, "values do get one"
    for tokens in (CONSTANT.clone(), torch.arange(LENGTH)[None] % 5):
        tokens[0, 3] = 1  # one other token, and it is gone
        q, k, _ = gradients(model, loss(model(tokens)[0])).T
        assert min(q[0], k[0]) > 1e-6


def test_on_one_token_repeated_no_preference_for_a_place_can_begin_without_positions():
    model = Transformer(DROPPED)
    for layer in model(CONSTANT)[1]:
        pattern = bias(layer, of_the_token_before())
        assert abs(pattern) < 1e-15 and gradients(model, pattern).max() < 1e-15


def test_on_one_token_repeated_a_rotated_head_has_a_preference_that_training_can_pull_at():
    model = Transformer(ROTATED)
    first = model(CONSTANT)[1][0]
    even = torch.ones(LENGTH, LENGTH).tril().double() / (AT + 1)[:, None]
    own = (first[0, 0] - even).detach()  # the weights of the proof of Proposition 3.3
    pattern = bias(first, own)
    assert pattern > 1e-4
    q, k, _ = gradients(model, pattern)[0]
    assert min(q, k) > 1e-4


@both
def test_on_one_token_repeated_every_token_gets_the_same_with_rope_too(turns):
    logits, _ = Transformer(turns)(CONSTANT)
    torch.testing.assert_close(logits, logits[:, :1].expand_as(logits), atol=1e-13, rtol=0)


@both
def test_so_the_loss_on_one_token_repeated_moves_no_query_and_no_key_with_rope_either(turns):
    model = Transformer(turns)
    q, k, v = gradients(model, loss(model(CONSTANT)[0])).T
    assert max(q.max(), k.max()) < 1e-14 and v.min() > 1e-3


def pulls(turns, spread):
    """Gradients by W_q of the share of the token before, and of a loss, on tokens that differ by ``spread``."""
    torch.manual_seed(0)
    one, noise, pull = torch.randn(3, LENGTH, DIM, dtype=torch.float64)
    w_q, w_k, w_v = torch.randn(3, DIM, DIM, dtype=torch.float64) / 4
    w_q.requires_grad_()
    x = (one[:1] + spread * noise)[None, None]
    met = rotate(x @ w_q, turns), rotate(x @ w_k, turns)
    share = causal_attention(*met, torch.eye(LENGTH).double()[None, None])[0, 0].diagonal(-1).mean()
    out = (causal_attention(*met, x @ w_v) * pull).sum()
    return [torch.autograd.grad(number, w_q, retain_graph=True)[0].norm() for number in (share, out)]


def test_near_one_token_gradients_fall_one_power_faster_without_positions():
    far, near = 1e-3, 1e-5
    for turns, powers in ((ROTATED, (0, 1)), (DROPPED, (1, 2))):
        for gradient, other, power in zip(pulls(turns, far), pulls(turns, near), powers, strict=True):
            assert math.log(gradient / other, 100) == pytest.approx(power, abs=0.02)


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: f"{r['package']}-{r['scale']}")
def test_independent_implementations_attend_in_the_same_way(record):
    x, w = torch.tensor(record["x"]), {name: torch.tensor(weight) for name, weight in record["weights"].items()}
    q, k, v = ((x @ w[name].T).unflatten(-1, (2, -1)).transpose(1, 2) for name in "qkv")
    sharper = beta(record["scale"], record["c"])
    ours = causal_attention(sharper * q, k, v).transpose(1, 2).flatten(2) @ w["o"].T
    torch.testing.assert_close(ours, torch.tensor(record["out"]), atol=1e-5, rtol=0)
    turns = rotations(torch.arange(x.shape[1]), frequencies(q.shape[-1]))
    rotated = causal_attention(sharper * rotate_halves(q, turns), rotate_halves(k, turns), v)
    assert (rotated.transpose(1, 2).flatten(2) @ w["o"].T - ours).abs().max() > 0.1, "a rotation would have shown"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: beta(0.5, 0.4), ValueError, "scale must be 1 or above.* got 0.5"),
        (lambda: beta(math.inf, 0.4), ValueError, "scale must be 1 or above.* got inf"),
        (lambda: beta(math.nan, 0.4), ValueError, "scale must be 1 or above.* got nan"),
        (lambda: beta("2", 0.4), TypeError, "scale must be a number, got '2'"),
        (lambda: beta(2, True), TypeError, "c must be a number, got True"),
        (lambda: beta(2, -0.1), ValueError, "c must be 0 or above.* got -0.1"),
        (lambda: beta(2), TypeError, "'c'"),
        (lambda: rotates(16, 16), ValueError, "step must be one of 0 to 15, got 16"),
        (lambda: rotates(-1, 16), ValueError, "step must be one of 0 to 15, got -1"),
        (lambda: rotates(0, 0), ValueError, "steps must be above 0, got 0"),
        (lambda: rotates(0, 16, 87.5), ValueError, "share must be from 0.* got 87.5"),
        (lambda: rotations_without_positions(AT, 7), ValueError, "dim must be even and above 0.* got 7"),
        (lambda: rotations_without_positions(AT, 8.0), TypeError, "dim must be an int, got 8.0"),
        (lambda: rotations_without_positions(AT[:0], 8), ValueError, r"positions must have shape .* got \(0,\)"),
        (
            lambda: rotations_without_positions(AT.bfloat16(), 8),
            TypeError,
            "positions must be integers.* got torch.bfl",
        ),
        (lambda: rotations_without_positions(AT[0], 8), ValueError, r"positions must have shape .* got \(\)"),
    ],
)
def test_what_cannot_be_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
