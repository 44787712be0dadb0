"""Cutting a text: the book's loop, and what it costs, counted in another way."""

import pytest
import torch

from snippets import chunks

SIZES = [(20, 4, 4), (20, 4, 1), (20, 4, 5), (23, 8, 3), (9, 8, 8), (30, 5, 12)]


@pytest.mark.parametrize(("length", "window", "stride"), SIZES)
def test_chunks_are_those_of_the_books_loop(length, window, stride):
    tokens = torch.randperm(length)
    inputs, targets = chunks.cut(tokens, window, stride)
    starts = range(0, length - window, stride)
    assert inputs.tolist() == [tokens[i : i + window].tolist() for i in starts]
    assert targets.tolist() == [tokens[i + 1 : i + window + 1].tolist() for i in starts]


@pytest.mark.parametrize(("length", "window", "stride"), SIZES)
def test_a_token_masked_in_one_chunk_stays_in_the_text_the_targets_and_the_other_chunks(length, window, stride):
    tokens = torch.arange(length)
    inputs, targets = chunks.cut(tokens, window, stride)
    inputs[0] = targets[0] = -1
    assert (inputs == -1).sum() == (targets == -1).sum() == window and (tokens >= 0).all(), "chunks share memory"


@pytest.mark.parametrize(("length", "window", "stride"), SIZES)
def test_the_cost_is_what_counting_token_by_token_finds(length, window, stride):
    seen, context = [0] * length, [0] * length
    for i in range(0, length - window, stride):
        for place in range(window):
            seen[i + place + 1] += 1
            context[i + place + 1] = max(context[i + place + 1], place + 1)
    assert [x.tolist() for x in chunks.cost(length, window, stride)] == [seen, context]


def test_stride_equal_to_the_window_predicts_each_token_once_and_one_more_leaves_gaps():
    assert chunks.cost(21, 4, 4)[0].tolist() == [0] + [1] * 20
    assert chunks.cost(21, 4, 5)[0].tolist() == [0] + [1, 1, 1, 1, 0] * 4


def test_the_text_is_cut_into_words_and_marks():
    assert chunks.words("'Oh dear!' down the rabbit-hole") == [
        "'",
        "Oh",
        "dear",
        "!",
        "'",
        "down",
        "the",
        "rabbit-hole",
    ]
    assert chunks.alice()[:6] == ["CHAPTER", "I", ".", "Down", "the", "Rabbit-Hole"]
    assert "Dinah" in chunks.alice() and "Mouse" not in chunks.alice()


@pytest.mark.parametrize(
    ("tokens", "window", "stride", "error", "says"),
    [
        (torch.arange(4), 4, 4, ValueError, "5 tokens, the last as a target; got 4"),
        (torch.arange(9), 0, 4, ValueError, "window must be above 0.*got 0"),
        (torch.arange(9), 4, -1, ValueError, "stride must be above 0.*got -1"),
        (torch.arange(9), 4.0, 1, TypeError, "window must be an int, got 4.0"),
        (torch.arange(9), 4, True, TypeError, "stride must be an int, got True"),
        (torch.zeros(1, 9), 4, 4, ValueError, r"shape \(L,\).*got \(1, 9\)"),
    ],
)
def test_bad_input_is_refused_by_name(tokens, window, stride, error, says):
    with pytest.raises(error, match=says):
        chunks.cut(tokens, window, stride)
