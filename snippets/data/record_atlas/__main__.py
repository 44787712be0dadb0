"""python -m snippets.data.record_atlas: see the package."""

import argparse
import json
from pathlib import Path

from snippets.data.record_atlas import folders, recording


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folders", nargs="*", help="only these folders")
    parser.add_argument("--lines", type=Path, default=Path("/tmp/atlas-lines"), help="where unfinished work is kept")
    parser.add_argument("--part", default="0/1", help="which share of the folders: 0/2 and 1/2 run side by side")
    args = parser.parse_args()
    args.lines.mkdir(parents=True, exist_ok=True)
    part, parts = map(int, args.part.split("/"))
    for folder in (args.folders or folders.names())[part::parts]:
        file = args.lines / f"{folder}.json"
        if file.exists() and not args.folders:
            continue
        result = recording.apart(folder)
        file.write_text(json.dumps(result))
        print(folder, len(result.get("attentions", [])), result.get("not_run"), result.get("error", ""), flush=True)


if __name__ == "__main__":
    main()
