"""The sentences of docs/*/schemes/rope_2d.md, each as a test."""

import math

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st

from snippets.schemes.rope import frequencies, rotate, rotate_halves, rotations
from snippets.schemes.rope_2d import axial_frequencies, grid, rotations_2d

RECORDED = recorded("rope_2d")
dims = st.integers(1, 8).map(lambda quarter: 4 * quarter)
seeds = st.integers(0, 2**16)
places = st.integers(-1000, 100_000)


def drawn(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def exact(rows, columns, dim, base=10000.0):
    theta = axial_frequencies(dim, base)
    return rotations_2d(torch.as_tensor(rows), torch.as_tensor(columns), theta, dtype=torch.complex128)


def by_the_equation(x, row, column, base=10000.0):
    """One vector at one patch, one number at a time: row pairs in the first half, column pairs in the second."""
    d, out = len(x), []
    for pair in range(d // 2):
        j, at = (pair, row) if pair < d // 4 else (pair - d // 4, column)
        angle, a, b = at * base ** (-4 * j / d), float(x[2 * pair]), float(x[2 * pair + 1])
        out += [a * math.cos(angle) - b * math.sin(angle), b * math.cos(angle) + a * math.sin(angle)]
    return torch.tensor(out, dtype=torch.float64)


@few
@given(row=places, column=places, dim=dims, seed=seeds, base=st.floats(2, 1e6))
def test_a_turned_vector_is_the_equation(row, column, dim, seed, base):
    x = drawn(seed, 1, 1, 1, dim)
    got = rotate(x, exact([row], [column], dim, base))[0, 0, 0]
    torch.testing.assert_close(got, by_the_equation(x[0, 0, 0], row, column, base), atol=1e-9, rtol=0)


@few
@given(down=places, right=places, dim=dims, seed=seeds)
def test_a_score_depends_on_the_two_offsets_alone(down, right, dim, seed):
    q, k = drawn(seed, 2, 1, 3, 12, dim).unbind(0)
    rows, columns = grid(3, 4)
    here, there = exact(rows, columns, dim), exact(rows + down, columns + right, dim)
    scores = rotate(q, here) @ rotate(k, here).mT
    torch.testing.assert_close(scores, rotate(q, there) @ rotate(k, there).mT, atol=1e-8, rtol=0)


def test_rows_and_columns_are_told_apart():
    x = drawn(0, 1, 1, 3, 8)
    turned = rotate(x[:, :, [0, 0, 0]], exact([0, 1, 0], [0, 0, 1], 8))[0, 0]
    assert (turned[1, 4:] == turned[0, 4:]).all() and (turned[2, :4] == turned[0, :4]).all()
    assert (turned[1, :4] != turned[0, :4]).all() and (turned[2, 4:] != turned[0, 4:]).all()


@few
@given(dim=dims, seed=seeds)
def test_norms_are_kept(dim, seed):
    x = drawn(seed, 2, 3, 6, dim)
    torch.testing.assert_close(rotate(x, exact(*grid(2, 3), dim)).norm(dim=-1), x.norm(dim=-1))


@few
@given(length=st.integers(1, 9), dim=dims)
def test_an_image_of_one_row_is_rope_on_half_of_the_channels(length, dim):
    turns = exact(*grid(1, length), dim)
    assert (turns[:, : dim // 4] == 1).all()
    plain = rotations(torch.arange(length), frequencies(dim // 2), torch.complex128)
    torch.testing.assert_close(turns[:, dim // 4 :], plain)


def test_each_axis_has_the_whole_ladder_and_that_is_rope_of_half_the_dimension():
    assert torch.equal(axial_frequencies(64), frequencies(32))
    assert torch.equal(axial_frequencies(64, 100.0), frequencies(32, 100.0))


def test_a_transposed_image_swaps_the_halves():
    rows, columns = grid(3, 5)
    torch.testing.assert_close(exact(columns, rows, 16), exact(rows, columns, 16).roll(4, dims=-1))


def test_the_raster_index_would_put_the_neighbour_below_a_whole_line_away():
    rows, columns = grid(6, 6)
    plain = rotations(torch.arange(36), frequencies(16), torch.complex128)
    ours = exact(rows, columns, 16)
    beside, below, corner = 15, 20, 28  # of patch 14
    axial = [(ours[14] * ours[at].conj()).real.mean().item() for at in (beside, below, corner)]
    line = [(plain[14] * plain[at].conj()).real.mean().item() for at in (beside, below, corner)]
    assert axial[0] == pytest.approx(axial[1]) and axial[2] < axial[1]
    assert line[0] - line[1] > 0.1
    torch.testing.assert_close(plain[11] * plain[10].conj(), plain[12] * plain[11].conj())  # over the line's end


def test_axial_scores_of_alike_vectors_are_a_sum_of_one_axis_each():
    turns = exact(*grid(9, 9), 32).view(9, 9, 16)
    scores = (turns * turns[4, 4].conj()).real.sum(-1)
    row, column = scores[:, 4:5], scores[4:5, :]
    torch.testing.assert_close(scores, row + column - scores[4, 4])


def test_grid_reads_an_image_row_by_row():
    rows, columns = grid(2, 3)
    assert rows.tolist() == [0, 0, 0, 1, 1, 1] and columns.tolist() == [0, 1, 2, 0, 1, 2]
    assert [at.tolist() for at in grid(1, 1)] == [[0], [0]]


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 1e-6), (torch.bfloat16, 0.02)])
def test_position_100000_is_right_to_the_rounding_of_the_dtype(dtype, tolerance):
    x = drawn(1, 1, 1, 1, 32).to(dtype)
    wide = torch.complex128 if dtype == torch.float64 else torch.complex64
    turns = rotations_2d(torch.tensor([100_000]), torch.tensor([77_777]), axial_frequencies(32), dtype=wide)
    got = rotate(x, turns)
    assert got.dtype == dtype
    want = by_the_equation(x[0, 0, 0], 100_000, 77_777)
    torch.testing.assert_close(got[0, 0, 0].double(), want, atol=tolerance, rtol=0)


def test_gradients_pass_and_nothing_is_learned():
    x = drawn(2, 1, 1, 6, 8).requires_grad_()
    rotate(x, exact(*grid(2, 3), 8)).square().sum().backward()
    torch.testing.assert_close(x.grad, 2 * x.detach())


def in_blocks(x, turns):
    """Gemma 4: each half of the head is turned in halves of its own."""
    return torch.cat([rotate_halves(*half) for half in zip(x.chunk(2, -1), turns.chunk(2, -1), strict=True)], dim=-1)


R, S = grid(3, 3)
THETA_12, WIDE, LADDER = axial_frequencies(12), axial_frequencies(12, 100.0), frequencies(12)
# how each reads x: its layout of pairs, and the positions and speeds of its two halves
READINGS = {
    "RotaryEmbedding.get_axial_freqs": (rotate, R, S, THETA_12),
    "qwen2_vl.Qwen2VLVisionRotaryEmbedding": (rotate_halves, R, S, THETA_12),
    "pixtral.PixtralVisionRotaryEmbedding": (rotate_halves, R, S, LADDER[0::2], LADDER[1::2]),
    "llama4.Llama4VisionRotaryEmbedding": (rotate, S + 1, R + 1, THETA_12),
    "gemma4.Gemma4VisionRotaryEmbedding": (in_blocks, S, R, WIDE),
    "dinov3_vit.DINOv3ViTRopePositionEmbedding": (
        rotate_halves,
        (2 * R + 1) / 3 - 1,
        (2 * S + 1) / 3 - 1,
        2 * math.pi * WIDE,
    ),
}


@pytest.mark.parametrize("record", RECORDED, ids=lambda r: r["called"])
def test_independent_packages_turn_the_same_way(record):
    turn, *arguments = READINGS[record["called"]]
    turned = turn(torch.tensor(record["x"])[None, None], rotations_2d(*arguments))[0, 0]
    torch.testing.assert_close(turned, torch.tensor(record["turned"]), atol=1e-6, rtol=0)


def test_no_reading_but_its_own_agrees_with_a_package():
    for record in RECORDED:
        x, theirs = torch.tensor(record["x"])[None, None], torch.tensor(record["turned"])
        agree = [
            name
            for name, (turn, *arguments) in READINGS.items()
            if (turn(x, rotations_2d(*arguments))[0, 0] - theirs).abs().max() < 1e-3
        ]
        assert agree == [record["called"]]


AT, THETA = torch.arange(3), axial_frequencies(8)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: rotations_2d(AT, AT[:2], THETA), ValueError, r"must have one shape.* got \(3,\) and \(2,\)"),
        (lambda: rotations_2d(AT[:0], AT[:0], THETA), ValueError, r"not be empty; got \(0,\) and \(0,\)"),
        (lambda: rotations_2d(AT[None, None], AT[None, None], THETA), ValueError, r"got \(1, 1, 3\)"),
        (lambda: rotations_2d(AT > 1, AT, THETA), TypeError, "must be integers, .* got torch.bool"),
        (lambda: rotations_2d(AT, AT * 1j, THETA), TypeError, "must be integers, .* got torch.complex64"),
        (lambda: rotations_2d(AT, AT, THETA.long()), ValueError, r"speeds must be .* got torch.int64 \(2,\)"),
        (lambda: rotations_2d(AT, AT, THETA, THETA[None]), ValueError, r"speeds must be .* got torch.float64 \(1, 2\)"),
        (lambda: axial_frequencies(6), ValueError, "dim must be a multiple of 4 .* whole pairs; got 6"),
        (lambda: axial_frequencies(0), ValueError, "got 0"),
        (lambda: axial_frequencies(8.0), TypeError, "dim must be an int, got 8.0"),
        (lambda: axial_frequencies(True), TypeError, "dim must be an int, got True"),
        (lambda: axial_frequencies(8, 1.0), ValueError, "base must be finite and above 1.* got 1.0"),
        (lambda: grid(0, 3), ValueError, "height must be above 0.* got 0"),
        (lambda: grid(3, -1), ValueError, "width must be above 0.* got -1"),
        (lambda: grid(3, 2.5), TypeError, "width must be an int, got 2.5"),
        (lambda: grid(True, 2), TypeError, "height must be an int, got True"),
    ],
)
def test_input_that_does_not_fit_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
