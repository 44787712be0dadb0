"""The workflow runs what was looked at: actions by the hash of a commit, packages by their version."""

import re

import pytest
import yaml

from tools import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_hash_and_say_which_version_it_is(path):
    actions = re.findall(r"^ *(?:- )?uses: *(.+)$", path.read_text("utf-8"), re.MULTILINE)
    assert actions, f"{path.name} uses no action"
    loose = [one for one in actions if not re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+(\.\d+)*", one)]
    assert not loose, f"{path.name}: a tag may move, the hash of a commit may not: {loose}"
    hashes = {}
    for one in actions:
        name, pin = one.split("@")
        assert hashes.setdefault(name, pin) == pin, f"{name} is used in two versions"


def test_every_requirement_is_pinned():
    lines = [line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines()]
    loose = [line for line in filter(None, lines) if not re.fullmatch(r"[\w.-]+==[\w.+]+", line)]
    assert not loose, f"requirements.txt leaves open which version: {loose}"


def test_the_pins_are_audited_by_a_pinned_tool():
    jobs = yaml.safe_load((ROOT / ".github/workflows/site.yml").read_text("utf-8"))["jobs"]
    said = [step.get("run", "") for step in jobs["audit"]["steps"]]
    assert any(re.search(r"pip-audit==[\d.]+ && pip-audit .*-r requirements.txt", line) for line in said), said
    assert "audit" not in jobs["deploy"]["needs"], "a fault in a pin of yesterday would keep the site from its readers"


def test_dependabot_looks_after_actions_and_packages():
    said = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text("utf-8"))
    found = {update["package-ecosystem"]: update["directory"] for update in said["updates"]}
    assert found == {"github-actions": "/", "pip": "/"}
