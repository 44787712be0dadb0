"""The window: every number of the live figure is that of the files that cut."""

import itertools

import pytest
import torch
from modules import load

from snippets import chunks, truncation
from snippets.experiments import sinks

CUTS = [  # length, window, stride
    (length, window, stride)
    for length, window, stride in itertools.product(
        (9, 20, 28, 64, 101, 256), (4, 7, 8, 32, 64), (1, 3, 4, 8, 9, 31, 64, 80)
    )
    if length > window
]
SHORT = list(itertools.combinations((4, 5, 8, 13, 64, 100, 255, 256), 2))  # window below length
CACHES = list(itertools.product((1, 9, 28, 100), (4, 8, 31), (0, 1, 3)))  # length, window, sinks


def test_the_script_cuts_and_counts_as_python_does():
    assert len(CUTS) >= 150
    module = load("cutting")
    starts, costs = module.grid("starts", CUTS), module.grid("cost", CUTS)
    for point, begun, got in zip(CUTS, starts, costs, strict=True):
        length, window, stride = point
        inputs, _ = chunks.cut(torch.arange(length), window, stride)
        assert begun == inputs[:, 0].tolist(), f"starts{point} is {begun}"
        times, context = chunks.cost(*point)
        assert got == {"times": times.tolist(), "context": context.tolist()}, f"cost{point} is {got}"


def test_what_a_cut_loses_is_counted_from_the_cost_of_python():
    for point, got in zip(CUTS, load("cutting").grid("losses", CUTS), strict=True):
        _, window, _ = point
        times, context = chunks.cost(*point)
        last = int(times.nonzero().max())
        known = context[times > 0]
        want = {
            "chunks": int(times.sum()) // window,
            "computed": int(times.sum()),
            "never": int((times == 0).sum()),
            "skipped": int((times[1:last] == 0).sum()),
            "end": len(times) - 1 - last,
            "predicted": len(known),
            "few": int((known < window / 2).sum()),
        }
        mean = got.pop("mean")
        assert got == want, f"losses{point}"
        assert mean == pytest.approx(known.double().mean().item(), rel=1e-12), f"mean context of losses{point}"


def test_the_script_truncates_as_python_does():
    points = [(length, window) for window, length in SHORT]
    points += [(length, window) for length in range(9, 60) for window in range(4, min(length, 12))]
    assert len(points) >= 200
    for point, got in zip(points, load("cutting").grid("keeps", points), strict=True):
        want = {way: [[part.start, part.stop] for part in parts] for way, parts in truncation.keeps(*point).items()}
        assert got == want, f"keeps{point} is {got}"


def test_the_cache_keeps_the_keys_of_the_mask_that_was_measured():
    for length, window, count in CACHES:
        allowed = sinks.mask(length, window, count)
        found = load("cutting").grid("cache", [[m, window, count] for m in range(length)])
        computed = 0
        for m, got in enumerate(found):
            keys = allowed[m].nonzero().flatten().tolist()
            computed += min(m + 1, window)  # a window computed again at every step
            recent = min(m + 1, window - count)
            want = {
                "keys": keys,
                "held": len(keys),
                "seen": m + 1,
                "sinks": len(keys) - recent,
                "recent": recent,
                "gone": m + 1 - len(keys),
                "far": m - keys[0],
                "again": computed,
            }
            assert got == want, f"cache({m}, {window}, {count}) is {got}"


def test_the_words_are_those_that_the_drawn_figure_cuts():
    data = load("cutting").data
    assert data["tokens"][:28] == chunks.alice()[6:34] and len(data["tokens"]) == 256


SENTENCES = [
    (
        {"stride": 9},
        "Chunks: 3, so 24 tokens are computed for a text of 28, 0.86 times. Never predicted: 4, of them 1 at the "
        "start, 2 between chunks and 1 at the end. With less than half a window of context: 9 of the other 24; "
        "the mean is 4.5 tokens.",
    ),
    (
        {"mode": "truncate"},
        "Each cut keeps 8 of 28 tokens and loses 20. An answer at token 20, “{20}”, survives with the back and is "
        "lost with the front, the middle, head and tail.",
    ),
    (
        {"mode": "cache"},
        "At token 20 the cache holds 8 of 21 keys (sinks: 2, recent: 6); gone: 13. The farthest key is 20 tokens back, "
        "or 7 counted by places in the cache. Tokens computed so far: 21, or 140 if each step "
        "computes its window again.",
    ),
    ({"length": 9, "window": 9}, "A text of 9 tokens makes no chunk of 9: it would need 10, the last as a target."),
    ({"mode": "truncate", "length": 9, "window": 9}, "The text of 9 tokens fits into a window of 9: nothing is cut."),
]


@pytest.mark.parametrize(("state", "sentence"), SENTENCES)
def test_the_sentence_is_whole_and_its_numbers_are_the_same_in_korean(state, sentence):
    module = load("cutting")
    said = sentence.replace("{20}", module.data["tokens"][20])
    assert module.say(**state) == said

    def numbers(text):
        return sorted("".join(c if c.isdigit() or c == "." else " " for c in text).replace(". ", " ").split())

    korean = module.say("ko", **state)
    assert numbers(korean + " ") == numbers(said + " "), korean


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_state_has_a_whole_drawing_and_sentence(language):
    module = load("cutting")
    for mode, length, window in itertools.product(("chunks", "truncate", "cache"), (9, 28, 256), (4, 9, 64)):
        for stride, at, step, count in ((1, 0, 0, 0), (80, 8, 255, 16)):
            state = dict(mode=mode, length=length, window=window, stride=stride, at=at, step=step, sinks=count)
            for seen in (
                module.draw(300, language, **state),
                module.draw(700, language, **state),
                module.say(language, **state),
            ):
                assert not any(word in seen for word in ("NaN", "undefined", "null", "{", "∞")), f"{state}: {seen}"


def test_an_address_restores_the_view_and_a_wrong_one_does_no_harm():
    module = load("cutting")
    assert module.restored(mode="cache", sinks="0", step="27")["step"] == 27
    assert module.restored(mode="shred", length="1000", window="0", stride="-1") == module.state
