"""A check that looks at values does so in eager mode on the CPU alone: never while a graph is made."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from snippets.schemes.concatenated import concatenate
from snippets.schemes.fire import Fire
from snippets.schemes.learned import LearnedPositions
from snippets.schemes.longrope import longrope_frequencies
from snippets.schemes.sinusoidal import add_sinusoidal
from snippets.schemes.transformer_xl import TransformerXL

ROW = torch.arange(4)


class Called(nn.Module):
    """A scheme as a module of one argument, the tensor whose values its check looks at, and all its weights."""

    def __init__(self, call: Callable[[nn.Module, Tensor], Tensor], scheme: nn.Module | None = None):
        super().__init__()
        self.call, self.scheme = call, scheme or nn.Module()
        self.x = nn.Parameter(torch.randn(1, 2, 4, 8))

    def forward(self, values: Tensor) -> Tensor:
        return self.call(self, values)


LOOKING = {
    "concatenated": (lambda: Called(lambda self, m: concatenate(self.x[:, 0], self.x[0, 0], m)), ROW, -ROW),
    "fire": (lambda: Called(lambda self, m: self.scheme(m, m), Fire(2)), ROW, -ROW),
    "learned": (lambda: Called(lambda self, m: self.scheme(self.x[:, 0], m), LearnedPositions(4, 8)), ROW, ROW + 1),
    "longrope": (lambda: Called(lambda self, factors: longrope_frequencies(8, factors)), ROW + 1.0, ROW - 1.0),
    "sinusoidal": (lambda: Called(lambda self, m: add_sinusoidal(self.x[:, 0], m)), ROW, -ROW),
    "transformer_xl": (
        lambda: Called(lambda self, m: self.scheme(self.x, self.x, m, m), TransformerXL(16, 2)),
        ROW,
        3 * ROW,
    ),
}
looking = pytest.mark.parametrize("name", LOOKING)


@looking
@pytest.mark.parametrize("kind", [lambda x: x, lambda x: nn.Parameter(x, requires_grad=False)], ids=["plain", "weight"])
def test_in_eager_mode_on_the_cpu_it_looks_and_refuses(name, kind):
    make, good, bad = LOOKING[name]
    make()(kind(good))
    with pytest.raises((ValueError, IndexError)) as refused:
        make()(kind(bad))
    assert "got" in str(refused.value) or "has no row" in str(refused.value)  # in our words, not in PyTorch's


@looking
@pytest.mark.parametrize("strict", [False, True])
def test_it_can_be_exported(name, strict):
    make, good, _ = LOOKING[name]
    model = make()
    exported = torch.export.export(model, (good,), strict=strict).module()
    torch.testing.assert_close(exported(good), model(good))


@looking
def test_it_runs_where_tensors_have_no_values(name):
    make, good, _ = LOOKING[name]
    with FakeTensorMode() as mode:
        assert make()(mode.from_tensor(good)).device.type == "cpu"
    assert make().to("meta")(good.to("meta")).is_meta
