"""The tables, figures and downloads show what the result files hold; the stored losses say what the pages say."""

import csv
import io
import math
from collections import Counter
from itertools import pairwise

import pytest
import torch

from snippets.experiments import recipes, recipes_exact, where_position_matters
from snippets.experiments.train_short_test_long import PROFILES, Runs
from snippets.training import compare
from snippets.training.model import SCHEMES
from snippets.training.novels import TEXT
from tools import measured

LAST = compare.losses("laptop", "last")


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def rise(scheme, far=1024):
    return [there - here for here, there in zip(LAST[scheme][128], LAST[scheme][far], strict=True)]


def test_a_loss_by_length_is_the_one_in_the_file():
    for seed in PROFILES["laptop"].seeds:
        stored = Runs("laptop").read("rope", seed)["by_length"]
        for length, loss in stored.items():
            assert LAST["rope"][int(length)][seed] == loss["last"]
            assert compare.losses("laptop", "mean")["rope"][int(length)][seed] == loss["mean"]


def test_what_is_not_stored_is_refused():
    with pytest.raises(ValueError, match='what must be "mean" or "last", got \'median\''):
        compare.losses("laptop", "median")
    with pytest.raises(ValueError, match="no accuracy is stored of task 'sort'"):
        compare.accuracy("sort")


def test_only_what_every_seed_orders_alike_is_ordered():
    seeds = {"a": [1.0, 2.0, 3.0], "b": [2.0, 3.0, 4.0], "c": [1.5, 1.5, 5.0]}
    assert compare.order(seeds) == {("a", "b")}, "c lies above a and below b in some seeds only"
    assert compare.order({"a": [1.0], "b": [1.0]}) == set(), "equal losses have no order"


def test_the_table_to_download_has_every_run_and_length_once():
    found = rows(compare.csv_by_length())
    assert len(found) == len({(row["scheme"], row["seed"], row["length"]) for row in found})
    assert len(found) == 5 * len(compare.finished())
    for row in found:
        assert float(row["loss_on_last_32"]) == LAST[row["scheme"]][int(row["length"])][int(row["seed"])]


def test_the_table_by_position_averages_to_the_mean_of_its_window():
    sums = Counter()
    for row in rows(compare.csv_by_position()):
        sums[row["scheme"], row["seed"], row["length"]] += float(row["loss"])
    mean = compare.losses("laptop", "mean")
    for (scheme, seed, length), total in sums.items():
        assert total * 16 / int(length) == pytest.approx(mean[scheme][int(length)][int(seed)], abs=2e-4)


@pytest.mark.parametrize("runs", [where_position_matters.Runs, recipes_exact.Runs])
def test_the_answers_to_download_are_those_of_the_runs(runs):
    found = rows(compare.csv_of_tasks(runs))
    stored = {task: compare.accuracy(task, runs=runs) for task in where_position_matters.TASKS}
    assert {row["task"] for row in found} == set(stored)
    for row in found:
        assert float(row["accuracy"]) == stored[row["task"]][row["scheme"]][int(row["length"])][int(row["seed"])]


def test_recipes_to_download_are_those_of_the_runs():
    found = rows(compare.csv_of_recipes())
    runs = {(size, run["scheme"], str(run["seed"])): run
            for size in recipes.SHOWN for run in compare.finished(size, recipes.Runs)}  # fmt: skip
    assert {(row["profile"], row["recipe"], row["seed"]) for row in found} == runs.keys()
    for row in found:
        stored = runs[row["profile"], row["recipe"], row["seed"]]["by_length"][row["length"]]
        assert float(row["loss_on_last_32"]) == stored["last"] and float(row["mean_loss"]) == stored["mean"]


def test_the_built_site_holds_the_downloads(site):
    for address, content in measured.downloads().items():
        for language in ("", "ko/"):
            assert (site / language / address).read_text() == content, f"{language}{address} is not the table"


def test_yardsticks_are_those_of_a_slow_count():
    data = TEXT.read_bytes()
    learn, test = data[:-200_000], data[-100_000:]
    longest, ends = 1024, torch.linspace(1025, 100_000, 64).long().tolist()
    alone, pairs = Counter(learn), Counter(pairwise(learn))
    firsts = Counter(learn[:-1])
    unigram = bigram = 0.0
    for end in ends:
        for place in range(end - 32, end):
            unigram -= math.log((alone[test[place]] + 1) / (len(learn) + 256)) / (32 * 64)
            before = test[place - 1]
            bigram -= math.log((pairs[before, test[place]] + 1) / (firsts[before] + 256)) / (32 * 64)
    assert longest == PROFILES["laptop"].longest
    assert compare.yardsticks() == pytest.approx({"unigram": unigram, "bigram": bigram}, rel=1e-6)


def test_every_model_beats_the_yardsticks_at_its_length():
    for scheme in SCHEMES:
        assert max(LAST[scheme][128]) < compare.yardsticks()["bigram"], scheme


def test_alibi_kerple_shaw_and_cope_hold_in_every_seed():
    for scheme, most in {"alibi": 0.02, "kerple": 0.02, "shaw": 0.1, "cope": 0.1}.items():
        assert max(abs(gap) for gap in rise(scheme)) < most, scheme


def test_what_enters_at_the_input_breaks_at_the_first_new_position_in_every_seed():
    for scheme in ("sinusoidal", "learned", "concatenated", "concatenated_split"):
        assert min(rise(scheme, far=192)) > 1, scheme
    assert min(rise("none", far=192)) > 0 and max(rise("none", far=192)) < 0.6


def test_rotation_breaks_within_eight_times_its_length_in_every_seed():
    assert min(rise("rope")) > 1.5 and min(rise("partial_rope")) > 1
    assert max(rise("rope", far=192)) < min(rise("learned", far=192))


def test_far_keys_break_rotation_and_new_rows_break_tables():
    for run in compare.finished():
        hidden = run["near"]["last"] - run["by_length"]["128"]["last"]
        if run["scheme"] in ("rope", "partial_rope", "xpos", "alibi", "kerple", "t5_bias", "shaw", "cope"):
            assert abs(hidden) < 0.1, run["scheme"]
        if run["scheme"] in ("sinusoidal", "learned", "concatenated", "concatenated_split", "none", "fire"):
            assert hidden > 0.3, run["scheme"]


def test_tuning_mends_a_stretched_model_up_to_the_length_it_was_tuned_on():
    for way in ("ntk_aware", "yarn"):
        here, there = (LAST[f"rope+{way}+tuned"][length] for length in (128, 512))
        assert max(far - near for near, far in zip(here, there, strict=True)) < 0.1, way
    assert min(LAST["rope+position_interpolation"][128]) > max(LAST["rope"][128]) + 1


def test_the_stored_tasks_are_whole():
    runs = where_position_matters.Runs("laptop")
    stored = {(run["scheme"], run["seed"]) for run in runs.all()}
    assert stored == {(scheme, seed) for scheme in SCHEMES for seed in (*runs.profile.seeds, "tuning")}


def test_no_scheme_wins_every_task():
    previous, copy, retrieve = (compare.accuracy(task) for task in where_position_matters.TASKS)
    for task in (previous, copy, retrieve):
        assert min(task["rope"][64]) > 0.9, "RoPE does all three at its own length"
    assert min(previous["cope"][512]) > 0.9 and min(retrieve["cope"][512]) > 0.8 and max(copy["cope"][64]) < 0.5
    assert max(retrieve["alibi"][64]) < 0.6
    for other in SCHEMES:
        assert compare.middle(copy["alibi"][512])[0] >= compare.middle(copy[other][512])[0]
        assert compare.middle(previous["none"][64])[0] <= compare.middle(previous[other][64])[0]


def test_at_the_same_rate_the_split_model_keeps_more_than_half_of_its_lead():
    mean = compare.losses("laptop", "mean")
    split = compare.middle(mean["concatenated_split"][128])[0]
    for name in ("learned", "concatenated"):
        tuned, same = (compare.middle(mean[run][128])[0] for run in (name, f"{name}@0.004"))
        kept = (same - split) / (tuned - split)
        assert 0.5 < kept < 0.8, f"{name}: {tuned} at its tuned rate, {same} at 0.004, split {split}"
