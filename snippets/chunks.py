"""Cutting a long text into training chunks, with the shape of the book's loader, and
counting what the cut costs.

Raschka 2024, listing 2.5: input tokens[i : i + T], target tokens[i + 1 : i + T + 1],
for i in range(0, L - T, stride). There T is called max_length. Each input token
predicts the next, so a chunk needs T + 1 tokens of text.

Shapes: L tokens of text, T tokens in a chunk, n chunks. A token of the text is counted
by its index, from 0.
"""

import re
from pathlib import Path

import torch
from torch import Tensor


def words(text: str) -> list[str]:
    """Words and punctuation marks, one string each: a tokenizer that can be read."""
    return re.findall(r"\w+(?:-\w+)*|[^\w\s]", text)


def alice() -> list[str]:
    """The tokens of the first chapter of Alice in Wonderland, by ``words``."""
    text = Path("snippets/data/alice.txt").read_text("ascii")
    return words(text[text.index("CHAPTER I.") : text.index("CHAPTER II.")])


def cut(tokens: Tensor, window: int, stride: int) -> tuple[Tensor, Tensor]:
    """Inputs (n, T) and targets (n, T) of tokens (L,), with T = ``window``: copies.

    What fills no whole chunk is dropped.
    Raises TypeError, ValueError: sizes that are not ints above 0, tokens of another
    shape, a text of T tokens or fewer.
    """
    _check_cut(tokens, window, stride)
    inputs = tokens[:-1].unfold(0, window, stride).clone()
    targets = tokens[1:].unfold(0, window, stride).clone()
    return inputs, targets


def cost(length: int, window: int, stride: int) -> tuple[Tensor, Tensor]:
    """How often each token of a text is a target, and its longest context: (L,), (L,).

    Context counts the tokens before it in the same chunk, 0 for a token that is never a
    target.
    """
    _, targets = cut(torch.arange(length), window, stride)
    times = torch.bincount(targets.flatten(), minlength=length)
    context = torch.zeros(length, dtype=torch.long)
    places = torch.arange(1, window + 1).expand_as(targets)
    context.scatter_reduce_(0, targets.flatten(), places.flatten(), "amax")
    return times, context


def _check_cut(tokens: Tensor, window: int, stride: int) -> None:
    for name, value in (("window", window), ("stride", stride)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} must be an int, got {value!r}")
        if value < 1:
            why = "since it counts tokens"
            raise ValueError(f"{name} must be above 0, {why}; got {value}")
    if tokens.ndim != 1:
        want = "(L,), one text in one row"
        raise ValueError(f"tokens must have shape {want}; got {tuple(tokens.shape)}")
    if len(tokens) <= window:
        want = f"window + 1 = {window + 1} tokens, the last as a target"
        raise ValueError(f"a chunk needs {want}; got {len(tokens)}")
