"""The extract of real weights is the file its card describes."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

from snippets.data import make_minilm

FOLDER = Path(make_minilm.__file__).parent
SHAPES = {
    "positions": (512, 384),
    "tokens": (2048, 384),
    "token_ids": (2048,),
    "token_text": (2048,),
    "sentence": (13, 384),
    "sentence_text": (13,),
    "token_type": (384,),
    "ln_weight": (384,),
    "ln_bias": (384,),
    "heads": (3,),
    "W_q": (3, 384, 32),
    "b_q": (3, 32),
    "W_k": (3, 384, 32),
    "b_k": (3, 32),
}


@pytest.fixture(scope="module")
def data():
    with np.load(FOLDER / "minilm.npz") as archive:
        return dict(archive)


def test_the_checksums_are_those_of_the_card():
    card = (FOLDER / "minilm.md").read_text("utf-8")
    stated = re.findall(r"`([0-9a-f]{64})`", card)
    assert stated == [make_minilm.SOURCE_SHA256, hashlib.sha256((FOLDER / "minilm.npz").read_bytes()).hexdigest()]


def test_the_licence_lies_beside_the_weights():
    assert "Apache License" in (FOLDER / "LICENSE-minilm.txt").read_text("utf-8")
    assert (FOLDER / "minilm.npz").stat().st_size < 2_300_000


def test_arrays_have_the_shapes_of_the_card_and_are_finite(data):
    assert {name: array.shape for name, array in data.items()} == SHAPES
    for name, array in data.items():
        if array.dtype.kind != "S":
            assert np.isfinite(array).all(), name


def test_tokens_are_unique_in_use_and_in_the_order_of_the_vocabulary(data):
    words = [word.decode("utf-8") for word in data["token_text"]]
    assert len(set(words)) == len(words)
    assert (np.diff(data["token_ids"]) > 0).all()
    assert not [word for word in words if word.startswith("[unused")]


def test_the_sentence_repeats_its_vectors_where_it_repeats_its_words(data):
    words = [word.decode() for word in data["sentence_text"]]
    assert words == make_minilm.SENTENCE.split()
    assert (data["sentence"][words.index("dog")] == data["sentence"][len(words) - 2]).all()


def test_writing_the_arrays_again_gives_the_same_bytes(data, tmp_path):
    make_minilm.write(tmp_path / "again.npz", data)
    assert (tmp_path / "again.npz").read_bytes() == (FOLDER / "minilm.npz").read_bytes()


def test_the_sample_is_fair_to_all_tokens_in_use():
    vocabulary = ["[PAD]", "[unused0]", "a", "[unused1]", "b", "c"]
    counts = np.zeros(6)
    for seed in range(400):
        counts[make_minilm.sample_ids(vocabulary, 2, seed)] += 1
    assert counts[1] == counts[3] == 0
    assert (abs(counts[[0, 2, 4, 5]] - 200) < 50).all()


def test_a_sample_larger_than_the_vocabulary_is_refused():
    with pytest.raises(ValueError, match=r"from 1 to 2, .*got 3"):
        make_minilm.sample_ids(["a", "[unused0]", "b"], 3, 0)
