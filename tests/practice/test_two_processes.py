"""The files of the page on many devices run in two processes, and print what the page shows."""

import re
import subprocess
import sys

import pytest
import torch

from snippets.practice.context_parallel import zigzag
from tools import LANGUAGES, ROOT

FILES = ("tensor_parallel", "context_parallel", "fully_sharded", "data_parallel")


@pytest.fixture(scope="module")
def printed() -> list[str]:
    command = [sys.executable, "-m", "snippets.practice.two_processes"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_what_two_processes_print(printed, language):
    text = (ROOT / f"docs/{language}/practice/many-devices.md").read_text("utf-8")
    shown = []
    for name in FILES:
        listing = f'```python title="snippets/practice/{name}.py"\n--8<-- "snippets/practice/{name}.py"\n```'
        assert text.count(listing) == 1, f"the page does not show {name}.py"
        shown += re.match(r"\s*```text\n(.*?)\n```", text.split(listing)[1], re.DOTALL)[1].splitlines()
    assert printed == shown


def test_what_is_wrong_is_far_off_and_what_is_right_is_not(printed):
    off = dict(line.split(": off by ") for line in printed if ": off by " in line)
    wrong = {
        "slopes of a model of 4 heads",
        "turned by its own count",
        "speeds in a buffer",
        "positions in a buffer",
    }
    assert {what for what, far in off.items() if far != "0.0"} == wrong


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_also_a_command_of_its_own(name):
    text = (ROOT / f"snippets/practice/{name}.py").read_text("utf-8")
    assert re.search(r'\n\nif __name__ == "__main__":\n    run\([\w, ]+\)\n$', text)


@pytest.mark.parametrize("world", [1, 2, 4])
def test_zigzag_deals_every_position_once_and_as_many_pairs_to_each(world):
    ranks = [zigzag(rank, 16, world) for rank in range(world)]
    assert torch.equal(torch.cat(ranks).sort().values, torch.arange(16))
    assert len({int((rank + 1).sum()) for rank in ranks}) == 1


@pytest.mark.parametrize("length", [0, 3, 5, 15, 18])
def test_a_length_that_cannot_be_dealt_evenly_is_refused(length):
    with pytest.raises(ValueError, match=f"length must be a multiple of 4, .* pad the text to one; got {length}"):
        zigzag(0, length, 2)
