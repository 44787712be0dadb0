"""How libraries turn, mask and bias, and what tiny models of theirs compute; writes snippets/data/porting.json.

In an environment of its own and from the root of the repository, some minutes:

    python -m venv .venv-porting
    .venv-porting/bin/pip install -r snippets/data/record_porting/requirements.txt
    .venv-porting/bin/pip install --no-deps -r snippets/data/record_porting/alone.txt
    .venv-porting/bin/python -m snippets.data.record_porting

The second list holds libraries whose own requirements exclude each other; what they need of them is in the first.
Names after the command record only these again. A library that is not installed keeps the record it has.

"conventions": each library turns heads of 64 channels with base 10000 (``turning`` measures, ``in_torch`` and
``elsewhere`` call the libraries). Layout and sign are read from what one step makes of all 64 basis vectors, the axis
of tokens from a block of ones, the rest from calls that say so in the record.
"causal", "alibi" and "norms": which keys two queries see of five, what ALiBi adds to a logit, and on which side of the
turn queries are normalised (``attending``).
"models": weights and logits of models with one layer and random weights (``models``).
"""
