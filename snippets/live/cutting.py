"""The words that the live figure ``cutting`` cuts: those of the drawn one, and what follows them in the chapter."""

from snippets.chunks import alice


def data() -> dict:
    """The first 256 tokens of the text of Alice's first chapter, behind its title."""
    return {"tokens": alice()[6:262]}
