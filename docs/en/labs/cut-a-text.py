# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# <a id="lab"></a>
#
# # Lab: cut a text and count what was lost
#
# A text is longer than the window. You will cut it, count what the cut costs, run past the end of a table, and find out
# what is wrong with a cache that somebody has "repaired". Before each run, **write down what you expect**.
#
# You need `torch`, `numpy` and `matplotlib`, and about ten minutes. The chapter
# [Longer than the window](../../chapters/beyond-the-window/) has the proofs and larger measurements.

# %%
import re

import matplotlib.pyplot as plt
import numpy as np
import torch

# %% [markdown]
# <a id="text"></a>
#
# ## The text
#
# The first sentences of *Alice's Adventures in Wonderland* (Lewis Carroll, 1865). A token is a word or a punctuation
# mark, so that you can read what is lost.

# %%
TEXT = """Alice was beginning to get very tired of sitting by her sister on the
bank, and of having nothing to do: once or twice she had peeped into the book
her sister was reading, but it had no pictures or conversations in it, 'and
what is the use of a book,' thought Alice 'without pictures or conversation?'
So she was considering in her own mind (as well as she could, for the hot day
made her feel very sleepy and stupid), whether the pleasure of making a
daisy-chain would be worth the trouble of getting up and picking the daisies,
when suddenly a White Rabbit with pink eyes ran close by her."""
tokens = re.findall(r"\w+(?:-\w+)*|[^\w\s]", TEXT)
print(len(tokens), "tokens, the last five:", tokens[-5:])

# %% [markdown]
# <a id="machine"></a>
#
# ## The machine
#
# `chunks` has the shape of the loader in the book: inputs and, moved on by one, targets. `cost` asks of each token how
# often it is a target, and how much context the best chunk gives it.


# %%
def chunks(length, window, stride):
    """Token indices of inputs and targets: two lists of lists."""
    starts = range(0, length - window, stride)
    inputs = [list(range(i, i + window)) for i in starts]
    targets = [list(range(i + 1, i + window + 1)) for i in starts]
    return inputs, targets


def cost(length, window, stride):
    """For each token how often it is a target, and its best context in tokens.

    The context of a token that is never a target is 0.
    """
    seen, context = np.zeros(length, int), np.zeros(length, int)
    _, targets = chunks(length, window, stride)
    for target in targets:
        for place, token in enumerate(target):
            seen[token] += 1
            context[token] = max(context[token], place + 1)
    return seen, context


# %% [markdown]
# <a id="stride"></a>
#
# ## Stride
#
# **Predict:** window 16. For strides 8, 16, 17 and 32: how many chunks are there, how many tokens are never a target,
# and what is the mean context of the others? Which stride is the cheapest that loses nothing inside the text?

# %%
for stride in (8, 16, 17, 32):
    inputs, _ = chunks(len(tokens), 16, stride)
    seen, context = cost(len(tokens), 16, stride)
    never = [tokens[i] for i in range(1, len(tokens)) if not seen[i]]
    print(f"stride {stride:2}: {len(inputs):2} chunks,", end=" ")
    print(f"{len(never):2} never a target,", end=" ")
    print(f"mean context {context[seen > 0].mean():.1f}, first lost: {never[:4]}")

# %% [markdown]
# Stride 16 gives each target once and loses the end alone. Stride 17 looks tidier and skips a token at every border.
# Half the window costs twice as many chunks and buys context, which the picture shows token by token.
#
# <!-- figure: Two bar charts, one bar a token, of the most context that any chunk gives it. With stride 16 the bars climb from 1 to 16 and fall back to 1 at every border. With stride 8 they stay between 9 and 16 after the first chunk. -->

# %%
figure, axes = plt.subplots(2, sharex=True, figsize=(7, 3.4), layout="constrained")
for ax, stride in zip(axes, (16, 8)):
    _, context = cost(len(tokens), 16, stride)
    ax.bar(range(len(tokens)), context, color="#1261a6", width=0.9)
    ax.set(ylabel="context", title=f"stride {stride}", yticks=[0, 8, 16])
    ax.spines[["top", "right"]].set_visible(False)
axes[1].set_xlabel("token")
plt.show()

# %% [markdown]
# <a id="rows"></a>
#
# ## Past the last row
#
# **Predict:** a table of 16 rows; a prompt of 12 tokens, then a loop that appends one token at a time and never crops.
# At which length does it fail, and how? What changes if the loop feeds only the last 16 tokens?

# %%
rows = torch.nn.Embedding(16, 8)


def grow(prompt, new, crop):
    """Length at which looking up the positions fails, or the final length."""
    for length in range(prompt, prompt + new + 1):
        window = min(length, 16) if crop else length
        try:
            rows(torch.arange(window))
        except IndexError as error:
            return f"fails at length {length}: {error}"
    return f"reaches length {length}"


print("no crop:", grow(12, 20, crop=False))
print("crop:   ", grow(12, 20, crop=True))

# %% [markdown]
# It fails at the seventeenth token, in the middle of an answer. Short answers never show the mistake.

# %% [markdown]
# <a id="front-or-back"></a>
#
# ## Front or back
#
# **Predict:** you may keep 32 tokens. Which of these words survive if you keep the front, the back, or eight tokens of
# the head and the rest of the tail: "sister", "pictures", "daisy-chain", "Rabbit"?

# %%
ways = {"front": tokens[:32], "back": tokens[-32:],
        "head and tail": tokens[:8] + tokens[-24:]}
words = ("sister", "pictures", "daisy-chain", "Rabbit")
for name, kept in ways.items():
    print(f"{name:13} keeps", [word for word in words if word in kept])

# %% [markdown]
# Every way keeps 32 tokens. None keeps "pictures". No rule can be right for all questions.

# %% [markdown]
# <a id="cache"></a>
#
# ## A cache that slides
#
# One attention head with RoPE reads the text token by token. It caches *rotated* keys and keeps the last 16. The loop
# counts on: token `t` is rotated by `t`, also beyond 16. **Predict:** does the newest token get the same output as when
# the last 16 tokens are computed again from position 0?

# %%
d, window = 16, 16
x = torch.randn(len(tokens), d, generator=torch.Generator().manual_seed(0))
theta = 10000.0 ** (-torch.arange(0, d, 2) / d)


def rotate(vector, position):
    """Turn neighbouring channels by position * theta."""
    cos, sin = (position * theta).cos(), (position * theta).sin()
    a, b = vector[..., 0::2], vector[..., 1::2]
    return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)


def attend(query, keys, values):
    return torch.softmax(keys @ query / d**0.5, 0) @ values


def sliding(position):
    """Outputs with a cache of rotated keys; token t gets position(t)."""
    keys, out = [], []
    for t in range(len(x)):
        turned = rotate(x[t], position(t))
        keys = [*keys, turned][-window:]
        values = x[max(0, t + 1 - window) : t + 1]
        out.append(attend(turned, torch.stack(keys), values))
    return torch.stack(out)


def computed_again():
    """Outputs without a cache: the last 16 tokens, at 0, 1, 2 .. each time."""
    out = []
    for t in range(len(x)):
        part = x[max(0, t + 1 - window) : t + 1]
        turned = torch.stack([rotate(vector, m) for m, vector in enumerate(part)])
        out.append(attend(turned[-1], turned, part))
    return torch.stack(out)


right = computed_again()
counting_on = sliding(lambda t: t)
print("counting on gives the same:", torch.allclose(counting_on, right, atol=1e-4))

# %% [markdown]
# The same, because only differences of positions enter a score. A learned table could not do this: it has no row 16.

# %% [markdown]
# <a id="break-it"></a>
#
# ## Break it
#
# Somebody worried that positions beyond 15 were never trained, and "repaired" the loop: a position now stays within the
# window. Nothing raises, and the first outputs are right. Run it, see from where on it is wrong, and say why before you
# read on.


# %%
def repaired(t):
    return min(t, window - 1)


error = (sliding(repaired) - right).norm(dim=1) / right.norm(dim=1)
wrong = (error > 1e-3).nonzero().flatten()
assert len(wrong) > 0 and not torch.allclose(sliding(repaired), right, atol=1e-2)
first = wrong[0]
print(f"right until token {first - 1}, wrong from token {first} on;", end=" ")
print(f"mean error after that {error[first:].mean():.0%}")

# %% [markdown]
# The cached keys were rotated when their token came. From token 16 on every new key is rotated by 15, so soon all keys
# in the cache say "I stand at 15": distances are gone. The worry was needless, since no distance ever exceeds 15. If you
# want positions that stay in the window, keep keys *unrotated* and rotate all of them by their place in the cache at each
# step. The fix:


# %%
def fixed():
    """Outputs with a cache of keys that are rotated when they are read.

    A key is rotated by its place in the cache.
    """
    keys, out = [], []
    for t in range(len(x)):
        keys = [*keys, x[t]][-window:]
        turned = torch.stack([rotate(key, m) for m, key in enumerate(keys)])
        out.append(attend(turned[-1], turned, torch.stack(keys)))
    return torch.stack(out)


assert torch.allclose(fixed(), right, atol=1e-5)
print("places in the cache, rotated when read: right everywhere")

# %% [markdown]
# <a id="your-turn"></a>
#
# ## Your turn
#
# Change one thing at a time and predict first.
#
# * Which stride gives every target but the first few at least 12 tokens of context, and what does it cost?
# * Keep the first two keys besides the last fourteen, as with attention sinks. Which positions must they get so that no
#   distance exceeds 15?
# * Add a table of 16 random rows to `x` instead of rotating. Can you write a sliding cache that is right?
