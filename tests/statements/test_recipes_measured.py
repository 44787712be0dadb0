"""What pages say of the trained recipes holds in every stored seed."""

import pytest
import torch

from snippets.experiments import recipes_exact
from snippets.experiments.recipes import IN_BOTH_SIZES, SWEPT, Runs, base_bound
from snippets.figures.measured.recipes_temperature import swept
from snippets.schemes.rope import frequencies
from snippets.training.compare import accuracy, finished, losses, middle, order
from snippets.training.recipes import RECIPES

LAST = losses("laptop", "last", Runs)
PREVIOUS, COPY, RETRIEVE = (accuracy(task, runs=recipes_exact.Runs) for task in ("previous", "copy", "retrieve"))
WINDOWS = ("near", "near_far", "near_far_base")
EVERYWHERE = (  # rotation over everything, in some part of layers or heads
    "rope", "rope_base", "near_far_open", "partial_rope", "proportional_rope", "mla_8", "mla_16", "mla_32",
)  # fmt: skip


RUNS = {(run["scheme"], run["seed"]): run for run in finished("laptop", Runs)}
SEEDS = (0, 1, 2)


def rise(recipe, far=1024):
    return [there - here for here, there in zip(LAST[recipe][128], LAST[recipe][far], strict=True)]


def test_every_recipe_was_trained_with_the_same_seeds():
    for runs in (Runs, recipes_exact.Runs):
        found = finished("laptop", runs)
        seeds = {run["seed"] for run in found}
        assert seeds == {0, 1, 2}
        assert {(run["scheme"], run["seed"]) for run in found} == {(name, seed) for name in RECIPES for seed in seeds}


@pytest.mark.parametrize("recipe", [*WINDOWS, "alibi"])
def test_windows_and_alibi_read_eight_times_their_length_as_their_own(recipe):
    assert max(abs(gap) for gap in rise(recipe)) < 0.05, f"{recipe} rises by {rise(recipe)}"


def test_the_content_bias_is_nearly_level_two_bases_lose_a_little_and_pope_climbs():
    for recipe in ("content_bias", "content_bias_conv", "two_bases"):
        assert min(rise(recipe)) > 0.03 and max(rise(recipe)) < 0.3, recipe
    assert min(rise("pope")) > 0.1 and max(rise("pope", 256)) < 0.2 and max(rise("pope")) < 1


@pytest.mark.parametrize("recipe", EVERYWHERE)
def test_rotation_over_everything_breaks_whatever_part_of_layers_or_heads_it_has(recipe):
    assert min(rise(recipe, 512)) > 0.5 and min(rise(recipe)) > 1, f"{recipe} rises by {rise(recipe)}"


def test_the_wall_stands_later_where_less_turns_and_is_lowest_for_p_rope():
    for later in ("partial_rope", "mla_8"):
        assert max(rise(later, 192)) < 0.1 < 0.3 < min(rise("rope", 192)), f"{later} at 192"
    for worse in ("rope", "partial_rope", "mla_8", "mla_16", "mla_32"):
        assert max(LAST["proportional_rope"][1024]) < min(LAST[worse][1024]), worse
    for later in ("partial_rope", "mla_8"):
        assert max(LAST["rope"][1024]) < min(LAST[later][1024]), f"the wall of {later} is higher"
    assert max(rise("proportional_rope", 256)) < 0.2, "less than a fifth of a nat up to twice the length"
    both = zip(rise("proportional_rope"), rise("partial_rope"), strict=True)
    assert all(2 * few < many for few, many in both), "less than half as much as partial RoPE"


@pytest.mark.parametrize("seed", SEEDS)
def test_by_position_the_wall_stands_before_one_and_a_half_times_the_length_or_near_twice_it(seed):
    def above(recipe, position):
        losses = (RUNS[name, seed]["by_length"]["1024"]["by_position"] for name in (recipe, "near"))
        found, level = (loss[position // 16] for loss in losses)
        return found - level

    for recipe in ("rope", "rope_base", "near_far_open", "mla_16", "mla_32"):
        assert above(recipe, 112) < 0.15 < 0.5 < above(recipe, 176), recipe
    for recipe in ("partial_rope", "mla_8"):
        assert above(recipe, 224) < 0.2 < 2 < above(recipe, 304), recipe


@pytest.mark.parametrize("seed", SEEDS)
def test_hiding_far_keys_mends_what_rotates_and_does_not_help_without_positions(seed):
    for recipe in RECIPES:
        run = RUNS[recipe, seed]
        short, near, long = run["by_length"]["128"]["last"], run["near"]["last"], run["by_length"]["1024"]["last"]
        if recipe in ("none", "mla_0"):
            assert abs(near - long) < 0.1 < 0.7 < near - short, recipe
        else:
            assert abs(near - short) < 0.06, recipe


def test_at_the_trained_length_most_recipes_are_close_to_rope_and_none_is_far_behind():
    rope = middle(LAST["rope"][128])[0]
    close = [name for name in RECIPES if abs(middle(LAST[name][128])[0] - rope) < 0.05]
    assert len(close) > len(RECIPES) / 2, close
    assert min(LAST["none"][128]) > rope + 0.2 and min(LAST["mla_0"][128]) > rope + 0.2


def test_a_larger_base_breaks_sooner_and_one_in_the_windows_changes_nothing():
    for length in (192, 256, 512, 1024):
        both = zip(LAST["rope_base"][length], LAST["rope"][length], strict=True)
        assert all(large > usual for large, usual in both), length
    for other in ("near_far_base", "near"):
        both = zip(LAST[other][1024], LAST["near_far"][1024], strict=True)
        assert max(abs(loss - pattern) for loss, pattern in both) < 0.03, other


def test_no_rotation_in_one_layer_of_four_repairs_nothing_without_a_window():
    for length in (192, 256):
        both = zip(LAST["near_far_open"][length], LAST["rope"][length], strict=True)
        assert all(pattern > rope for pattern, rope in both), length


def test_at_the_trained_length_p_rope_is_behind_rope_and_partial_rope_level_with_it():
    for p, partial, rope in zip(
        *(LAST[name][128] for name in ("proportional_rope", "partial_rope", "rope")), strict=True
    ):
        assert p > rope + 0.01 and abs(partial - rope) < 0.03


def test_no_recipe_is_better_than_windows_alone_by_more_than_a_few_hundredths():
    for seed in SEEDS:
        best = min(losses[seed] for by_length in LAST.values() for losses in by_length.values())
        assert LAST["near"][1024][seed] - best < 0.05


def test_scores_can_be_sharpened_without_positions_up_to_twice_the_length_and_nowhere_else():
    saved = {(name, length): by[1.0] - min(by.values()) for name in SWEPT for length, by in swept(name).items()}
    factors = {length: min(by, key=by.get) for length, by in swept("none").items()}
    for length in (192, 256):
        assert saved["none", length] > 0.05 and 1.2 <= factors[length] <= 1.8
    others = {where: gain for where, gain in saved.items() if where not in (("none", 192), ("none", 256))}
    assert max(others.values()) < 0.08, others
    for seed in SEEDS:
        none, rope = (RUNS[name, seed]["sharper"] for name in ("none", "rope"))
        for length in ("512", "1024"):
            larger = min(loss for factor, loss in none[length].items() if float(factor) > 1)
            assert none[length]["1.0"] - larger < 0.01, f"seed {seed} at {length}"
        assert max(by["1.0"] - min(by.values()) for by in rope.values()) < 0.1, f"seed {seed}"
        for length in ("192", "256"):
            assert none[length]["1.0"] - min(none[length].values()) > 0.05, f"seed {seed} at {length}"


def test_drope_does_not_recover():
    for run in finished("laptop", Runs):
        if run["scheme"] == "drope":
            none = Runs("laptop").read("none", run["seed"])["curve"][-1]
            assert run["curve"][-1] < none < run["recalibrated"][-1] < run["dropped"], f"seed {run['seed']}"
    for length in (512, 1024):
        assert max(LAST["drope"][length]) < min(LAST["none"][length]), "but it climbs less"


def test_in_the_tasks_drope_loses_what_it_could_do():
    for run in finished("laptop", recipes_exact.Runs):
        if run["scheme"] == "drope":
            assert run["curve"]["copy"][-1] > 0.5 and run["curve"]["retrieve"][-1] > 0.95, "before"
            assert run["recalibrated"]["copy"][-1] < 0.2 and run["recalibrated"]["retrieve"][-1] < 0.3, "after"
    for task in (COPY, RETRIEVE):
        assert middle(task["drope"][128])[0] < middle(task["none"][128])[0]


def test_windows_fetch_at_any_length_and_copy_nothing_past_the_window():
    for recipe in (*WINDOWS, "two_bases"):
        assert min(RETRIEVE[recipe][512]) > 0.95 and min(PREVIOUS[recipe][512]) > 0.95, recipe
        assert min(COPY[recipe][64]) > 0.8 and max(COPY[recipe][96]) < 0.1, recipe


def test_alibi_copies_farthest_and_does_not_fetch():
    assert middle(COPY["alibi"][256])[0] > 0.5 and max(RETRIEVE["alibi"][64]) < 0.6
    for recipe in set(RECIPES) - {"alibi"}:
        assert middle(COPY[recipe][256])[0] < 0.4, recipe
        assert recipe == "content_bias" or middle(COPY[recipe][256])[0] < 0.3, recipe


def test_rotation_over_everything_copies_a_sixth_at_most_at_four_times_its_length():
    for recipe in EVERYWHERE:
        assert middle(COPY[recipe][256])[0] < 1 / 6, recipe
        learned = recipe not in ("partial_rope", "proportional_rope")
        assert min(COPY[recipe][64]) > 0.85 if learned else max(COPY[recipe][64]) < 0.7, recipe


def fetched(recipe):
    """By seed: the share that is fetched in rows of 512 of letters 1 to 4, .., 13 to 16 back."""
    kept = (run for run in finished("laptop", recipes_exact.Runs) if run["scheme"] == recipe)
    by_k = [run["by_length"]["512"]["retrieve"]["by_k"] for run in kept]
    return [[sum(shares[at : at + 4]) / 4 for at in range(0, 16, 4)] for shares in by_k]


def test_rope_misses_near_letters_as_often_as_far_ones_and_others_far_ones_first():
    for recipe in ("rope", "rope_base", "near_far_open"):
        for first, *_, last in fetched(recipe):
            assert first < last + 0.05, f"{recipe}: {first} of the near, {last} of the far letters"
    for recipe in ("partial_rope", "pope", "alibi", "none"):
        for first, *_, last in fetched(recipe):
            assert first > last + 0.05, f"{recipe}: {first} of the near, {last} of the far letters"
    assert {first > last for first, *_, last in fetched("mla_32")} == {True, False}, "level only on average"


def test_alibi_fetches_the_nearest_letter_and_few_others():
    for run in finished("laptop", recipes_exact.Runs):
        if run["scheme"] == "alibi":
            nearest, *others = run["by_length"]["512"]["retrieve"]["by_k"]
            assert nearest > 0.95 and max(others) < 0.35, f"seed {run['seed']}"


def test_the_content_bias_and_pope_copy_past_the_trained_length():
    assert min(COPY["content_bias"][96]) > 0.3 and min(COPY["pope"][96]) > 0.3
    assert max(RETRIEVE["rope"][512]) < 0.85, "RoPE misses many"
    assert min(RETRIEVE["content_bias"][512]) > 0.9 and max(RETRIEVE["pope"][64]) < 0.95


def test_without_positions_neither_copying_nor_fetching_is_learned():
    for recipe in ("none", "mla_0", "drope"):
        assert max(COPY[recipe][64]) < 0.3 and max(RETRIEVE[recipe][64]) < 0.6, recipe


def test_what_holds_and_what_breaks_does_so_in_the_larger_model_too():
    larger = losses("larger", "last", Runs)
    assert set(larger) == set(IN_BOTH_SIZES)
    for recipe, by_length in larger.items():
        gained = middle(LAST[recipe][128])[0] - middle(by_length[128])[0]
        assert 0 < gained < 0.1, f"{recipe} gains {gained} nats by its size"
        for near, far in zip(by_length[128], by_length[1024], strict=True):
            match recipe:
                case "near" | "near_far" | "alibi":
                    assert abs(far - near) < 0.05, recipe
                case "two_bases":
                    assert 0.03 < far - near < 0.3, recipe
                case _:
                    assert far - near > 1, recipe


def test_recipes_that_change_places_with_the_size_are_close_but_for_one_pair_at_twice_the_length():
    larger, apart = losses("larger", "last", Runs), set()
    for length in (128, 256, 1024):
        small, large = ({name: by[name][length] for name in IN_BOTH_SIZES} for by in (LAST, larger))
        for low, high in order(small) - order(large):
            if middle(small[high])[0] - middle(small[low])[0] > 0.025:
                apart.add((length, low, high))
    assert apart == {(256, "none", "near_far_open")}


def test_the_bound_of_the_base_is_the_one_in_print_and_higher_for_small_heads():
    assert round(base_bound(128, 1024), -2) == 4300
    assert base_bound(32, 1024) > 50_000

    def worst(length):
        distances = torch.arange(length + 1, dtype=torch.float64)
        return (distances[:, None] * frequencies(32)).cos().sum(1).min()

    assert worst(256) >= 0 > worst(512), "the usual base is good for fewer than 512 tokens"
