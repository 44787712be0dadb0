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
#   english: "3037dbb2f5f2"
# ---

# %% [markdown]
# <a id="lab"></a>
#
# # 실습: 합을 풀어 보기
#
# 토큰 벡터와 위치 벡터를 더한 합이 있습니다. 이 합에서 두 벡터를 모두 복원하고, 언제 복원할 수 있는지 알아내는 것이 과제입니다.
# 실행하기 전에 매번 **예측을 적어 두십시오**. 예측이 빗나갈 때 배우게 됩니다.
#
# `torch`, `numpy`, `matplotlib`과 10분쯤의 시간이 필요합니다. 여기서는 무작위 벡터만 씁니다. 학습된 모델에서
# 무엇이 달라지는지는 [왜 더하는가?](../../chapters/why-add/) 장에서 설명합니다.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

# %% [markdown]
# <a id="machine"></a>
#
# ## 준비
#
# 코드북(codebook, 양쪽이 다 아는 벡터 목록) 두 개, 합 하나, 약간의 잡음(noise), 그리고 내적(dot product)이
# 가장 큰 항목을 고르는 디코더(decoder)가 있습니다. `recovered`의 마지막 네 줄이 전부이니 읽어 보십시오.


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
# ## 차원
#
# **예측:** 토큰은 1000개, 위치는 64개이고 잡음은 없습니다. 토큰 열 개 중 아홉 개가 복원되는 차원은 4, 16, 64,
# 256 가운데 어느 것입니까? 위치는 토큰보다 복원하기 쉽겠습니까, 어렵겠습니까?

# %%
for dimension in (4, 16, 64, 256):
    shares = np.array([recovered(dimension, seed=seed) for seed in range(5)])
    token, position = shares.mean(0)
    print(f"d = {dimension:3}: token {token:4.0%}, position {position:4.0%}")

# %% [markdown]
# 위치가 더 낮은 차원에서 먼저 복원됩니다. 혼동할 만한 후보가 더 적기 때문입니다. 여기서는 64차원이면 충분하며, 이 64차원에 토큰
# 1000개의 목록이 담깁니다. 즉, 차원 수는 벡터 수보다 훨씬 적습니다.

# %% [markdown]
# <a id="noise"></a>
#
# ## 잡음
#
# 뒤의 층도 같은 벡터에 값을 써넣기 때문에, 읽는 값에는 언제나 잡음이 섞여 있습니다. 코드북 벡터의 각 성분은 표준편차(standard
# deviation)가 1입니다. **예측:** 신호만큼 큰 잡음(`noise=1.0`)과 그 세 배인 잡음을 넣습니다. 이때 토큰 열 개
# 중 아홉 개를 복원하려면 차원이 몇 배 필요하겠습니까? 1.5배입니까, 두 배입니까, 열 배입니까?
#
# <!-- figure: 차원을 4에서 256까지 늘릴 때 토큰이 복원되는 비율을 그린 곡선 세 개입니다. 곡선은 모두 0% 가까이에서 100% 쪽으로 올라갑니다. 잡음이 1이면 잡음이 없을 때보다 더 높은 차원에서 올라가고, 3이면 훨씬 더 높은 차원에서 올라가며 256차원에서도 100%에 이르지 못합니다. -->

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
# 띠는 시드(seed) 다섯 개 가운데 가장 낮은 값과 가장 높은 값을 나타냅니다. 잡음이 있어도 복원할 수 있지만, 차원이 더 많이
# 필요합니다. 틀린 항목의 내적은 토큰과 위치, 잡음 때문에 흔들리며, 셋의 분산(variance)은 서로 더해집니다. 잡음이 없을 때
# 2이던 분산이 2 + 1과 2 + 9로 늘어납니다. 따라서 필요한 차원은 잡음이 1일 때 1.5배, 3일 때 5.5배가 됩니다. 그림에서
# 열 개 중 아홉 개를 복원하는 지점을 읽고 비교해 보십시오.

# %% [markdown]
# <a id="codebook"></a>
#
# ## 코드북
#
# **예측:** 64차원에서 잡음 없이 토큰 목록을 100개에서 20,000개로 늘립니다. 복원율은 무너지겠습니까, 천천히
# 떨어지겠습니까?

# %%
for tokens in (100, 1000, 5000, 20000):
    shares = [recovered(64, tokens=tokens, seed=seed)[0] for seed in range(3)]
    spread = f"{min(shares):.0%} to {max(shares):.0%}"
    print(f"{tokens:6,} tokens: {np.mean(shares):4.0%} recovered ({spread})")

# %% [markdown]
# 복원율은 천천히 떨어집니다. 토큰이 200배로 늘어도 몇 퍼센트만 줄어듭니다. 필요한 차원 수가 목록 길이의 로그에 비례해 늘어나기
# 때문이며, 이 규칙은 *왜 더하는가?* 장에서 유도합니다.

# %% [markdown]
# <a id="break-it"></a>
#
# ## 망가뜨려 보기
#
# 아래는 누군가 "개선"한 디코더입니다. 겉보기에는 문제가 없고, 같은 코드북을 쓰는 것처럼 보입니다. 실행해서 거의 아무것도 복원하지
# 못하는 것을 확인하고, 더 읽기 전에 실수를 찾아보십시오.


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
# 이 디코더는 다른 시드로 코드북을 다시 뽑습니다. 벡터는 전과 마찬가지로 무작위이고 거의 직교하며, 합도 전과 다름없이 온전합니다.
# 사라진 것은 *알고 있던 목록*입니다. 모델에서는 임베딩(embedding) 표가 이 목록에 해당하며, 그 뒤의 모든 행렬은 바로 이
# 표에 맞추어 학습되었습니다.

# %% [markdown]
# <a id="your-turn"></a>
#
# ## 직접 해 보기
#
# 한 번에 수 하나만 바꾸고, 실행하기 전에 예측하십시오.
#
# * 위치 벡터의 길이를 토큰 벡터의 열 배로 만들어 보십시오. 어느 쪽을 여전히 읽을 수 있습니까?
# * 위치 벡터를 하나가 아니라 세 개 더해 보십시오(`p[m1] + p[m2] + p[m3]`). 256차원에는 벡터를 몇 개까지 더해
#   담을 수 있습니까?
# * 이웃한 위치의 사인파(sinusoid) 벡터처럼, 모든 위치 벡터를 거의 같게 만들어 보십시오. 위치 디코더는 어떻게 됩니까?
