"""python -m snippets.data.record_atlas: see the package's docstring."""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

RESULT = Path("snippets/data/atlas.json")


def main() -> None:
    parser = argparse.ArgumentParser(description="Runs every model family of transformers; writes atlas.json.")
    parser.add_argument("--folders", nargs="*", help="record only these, print them and write nothing")
    parser.add_argument("--lines", type=Path, help="folder of unfinished work (default: in the system's temporary one)")
    parser.add_argument(
        "--part",
        default="0/1",
        help="share of the folders, such as 0/2; those of the other are listed as not recorded until it is done",
    )
    parser.add_argument("--check", type=int, metavar="TENTH", help="record one tenth again, 0 to 9, and compare")
    args = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"  # a configuration that asks for weights fails, and says so

    from snippets.data.record_atlas import assembling, folders, recording

    names = folders.names()
    if args.folders:
        for name in args.folders:
            print(json.dumps({name: assembling.family(recording.apart(name))}, indent=1))
        return
    if args.check is not None:
        stored = json.loads(RESULT.read_text())["families"]
        apart = []
        for name in names[args.check % 10 :: 10]:
            same = assembling.family(recording.apart(name)) == stored.get(name)
            print(name, "same" if same else "DIFFERS", flush=True)
            apart += [] if same else [name]
        sys.exit(f"{len(apart)} differ: {' '.join(apart)}" if apart else 0)
    lines = args.lines or Path(tempfile.gettempdir()) / "atlas-lines"
    lines.mkdir(parents=True, exist_ok=True)
    part, parts = map(int, args.part.split("/"))
    for name in names[part::parts]:
        file = lines / f"{name}.json"
        if not file.exists():
            file.write_text(json.dumps(recording.apart(name)))
            print(name, flush=True)
    RESULT.write_text(assembling.written(assembling.assemble(lines, names)))


if __name__ == "__main__":
    main()
