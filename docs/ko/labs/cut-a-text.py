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
#   english: "e9947c3c0fa3"
# ---

# %% [markdown]
# <a id="lab"></a>
#
# # 실습: 텍스트를 자르고 잃은 것 세기
#
# 이 실습의 텍스트는 윈도(window)보다 깁니다. 텍스트를 잘라 그 비용을 세고, 표의 끝을 넘어가 보고, 누군가 "고쳐 놓은"
# 캐시에서 무엇이 잘못되었는지 찾아냅니다. 실행하기 전에 매번 **예측을 적어 두십시오**.
#
# `torch`, `numpy`, `matplotlib`과 10분쯤의 시간이 필요합니다. 근거와 더 큰 측정은
# [윈도보다 긴 텍스트](../../chapters/beyond-the-window/) 장에 있습니다.

# %%
import re

import matplotlib.pyplot as plt
import numpy as np
import torch

# %% [markdown]
# <a id="text"></a>
#
# ## 텍스트
#
# 『이상한 나라의 앨리스』(루이스 캐럴, 1865)의 첫 문장들을 씁니다. 무엇을 잃는지 눈으로 읽을 수 있도록 단어와 문장 부호를
# 토큰(token)으로 삼았습니다.

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
# ## 준비
#
# `chunks`는 책의 로더와 같은 형태로, 입력과 한 토큰 뒤로 민 타깃(target)을 돌려줍니다. `cost`는 각 토큰이 몇 번
# 타깃이 되는지, 그리고 가장 유리한 조각에서 문맥을 몇 토큰 얻는지 셉니다.


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
# ## 스트라이드
#
# **예측:** 윈도는 16입니다. 스트라이드(stride)가 8, 16, 17, 32일 때 조각은 몇 개이고, 한 번도 타깃이 되지
# 못하는 토큰은 몇 개이며, 나머지 토큰의 평균 문맥은 얼마입니까? 텍스트 안쪽에서 아무것도 잃지 않으면서 비용이 가장 적은 스트라이드는
# 무엇입니까?

# %%
for stride in (8, 16, 17, 32):
    inputs, _ = chunks(len(tokens), 16, stride)
    seen, context = cost(len(tokens), 16, stride)
    never = [tokens[i] for i in range(1, len(tokens)) if not seen[i]]
    print(f"stride {stride:2}: {len(inputs):2} chunks,", end=" ")
    print(f"{len(never):2} never a target,", end=" ")
    print(f"mean context {context[seen > 0].mean():.1f}, first lost: {never[:4]}")

# %% [markdown]
# 스트라이드가 16이면 각 토큰이 한 번씩 타깃이 되고 끝부분만 잃습니다. 17이면 더 깔끔해 보이지만 경계마다 토큰 하나를 건너뜁니다.
# 윈도의 절반으로 두면 조각이 두 배로 늘어나는 대신 문맥이 길어집니다. 아래 그림은 토큰별 문맥을 나타냅니다.
#
# <!-- figure: 토큰마다 조각에서 얻을 수 있는 가장 긴 문맥을 막대로 나타낸 그래프 두 개입니다. 스트라이드가 16이면 막대가 1에서 16까지 올라갔다가 경계마다 1로 떨어집니다. 스트라이드가 8이면 첫 조각 이후로 9와 16 사이를 유지합니다. -->

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
# ## 마지막 행 너머
#
# **예측:** 행이 16개인 표와 토큰 12개짜리 프롬프트가 있고, 반복문은 토큰을 하나씩 덧붙이면서 한 번도 자르지 않습니다. 길이가
# 얼마일 때 어떻게 실패합니까? 반복문이 마지막 토큰 16개만 입력하면 무엇이 달라집니까?

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
# 열일곱 번째 토큰에서, 즉 답을 생성하는 도중에 실패합니다. 답이 짧으면 이 실수가 드러나지 않습니다.

# %% [markdown]
# <a id="front-or-back"></a>
#
# ## 앞인가 뒤인가
#
# **예측:** 토큰을 32개까지 남길 수 있습니다. 앞부분을 남길 때, 뒷부분을 남길 때, 맨 앞 여덟 개와 맨 뒤 스물네 개를 남길 때
# 각각 다음 단어 중 무엇이 남습니까? "sister", "pictures", "daisy-chain", "Rabbit"

# %%
ways = {"front": tokens[:32], "back": tokens[-32:],
        "head and tail": tokens[:8] + tokens[-24:]}
words = ("sister", "pictures", "daisy-chain", "Rabbit")
for name, kept in ways.items():
    print(f"{name:13} keeps", [word for word in words if word in kept])

# %% [markdown]
# 어느 방법이든 토큰 32개를 남기지만, "pictures"는 어느 방법으로도 남지 않습니다. 모든 질문에 맞는 규칙은 있을 수 없습니다.

# %% [markdown]
# <a id="cache"></a>
#
# ## 슬라이딩 캐시
#
# RoPE를 쓰는 어텐션(attention) 헤드 하나가 텍스트를 토큰 하나씩 읽습니다. 이 헤드는 *회전한* 키를 캐시에 보관하고 마지막
# 16개만 남깁니다. 반복문은 위치를 계속 이어서 셉니다. 즉, 16을 넘어서도 토큰 `t`는 `t`만큼 회전합니다. **예측:** 가장
# 최근 토큰의 출력은 마지막 16개를 위치 0부터 다시 계산할 때와 같습니까?

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
# 같습니다. 어텐션 점수에는 위치의 차이만 들어가기 때문입니다. 학습된 표에는 16번 행이 없으므로 이렇게 할 수 없습니다.

# %% [markdown]
# <a id="break-it"></a>
#
# ## 망가뜨려 보기
#
# 15를 넘는 위치는 학습된 적이 없다고 걱정한 누군가가 반복문을 "고쳐 놓았습니다". 이제 위치는 윈도의 범위를 벗어나지 않습니다. 아무
# 오류도 나지 않고, 처음 출력 몇 개는 맞습니다. 실행해서 어디서부터 틀리는지 확인하고, 더 읽기 전에 이유를 생각해 보십시오.


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
# 캐시의 키는 토큰이 들어올 때 회전한 것입니다. 토큰 16부터는 새 키가 모두 15만큼 회전하므로, 얼마 지나지 않아 캐시의 모든 키가
# 15번 자리에 있는 셈이 되어 거리가 사라집니다. 어떤 거리도 15를 넘지 않으므로 애초에 걱정할 필요가 없었습니다. 위치가 윈도의
# 범위를 벗어나지 않게 하려면, 키를 *회전하지 않은 채* 보관하고 스텝마다 캐시 안의 자리에 맞춰 모두 회전하십시오. 고친 코드는 다음과
# 같습니다.


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
# ## 직접 해 보기
#
# 한 번에 하나만 바꾸고, 실행하기 전에 예측하십시오.
#
# * 처음 몇 개를 뺀 모든 타깃이 문맥을 12토큰 이상 얻으려면 스트라이드는 얼마여야 하고, 비용은 얼마나 듭니까?
# * 어텐션 싱크(attention sink)를 쓸 때처럼 마지막 키 열네 개와 함께 첫 키 두 개를 남겨 보십시오. 거리가 15를 넘지
#   않으려면 이 키들에 어떤 위치를 주어야 합니까?
# * 회전하는 대신, 무작위 행 16개로 된 표를 `x`에 더해 보십시오. 이때도 올바른 슬라이딩 캐시를 만들 수 있습니까?
