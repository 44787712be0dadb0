"""Four ways to cut a text that is too long for the window, and ten facts of Alice's
first chapter to look for after.

A part that is kept is a range of token indices. Head and tail in the proportion of Sun
et al. 2019 (arXiv:1905.05583): about a quarter of the window from the front, the rest
from the back.
"""

from snippets.chunks import words

# What one might ask about the chapter, by the words that answer: spread over it, in the
# order they come.
FACTS = (
    "pink eyes",
    "I shall be late",
    "ORANGE MARMALADE",
    "four thousand miles",
    "Dinah",
    "three-legged table",
    "fifteen inches",
    "DRINK ME",
    "ten inches",
    "EAT ME",
)


def place(fact: str, tokens: list[str]) -> int:
    """Index of the first token of ``fact`` where the text has it first.

    Raises ValueError if it does not.
    """
    wanted = words(fact)
    for i in range(len(tokens)):
        if tokens[i : i + len(wanted)] == wanted:
            return i
    raise ValueError(f"the text does not hold {fact!r}")


def keeps(length: int, window: int) -> dict[str, list[range]]:
    """What each way keeps of ``length`` tokens, by its name.

    Raises ValueError unless 4 <= window < length.
    """
    _check_window(length, window)
    cut = length - window
    head = window // 4
    return {
        "front": [range(window)],
        "back": [range(cut, length)],
        "middle": [range(cut // 2, cut // 2 + window)],
        "head, tail": [range(head), range(cut + head, length)],
    }


def _check_window(length: int, window: int) -> None:
    if not 4 <= window < length:
        want = f"from 4 to less than the length {length}, so that there is a cut"
        raise ValueError(f"window must be {want}; got {window}")
