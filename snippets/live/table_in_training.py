"""What the live figure of a table in training shows: every recorded step of the run that the figure stores."""

import json
from pathlib import Path

from snippets.figures.learned_or_fixed.table_in_training import EVERY, LAST, LONGEST, ROWS, STORED


def data() -> dict:
    """Sizes, and for each recorded step its texts, its loss, and the rows; decimals without their points.

    gradient is in 1e-5, moved and loss in 1e-3, cosines and looks (of each row with those up to itself) in 1e-2.
    """
    stored = json.loads(Path(STORED).read_text())
    steps = [stored[str(step)] for step in range(0, LAST + 1, EVERY)]
    return {
        "rows": ROWS,
        "longest": LONGEST,
        "every": EVERY,
        "length": [step["length"] for step in steps],
        "loss": [round(1000 * step["loss"]) for step in steps],
        "gradient": [[round(100_000 * value) for value in step["gradient"]] for step in steps],
        "moved": [[round(1000 * value) for value in step["moved"]] for step in steps],
        "cosines": [[[round(100 * value) for value in row] for row in step["cosines"]] for step in steps],
        "looks": [[[round(100 * value) for value in row] for row in step["looks"]] for step in steps],
    }
