"""Every command of ``tools`` says what it does and does nothing while it says so; one draws one figure."""

import subprocess
import sys

import pytest

from tools import ROOT, drawings, find

COMMANDS = [path.stem for path in sorted((ROOT / "tools").glob("*.py")) if "command(" in path.read_text("utf-8")]


def run(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "__init__"])
def test_a_command_answers_help(name):
    done = run(f"tools.{name}", "--help")
    assert done.returncode == 0, f"python -m tools.{name} --help fails:\n{done.stderr}"
    assert done.stdout.startswith(f"usage: python -m tools.{name}"), f"tools.{name} does not say how it is called"


def test_one_command_draws_one_figure_as_the_site_shows_it(tmp_path):
    file = tmp_path / "layouts.svg"
    done = run("tools.figures", "layouts", str(file), "--palette", "dark", "--language", "ko")
    assert done.returncode == 0, done.stderr
    assert file.read_text("utf-8") == drawings.draw("layouts")["ko-dark"]


def test_a_figure_that_does_not_exist_is_refused_by_name(tmp_path):
    done = run("tools.figures", "gone", str(tmp_path / "gone.svg"))
    assert done.returncode == 2 and "'gone'" in done.stderr and not (tmp_path / "gone.svg").exists()


def test_what_must_be_there_is_found_or_named_with_the_text():
    assert find(r"(?m)^title: (.+)$", "title: one")[1] == "one"
    with pytest.raises(LookupError, match=r"nothing matches .*title.* in 'a page"):
        find(r"(?m)^title: (.+)$", "a page\nwithout")


def test_a_build_loads_nothing_that_only_serving_needs():
    look = "import sys, tools.hooks; sys.exit('tools.serve' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT)
    assert done.returncode == 0, "tools/hooks.py loads tools/serve.py, which needs private functions of MkDocs"
