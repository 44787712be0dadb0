"""``python -m tools.stored NAME..``: measures again what some figures show and do not compute while they are drawn.

Training and sampling come out a little different with other threads, processors and libraries, and take seconds. So a
figure that shows either has a function ``measured()``, whose result, JSON, stands in the file that it names ``STORED``.
"""

import json

from tools import ROOT, command, drawings, write_whole


def names() -> list[str]:
    """The figures that show what is stored."""
    return [name for name in drawings.names() if '\nSTORED = "' in drawings.path_of(name).read_text("utf-8")]


if __name__ == "__main__":
    parser = command("stored", __doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a figure; all that are stored if none is named")
    for name in parser.parse_args().names or names():
        module = drawings.module(name)
        write_whole(ROOT / module.STORED, json.dumps(module.measured(), separators=(",", ":")) + "\n")
