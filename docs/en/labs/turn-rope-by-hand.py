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
# # Lab: turn RoPE by hand
#
# You build RoPE from one clock hand, aim a head at the word twelve places back, and then look for a mistake that raises no
# error. Before each run, **write down what you expect**. The surprise is the lesson.
#
# You need `torch`, `numpy` and `matplotlib`, and about fifteen minutes. The chapter
# [From absolute to relative](../../chapters/absolute-to-relative/) has the reasons, and what a trained model does.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

# %% [markdown]
# <a id="one-hand"></a>
#
# ## One hand
#
# A query and a key of two numbers each are two hands of a clock. `turn` moves a hand by an angle.
#
# **Predict:** both hands are turned by their own position times 0.4 radians. The dot product for positions 7 and 3 is
# printed first. Which of the next three are the same: 1007 and 1003, 3 and 7, 7 and 4?


# %%
def turn(hand, angle):
    """The hand (2,) turned counter-clockwise by an angle in radians."""
    a, b = hand
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([a * cos - b * sin, a * sin + b * cos])


query, key = np.array([1.0, 0.2]), np.array([0.6, 0.8])
for m, n in ((7, 3), (1007, 1003), (3, 7), (7, 4)):
    score = turn(query, 0.4 * m) @ turn(key, 0.4 * n)
    print(f"query at {m:4}, key at {n:4}: dot product {score:6.3f}")

# %% [markdown]
# Only 1007 and 1003. Swapping the two positions turns the other way, so RoPE knows left from right; and offset 3 is not
# offset 4.

# %% [markdown]
# <a id="many-hands"></a>
#
# ## Many hands
#
# A head of 64 numbers has 32 hands. Channels 0 and 1 are the first, 2 and 3 the second, and so on: neighbours form a
# pair. `rope` turns them one after the other, slowly and plainly.
#
# **Predict:** the score of two random vectors for positions 7 and 3. How many digits will agree when both move by 100,
# by 1000, by 100,000?

# %%
SIZE = 64
SPEEDS = 10000.0 ** (-np.arange(0, SIZE, 2) / SIZE)  # radians a token, one a pair


def rope(x, position):
    """A vector (64,) turned for its position; neighbours are a pair."""
    pairs = x.reshape(-1, 2)
    hands = [turn(pair, position * speed) for pair, speed in zip(pairs, SPEEDS)]
    return np.concatenate(hands)


rng = np.random.default_rng(0)
q, k = rng.standard_normal((2, SIZE))
for move in (0, 100, 1000, 100_000):
    score = rope(q, 7 + move) @ rope(k, 3 + move) / 8
    print(f"moved by {move:6}: score {score:.6f}")
before, after = np.linalg.norm(q), np.linalg.norm(rope(q, 1234))
print(f"length before {before:.6f}, after {after:.6f}")

# %% [markdown]
# All of them, since numpy counts in float64. And lengths stay: no position is louder than another.

# %% [markdown]
# <a id="aim"></a>
#
# ## Aim a head
#
# Now build a head that looks twelve places back whatever the words are. Every query is one vector `q`; every key is `q`
# turned forward by twelve places. Both are what `W_q` and `W_k` could have learned.
#
# **Predict:** you plot the score against the offset from 0 to 40. Where is the peak? Does the score behind it fall to
# zero?
#
# <!-- figure: The score of the aimed head against the offset from 0 to 40. It has one peak, at offset 12, and smaller waves behind it that stay well above zero. -->

# %%
LOOKED_FOR = 12
aimed = rope(q, LOOKED_FOR)
offsets = np.arange(41)


def by_offset(turned, query_vector, key_vector):
    """Scores (41,) of a query with a key 0 to 40 places before it.

    ``turned(vector, position)`` is the rotation.
    """
    key = turned(key_vector, 100)
    return np.array([turned(query_vector, 100 + k) @ key / 8 for k in offsets])


scores = by_offset(rope, q, aimed)
figure, axes = plt.subplots(figsize=(7, 2.8), layout="constrained")
axes.plot(offsets, scores, "o-", color="#00827f", markersize=4)
axes.set(xlabel="offset", ylabel="score", xticks=range(0, 41, 4))
axes.spines[["top", "right"]].set_visible(False)
plt.show()
print("peak at offset", scores.argmax())

# %% [markdown]
# At 12, and it does not fall to zero: slow hands hardly notice 40 tokens. Nothing in RoPE prefers what is near. The head
# looks where its weights aim it.

# %% [markdown]
# <a id="arc"></a>
#
# ## The arc a hand has seen
#
# **Predict:** a model is trained on 512 tokens. How many of its 32 hands went round at least once? And how far did the
# slowest get: a half turn, a tenth, a hundredth?

# %%
turns = 512 * SPEEDS / (2 * np.pi)
print(f"{(turns >= 1).sum()} of {len(turns)} hands went round;", end=" ")
print(f"the slowest made {turns[-1]:.3f} of a turn")

# %% [markdown]
# Half of the hands have met every angle. The others have met an arc, and token 513 takes each of them past its end. That
# is why RoPE fails on longer text, and what [interpolation and YaRN](../../chapters/absolute-to-relative/#three-answers)
# mend.

# %% [markdown]
# <a id="break-it"></a>
#
# ## Break it
#
# `rope` is slow, so somebody wrote `fast_rope` in torch. It was reviewed and looks right: it keeps lengths, it depends
# on the offset alone, and it raises no error. It went into production with the weights you built above. Now the head looks
# somewhere else.
#
# Find the mistake before you read on. You may use any test you like. A good one: turn a vector that is 1 in one channel
# and 0 elsewhere, and see which channels it reaches.


# %%
def fast_rope(x, position):
    """A vector (64,) turned for its position, all pairs at once."""
    angles = position * torch.as_tensor(SPEEDS)
    cos, sin = angles.cos(), angles.sin()
    a, b = torch.as_tensor(x).chunk(2)
    return torch.cat((a * cos - b * sin, a * sin + b * cos)).numpy()


wrong = by_offset(fast_rope, q, aimed)
before, after = np.linalg.norm(q), np.linalg.norm(fast_rope(q, 1234))
print(f"length kept: {np.isclose(after, before)}")
near = fast_rope(q, 7) @ fast_rope(k, 3)
far = fast_rope(q, 1007) @ fast_rope(k, 1003)
print(f"offset alone: {np.isclose(near, far)}")
print(f"looks {wrong.argmax()} places back;", end=" ")
print(f"it was made to look {LOOKED_FOR} places back")
assert scores.argmax() == LOOKED_FOR
assert wrong.argmax() != LOOKED_FOR, "the mistake is gone: well done"

# %% [markdown]
# <a id="found"></a>
#
# ## Found?
#
# **Predict** what the test vector shows: which channels does channel 0 reach under `rope`, and which under `fast_rope`?

# %%
one = np.eye(SIZE)[0]
for name, turned in (("rope", rope), ("fast_rope", fast_rope)):
    reached = np.flatnonzero(np.abs(turned(one, 3)) > 1e-9)
    print(f"{name:10} channel 0 reaches channels", *reached)
assert np.flatnonzero(np.abs(fast_rope(one, 3)) > 1e-9).tolist() == [0, 32]

# %% [markdown]
# The pairing. `rope` pairs neighbours, 0 with 1; `chunk(2)` cuts the vector in half and pairs 0 with 32. Both are sound
# RoPE, and both are in use. The weights were made for one of them and run through the other, and no test of RoPE alone
# can notice. The chapter [measures](../../chapters/absolute-to-relative/#real-weights) what this does to a trained model.
#
# The repair is a permutation: bring channels 0, 2, 4, … to the front and 1, 3, 5, … behind them. In a model you
# permute the rows of `W_q` and `W_k` once.
#
# <!-- figure: Three curves of the score against the offset. The mended one lies exactly on that of rope, with its peak at offset 12. The one of fast_rope with the old weights has no peak there. -->

# %%
order = np.concatenate((np.arange(0, SIZE, 2), np.arange(1, SIZE, 2)))
mended = by_offset(fast_rope, q[order], aimed[order])
assert np.allclose(mended, scores), "permuted weights must give the scores of rope"
figure, axes = plt.subplots(figsize=(7, 2.8), layout="constrained")
axes.plot(offsets, scores, color="#00827f", linewidth=4, alpha=0.35, label="rope")
axes.plot(offsets, mended, ":", color="#00827f", lw=2, label="fast_rope, permuted")
axes.plot(offsets, wrong, "--", color="#a4500b", label="fast_rope")
axes.set(xlabel="offset", ylabel="score", xticks=range(0, 41, 4), ylim=(1, 8.5))
axes.legend(frameon=False, ncols=3, loc="upper right")
axes.spines[["top", "right"]].set_visible(False)
plt.show()
print("mended, it looks", mended.argmax(), "places back")

# %% [markdown]
# <a id="your-turn"></a>
#
# ## Your turn
#
# Change one thing at a time and predict first.
#
# * Turn the query with `rope` and the key with `fast_rope`. Does the score still depend on the offset alone?
# * Aim at offset 3 and at offset 20 at once: let the key be the sum of two turned queries. Are there two peaks?
# * Set all speeds to the same value. What does the head see at offset 2π divided by that speed?
# * Divide all positions by 4, as interpolation does. Where does the head that looked 12 back look now?
