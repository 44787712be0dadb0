"""Record what independent packages compute, as small JSON files in the folder above.

The tests read the JSON only; nobody needs these packages to run them. To record again (all of it, or the schemes
named), in an environment of its own and from the root of the repository:

    python -m venv .venv-references
    .venv-references/bin/pip install -r tests/references/record/requirements.txt
    .venv-references/bin/pip uninstall -y torchvision
    .venv-references/bin/python tests/references/record [SCHEME ...]

torchvision comes with labml-nn and breaks every model import of transformers next to a CPU build of torch.

Each file lists its references; each reference names package, version and the object that was called.
"""

import json
import sys
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent
SCHEMES = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in {"__main__", "common"})

for scheme in sys.argv[1:] or SCHEMES:
    if scheme not in SCHEMES:
        sys.exit(f"nothing records {scheme!r}; known: {', '.join(SCHEMES)}")
    path = HERE.parent / f"{scheme}.json"
    lines = ",\n".join(json.dumps(found) for found in import_module(scheme).record())
    path.write_text(f"[\n{lines}\n]\n")
    print(f"{path.name}: {path.stat().st_size} bytes")
