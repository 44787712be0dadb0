"""Which scheme survives what: every scheme of the catalogue in every situation of ``snippets/conformance``.

A cell holds what a run gave: "right" if the values are those of a plain run; "refused" with the error, and whether the
scheme's file or torch raised it; "does not apply" with a reason; or "wrong" with how far values are off.
"""

import tempfile
import textwrap
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import torch
from torch import distributed, multiprocessing

from snippets import catalogue
from snippets.conformance import batches, building, caches, devices, graphs, layer, precision
from snippets.training import results

RESULT = Path("snippets/experiments/results/conformance.json")
SCHEMES = Path("snippets/schemes").resolve()

GROUPS: dict[str, tuple[Callable[[str], None], ...]] = {
    "building": (
        building.meta_device,
        building.save_and_load,
        building.other_settings,
        building.deep_copy,
        building.shared_weights,
        building.cast_and_back,
    ),
    "precision": (
        precision.half_precision,
        precision.autocast_and_norm,
        precision.large_scores,
        precision.far_positions,
        precision.rounded_positions,
    ),
    "caches": (
        caches.one_query,
        caches.turned_keys,
        caches.preallocated_cache,
        caches.rolling_cache,
        caches.branches,
        caches.cross_lengths,
    ),
    "batches": (
        batches.own_positions,
        batches.one_row_of_positions,
        batches.left_padding,
        batches.packing,
        batches.running_positions,
        batches.empty_batch,
        batches.grouped_keys,
    ),
    "graphs": (
        graphs.fused_attention,
        graphs.compiled,
        graphs.exported,
        graphs.vmap_over_batch,
        graphs.vmap_over_positions,
        graphs.second_derivatives,
        graphs.inference_then_training,
        graphs.checkpointing,
    ),
    "devices": (
        caches.first_queries,
        caches.zigzag,
        devices.local_heads,
        devices.data_parallel,
        devices.fully_sharded,
    ),
}
SITUATIONS = {situation.__name__: situation for group in GROUPS.values() for situation in group}
SLOW = {"compiled", "exported", "second_derivatives"}
IN_TWO = {"data_parallel", "fully_sharded"}  # processes
# Where a scheme does not come out right and cannot, and why. If it comes out right after all, ``run`` says so.
REASONS = {
    ("fused_attention", "shaw"): (
        "Its second term needs the weights of the softmax, which the fused function does not give. "
        "Its first term alone goes in as a mask."
    ),
    **dict.fromkeys(
        [("running_positions", name) for name in ("sinusoidal", "learned", "concatenated", "fire")],
        "It sees the place itself and not only distances, so each text must count from 0.",
    ),
    ("local_heads", "decoupled_rope"): (
        "It has one turned key for all heads: each device needs that key beside those of its own heads."
    ),
    ("branches", "cope"): "It counts the tokens of the other branch too. Give each branch a row of the batch.",
}


def run(situation: str, name: str) -> dict[str, str]:
    """The cell of one scheme in one situation: "verdict", for a refusal "by", and what there is to say, "says"."""
    cell = _run(SITUATIONS[situation], name)
    reason = REASONS.get((situation, name))
    if reason and cell["verdict"] in ("right", "refused"):
        raise ValueError(f"{name} is {cell['verdict']} in {situation}: strike the reason for which it would not be")
    return {"verdict": "does not apply", "says": reason} if reason else cell


def _run(situation: Callable[[str], None], name: str) -> dict[str, str]:
    torch.manual_seed(0)
    try:
        situation(name)
    except layer.DoesNotApply as reason:
        return {"verdict": "does not apply", "says": str(reason)}
    except AssertionError as wrong:
        return {"verdict": "wrong", "says": str(wrong)}
    except Exception as error:  # whatever stops it
        last = traceback.extract_tb(error.__traceback__)[-1]
        own = Path(last.filename).parent == SCHEMES and (last.line or "").startswith("raise")
        return {"verdict": "refused", "by": "scheme" if own else "torch", "says": _said(error)}
    return {"verdict": "right"}


def _said(error: Exception) -> str:
    """Type and message of an error on one line, cut where it gets long."""
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {textwrap.shorten(words, 220, placeholder=' …')}"


def in_two_processes(names: tuple[str, ...]) -> dict[str, dict]:
    """The situations that need two processes, for each scheme: {situation: {scheme: cell}}."""
    with tempfile.TemporaryDirectory() as folder:
        multiprocessing.spawn(_process, (folder, names), nprocs=2)
        return results.read(Path(folder) / "found.json")


def _process(rank: int, folder: str, names: tuple[str, ...]) -> None:
    torch.set_num_threads(1)
    store = distributed.FileStore(f"{folder}/store", 2)
    distributed.init_process_group("gloo", store=store, rank=rank, world_size=2, timeout=timedelta(minutes=5))
    found = {situation: {name: run(situation, name) for name in names} for situation in sorted(IN_TWO)}
    both: list = [None, None]
    distributed.all_gather_object(both, found)
    if both[0] != both[1]:
        raise ValueError(f"two processes do not agree: {both}")
    if rank == 0:
        Path(f"{folder}/found.json").write_text(results.dumps(found))
    distributed.barrier()
    distributed.destroy_process_group()


def plain(name: str) -> list[float]:
    """What the last token of a text gets in the run that others are compared with: the first numbers of it."""
    out = layer.Layer(name)(layer.texts(), torch.arange(layer.LENGTH))
    return [results.rounded(number) for number in out[0, -1, :4].detach()]


def measure_all() -> dict:
    """All cells: {"cells": [{"situation", "scheme", "verdict", ..}, ..]}, and "plain", by scheme."""
    together = in_two_processes(catalogue.NAMES)
    cells = []
    for situation in SITUATIONS:
        for name in catalogue.NAMES:
            cell = together[situation][name] if situation in together else run(situation, name)
            cells.append({"situation": situation, "scheme": name} | cell)
            if cell["verdict"] != "right":
                print(f"{situation:24} {name:24} {cell['verdict']}: {cell['says']}", flush=True)
    return {"plain": {name: plain(name) for name in catalogue.NAMES}, "cells": cells}


def settings() -> dict:
    sizes = {"d": layer.DIM, "h": layer.HEADS, "T": layer.LENGTH, "B": layer.TEXTS, "trained": layer.TRAINED}
    return sizes | {"device": "cpu"}


def main(arguments: list[str] | None = None) -> None:
    """Run every cell and store what it gave, unless it is stored."""
    path = results.asked_for(__doc__, RESULT, arguments)
    found = measure_all()
    results.write(path, results.signed(settings()) | found)


if __name__ == "__main__":
    main()
