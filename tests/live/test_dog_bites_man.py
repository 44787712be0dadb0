"""The live figure of the home page says what snippets/attention.py computes, for every order, scheme and mask."""

import re
from itertools import product

import pytest
import torch
from modules import load, source

from snippets.attention import Attention
from snippets.figures.home.dog_bites_man import SENTENCES, seen_from_the_middle
from snippets.live import dog_bites_man as python
from snippets.schemes.alibi import slopes
from snippets.schemes.rope import frequencies, rotate, rotations
from snippets.schemes.sinusoidal import sinusoidal_table

FIGURE = load("dog_bites_man")
STATES = [(mask, scheme) for mask in python.MASKS for scheme in python.SCHEMES]
RANKS = range(len(python.ORDERS))
WRITTEN, SWAPPED, BEFORE, AFTER, MIRROR = (
    python.ORDERS.tolist().index(order)
    for order in ([0, 1, 2, 3, 4], [3, 4, 2, 0, 1], [1, 0, 2, 3, 4], [0, 1, 2, 4, 3], [4, 3, 2, 1, 0])
)


def gaps(mask: str, scheme: str) -> torch.Tensor:
    """How far Python's numbers move from the sentence as written, for each order."""
    numbers = python.returned(python.ORDERS, scheme, mask)
    return (numbers - numbers[0]).abs().amax(1)


@pytest.mark.parametrize(("mask", "scheme"), STATES)
def test_the_script_returns_what_the_attention_in_python_returns_for_all_120_orders(mask, scheme):
    """To 1e-6: attention itself is in float64 on both sides, the added sinusoids too."""
    wanted = python.returned(python.ORDERS, scheme, mask)
    points = [[order, scheme, mask, FIGURE.data] for order in python.ORDERS.tolist()]
    for order, got, want in zip(python.ORDERS.tolist(), FIGURE.grid("returned", points), wanted.tolist(), strict=True):
        assert got == pytest.approx(want, abs=1e-9), f"returned({order}, {scheme}, {mask}) differs from Python's"


def test_the_formulas_of_the_schemes_are_those_of_their_files():
    dim, size = python.DIM, python.DIM // python.HEADS
    table = sinusoidal_table(64, dim).tolist()
    for place, got in enumerate(FIGURE.grid("sinusoidalRow", [[place, dim] for place in range(64)])):
        assert got == pytest.approx(table[place], abs=1e-6), f"sinusoidalRow({place}) differs: the table is float32"
    for heads in (1, 2, 4, 8, 16):
        assert FIGURE.call("slopes", heads) == pytest.approx(slopes(heads).tolist(), abs=1e-15)
    x = torch.randn(1, 1, 200, size, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    turned = rotate(x, rotations(torch.arange(200), frequencies(size), torch.complex128))[0, 0].tolist()
    points = [[vector, place] for place, vector in enumerate(x[0, 0].tolist())]
    for place, got in enumerate(FIGURE.grid("rotate", points)):
        assert got == pytest.approx(turned[place], abs=1e-12), f"rotate({points[place]}) differs from Python's"


def test_without_a_mask_a_word_gets_what_the_causal_layer_gives_the_last_of_a_row():
    """The layer without a mask is this figure's own; that of the site can stand in for it where the word is last."""
    layer = Attention(python.DIM, python.HEADS).double()
    layer.load_state_dict(python.layer("none").state_dict())
    for order in python.ORDERS[::7]:
        last = torch.cat([order[order != python.ASKED], torch.tensor([python.ASKED])])
        x = torch.tensor(FIGURE.data["words"], dtype=torch.float64)[last][None]
        with torch.no_grad():
            torch.testing.assert_close(layer(x)[0, -1], python.returned(order[None], "none", "none")[0])


def test_orders_are_numbered_as_in_a_dictionary():
    assert FIGURE.grid("orderOf", [[rank] for rank in RANKS]) == python.ORDERS.tolist()
    assert FIGURE.grid("rankOf", [[order] for order in python.ORDERS.tolist()]) == list(RANKS)


def test_without_positions_and_mask_no_order_moves_a_number_and_every_scheme_notices_the_swap():
    assert gaps("none", "none").max() < 1e-12
    for scheme in python.SCHEMES[1:]:
        assert gaps("none", scheme)[SWAPPED] > 0.1, "a reader would see no difference"
    assert (gaps("none", "alibi") < 1e-12).sum() == 4, (
        "as written, and three mirrored sentences with the same distances"
    )


def test_one_masked_layer_does_not_notice_the_order_of_the_words_before_and_two_layers_do():
    assert gaps("one", "none")[BEFORE] < 1e-12
    assert gaps("two", "none")[BEFORE] > 0.1
    for mask in ("one", "two"):
        for scheme in python.SCHEMES:
            assert gaps(mask, scheme)[AFTER] < 1e-12, "the mask hides the words after"


@pytest.mark.parametrize(("mask", "scheme"), STATES)
def test_the_sentence_says_what_python_sees(mask, scheme):
    reasons = FIGURE.grid("reason", [[{"order": rank, "scheme": scheme, "mask": mask}] for rank in RANKS])
    for rank, gap, reason in zip(RANKS, gaps(mask, scheme).tolist(), reasons, strict=True):
        still = reason in ("start", "same", "mirror", "later", "before")
        assert still == (gap < 1e-9), f"{python.ORDERS[rank].tolist()}, {scheme}, {mask}: {reason}, yet it moved {gap}"
        order = python.ORDERS[rank].tolist()
        seen = order[: order.index(python.ASKED)]
        if mask != "none":
            assert (reason == "others") == (sorted(seen) != [0, 1])
            assert (reason in ("before", "deeper")) == (seen == [1, 0] and scheme == "none")
        if rank % 9 == 4 or rank in (SWAPPED, BEFORE):
            for language in ("en", "ko"):
                said = FIGURE.say(language, order=rank, scheme=scheme, mask=mask)
                digits = 3 if gap < 0.005 else 2
                assert re.findall(r"\d+\.\d+", said) == ([] if still else [f"{gap:.{digits}f}"]), said


def test_the_static_figure_shows_two_of_these_orders():
    assert SENTENCES == ["a dog bites the man", "the man bites a dog"]
    torch.testing.assert_close(*seen_from_the_middle(with_positions=False))
    one, other = seen_from_the_middle(with_positions=True)
    assert (one - other).abs().max() > 0.3, "a reader would see no difference"


@pytest.mark.parametrize("mask", python.MASKS)
def test_the_button_walks_through_orders_and_comes_back_to_the_sentence(mask):
    rank, seen = 0, []
    while not seen or rank:
        rank = FIGURE.call("shuffled", rank, mask)
        seen.append(rank)
        assert len(seen) < 20
    assert len(set(seen)) == len(seen), "no order twice"
    if mask == "none":
        assert seen[0] == SWAPPED
        assert " ".join(python.WORDS[word] for word in python.ORDERS[SWAPPED]) == "the man bites a dog"
    else:
        assert all(sorted(python.ORDERS[rank][:2].tolist()) == [0, 1] for rank in seen), "what is seen stays the same"
    assert FIGURE.call("shuffled", 119, mask) == seen[0]


def test_the_link_restores_an_order_and_refuses_one_that_does_not_exist():
    assert FIGURE.restored(order="94", scheme="rope", mask="two") == {"order": 94, "scheme": "rope", "mask": "two"}
    for order in ("120", "-1", "1.5", "dog"):
        assert FIGURE.restored(order=order)["order"] == 0
    assert FIGURE.restored(scheme="none2")["scheme"] == "none"


def test_a_click_on_a_word_changes_places_with_its_neighbour():
    drawing = FIGURE.draw(order=WRITTEN)
    found = [python.ORDERS[int(rank)].tolist() for rank in re.findall(r"data-set='{\"order\":(\d+)}'", drawing)]
    assert len(found) == 8, "every word but the ends moves both ways"
    assert found[:2] == [[1, 0, 2, 3, 4], [1, 0, 2, 3, 4]]
    assert found[-1] == [0, 1, 2, 4, 3]


@pytest.mark.parametrize("width", [300, 700])
def test_every_drawing_is_whole_and_no_bar_leaves_it(width):
    for (mask, scheme), language in product(STATES, ("en", "ko")):
        for rank in (WRITTEN, SWAPPED, MIRROR, 71):
            drawing = FIGURE.draw(width, language, order=rank, scheme=scheme, mask=mask)
            assert not re.search(r"NaN|undefined|Infinity|\{\w+\}", drawing)
            height = float(re.search(r'viewBox="0 0 \S+ (\S+)"', drawing)[1])
            bars = [
                tuple(map(float, bar)) for bar in re.findall(r'area[^>]* y="(\S+)" width="\S+" height="(\S+)"', drawing)
            ]
            assert len(bars) == python.DIM
            assert all(top >= 89 and top + high <= height for top, high in bars), (scheme, mask, rank, bars)


def test_both_languages_say_the_same_things():
    def keys(words: dict) -> dict:
        return {
            key: keys(value) if isinstance(value, dict) else re.findall(r"{\w+}", value) for key, value in words.items()
        }

    english, korean = keys(FIGURE.words("en")), keys(FIGURE.words("ko"))
    assert english.keys() == korean.keys()
    for name in english:
        assert sorted(english[name]) == sorted(korean[name]), name
    assert "fetch(" not in source("dog_bites_man")
