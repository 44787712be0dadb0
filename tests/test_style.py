"""Style and types of the code, by the tools that know: what they print is the message of a test that fails."""

import subprocess
import sys

from tools import ROOT


def findings(tool: str, *arguments: str) -> str:
    """What a tool prints that finds something; empty if it finds nothing."""
    command = [sys.executable, "-m", tool, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.stdout + done.stderr if done.returncode else ""


def test_the_code_keeps_the_rules():
    found = findings("ruff", "check", "--no-cache", "--output-format", "concise")
    assert not found, f"`ruff check --fix` mends most of this, the rest is for you:\n{found}"


def test_the_code_is_formatted():
    found = findings("ruff", "format", "--check", "--no-cache", "--output-format", "concise")
    assert not found, f"`ruff format` mends this:\n{found}"


def test_the_types_agree():
    found = findings("pyrefly", "check", "--python-interpreter-path", sys.executable, "--output-format", "min-text")
    assert not found, f"let the code say what it means; `pyrefly check` tells more of each line:\n{found}"
