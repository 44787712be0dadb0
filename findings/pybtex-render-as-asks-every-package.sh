#!/usr/bin/env bash
# pybtex 0.26.1: Text.render_as("text"), the documented way to turn a title into plain text, looks for its backend among
# the entry points of all installed packages, and does so again at each call: here 20 titles ask 40 times, and with 110
# packages installed a title takes some 20 ms. str() of the same Text gives the same words and asks never.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q pybtex==0.26.1
"$folder/env/bin/python" - <<'PY'
import importlib.metadata

from pybtex.richtext import Text

asked = 0
entry_points = importlib.metadata.entry_points


def counted(**wanted):
    global asked
    asked += 1
    return entry_points(**wanted)


importlib.metadata.entry_points = counted
import pybtex.plugin

pybtex.plugin.entry_points = counted  # whichever name the module calls it by
titles = [Text.from_latex(f"{{YaRN}} \\& friends, part {k}") for k in range(20)]
rendered = [title.render_as("text") for title in titles]
by_render, asked = asked, 0
assert [str(title) for title in titles] == rendered
print(f"20 titles: render_as asked for entry points {by_render} times, str {asked} times")
assert by_render >= 40 and asked == 0, "pybtex remembers its backends now"
PY
# Seen: 20 titles: render_as asked for entry points 40 times, str 0 times
