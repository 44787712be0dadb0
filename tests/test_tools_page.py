"""``tools/README.md`` says of every tool what it is for, and the workflow tries the successors that it names."""

import re

from tools import ROOT

PAGE = (ROOT / "tools/README.md").read_text("utf-8")


def test_every_tool_has_its_place():
    table = PAGE.partition("## ")[0]
    named = re.findall(r"`(\w+)`", table)
    tools = {path.stem for path in (ROOT / "tools").glob("*.py")} - {"__init__"} | {"theme", "katex"}
    assert sorted(named) == sorted(tools), f"not named once: {set(named) ^ tools}"


def test_the_page_tells_of_the_versions_that_the_workflow_tries():
    workflow = (ROOT / ".github/workflows/successor.yml").read_text("utf-8")
    for package, version in re.findall(r"(properdocs|zensical)==([\d.]+)", workflow):
        assert f"`{version}`" in PAGE, f"the workflow tries {package} {version}, tools/README.md tells of another"
    assert set(re.findall(r"(properdocs|zensical)==", workflow)) == {"properdocs", "zensical"}
