"""``python -m tools.references``: the error of every scheme against its references, one table.

Each scheme's page prints its own errors in the section "Checked against"; this runs those blocks.
"""

import sys

from tools import ROOT, command, outputs, pages


def section(text: str, heading: str) -> str:
    """The part of a page under the heading of that id, up to the next heading. Raises ValueError if there is none."""
    lines = text.split("\n")
    marks = [k for k, line in enumerate(lines) if line.startswith("#") and line.endswith("}")]
    start = next((k for k in marks if f"{{ #{heading} }}" in lines[k]), None)
    if start is None:
        raise ValueError(f"no heading has the id {heading!r}")
    end = next((k for k in marks if k > start), len(lines))
    return "\n".join(lines[start:end])


def errors(name: str) -> str:
    """What the blocks of a scheme's section "Checked against" print."""
    text = (ROOT / f"docs/en/schemes/{name}.md").read_text(encoding="utf-8")
    return "".join(outputs.run(f.body) for f in pages.fences(section(text, "reference")) if f.runnable)


def main() -> None:
    command("references", __doc__).parse_args()
    from snippets.catalogue import NAMES

    for name in NAMES:
        print(f"{name}\n" + "".join(f"    {line}\n" for line in errors(name).splitlines()), end="")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
