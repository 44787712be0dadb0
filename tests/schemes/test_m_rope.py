"""The sentences of docs/*/schemes/m_rope.md, each as a test."""

import math

import pytest
import torch
from helpers import few, recorded
from hypothesis import given
from hypothesis import strategies as st

from snippets.schemes.m_rope import chunked, grid_positions, interleaved, m_rope_rotations
from snippets.schemes.rope import frequencies, rotate, rotate_halves, rotations

RECORDED = recorded("m_rope")
TURNED, AXES, IDS = ([r for r in RECORDED if key in r] for key in ("turned", "axes", "ids"))
ORDERS = {"qwen2_vl.Qwen2VLRotaryEmbedding": chunked, "qwen3_vl.Qwen3VLTextRotaryEmbedding": interleaved}
seeds = st.integers(0, 2**16)
counts = st.integers(1, 6)
places = st.integers(0, 100_000)
orders = st.sampled_from([chunked, interleaved])


def drawn(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def exact(positions, sections, order=chunked, base=10000.0):
    theta = frequencies(2 * sum(sections), base)
    return m_rope_rotations(torch.as_tensor(positions), theta, sections, order, torch.complex128)


def even(count):
    """Sections that fit either order."""
    return count + 1, count, count


def by_the_rule(x, place, sections, in_turn):
    """One vector in halves, one pair at a time: section 2.1 of Qwen2-VL, or the round robin of MRoPE-I."""
    half, out = len(x) // 2, [0.0] * len(x)
    left = list(sections)
    for i in range(half):
        dealt = i % 3 if left[i % 3] else 0  # what is left over goes to time
        axis = dealt if in_turn else next(a for a in range(3) if left[a])
        left[axis] -= 1
        angle, a, b = place[axis] * 10000.0 ** (-i / half), float(x[i]), float(x[i + half])
        out[i], out[i + half] = a * math.cos(angle) - b * math.sin(angle), b * math.cos(angle) + a * math.sin(angle)
    return torch.tensor(out, dtype=torch.float64)


@few
@given(place=st.tuples(places, places, places), sections=st.tuples(counts, counts, counts), seed=seeds)
def test_in_blocks_the_first_pairs_turn_by_time_then_rows_then_columns(place, sections, seed):
    x = drawn(seed, 1, 1, 1, 2 * sum(sections))
    got = rotate_halves(x, exact([[p] for p in place], sections))[0, 0, 0]
    torch.testing.assert_close(got, by_the_rule(x[0, 0, 0], place, sections, False), atol=1e-9, rtol=0)


@few
@given(place=st.tuples(places, places, places), count=counts, extra=st.integers(0, 5), seed=seeds)
def test_in_turn_the_pairs_are_dealt_to_time_row_column_and_the_rest_to_time(place, count, extra, seed):
    sections = (count + extra, count, count)
    x = drawn(seed, 1, 1, 1, 2 * sum(sections))
    got = rotate_halves(x, exact([[p] for p in place], sections, interleaved))[0, 0, 0]
    torch.testing.assert_close(got, by_the_rule(x[0, 0, 0], place, sections, True), atol=1e-9, rtol=0)


@few
@given(start=places, length=st.integers(1, 9), count=counts, order=orders)
def test_text_with_equal_ids_is_rope(start, length, count, order):
    at = torch.arange(length) + start
    got = exact(at.expand(3, -1), even(count), order)
    assert torch.equal(got, rotations(at, frequencies(2 * sum(even(count))), torch.complex128))


@few
@given(shift=st.tuples(places, places, places), count=counts, order=orders, seed=seeds)
def test_a_score_depends_on_the_three_offsets_alone(shift, count, order, seed):
    sections = even(count)
    q, k = drawn(seed, 2, 1, 2, 12, 2 * sum(sections)).unbind(0)
    here = grid_positions(2, 2, 3)
    there = here + torch.tensor(shift)[:, None]
    scores = [rotate(q, t) @ rotate(k, t).mT for t in (exact(here, sections, order), exact(there, sections, order))]
    torch.testing.assert_close(*scores, atol=1e-8, rtol=0)


@few
@given(count=counts, order=orders, seed=seeds)
def test_norms_are_kept(count, order, seed):
    x = drawn(seed, 1, 2, 12, 2 * sum(even(count)))
    turned = rotate_halves(x, exact(grid_positions(2, 2, 3), even(count), order))
    torch.testing.assert_close(turned.norm(dim=-1), x.norm(dim=-1))


@few
@given(sections=st.tuples(counts, counts, counts))
def test_each_order_gives_every_axis_as_many_pairs_as_its_section(sections):
    assert torch.bincount(chunked(sections), minlength=3).tolist() == list(sections)
    _, row, column = sections
    if 3 * row - 1 <= sum(sections) and 3 * column <= sum(sections):
        assert torch.bincount(interleaved(sections), minlength=3).tolist() == list(sections)
    else:
        with pytest.raises(ValueError, match="no more pairs than their turns"):
            interleaved(sections)


def test_in_blocks_time_is_fast_alone_and_in_turn_every_axis_spans_the_ladder():
    wavelengths = 2 * math.pi / frequencies(128)
    slowest = {
        order.__name__: [wavelengths[order(sections) == axis].max().item() for axis in range(3)]
        for order, sections in ((chunked, (16, 24, 24)), (interleaved, (24, 20, 20)))
    }
    assert slowest["chunked"][0] < 60 < 1000 < slowest["chunked"][1] < slowest["chunked"][2]
    assert min(slowest["interleaved"]) > 20_000


def test_an_image_keeps_time_and_counts_rows_and_columns_from_its_start():
    ids = grid_positions(1, 2, 3, start=7)
    assert ids.tolist() == [[7] * 6, [7, 7, 7, 8, 8, 8], [7, 8, 9, 7, 8, 9]]
    assert grid_positions(2, 1, 2).tolist() == [[0, 0, 1, 1], [0, 0, 0, 0], [0, 1, 0, 1]]


@pytest.mark.parametrize("record", TURNED, ids=lambda r: r["called"])
def test_transformers_turns_the_same_way(record):
    sections = tuple(record["sections"])
    turns = m_rope_rotations(
        torch.tensor(record["positions"]), frequencies(2 * sum(sections)), sections, ORDERS[record["called"]]
    )
    theirs = torch.tensor(record["turned"])
    # it forms angles in float32: position 9000 times its relative rounding, 2**-24, times the length of x
    torch.testing.assert_close(rotate_halves(torch.tensor(record["x"]), turns), theirs, atol=1e-3, rtol=0)
    near = rotate_halves(torch.tensor(record["x"]), turns)[0]
    torch.testing.assert_close(near, theirs[0], atol=1e-6, rtol=0)


@pytest.mark.parametrize("record", AXES, ids=lambda r: "-".join(map(str, r["sections"])))
def test_transformers_gives_the_same_pairs_to_each_axis_at_the_sizes_it_ships(record):
    assert ORDERS[record["called"]](tuple(record["sections"])).tolist() == record["axes"]


def test_transformers_counts_an_image_the_same_way():
    (image,) = (r for r in IDS if r["grid"][0] == 1)
    _, height, width = (size // 2 for size in image["grid"])
    patches = grid_positions(1, height, width, start=3)
    after = torch.arange(2).expand(3, -1) + int(patches.max()) + 1
    assert torch.cat((torch.arange(3).expand(3, -1), patches, after), 1).tolist() == image["ids"]


def test_after_a_long_video_transformers_goes_on_below_the_largest_id_plus_1():
    (video,) = (r for r in IDS if r["grid"][0] == 5)
    ids, patches = torch.tensor(video["ids"]), grid_positions(5, 2, 2, start=3)
    assert torch.equal(ids[:, 3:23], patches)
    assert int(patches.max()) + 1 == 8 and ids[:, 23].tolist() == [5, 5, 5]


def test_decoding_one_token_after_an_image_turns_it_by_the_largest_id_plus_1():
    image = grid_positions(1, 4, 6)
    step = torch.full((3, 1), int(image.max()) + 1)
    whole = exact(torch.cat((image, step), 1), (2, 3, 3))
    torch.testing.assert_close(exact(step, (2, 3, 3)), whole[-1:])
    assert step.unique().item() == 6 and image.shape[1] == 24


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 1e-6), (torch.bfloat16, 0.02)])
def test_position_100000_is_right_to_the_rounding_of_the_dtype(dtype, tolerance):
    x, place = drawn(1, 1, 1, 1, 16).to(dtype), (100_000, 99_998, 77_777)
    wide = torch.complex128 if dtype == torch.float64 else torch.complex64
    turns = m_rope_rotations(torch.tensor(place)[:, None], frequencies(16), (2, 3, 3), dtype=wide)
    got = rotate_halves(x, turns)
    assert got.dtype == dtype
    want = by_the_rule(x[0, 0, 0], place, (2, 3, 3), False)
    torch.testing.assert_close(got[0, 0, 0].double(), want, atol=tolerance, rtol=0)


def test_gradients_pass_and_nothing_is_learned():
    x = drawn(2, 1, 1, 6, 16).requires_grad_()
    rotate_halves(x, exact(grid_positions(1, 2, 3), (2, 3, 3))).square().sum().backward()
    torch.testing.assert_close(x.grad, 2 * x.detach())


AT, THETA = torch.zeros(3, 4, dtype=torch.long), frequencies(16)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: m_rope_rotations(AT[:2], THETA, (2, 3, 3)), ValueError, r"positions must be \(3, T\).* got \(2, 4\)"),
        (lambda: m_rope_rotations(AT[0], THETA, (2, 3, 3)), ValueError, r"got \(4,\)"),
        (lambda: m_rope_rotations(AT[:, :0], THETA, (2, 3, 3)), ValueError, r"got \(3, 0\)"),
        (lambda: m_rope_rotations(AT > 0, THETA, (2, 3, 3)), TypeError, "must be integers.* got torch.bool"),
        (lambda: m_rope_rotations(AT, THETA, (16, 24, 24)), ValueError, r"\(8,\) and \(16, 24, 24\)"),
        (lambda: m_rope_rotations(AT, THETA.long(), (2, 3, 3)), ValueError, "must be float32 .* torch.int64"),
        (lambda: chunked((4, 4)), ValueError, r"three ints above 0.* got \(4, 4\)"),
        (lambda: chunked((4, 4, 0)), ValueError, r"got \(4, 4, 0\)"),
        (lambda: chunked((4, 2.0, 2)), ValueError, r"got \(4, 2.0, 2\)"),
        (lambda: interleaved((True, 1, 1)), ValueError, r"got \(True, 1, 1\)"),
        (lambda: interleaved((16, 24, 24)), ValueError, r"than their turns, got \(16, 24, 24\)"),
        (lambda: grid_positions(0, 2, 3), ValueError, "frames must be at least 1, got 0"),
        (lambda: grid_positions(1, -2, 3), ValueError, "height must be at least 1, got -2"),
        (lambda: grid_positions(1, 2, 3.0), TypeError, "width must be an int, got 3.0"),
        (lambda: grid_positions(1, 2, 3, -1), ValueError, "start must be at least 0, got -1"),
        (lambda: grid_positions(True, 2, 3), TypeError, "frames must be an int, got True"),
    ],
)
def test_input_that_does_not_fit_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
