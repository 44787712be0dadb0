"""Reading on past the window: which ways are right by construction, and the stored numbers in a short run."""

import json

import pytest
import torch
import torch.nn.functional as F

from snippets.experiments import past_the_window as past

STORED = json.loads(past.RESULT.read_text())


@pytest.fixture(scope="module", params=["learned", "rope"])
def untrained(request):
    torch.manual_seed(1)
    return request.param, past.Model(request.param, 72)


@pytest.fixture(scope="module")
def ids():
    return torch.randint(72, (2, 70), generator=torch.Generator().manual_seed(0))


def test_within_the_window_every_way_is_one_forward_pass(untrained, ids):
    scheme, model = untrained
    logits, _ = model(ids[:, : past.WINDOW], torch.arange(past.WINDOW))
    right = F.cross_entropy(logits.mT, ids[:, 1 : past.WINDOW + 1], reduction="none")
    for way in past.ways(scheme):
        assert torch.allclose(past.stream(model, ids, way)[:, : past.WINDOW], right, atol=1e-5), way


def test_cropping_reads_the_last_window_from_position_0(untrained, ids):
    _, model = untrained
    logits, _ = model(ids[:, 20 : 20 + past.WINDOW], torch.arange(past.WINDOW))
    right = F.cross_entropy(logits[:, -1], ids[:, 20 + past.WINDOW], reduction="none")
    got = past.stream(model, ids, "crop, compute again")[:, 19 + past.WINDOW]
    assert torch.allclose(got, right, atol=1e-5)


def test_with_rope_counting_on_and_places_in_the_cache_are_one_thing(ids):
    torch.manual_seed(1)
    model = past.Model("rope", 72)
    one, other = (past.stream(model, ids, way) for way in ("cache, counting on", "cache, places in it"))
    assert torch.allclose(one, other, atol=1e-4)
    assert not torch.allclose(one, past.stream(model, ids, "cache, keys stale"), atol=1e-4)


def test_a_learned_table_cannot_count_on(ids):
    model = past.Model("learned", 72)
    with pytest.raises(IndexError, match=f"position {past.WINDOW} has no row"):
        past.stream(model, ids, "cache, counting on")


def test_the_models_never_see_the_text_they_are_tested_on():
    learn, test, characters = past.texts()
    assert len(learn) + len(test) == 144_395 and characters == 73
    assert len(test) >= past.STREAMS * past.LENGTH


def test_stored_results_say_what_the_page_says():
    for scheme, late in STORED["late"].items():
        assert all(len(values) == past.SEEDS for values in late.values())
        assert min(late["cache, keys stale"]) > max(late["crop, compute again"]) + 1, scheme
    late = STORED["late"]["rope"]
    for way in ("cache, counting on", "cache, places in it"):
        for a, b in zip(late[way], late["crop, compute again"], strict=True):
            assert abs(a - b) < 0.1
    assert min(late["nothing cut"]) > max(late["cache, counting on"])
    for seeds in STORED["by_place"].values():
        for places in seeds:
            assert places[0] > places[7] + 0.5 > places[31] + 0.5


def test_a_short_run_gives_the_stored_numbers():
    again = past.short_run()
    assert again == pytest.approx(STORED["short"], abs=0.03)
    assert again["place 0"] > again["place 31"] and again["cache, keys stale"] > again["crop, compute again"]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: past.Model("alibi", 72), "'learned' or 'rope', got 'alibi'"),
        (lambda: past.stream(past.Model("rope", 72), torch.zeros(1, 9).long(), "wrap"), "got 'wrap'"),
    ],
)
def test_bad_input_is_refused_by_name(call, says):
    with pytest.raises(ValueError, match=says):
        call()
