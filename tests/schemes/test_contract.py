"""What every scheme promises, whatever its formula.

A scheme is built as the catalogue builds it and stands at its door in one layer of attention, as in a model:

    it enters at that door and changes what tokens make of each other
    it reads a text of one token, and positions in narrow integers
    it places each sequence of a batch where it is told; at the input it counts from 0 if it is not told
    it can be mapped over texts and over positions
    it works outside inference mode when it was built and used within
    it keeps the dtype of the model
    it stays on the device of the model, and reads no value there
    it compiles without a graph break

``CANNOT`` says which cannot keep all of it, and why. What is true of one scheme alone is tested in its own file.
"""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from snippets import catalogue
from snippets.attention import Attention
from snippets.catalogue import Scheme
from snippets.schemes import (
    kerple,
    llama3_scaling,
    longrope,
    m_rope,
    ntk_aware,
    partial_rope,
    pope,
    position_interpolation,
    proportional_rope,
    rope,
    rope_2d,
    sinusoidal,
    t5_bias,
    xpos,
    yarn,
)
from snippets.schemes.none import causal_attention

DIM, HEADS, TRAINED, LENGTH = 64, 2, 32, 20
HEAD_DIM = DIM // HEADS
THETA = rope.frequencies(HEAD_DIM)
POSITIONS = torch.arange(LENGTH)


def of_distance(module: nn.Module) -> Scheme:
    """A bias that is made of positions alone."""
    return Scheme(at_scores=lambda q, k, m, n: module(m, n), layer_modules=(module,))


# Forms that files offer beside the one that the catalogue compares.
OTHER_FORMS = {
    "kerple, power": lambda: of_distance(kerple.KerplePower(HEADS)),
    "t5_bias, both directions": lambda: of_distance(t5_bias.T5Bias(HEADS, causal=False)),
    "rope, halves": lambda: catalogue.rotating(lambda at: rope.rotations(at, THETA), rotate=rope.rotate_halves),
    "partial_rope, halves": lambda: catalogue.rotating(
        lambda at: rope.rotations(at, rope.frequencies(8)), rotate=partial_rope.partial_rotate_halves
    ),
    "m_rope, interleaved": lambda: catalogue.rotating(
        lambda at: m_rope.m_rope_rotations(torch.stack((at, at, at)), THETA, (6, 5, 5), m_rope.interleaved)
    ),
    "ntk_aware, dynamic": lambda: catalogue.turning(ntk_aware.dynamic_ntk_frequencies(HEAD_DIM, 64, TRAINED)),
}

# What a scheme cannot promise, the error that says so, and why. If it can after all, its test fails until it is struck.
CANNOT = (("enter a door", ["none"], AssertionError, "no positions is no door: its file is the attention itself"),)
BACKWARDS = POSITIONS.flip(0)
OTHER_ROW = {"transformer_xl": POSITIONS + 7}  # refuses what does not count up by one; its own file moves m and n apart


def every_scheme(promise: str) -> pytest.MarkDecorator:
    """Runs a test for every scheme, and expects it to fail for those that cannot keep ``promise``."""
    marks = {
        name: pytest.mark.xfail(raises=error, reason=reason, strict=True)
        for what, names, error, reason in CANNOT
        for name in names
        if what == promise
    }
    names = (*catalogue.NAMES, *OTHER_FORMS)
    return pytest.mark.parametrize("name", [pytest.param(name, marks=marks.get(name, ())) for name in names])


class Model(nn.Module):
    """One layer of attention with scheme ``name`` at its door."""

    def __init__(self, name: str):
        super().__init__()
        self.attention = Attention(DIM, HEADS)
        if name == "none":  # its file is the attention itself
            self.attention.meet = lambda q, k, v, bias: causal_attention(q, k, v)
        built = OTHER_FORMS[name]() if name in OTHER_FORMS else catalogue.build(name, DIM, HEADS, TRAINED)
        self.scheme = catalogue.wake(built)  # tables that start near zero would not show
        self.weights = nn.ModuleList((*self.scheme.modules, *self.scheme.layer_modules))
        self.double().requires_grad_(False)

    def forward(self, x: Tensor, positions: Tensor | None = POSITIONS) -> Tensor:
        """(B, T, d), with positions (T,) or (B, T) -> (B, T, d)."""
        scheme = self.scheme
        return self.attention(
            x,
            at_input=scheme.at_input and (lambda x: scheme.at_input(x, positions)),
            at_qk=scheme.at_qk and (lambda q, k: scheme.at_qk(q, k, positions, positions)),
            at_scores=scheme.at_scores and (lambda q, k: scheme.at_scores(q, k, positions, positions)),
        )


def texts(count: int = 2) -> Tensor:
    return torch.randn(count, LENGTH, DIM, dtype=torch.float64)


@every_scheme("enter a door")
def test_it_enters_its_door_and_changes_what_tokens_make_of_each_other(name):
    model, x = Model(name), texts()
    change = (model(x) - model.attention(x)).abs().amax(-1)
    first, others = change[:, 0], change[:, 1:]
    assert (others > 1e-6).all()
    # the first token sees itself alone: scores change nothing there, and values are as they were
    assert (first > 1e-6).all() if model.scheme.at_input else (first < 1e-12).all()


@every_scheme("read one token")
def test_a_text_of_one_token_gives_what_the_first_token_of_any_text_gives(name):
    model, x = Model(name), texts()
    torch.testing.assert_close(model(x[:, :1], POSITIONS[:1]), model(x)[:, :1])


@pytest.mark.parametrize("name", catalogue.GROUPS["input"])  # at the other doors positions are always given
def test_positions_that_are_not_given_count_from_0(name):
    model, x = Model(name), texts()
    assert torch.equal(model(x, None), model(x))


@every_scheme("place each sequence")
def test_each_sequence_of_a_batch_may_have_its_own_positions(name):
    model, x = Model(name), texts()
    own = torch.stack((POSITIONS, OTHER_ROW.get(name, BACKWARDS)))
    alone = [model(x[:1], own[0]), model(x[1:], own[1])]
    torch.testing.assert_close(model(x, own), torch.cat(alone))


@every_scheme("be mapped")
def test_it_can_be_mapped_over_texts_and_over_positions(name):
    model, x = Model(name), texts()
    rows = torch.stack((POSITIONS, OTHER_ROW.get(name, BACKWARDS)))
    one = torch.vmap(lambda row: model(x, row))(rows)
    torch.testing.assert_close(one, torch.stack([model(x, row) for row in rows]))
    torch.testing.assert_close(torch.vmap(lambda text: model(text[None])[0])(x), model(x))
    both = torch.vmap(lambda text, row: model(text[None], row)[0])(x, rows)
    torch.testing.assert_close(both, torch.cat([model(x[:1], rows[0]), model(x[1:], rows[1])]))


@every_scheme("leave inference mode")
def test_what_was_built_and_used_in_inference_mode_can_be_used_outside(name):
    x = texts()
    with torch.inference_mode():
        model, positions = Model(name), torch.arange(LENGTH)
        inside = model(x, positions)
    with torch.no_grad():
        assert torch.equal(model(x, positions), inside)
    x.requires_grad_()
    Model(name).requires_grad_()(x, positions).sum().backward()  # positions of that mode do not hinder training
    assert x.grad.isfinite().all()


@every_scheme("count in narrow integers")
def test_positions_in_narrow_integers_do_not_wrap(name):
    scheme, x = Model(name).scheme, texts(1)[0]
    w_q, w_k = torch.randn(2, DIM, DIM, dtype=torch.float64) / DIM**0.5

    def scores(positions):  # before the mask: a key after its query has a distance below 0
        return catalogue.scores(scheme, x, positions, w_q, w_k, HEADS)

    for dtype in (torch.uint8, torch.int16, torch.int32):
        assert torch.equal(scores(POSITIONS.to(dtype)), scores(POSITIONS)), dtype


@every_scheme("keep the dtype")
def test_it_keeps_the_dtype_of_the_model(name):
    for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16):
        assert Model(name).to(dtype)(texts().to(dtype)).dtype == dtype


@every_scheme("stay on the device")
def test_it_stays_on_the_device_of_the_model_and_reads_no_value_there(name):
    # fake tensors refuse to meet those of another device, and to be read: on a GPU every step would wait for that
    model = Model(name)
    with FakeTensorMode(allow_non_fake_inputs=True):
        out = model.to("meta")(texts().to("meta"), POSITIONS.to("meta"))
    assert out.is_meta and out.shape == (2, LENGTH, DIM)


def compiled(function: Callable) -> Callable:
    torch.compiler.reset()
    return torch.compile(function, backend="aot_eager", fullgraph=True)


@every_scheme("compile")
def test_it_compiles_without_a_graph_break(name):
    model, x = Model(name), texts()
    torch.testing.assert_close(compiled(model)(x, POSITIONS), model(x, POSITIONS))


@pytest.mark.parametrize("name", catalogue.GROUPS["input"])
def test_it_compiles_when_positions_are_not_given(name):
    model, x = Model(name), texts()
    torch.testing.assert_close(compiled(model)(x, None), model(x, None))


@every_scheme("export")
def test_length_and_number_of_texts_may_stay_open_in_an_exported_graph(name):
    model, x = Model(name), texts(3)
    batch, length = torch.export.Dim("batch", min=1), torch.export.Dim("length", min=2, max=TRAINED)
    graph = torch.export.export(model, (x, POSITIONS), dynamic_shapes=({0: batch, 1: length}, {0: length})).module()
    for some in (x[:2, :5], x[:1], x):
        positions = POSITIONS[: some.shape[1]]
        torch.testing.assert_close(graph(some, positions), model(some, positions))


SPEEDS = {  # of pairs, by scheme
    "rope": lambda: rope.frequencies(16),
    "proportional_rope": lambda: proportional_rope.p_rope_frequencies(16, 0.5),
    "rope_2d": lambda: rope_2d.axial_frequencies(16),
    "position_interpolation": lambda: position_interpolation.interpolated_frequencies(16, 4.0),
    "ntk_aware": lambda: ntk_aware.ntk_frequencies(16, 4.0),
    "ntk_aware, dynamic": lambda: ntk_aware.dynamic_ntk_frequencies(16, 100, 32),
    "yarn": lambda: yarn.yarn_frequencies(16, 4.0, 512) * yarn.yarn_attention_factor(4.0),
    "llama3_scaling": lambda: llama3_scaling.llama3_frequencies(16),
    "longrope": lambda: (
        longrope.longrope_frequencies(8, torch.tensor([1.0, 2.0, 3.0, 4.0]))
        * longrope.longrope_attention_factor(1024, 64)
    ),
}


@pytest.mark.parametrize("speeds", SPEEDS.values(), ids=SPEEDS)
def test_speeds_of_pairs_are_float64_and_can_be_made_in_a_compiled_step(speeds):
    assert speeds().dtype == torch.float64
    torch.testing.assert_close(compiled(speeds)(), speeds())


ONE = torch.ones(1, 1, 1, 8)
WITH_BASE = {
    "rope": lambda base: rope.frequencies(16, base),
    "proportional_rope": lambda base: proportional_rope.p_rope_frequencies(16, 0.5, base),
    "rope_2d": lambda base: rope_2d.axial_frequencies(16, base),
    "position_interpolation": lambda base: position_interpolation.interpolated_frequencies(16, 4.0, base),
    "ntk_aware": lambda base: ntk_aware.ntk_frequencies(16, 4.0, base),
    "yarn": lambda base: yarn.yarn_frequencies(16, 4.0, 512, base),
    "llama3_scaling": lambda base: llama3_scaling.llama3_frequencies(16, base),
    "longrope": lambda base: longrope.longrope_frequencies(2, [1.0], base),
    "pope": lambda base: pope.PoPE(8, 2, base),
    "xpos": lambda base: xpos.xpos(ONE, ONE, POSITIONS[:1], POSITIONS[:1], base),
    "sinusoidal": lambda base: sinusoidal.sinusoidal_table(4, 16, base),
}


@pytest.mark.parametrize("make", WITH_BASE.values(), ids=WITH_BASE)
def test_a_base_that_is_text_or_endless_is_refused_by_name(make):
    make(1e6)
    for base in ("1e6", math.inf):  # PyYAML reads ``rope_theta: 1e6`` as text
        with pytest.raises(ValueError, match=f"base must be finite and above 1.* got {base!r}"):
            make(base)
