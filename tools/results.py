"""The measured numbers of ``snippets/experiments`` in one table, a line each, and a schema that says what they are.

The table is comma-separated values; its schema is metadata of the W3C (CSV on the Web), which validators read. Left out
are weights, the outcome of each cell of the matrix, and what a table of its own or a file in the repository holds in
full: losses by position of the large comparison, the course of its trainings, tables that were resized.
"""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tools import ROOT, cache

FOLDER = ROOT / "snippets/experiments/results"
LICENCE = "https://opensource.org/license/mit"
NATS, SHARE = "nats a byte", "share"


class Row(NamedTuple):
    """One number."""

    experiment: str
    metric: str
    value: float
    unit: str
    scheme: str = ""
    seed: int | str = ""
    length: int | str = ""
    setting: str = ""


COLUMNS = {  # datatype and meaning of each column, in order
    "experiment": ("string", "The script below snippets/experiments that measured it."),
    "scheme": ("string", "The scheme, by the name of its file; empty where none is compared."),
    "seed": ("integer", "The seed of the run; empty where there is one run, or a median of many rounds."),
    "length": ("integer", "Length of the text in tokens, bytes or characters; empty where it does not vary."),
    "setting": ("string", "What else was varied: task, noise, layer, way, machine."),
    "metric": ("string", "What was measured."),
    "value": ("number", "The number, as stored."),
    "unit": ("string", "Its unit; a share lies between 0 and 1."),
}


def table() -> str:
    """The whole table, the same bytes every time."""
    return cache.remembered("results", key, _table)


def key() -> str:
    """A hash of everything that the table is made of."""
    return cache.key([Path(__file__).resolve(), *sorted(FOLDER.rglob("*.json"))])


def _table() -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(row, column) for column in COLUMNS] for row in rows())
    return text.getvalue()


def schema() -> str:
    """What the columns hold, as CSV on the Web has it."""
    columns = [
        {
            "name": name,
            "titles": name,
            "datatype": datatype,
            "dc:description": meaning,
            "required": name in ("experiment", "metric", "value", "unit"),
        }
        for name, (datatype, meaning) in COLUMNS.items()
    ]
    described = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": "results.csv",
        "dc:title": "How models know position: measured numbers",
        "dc:license": {"@id": LICENCE},
        "tableSchema": {"columns": columns},
    }
    return json.dumps(described, indent=1) + "\n"


def rows() -> Iterator[Row]:
    """Every row, by experiment. An experiment without a stored result has none."""
    for name, read in {
        "decode_from_sum": _decode,
        "learned_or_fixed": _learned_or_fixed,
        "minilm_heads": _heads,
        "past_the_window": _past_the_window,
        "probe_choice": _probes,
        "sinks": _sinks,
        "smollm2": _smollm2,
        "superposition": _superposition,
        "speed": _speed,
        "throughput": _throughput,
    }.items():
        if (path := FOLDER / f"{name}.json").is_file():
            yield from read(_json(path))
    if (path := FOLDER / "speed_second_machine.json").is_file():
        yield from (row._replace(setting=f"{row.setting}; second machine") for row in _speed(_json(path)))
    for run in _runs("train_short_test_long/laptop"):
        yield from _trained(run)
    for profile in ("laptop", "larger"):
        for run in _runs(f"recipes/{profile}"):
            yield from _recipe(run, profile)
    for run in (*_runs("where_position_matters"), *_runs("recipes_exact")):
        for length, by_task in run["by_length"].items():
            for task, share in by_task.items():
                for metric, what in (("accuracy", "mean"), ("accuracy in the last 32 places", "last")):
                    where = run["scheme"], run["seed"], length, task
                    yield Row(run["experiment"], metric, share[what], SHARE, *where)


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _runs(folder: str) -> Iterator[dict]:
    """Every run but the tuning, by scheme and seed."""
    for path in sorted((FOLDER / folder).glob("*.json")):
        if (run := _json(path))["seed"] != "tuning":
            yield run


def _trained(run: dict, setting: str = "") -> Iterator[Row]:
    who = run["scheme"], run["seed"]
    for length, loss in run["by_length"].items():
        for metric, what in (("loss", "mean"), ("loss on the last 32 bytes", "last")):
            yield Row(run["experiment"], metric, loss[what], NATS, *who, length, setting)
    for metric, unit in (("parameters", "weights"), ("seconds", "s"), ("tokens_per_second", "tokens a second")):
        if run.get(metric) is not None:
            yield Row(run["experiment"], metric.replace("_", " "), run[metric], unit, *who, setting=setting)


def _recipe(run: dict, profile: str) -> Iterator[Row]:
    yield from _trained(run, profile)
    name, who, longest = run["experiment"], (run["scheme"], run["seed"]), max(run["by_length"], key=int)
    for metric, what in (("loss", "mean"), ("loss on the last 32 bytes", "last")):
        setting = f"{profile}; with the nearest keys in sight"
        yield Row(name, metric, run["near"][what], NATS, *who, longest, setting)
    for length, by_factor in run.get("sharper", {}).items():
        for factor, loss in by_factor.items():
            yield Row(name, "loss on the last 32 bytes", loss, NATS, *who, length, f"{profile}; scores times {factor}")
    if "dropped" in run:
        yield Row(name, "validation loss after the rotation was dropped", run["dropped"], NATS, *who, setting=profile)


def _decode(found: dict) -> Iterator[Row]:
    for row in found["rows"]:
        for decoder, name in (("exhaustive", "search of all pairs"), ("dot", "dot product")):
            for part in ("token", "position"):
                setting, share = f"noise {row['noise']}; dimension {row['d']}; {name}", row[f"{decoder}_{part}"]
                yield Row("decode_from_sum", f"{part}s recovered", share, SHARE, seed=row["seed"], setting=setting)


def _learned_or_fixed(found: dict) -> Iterator[Row]:
    for run in found["runs"]:
        for look, loss in enumerate(run["curve"], 1):
            where = run["way"], run["seed"], "", f"{run['part']}; step {look * found['settings']['look']}"
            yield Row("learned_or_fixed", "loss on the held-out chapter", loss, NATS, *where)
        for place, loss in enumerate(run.get("loss", [])):
            where = run["way"], run["seed"], "", f"{run['part']}; position {place}"
            yield Row("learned_or_fixed", "loss", loss, NATS, *where)


def _heads(found: dict) -> Iterator[Row]:
    for head, (shares, strengths) in enumerate(zip(found["share"], found["strength"], strict=True)):
        for term, share, strength in zip(found["terms"], shares, strengths, strict=True):
            setting = f"layer 0; head {head}; {term}"
            yield Row("minilm_heads", "share of the score", share, SHARE, setting=setting)
            yield Row("minilm_heads", "mean square of the term", strength, "squared score", setting=setting)


def _past_the_window(found: dict) -> Iterator[Row]:
    name, unit = "past_the_window", "nats a character"
    for scheme, seeds in found["by_place"].items():
        for seed, losses in enumerate(seeds):
            for place, loss in enumerate(losses):
                yield Row(name, "loss", loss, unit, scheme, seed, found["window"], f"position {place}")
    for scheme, ways in found["late"].items():
        for way, losses in ways.items():
            for seed, loss in enumerate(losses):
                yield Row(name, "loss past the window", loss, unit, scheme, seed, found["length"], way)


def _probes(found: dict) -> Iterator[Row]:
    for part, probes in found.items():
        for probe, seeds in probes.items():
            for seed, percent in enumerate(seeds):
                yield Row("probe_choice", f"{part}s read", percent, "percent", seed=seed, setting=probe)


def _sinks(found: dict) -> Iterator[Row]:
    for keys, losses in found["loss"].items():
        for block, loss in enumerate(losses):
            setting = f"{keys}; tokens from {block * found['block']}"
            yield Row("sinks", "loss", loss, "nats a token", "rope", length=found["tokens"], setting=setting)
    for layer, share in enumerate(found["share"]):
        yield Row("sinks", "attention to the first token", share, SHARE, "rope", setting=f"layer {layer}")


def _smollm2(found: dict) -> Iterator[Row]:
    for change, loss in found["loss"].items():
        yield Row("smollm2", "loss", loss, "nats a token", "rope", length=found["tokens"], setting=change)
    long = found["long"]
    for scheme, losses in long["loss"].items():
        for block, loss in enumerate(losses):
            setting = f"tokens from {block * long['block']}"
            yield Row("smollm2", "loss", loss, "nats a token", scheme, length=long["tokens"], setting=setting)


def _superposition(found: dict) -> Iterator[Row]:
    twenty = found["twenty_in_five"]
    for sparsity, seeds in zip(twenty["sparsity"], twenty["represented"], strict=True):
        for seed, count in enumerate(seeds):
            setting = f"20 features in 5 dimensions; sparsity {sparsity}"
            yield Row("superposition", "features represented", count, "features", seed=seed, setting=setting)


def _speed(found: dict) -> Iterator[Row]:
    yield from _timed("speed", found["rotation"], "rotation")
    for table in found["bias"]:
        yield from _timed("speed", table["table"], "bias", table["length"])
    for row in found["memory"]:
        yield Row("speed", "memory", row["megabytes"], "MB", row["bias"], setting=row["form"])


def _throughput(found: dict) -> Iterator[Row]:
    for part in ("training", "long"):
        yield from _timed("throughput", found[part], part)
    for name, count in found["weights"].items():
        yield Row("throughput", "parameters", count, "weights", setting=name)
    for name, megabytes in found["memory"].items():
        yield Row("throughput", "memory", megabytes, "MB", setting=name)


def _timed(experiment: str, table: dict, part: str, length: int | str = "") -> Iterator[Row]:
    """Medians of many rounds, which say their quartiles too."""
    for name, cell in table.items():
        setting = f"{part}: {name}"
        for metric, value, unit in (
            ("time", cell["milliseconds"], "ms"),
            ("ratio to the first", cell["ratio"], "ratio"),
            ("lower quartile of the ratio", cell["quartiles"][0], "ratio"),
            ("upper quartile of the ratio", cell["quartiles"][1], "ratio"),
        ):
            yield Row(experiment, metric, value, unit, length=length, setting=setting)
