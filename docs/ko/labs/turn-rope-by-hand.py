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
#   english: "5fff6db0e3fb"
# ---

# %% [markdown]
# <a id="lab"></a>
#
# # 실습: RoPE를 손으로 돌려 보기
#
# 시곗바늘 하나에서 시작해 RoPE를 만들고, 헤드가 열두 자리 앞의 단어를 보게 합니다. 그런 다음 오류가 나지 않는 실수를 찾습니다.
# 실행하기 전에 매번 **예측을 적어 두십시오**. 예측이 빗나갈 때 배우게 됩니다.
#
# `torch`, `numpy`, `matplotlib`과 15분쯤의 시간이 필요합니다. 이유와 학습된 모델에서의 동작은 [절대 위치에서
# 상대 위치로](../../chapters/absolute-to-relative/) 장에서 설명합니다.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

# %% [markdown]
# <a id="one-hand"></a>
#
# ## 바늘 하나
#
# 각각 수 두 개로 된 쿼리(query)와 키(key)는 시곗바늘 두 개로 볼 수 있습니다. `turn`은 바늘을 주어진 각도만큼
# 돌립니다.
#
# **예측:** 두 바늘을 각자의 위치에 0.4라디안을 곱한 각도만큼 돌립니다. 먼저 위치 7과 3의 내적(dot product)이
# 출력됩니다. 이어지는 1007과 1003, 3과 7, 7과 4 가운데 내적이 이와 같은 것은 어느 것입니까?


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
# 1007과 1003뿐입니다. 두 위치를 맞바꾸면 바늘이 반대로 돌게 되므로 RoPE는 왼쪽과 오른쪽을 구별합니다. 7과 4는 오프셋이
# 4가 아니라 3이므로 값이 다릅니다.

# %% [markdown]
# <a id="many-hands"></a>
#
# ## 바늘 여러 개
#
# 수 64개로 된 헤드에는 바늘이 32개 있습니다. 채널 0과 1이 첫 번째 바늘, 2와 3이 두 번째 바늘이고, 그다음도 마찬가지로
# 이웃한 채널끼리 쌍을 이룹니다. `rope`는 느리지만 알아보기 쉽게 바늘을 하나씩 돌립니다.
#
# **예측:** 위치 7과 3에 놓인 무작위 벡터 두 개의 어텐션 점수(attention score)를 구합니다. 둘을 함께 100,
# 1000, 100,000만큼 옮기면 점수가 몇 자리까지 일치하겠습니까?

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
# numpy가 float64로 계산하므로 모든 자리가 일치합니다. 길이도 그대로여서, 어느 위치에서도 벡터가 길어지지 않습니다.

# %% [markdown]
# <a id="aim"></a>
#
# ## 헤드가 볼 곳 정하기
#
# 이제 단어가 무엇이든 열두 자리 앞을 보는 헤드를 만듭니다. 쿼리는 모두 같은 벡터 `q`이고, 키는 모두 `q`를 열두 자리만큼 회전한
# 벡터입니다. 둘 다 `W_q`와 `W_k`가 학습할 수 있는 벡터입니다.
#
# **예측:** 0에서 40까지의 오프셋(offset)에 따른 어텐션 점수를 그립니다. 봉우리는 어디에 있겠습니까? 봉우리를 지나면 점수가
# 0으로 떨어지겠습니까?
#
# <!-- figure: 0에서 40까지의 오프셋에 따른 헤드의 어텐션 점수입니다. 오프셋 12에 봉우리가 하나 있고, 그 뒤로는 0보다 훨씬 위에서 작은 물결이 이어집니다. -->

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
# 봉우리는 오프셋 12에 있고, 점수는 0으로 떨어지지 않습니다. 느린 바늘은 40토큰을 옮겨도 거의 움직이지 않기 때문입니다.
# RoPE에는 가까운 곳을 더 보게 하는 장치가 없으며, 헤드는 가중치가 정한 곳을 봅니다.

# %% [markdown]
# <a id="arc"></a>
#
# ## 바늘이 지나간 호
#
# **예측:** 모델을 512토큰으로 학습합니다. 바늘 32개 가운데 적어도 한 바퀴를 도는 것은 몇 개입니까? 가장 느린 바늘은 얼마나
# 돌겠습니까? 반 바퀴, 10분의 1바퀴, 100분의 1바퀴 중에서 고르십시오.

# %%
turns = 512 * SPEEDS / (2 * np.pi)
print(f"{(turns >= 1).sum()} of {len(turns)} hands went round;", end=" ")
print(f"the slowest made {turns[-1]:.3f} of a turn")

# %% [markdown]
# 바늘의 절반은 모든 각도를 지나갔습니다. 나머지는 원의 일부인 호만 지나갔고, 513번째 토큰에서 저마다 그 호의 끝을 넘어섭니다.
# 그래서 RoPE는 더 긴 텍스트에서 실패하며, [보간과
# YaRN](../../chapters/absolute-to-relative/#three-answers)은 이 문제를 해결합니다.

# %% [markdown]
# <a id="break-it"></a>
#
# ## 망가뜨려 보기
#
# `rope`가 느려서 누군가 torch로 `fast_rope`를 작성했습니다. 코드 리뷰도 거쳤고, 문제가 없어 보입니다. 벡터의 길이를
# 바꾸지 않고, 결과는 오프셋에만 달려 있으며, 오류도 나지 않습니다. 그런데 위에서 만든 가중치로 프로덕션에 배포하자 헤드가 엉뚱한 곳을
# 봅니다.
#
# 더 읽기 전에 실수를 찾아보십시오. 어떤 테스트를 써도 됩니다. 예를 들어, 한 채널만 1이고 나머지는 0인 벡터를 회전해 값이 어느
# 채널에 나타나는지 보는 것이 좋은 테스트입니다.


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
# ## 찾았습니까?
#
# **예측:** 테스트 벡터를 회전하면 무엇이 나오겠습니까? 채널 0의 값은 `rope`에서 어느 채널에 나타나고,
# `fast_rope`에서는 어느 채널에 나타납니까?

# %%
one = np.eye(SIZE)[0]
for name, turned in (("rope", rope), ("fast_rope", fast_rope)):
    reached = np.flatnonzero(np.abs(turned(one, 3)) > 1e-9)
    print(f"{name:10} channel 0 reaches channels", *reached)
assert np.flatnonzero(np.abs(fast_rope(one, 3)) > 1e-9).tolist() == [0, 32]

# %% [markdown]
# 채널을 짝짓는 방법이 다릅니다. `rope`는 0과 1처럼 이웃한 채널을 짝짓고, `chunk(2)`는 벡터를 반으로 나누어 0과 32를
# 짝짓습니다. 둘 다 올바른 RoPE이고, 둘 다 쓰입니다. 문제는 한쪽에 맞춰 만든 가중치를 다른 쪽으로 실행한 것이며, RoPE 함수만
# 따로 테스트해서는 알아챌 수 없습니다. 학습된 모델이 이 때문에 얼마나 망가지는지는 2장에서
# [측정합니다](../../chapters/absolute-to-relative/#real-weights).
#
# 고치려면 채널의 순서를 바꾸면 됩니다(permutation). 채널 0, 2, 4, …를 앞으로 보내고 1, 3, 5, …를 그 뒤에
# 둡니다. 모델에서는 `W_q`와 `W_k`의 행 순서를 한 번만 바꾸면 됩니다.
#
# <!-- figure: 오프셋에 따른 어텐션 점수 곡선 세 개입니다. 고친 곡선은 rope의 곡선과 정확히 겹치고 봉우리가 오프셋 12에 있습니다. 가중치를 그대로 둔 fast_rope의 곡선에는 그 자리에 봉우리가 없습니다. -->

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
# ## 직접 해 보기
#
# 한 번에 하나만 바꾸고, 실행하기 전에 예측하십시오.
#
# * 쿼리는 `rope`로, 키는 `fast_rope`로 돌려 보십시오. 어텐션 점수가 여전히 오프셋에만 달려 있습니까?
# * 키를 각각 회전한 쿼리 두 개의 합으로 두어, 오프셋 3과 20을 한꺼번에 보게 해 보십시오. 봉우리가 둘입니까?
# * 모든 속도를 같은 값으로 두어 보십시오. 2π를 그 값으로 나눈 오프셋에서 헤드는 무엇을 봅니까?
# * 보간(interpolation)처럼 모든 위치를 4로 나누어 보십시오. 열두 자리 앞을 보던 헤드가 이제 어디를 봅니까?
