"""What figures show of training and sampling is stored, and comes out again."""

import json

import numpy as np
import pytest

from tools import ROOT, drawings, stored

TRAINED = {"learned", "table_in_training"}


def numbers(value) -> np.ndarray:
    """All numbers of a JSON value, in order."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else None
    return np.array([float(value)]) if parts is None else np.concatenate([numbers(part) for part in parts])


@pytest.mark.parametrize("name", stored.names())
def test_what_is_stored_is_what_is_measured_again(name):
    module = drawings.module(name)
    here, there = json.loads((ROOT / module.STORED).read_text("utf-8")), json.loads(json.dumps(module.measured()))
    assert here.keys() == there.keys()
    far = abs(numbers(here) - numbers(there)).max()
    assert far <= (0.01 if name in TRAINED else 2e-5), (
        f"{module.STORED} is {far:.1e} off: run python -m tools.stored {name}"
    )


def test_nothing_else_is_stored():
    files = {path.stem for path in (ROOT / "snippets/figures/stored").iterdir()}
    assert files == set(stored.names()), "a file that no figure names STORED is never drawn nor measured again"
