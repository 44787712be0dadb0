"""The four terms of three real attention heads (all-MiniLM-L6-v2, layer 0) over one sentence.

A row is a head, a column a term, a cell a query (down) and a key (across). Each query's mean over the keys is taken
off, because softmax ignores it. One colour scale a head.
"""

from functools import lru_cache

import numpy as np
from matplotlib.figure import Figure

from snippets.experiments.minilm_heads import TERMS, layer_input, score_terms
from snippets.figures import style


@lru_cache
def _terms() -> tuple[list[str], list[int], np.ndarray]:
    """Words of the sentence, the heads, and their terms with each row's mean taken off, (heads, 5, T, T)."""
    data = np.load("snippets/data/minilm.npz")
    x = {name: data[name].astype(np.float64) for name in data.files if data[name].dtype == np.float16}
    e = x["sentence"]
    means = x["tokens"].mean(0), x["positions"].mean(0)
    parts = layer_input(e, x["positions"][: len(e)], *means, x["token_type"], x["ln_weight"], x["ln_bias"])
    heads = zip(x["W_q"], x["b_q"], x["W_k"], x["b_k"], strict=True)
    terms = np.stack([score_terms(parts, *head) for head in heads])
    words = [word.decode() for word in data["sentence_text"]]
    return words, data["heads"].tolist(), terms - terms.mean(-1, keepdims=True)


def draw() -> Figure:
    """To see: one head compares words, one looks one place back, one asks from each word for a place."""
    words, heads, terms = _terms()
    figure, axes = style.subplots(3, 4, height=5.9, narrow=(6, 2, 10.6), sharex=True, sharey=True)
    ticks = range(len(words))
    for row, head in enumerate(heads):
        limit = abs(terms[row, :4]).max()
        for column, ax in enumerate(axes[row]):
            ax.imshow(terms[row, column], cmap=style.diverging("random", "learned"), vmin=-limit, vmax=limit)
            ax.grid(False)
            ax.tick_params(length=0, labelsize=6.5)
            ax.spines[:].set_visible(False)
            title = TERMS[column].replace("-", " · ")
            if style.is_narrow():
                ax.set_title(title if column else f"head {head}\n{title}", fontsize=8.5)
            elif row == 0:
                ax.set_title(title, fontsize=9)
        axes[row, 0].set_yticks(ticks, words)
        if not style.is_narrow():
            axes[row, 0].set_ylabel(f"head {head}", fontsize=9.5, color=style.colour("ink"))
    for ax in axes[-1]:
        ax.set_xticks(ticks, words, rotation=90)
    return figure
