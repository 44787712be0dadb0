"""The workflow and the hooks of a commit run what was looked at: actions by their hash, packages by their version."""

import json
import re
import subprocess

import pytest
import yaml

from tools import ROOT, outputs, pages

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


def test_the_workflow_installs_the_same_versions_by_their_hash():
    locked = (ROOT / ".github/requirements.lock").read_text("utf-8")
    entries = re.findall(
        r"^([\w.-]+)==([\w.+]+)(?: ; [^\\\n]*)?(.*(?:\n    --hash=sha256:[0-9a-f]{64}.*)*)", locked, re.MULTILINE
    )
    assert all("--hash=" in hashes for _, _, hashes in entries), "an entry has no hash"
    found = {name.lower().replace("_", "-"): version for name, version, _ in entries}
    for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines():
        if pin := re.match(r"([\w.-]+)==([\w.+]+)", line):
            name = pin[1].lower().replace("_", "-")
            assert found.get(name) == pin[2], (
                f".github/requirements.lock is behind in {name}: see CONTRIBUTING.md, A version"
            )
    for path in WORKFLOWS:
        installs = re.findall(r"pip install (.+)", path.read_text("utf-8"))
        loose = [one for one in installs if "-r " in one and "--require-hashes -r .github/requirements.lock" not in one]
        assert not loose, f"{path.name} installs what has no hash: {loose}"


def test_the_pins_are_audited_by_a_pinned_tool():
    jobs = yaml.safe_load((ROOT / ".github/workflows/site.yml").read_text("utf-8"))["jobs"]
    said = [step.get("run", "") for step in jobs["audit"]["steps"]]
    assert any(re.search(r"pip-audit==[\d.]+ && pip-audit .*-r .github/requirements.lock", line) for line in said), said
    assert "audit" not in jobs["deploy"]["needs"], "a fault in a pin of yesterday would keep the site from its readers"


def test_dependabot_looks_after_actions_and_packages():
    said = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text("utf-8"))
    found = {update["package-ecosystem"]: update["directory"] for update in said["updates"]}
    assert found == {"github-actions": "/", "pip": "/"}


def test_the_hooks_of_a_commit_download_nothing_and_name_what_is_here():
    [repository] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    assert repository["repo"] == "local", "a hook of another repository is another version to keep"
    for hook in repository["hooks"]:
        assert hook["language"] == "system", hook["id"]
        for name in re.findall(r"-m tools\.(\w+)|(tests/\w+\.py)", hook["entry"]):
            path = ROOT / (name[1] or f"tools/{name[0]}.py")
            assert path.is_file(), f"the hook {hook['id']} runs {path.name}, which is not there"


def test_a_container_installs_what_the_site_needs():
    said = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text("utf-8"))
    assert "-r requirements.txt" in said["postCreateCommand"] and 8000 in said["forwardPorts"]


PAGE = "```python\n{}\n```\n\n" + pages.EXPECTED + "\n\n```text\n{}\n```\n"


def test_only_what_the_last_commit_does_not_have_is_run(tmp_path):
    page = tmp_path / "page.md"
    before = PAGE.format("print(1)", "as it was committed") + PAGE.format("print(2)", "2")
    page.write_text(PAGE.format("print(1)", "as it was committed") + PAGE.format("print(3)", "2"), encoding="utf-8")
    assert outputs.rewrite(page, before) == 1
    assert page.read_text("utf-8") == PAGE.format("print(1)", "as it was committed") + PAGE.format("print(3)", "3")
    assert outputs.rewrite(page) == 1 and "as it was" not in page.read_text("utf-8")


def test_a_page_is_read_as_the_last_commit_has_it(tmp_path):
    for command in ("init -q", "add .", "-c user.name=a -c user.email=a@b.example commit -qm A"):
        (tmp_path / "page.md").write_text("가", encoding="utf-8")
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True)
    (tmp_path / "page.md").write_text("나", encoding="utf-8")
    assert outputs.committed(tmp_path / "page.md") == "가" and outputs.committed(tmp_path / "other.md") == ""
