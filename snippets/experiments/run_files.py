"""Results of an experiment: one JSON file a run, written whole or not at all, refused by name if it is not ours."""

import json
import os
import platform
import tempfile
from pathlib import Path

import torch

KEYS = {"experiment", "profile", "scheme", "seed", "settings", "versions", "machine", "seconds"}


def write(path: Path, run: dict) -> None:
    """Store ``run``: under another name first, so that an interruption leaves no half of a file.

    Raises ValueError if the run does not say what it is a run of.
    """
    if missing := KEYS - run.keys():
        raise ValueError(f"a run must say its {', '.join(sorted(missing))}; {path.name} would not")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".part", delete=False) as part:
        part.write(dumps(run))
    os.chmod(part.name, 0o644)
    os.replace(part.name, path)


def dumps(run: dict) -> str:
    """JSON with one entry a line, lists in one line each."""
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in run.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def read(path: Path, experiment: str, settings: dict) -> dict:
    """One run. Raises ValueError, naming the file, if it is damaged, of another experiment or of other settings.

    settings: what must be in the run's own settings; a run made differently must not be averaged with the others.
    """
    try:
        run = json.loads(path.read_text())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is damaged, no JSON: {error}; delete it and run again") from None
    if not isinstance(run, dict) or KEYS - run.keys() or run["experiment"] != experiment:
        raise ValueError(f"{path} is not a run of {experiment}: it lacks what such a run says of itself")
    if path.stem != f"{run['scheme']}-{run['seed']}":
        raise ValueError(f"{path} holds scheme {run['scheme']!r}, seed {run['seed']}, which its name does not say")
    for name, value in settings.items():
        if run["settings"].get(name) != value:
            raise ValueError(f"{path} was made with {name} {run['settings'].get(name)!r}, the others with {value!r}")
    return run


def here() -> dict:
    """What a run says of where it was made: versions and machine."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "machine": {"system": platform.machine(), "threads": torch.get_num_threads(), "gpu": gpu},
    }
