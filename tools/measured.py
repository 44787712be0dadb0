"""What the reader can download of the experiments: their results as comma-separated values."""

import importlib
from pathlib import Path

from tools import ROOT, cache, sources

SOURCE = ROOT / "snippets/training/compare.py"
TABLES = {
    "measured/train-short-test-long.csv": "csv_by_length",
    "measured/train-short-test-long-by-position.csv": "csv_by_position",
    "measured/where-position-matters.csv": "csv_of_tasks",
    "measured/recipes.csv": "csv_of_recipes",
    "measured/recipes-exact.csv": "csv_of_recipes_exact",
}


def downloads() -> dict[str, str]:
    """Address in the site and content of each table."""
    return cache.remembered("measured", key, _tables)


def key() -> str:
    """A hash of everything that the tables are made of."""
    return cache.key([Path(__file__).resolve(), *sources.of(SOURCE)])


def _tables() -> dict[str, str]:
    compare = importlib.import_module("snippets.training.compare")
    return {address: getattr(compare, function)() for address, function in TABLES.items()}
