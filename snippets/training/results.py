"""Results of experiments: JSON that says with what and where it was made, written whole or not at all.

One rule for every command: what is finished is not overwritten. To measure again, name another place.
"""

import argparse
import json
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch
from torch import Tensor

from tools import write_whole

SIGNATURE = {"settings", "versions", "machine"}


def command_line(doc: str, result: Path) -> argparse.ArgumentParser:
    """A parser that knows ``--help``, which prints ``doc``. ``result`` is named as the experiment is."""
    return argparse.ArgumentParser(
        prog=f"python -m snippets.experiments.{result.stem}",
        description=doc,
        epilog="What is finished is not overwritten. To measure it again, name another place.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_result(parser: argparse.ArgumentParser, result: Path) -> None:
    """Let the command line say where the result goes."""
    parser.add_argument("--result", type=Path, default=result, help=f"file to write, if not {result.name} of the site")


def asked_for(doc: str, result: Path, arguments: list[str] | None = None) -> Path:
    """Where an experiment without choices of its own writes. Ends the command if a result is there already."""
    parser = command_line(doc, result)
    add_result(parser, result)
    path = parser.parse_args(arguments).result
    refuse_to_overwrite(path)
    return path


def refuse_to_overwrite(path: Path) -> None:
    """End the command, before it measures, if a finished result stands where it would write."""
    if not path.exists():
        return
    versions = read(path).get("versions", {})
    made = ", ".join(f"{name} {number}" for name, number in versions.items()) or "versions that it does not say"
    sys.exit(
        f"{path} is finished, made with {made}. Nothing was measured and nothing is overwritten:\n"
        "name another file with --result, or delete this one first."
    )


def signed(settings: dict, *packages: str) -> dict:
    """What every result says of itself: settings, versions of ``packages`` that are installed, and the machine."""
    versions = {"python": platform.python_version(), "torch": torch.__version__}
    for package in packages:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    machine = {"system": platform.machine(), "cpu": _cpu(), "threads": torch.get_num_threads(), "gpu": gpu}
    return {"settings": settings, "versions": versions, "machine": machine}


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def write(path: Path, result: dict) -> None:
    """Store ``result``. Raises ValueError if it is not signed."""
    if missing := SIGNATURE - result.keys():
        raise ValueError(f"a result must say its {', '.join(sorted(missing))}; {path.name} would not")
    write_whole(path, dumps(result))


def dumps(result: dict) -> str:
    """JSON with one entry a line; where an entry is a list of rows (dicts), one row a line."""
    lines = [f" {json.dumps(key)}: {_entry(value)}" for key, value in result.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _entry(value) -> str:
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        return "[\n  " + ",\n  ".join(json.dumps(row) for row in value) + "\n ]"
    return json.dumps(value)


def read(path: Path | str) -> dict:
    """A stored result. Raises ValueError, naming the file, if it is damaged.

    Older results of speed and throughput hold their versions inside "machine"; they are given where others have them.
    Other things that an older result does not say are not there.
    """
    try:
        result = json.loads(Path(path).read_text("utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is damaged, no JSON: {error}; delete it and run again") from None
    if isinstance(result, dict) and "versions" in result.get("machine", {}):
        machine = result["machine"]
        result["versions"] = {"python": machine.pop("python")} | machine.pop("versions")
    return result


def rounded(value: Tensor) -> float:
    """As stored: four digits."""
    return round(float(value), 4)
