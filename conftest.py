"""Every test and every block of a page starts from the same state, as in a process of its own."""

import functools
import gc
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported: small sums are fastest on one thread

import pytest
from xdist.scheduler import LoadFileScheduling

from tools import ROOT, outputs

gc.set_threshold(20_000, 20, 20)  # ten thousand tests and every page of the site are seldom looked through for garbage


def pytest_xdist_auto_num_workers(config):
    """One more than there are cores: every third test waits for a browser."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    outputs.reset()


class Readers(LoadFileScheduling):
    """File by file. Those that read every page follow one another in one process, which parses each page once."""

    def _split_scope(self, nodeid):
        return "every page" if _reads_every_page(nodeid.split("::")[0]) else super()._split_scope(nodeid)


@functools.cache
def _reads_every_page(file: str) -> bool:
    return file.endswith(".py") and "soups" in (ROOT / file).read_text("utf-8")


def pytest_xdist_make_scheduler(config, log):
    return Readers(config, log)
