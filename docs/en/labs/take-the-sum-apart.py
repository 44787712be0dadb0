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
# # Lab: take the sum apart
#
# A token vector and a position vector were added. Your task is to get both back, and to find out when that works.
# Before each run, **write down what you expect**. The surprise is the lesson.
#
# You need `torch`, `numpy` and `matplotlib`, and about ten minutes. Everything here is random vectors; the chapter
# [Why add?](../../chapters/why-add/) says what changes with a trained model.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

# %% [markdown]
# <a id="machine"></a>
#
# ## The machine
#
# Two codebooks (lists of vectors both sides know), a sum, some noise, and a decoder that takes the entry with the
# largest dot product. Read the last four lines of `recovered`: there is nothing else to it.


# %%
def codebooks(tokens, positions, dimension, seed):
    """Random token vectors (V, d) and position vectors (N, d)."""
    generator = torch.Generator().manual_seed(seed)
    e = torch.randn(tokens, dimension, generator=generator)
    p = torch.randn(positions, dimension, generator=generator)
    return e, p


def recovered(dimension, noise=0.0, tokens=1000, positions=64, seed=0, trials=300):
    """Share of sums from which a dot product reads the token, and the position."""
    e, p = codebooks(tokens, positions, dimension, seed)
    generator = torch.Generator().manual_seed(seed + 1000)
    v = torch.randint(tokens, (trials,), generator=generator)
    m = torch.randint(positions, (trials,), generator=generator)
    x = e[v] + p[m] + noise * torch.randn(trials, dimension, generator=generator)
    token_right = ((x @ e.T).argmax(1) == v).float().mean().item()
    position_right = ((x @ p.T).argmax(1) == m).float().mean().item()
    return token_right, position_right


# %% [markdown]
# <a id="dimension"></a>
#
# ## Dimension
#
# **Predict:** 1000 tokens, 64 positions, no noise. At which of these dimensions are nine of ten tokens recovered:
# 4, 16, 64, 256? Will positions be easier or harder than tokens?

# %%
for dimension in (4, 16, 64, 256):
    shares = np.array([recovered(dimension, seed=seed) for seed in range(5)])
    token, position = shares.mean(0)
    print(f"d = {dimension:3}: token {token:4.0%}, position {position:4.0%}")

# %% [markdown]
# Positions come first, because there are fewer of them to be confused with. Sixty-four dimensions are enough here, and
# they hold a list of a thousand tokens: the number of dimensions is far below the number of vectors.

# %% [markdown]
# <a id="noise"></a>
#
# ## Noise
#
# Later layers write into the same vector, so what is read is never clean. Each component of a codebook vector has
# standard deviation 1. **Predict:** noise as large as the signal, `noise=1.0`, and three times as large. How many
# dimensions does it take then to recover nine of ten: half as many again, twice as many, ten times as many?
#
# <!-- figure: The share of tokens recovered against the dimension, from 4 to 256, in three curves. Each rises from nearly none to all; with noise 1 the rise comes later than without noise, with noise 3 much later, and there it has not reached all at 256. -->

# %%
dimensions = [4, 8, 16, 32, 64, 128, 256]
figure, axes = plt.subplots(figsize=(7, 3.2), layout="constrained")
for noise, line in ((0.0, "-"), (1.0, "--"), (3.0, ":")):
    shares = []
    for seed in range(5):
        shares.append([recovered(d, noise, seed=seed)[0] for d in dimensions])
    low, mean, high = np.min(shares, 0), np.mean(shares, 0), np.max(shares, 0)
    axes.plot(dimensions, mean, line, color="#7440b3", label=f"noise {noise}")
    axes.fill_between(dimensions, low, high, color="#7440b3", alpha=0.15, lw=0)
axes.set(xscale="log", xticks=dimensions, xticklabels=dimensions)
axes.set(xlabel="dimension", ylabel="tokens recovered")
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# The band is the lowest and the highest of five seeds. Noise does not set a limit; it sets a price, and the price is
# paid in dimensions. A wrong score is disturbed by the token, by the position and by the noise, and their variances
# add: from 2 without noise to 2 + 1 and to 2 + 9. So the price is half as many dimensions again, and then five and a
# half times as many. Read the figure at nine of ten and compare.

# %% [markdown]
# <a id="codebook"></a>
#
# ## Codebook
#
# **Predict:** at 64 dimensions, without noise, the list of tokens grows from 100 to 20,000. Does recovery collapse, or
# does it fall slowly?

# %%
for tokens in (100, 1000, 5000, 20000):
    shares = [recovered(64, tokens=tokens, seed=seed)[0] for seed in range(3)]
    spread = f"{min(shares):.0%} to {max(shares):.0%}"
    print(f"{tokens:6,} tokens: {np.mean(shares):4.0%} recovered ({spread})")

# %% [markdown]
# Slowly: two hundred times as many tokens cost a few percent. The chapter derives the rule behind it: the dimension
# you need grows with the logarithm of the list.

# %% [markdown]
# <a id="break-it"></a>
#
# ## Break it
#
# Below, somebody "improved" the decoder. It looks harmless, and it seems to use the same codebooks. Run it, see that
# it recovers almost nothing, and find the mistake before you read on.


# %%
def broken(dimension, seed=0, trials=300):
    e, p = codebooks(1000, 64, dimension, seed)
    generator = torch.Generator().manual_seed(seed + 1000)
    v = torch.randint(1000, (trials,), generator=generator)
    m = torch.randint(64, (trials,), generator=generator)
    x = e[v] + p[m]
    e, p = codebooks(1000, 64, dimension, seed + 1)
    return ((x @ e.T).argmax(1) == v).float().mean().item()


assert broken(256) < 0.05 and recovered(256)[0] > 0.95
print(f"broken: {broken(256):.0%}, before: {recovered(256)[0]:.0%}")

# %% [markdown]
# The decoder draws its codebooks again, from another seed. The vectors are as random and as nearly perpendicular as
# before, and the sum is as intact as before. It is the *known list* that is gone. In a model the lists are the
# embedding tables, and every matrix after them was trained against exactly these.

# %% [markdown]
# <a id="your-turn"></a>
#
# ## Your turn
#
# Change one number at a time and predict first.
#
# * Make the position vectors ten times as long as the token vectors. Who can still be read?
# * Add three positions instead of one (`p[m1] + p[m2] + p[m3]`). How many parts can 256 dimensions carry?
# * Make all position vectors nearly the same, as neighbouring sinusoids are. What happens to the position decoder?
