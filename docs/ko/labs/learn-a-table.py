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
#   english: "91da44087f09"
# ---

# %% [markdown]
# <a id="lab"></a>
#
# # 실습: 위치 표 학습하기
#
# 무작위 값에서 시작해 위치 표를 학습하고, 표가 어떻게 바뀌는지 지켜본 다음, 다른 사람의 표가 왜 실패하는지 찾아냅니다. 실행하기 전에
# 매번 **예측을 적어 두십시오**. 예측이 빗나갈 때 배우게 됩니다.
#
# `torch`, `numpy`, `matplotlib`과 10분쯤의 시간이 필요합니다. 실제 크기의 모델에서는 어떤 모습인지 [학습할
# 것인가, 고정할 것인가?](../../chapters/learned-or-fixed/) 장에서 설명합니다.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

torch.set_num_threads(1)

# %% [markdown]
# <a id="machine"></a>
#
# ## 준비
#
# 텍스트는 무작위 기호를 한 줄로 늘어놓은 것이고, 과제는 자리마다 *바로 앞* 기호를 맞히는 것입니다. 이 과제를 어텐션
# 헤드(attention head) 하나로 풉니다. 기호가 무작위이므로, 어디를 보아야 할지 알려 주는 것은 위치뿐입니다. `texts`는
# 배치 하나를 뽑고, `train`은 모델과 스텝별 손실을 돌려줍니다.

# %%
ROWS, SYMBOLS, DIM = 24, 16, 32


class Model(nn.Module):
    """Token table plus position table, and one causal attention head.

    The last layer names a symbol.
    """

    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(SYMBOLS, DIM)
        self.positions = nn.Embedding(ROWS, DIM)
        nn.init.normal_(self.positions.weight, std=0.02)
        self.qkv = nn.Linear(DIM, 3 * DIM)
        self.out = nn.Linear(DIM, SYMBOLS)

    def forward(self, ids):
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1]))
        q, k, v = self.qkv(x).chunk(3, -1)
        later = torch.ones(ids.shape[1], ids.shape[1], dtype=torch.bool).triu(1)
        weights = (q @ k.mT / DIM**0.5).masked_fill(later, -torch.inf).softmax(-1)
        return self.out(weights @ v)


def texts(length, count=32):
    """Random texts, and for each place but the first the symbol before it."""
    ids = torch.randint(SYMBOLS, (count, length))
    return ids, ids[:, :-1]


def train(length_of_batch, steps=400, seed=0):
    """A trained model and its losses.

    ``length_of_batch()`` gives the length of the texts of each batch.
    """
    torch.manual_seed(seed)
    model = Model()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    losses = []
    for _ in range(steps):
        ids, before = texts(length_of_batch())
        scores = model(ids)[:, 1:]
        loss = nn.functional.cross_entropy(scores.flatten(0, 1), before.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model, losses


@torch.no_grad()
def right(model, length=ROWS, count=500):
    """Share of right answers at each place 1 .. length - 1."""
    torch.manual_seed(1)
    ids, before = texts(length, count)
    return (model(ids)[:, 1:].argmax(-1) == before).float().mean(0)


# %% [markdown]
# <a id="one-step"></a>
#
# ## 한 스텝
#
# **예측:** 기호 10개짜리 텍스트로 된 배치 하나와 24행짜리 표가 있습니다. 어느 행에 그래디언트(gradient)가 생깁니까?
# 그래디언트는 생기지만 다른 어느 자리에서도 보지 않는 행이 있습니까?

# %%
torch.manual_seed(0)
model = Model()
ids, before = texts(10)
scores = model(ids)[:, 1:]
nn.functional.cross_entropy(scores.flatten(0, 1), before.flatten()).backward()
size = model.positions.weight.grad.norm(dim=1)
print("rows with a gradient:", size.nonzero().flatten().tolist())

# %% [markdown]
# 그래디언트는 0번 행부터 9번 행까지만 생깁니다. 이 중 9번 행은 자기 자리의 쿼리에만 사용됩니다. 9번 자리를 돌아볼 10번 자리가 어느
# 텍스트에도 없기 때문입니다. 이 점을 기억해 두십시오.

# %% [markdown]
# <a id="watch"></a>
#
# ## 배우는 과정 지켜보기
#
# 기호 16개 가운데 하나를 찍으면 손실은 ln 16 = 2.77내트입니다. **예측:** 손실은 첫 스텝부터 고르게 내려갑니까, 아니면
# 천천히 내려가다가 급격히 떨어집니까?
#
# <!-- figure: 학습 스텝 0에서 400까지의 손실입니다. 처음 60스텝쯤은 무작위로 찍을 때의 값에서 천천히 내려가다가, 가파르게 떨어진 뒤 0 가까이에 머뭅니다. -->

# %%
model, losses = train(lambda: ROWS)
figure, axes = plt.subplots(figsize=(7, 2.8), layout="constrained")
axes.plot(losses, color="#b0215e")
axes.axhline(np.log(SYMBOLS), color="#5b6472", linestyle=":", label="a guess")
axes.set(xlabel="step", ylabel="loss (nats)", ylim=(0, 3))
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)
plt.show()
print(f"right answers: {right(model).mean():.0%}")

# %% [markdown]
# 손실은 천천히 내려가다가 급격히 떨어집니다. 행이 무작위 값인 동안에는 키(key)를 이웃한 키와 구별할 수 없어서 어텐션이 모든 자리에
# 퍼져 있습니다. 행이 서로 달라지기 시작하면 헤드가 왼쪽 이웃을 조금 더 볼 수 있습니다. 그러면 행의 차이를 키울수록 손실이 더
# 줄어들므로, 행의 차이와 왼쪽 이웃에 두는 어텐션이 함께 빠르게 커집니다.
#
# <!-- figure: 가로세로 24칸인 정사각형 히트맵 두 장입니다. 왼쪽은 행 사이의 코사인입니다. 이웃한 행이 서로 닮아 대각선을 따라 넓은 띠를 이루며, 마지막 행만 이웃과 닮지 않았습니다. 오른쪽에서는 위치만으로 계산한 어텐션이 대각선에서 왼쪽으로 한 칸 떨어진 선을 이룹니다. -->

# %%
rows = model.positions.weight.detach()
unit = rows / rows.norm(dim=1, keepdim=True)
q, k, _ = model.qkv(rows).detach().chunk(3, -1)
later = torch.ones(ROWS, ROWS, dtype=torch.bool).triu(1)
looks = (q @ k.T / DIM**0.5).masked_fill(later, -torch.inf).softmax(-1)
figure, (left, middle) = plt.subplots(1, 2, figsize=(7, 3.2), layout="constrained")
left.imshow(unit @ unit.T, cmap="PuOr", vmin=-1, vmax=1)
left.set(title="cosine between rows", xlabel="row", ylabel="row")
middle.imshow(looks, cmap="Purples", vmin=0)
middle.set(title="where a place looks", xlabel="key", ylabel="query")
plt.show()

# %% [markdown]
# <a id="lengths"></a>
#
# ## 길이가 제각각인 텍스트
#
# 실제 배치에는 길이가 다양한 텍스트가 들어 있습니다. **예측:** 길이를 2에서 24까지 고르게 뽑습니다. 어느 행이 가장 덜
# 학습되며, 그 행의 자리에서는 모델이 실패합니까?

# %%
mixed, _ = train(lambda: int(torch.randint(2, ROWS + 1, ())), steps=500)
shares = right(mixed)
for first, last in ((1, 8), (9, 16), (17, 23)):
    share = shares[first - 1 : last].mean()
    print(f"places {first:2} to {last}: {share:.0%} right")

# %% [markdown]
# 뒤쪽 행이 뒤처집니다. 1번 행은 모든 길이의 텍스트에서 사용되지만 23번 행은 스물세 가지 길이 가운데 하나에서만 사용되기 때문입니다. "덜
# 사용된 행"은 더 학습하면 나아집니다. 800스텝으로 늘려 다시 확인해 보십시오. "한 번도 사용되지 않은 행"은 그렇지 않으며, 이는
# 다음 절에서 확인합니다.

# %% [markdown]
# <a id="break-it"></a>
#
# ## 망가뜨려 보기
#
# 누군가 같은 모델과 같은 수의 행으로 학습 루프를 작성했고, 손실은 거의 0까지 내려갑니다. 그런데 모델이 한 자리에서 실패합니다. 더
# 읽기 전에 **그 자리와, 원인이 되는 줄을 찾으십시오**.

# %%
def careless(steps=400):
    """Trains on chunks of one long stream, "as long as the table allows"."""
    torch.manual_seed(0)
    model = Model()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(steps):
        stream = torch.randint(SYMBOLS, (32, ROWS))
        inputs, before = stream[:, :-1], stream[:, :-2]
        scores = model(inputs)[:, 1:]
        loss = nn.functional.cross_entropy(scores.flatten(0, 1), before.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model, loss.item()


broken, last_loss = careless()
shares = right(broken)
print(f"last training loss: {last_loss:.3f}, right answers: {shares.mean():.0%}")

# %% [markdown]
# 평균은 좋아 보입니다. 아래의 `verdict`는 한 번도 학습되지 않은 행의 두 가지 특징을 확인합니다. 그 자리의 답은 무작위로 찍은
# 것과 다름없고, 행의 길이는 시작할 때처럼 짧습니다. **`verdict`를 통과할 때까지 `suspect`를 바꾸어 보십시오.**
# `careless`의 입력 개수를 세면 한 번에 맞히지만, 세지 않으면 많게는 24번 걸립니다.


# %%
def verdict(suspect):
    """Raises AssertionError unless training never reached row ``suspect``."""
    lengths = broken.positions.weight.detach().norm(dim=1)
    others = [m for m in range(ROWS) if m != suspect]
    shortest = lengths[others].min()
    length = lengths[suspect]
    assert length < 0.25 * shortest, f"row {suspect} has grown: it was trained"
    assert shares[suspect - 1] < 0.5, f"place {suspect} answers well"
    return f"row {suspect}: length {length:.2f}, the others at least {shortest:.2f}"


suspect = 12  # change me
try:
    print(verdict(suspect))
except AssertionError as no:
    print("not this one:", no)

# %% [markdown]
# **마지막 행이 한 번도 학습되지 않았습니다.** 이 루프는 기호를 `ROWS`개 뽑은 다음 입력에서 마지막 하나를 잘라 냅니다. 언어
# 모델의 로더도 모두 이처럼 입력을 `[:-1]`로, 타깃을 `[1:]`로 만듭니다. 그래서 입력이 표보다 하나 짧아지고, 23번 행은 시작할
# 때의 무작위 값 그대로 남습니다. 행은 존재하므로 오류가 나지 않습니다. 또 손실 계산에 그 행이 쓰이지 않으므로 손실에도 드러나지
# 않습니다. `ROWS`행짜리 표를 모두 학습하려면 기호 `ROWS + 1`개짜리 조각이 필요합니다.

# %%
print(verdict(ROWS - 1))
fixed, _ = train(lambda: ROWS)
assert right(fixed).min() > 0.9, "every place is learned once every row is reached"
print(f"worst place after the fix: {right(fixed).min():.0%} right")

# %% [markdown]
# 실제 학습 코드에서도 한 칸이 어긋나는 똑같은 오류(off-by-one)가 발견되었습니다([simple_stories_train, 이슈
# 46](https://github.com/simple-stories/simple_stories_train/issues/46)). 간단히
# 검사하려면 `verdict`의 첫 번째 assert를 쓰면 됩니다. 학습이 끝난 뒤 모든 행의 길이와, 행이 얼마나 움직였는지를
# 확인하십시오.

# %% [markdown]
# <a id="your-turn"></a>
#
# ## 직접 해 보기
#
# 한 번에 수 하나만 바꾸고, 실행하기 전에 예측하십시오.
#
# * `careless`의 옵티마이저를 `weight_decay=0.5`인 `torch.optim.AdamW`로 바꾸어 보십시오. 23번 행은
#   무작위 값 그대로 남습니까?
# * `self.positions.weight`를 학습하지 않는 사인과 코사인 표로 바꾸어 보십시오. 그래도 손실이 처음에 천천히 내려갑니까?
# * 학습이 끝난 뒤 22번 행을 23번 행에 복사해 보십시오. 이제 모델은 23번 자리에서 무엇을 답하며, 왜 그렇습니까?
