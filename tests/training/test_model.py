"""The model every scheme is measured in: the same weights but for the scheme, no look ahead, one kernel for all."""

import pytest
import torch

from snippets import catalogue
from snippets.attention import Attention
from snippets.training import model as small_gpt
from snippets.training.model import SCHEMES

MINE = """
from snippets.catalogue import Scheme

def build(dim, heads, trained):
    return Scheme(at_scores=lambda q, k, m, n: -((m[:, None] - n) ** 2).to(q.dtype).expand(heads, -1, -1))
"""


def build(name, layers=2, seed=0, length=16):
    return small_gpt.build(name, 32, 2, layers, length, 4 * length, 0.5, seed)


@pytest.mark.parametrize("name", SCHEMES)
def test_no_byte_sees_a_later_one(name):
    model, ids = build(name), torch.arange(40)[None]
    other = ids.clone()
    other[0, 25:] += 7
    with torch.no_grad():
        gap = (model(ids) - model(other)).abs().amax(-1)[0]
    assert gap[:25].max() < 1e-5 < gap[25:].min(), f"{name}: bytes 0 to 24 stand before the change"


@pytest.mark.parametrize("name", SCHEMES)
def test_a_window_as_wide_as_the_text_changes_nothing_and_a_narrow_one_hides_what_is_far(name):
    model, ids = build(name, layers=1), torch.arange(24)[None]
    other = ids.clone()
    other[0, 3] += 7
    with torch.no_grad():
        torch.testing.assert_close(model(ids), model(ids, window=24), atol=1e-5, rtol=0)
        gap = (model(ids, window=8) - model(other, window=8)).abs().amax(-1)[0]
    far = gap[3 + 8 :].max()
    if name == "cope":  # its positions count gates between query and key, seen or not, so only keys are out of sight
        assert gap[3 + 7] > 1e-4
    else:
        assert far < 1e-5 < gap[3 + 7], f"{name}: byte 11 is eight after byte 3 and must not see it"


def test_schemes_differ_in_nothing_else_than_their_own_weights():
    plain = build("none").state_dict()
    for name in SCHEMES:
        if name != "concatenated_split":
            weights = build(name).state_dict()
            assert all(torch.equal(weights[key], value) for key, value in plain.items()), name


def test_the_fused_kernel_is_the_attention_of_the_site():
    torch.manual_seed(0)
    plain, x = Attention(32, 2), torch.randn(3, 9, 32)
    fused = small_gpt.FusedAttention(32, 2)
    fused.load_state_dict(plain.state_dict())
    bias = torch.randn(2, 9, 9)
    for at_scores in (None, lambda q, k: bias):
        torch.testing.assert_close(fused(x, at_scores=at_scores), plain(x, at_scores=at_scores))


def test_layers_share_a_bias_of_the_whole_model_and_have_their_own_where_the_scheme_says_so():
    assert len(build("t5_bias").places) == 1
    assert len(build("kerple").places) == 2 and build("kerple").schemes[0] is not build("kerple").schemes[1]


def test_learned_tables_reach_the_longest_text_and_say_so_where_they_end():
    model = build("learned")
    assert model(torch.zeros(1, 64, dtype=torch.long)).shape == (1, 64, 256)
    with pytest.raises(IndexError, match="position 64 has no row"):
        model(torch.zeros(1, 65, dtype=torch.long))


def test_split_gives_a_quarter_of_the_width_to_the_position():
    model = build("concatenated_split")
    assert model.tokens.weight.shape == (256, 24) and model.places[0].weight.shape == (64, 8)


def test_a_scheme_of_your_own_is_a_file(tmp_path):
    (tmp_path / "mine.py").write_text(MINE)
    model = build(str(tmp_path / "mine.py"))
    assert model(torch.zeros(1, 8, dtype=torch.long)).isfinite().all()
    assert isinstance(model.schemes[0], catalogue.Scheme)


def test_a_file_that_is_no_scheme_is_refused_by_name(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no scheme file .nowhere\.py."):
        build("nowhere.py")
    (tmp_path / "empty.py").write_text("")
    with pytest.raises(ValueError, match=r"empty\.py needs a function build"):
        build(str(tmp_path / "empty.py"))
    with pytest.raises(ValueError, match="no scheme is called 'ropee'"):
        build("ropee")


def test_schemes_are_one_for_all_layers_or_one_a_layer():
    with pytest.raises(ValueError, match="one for each of 3, got 2"):
        small_gpt.SmallGPT([catalogue.Scheme(), catalogue.Scheme()], 32, 2, 3, 0.5)


@pytest.mark.parametrize("name", ["shaw", "cope"])
def test_what_is_faster_in_training_gives_scores_and_gradients_of_the_file(name):
    torch.manual_seed(0)
    fast, scheme = build(name).schemes[0], catalogue.build(name, 32, 2, 16)
    scheme.layer_modules[0].load_state_dict(fast.layer_modules[0].state_dict())
    q, k, at = torch.randn(3, 2, 40, 16), torch.randn(3, 2, 40, 16), torch.arange(40)
    slope, found = torch.randn(3, 2, 40, 40), []
    for one in (fast, scheme):
        x = q.clone().requires_grad_()
        bias = one.at_scores(x, k, at, at)
        bias.mul(slope).sum().backward()
        weights = [p.grad for p in one.layer_modules[0].parameters() if p.grad is not None]
        found.append((bias, x.grad, *weights))
    for mine, theirs in zip(*found, strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-4, rtol=1e-4)
    assert len(found[0]) == 3, "one table has a gradient"
