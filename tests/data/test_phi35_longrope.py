"""The published LongRoPE factors are the file its card describes."""

import hashlib
import json
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "snippets" / "data"
DATA = json.loads((FOLDER / "phi35_longrope.json").read_text("utf-8"))


def test_the_checksum_is_that_of_the_card():
    stated = re.findall(r"`([0-9a-f]{64})`", (FOLDER / "phi35_longrope.md").read_text("utf-8"))
    assert stated == [hashlib.sha256((FOLDER / "phi35_longrope.json").read_bytes()).hexdigest()]


@pytest.mark.parametrize("name", ["short_factor", "long_factor"])
def test_there_is_one_factor_a_pair_and_they_do_not_fall(name):
    pairs = DATA["hidden_size"] // DATA["num_attention_heads"] // 2
    assert len(DATA[name]) == pairs == 48
    assert DATA[name] == sorted(DATA[name]) and DATA[name][0] >= 1


@pytest.mark.parametrize("name", ["short_factor", "long_factor"])
def test_they_are_steps_of_a_hundredth_in_float32(name):
    assert all(abs(100 * factor - round(100 * factor)) < 1e-3 for factor in DATA[name])
