"""Every test and every block of a page starts from the same state, as in a process of its own."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported: small sums are fastest on one thread

import pytest

from tools import outputs


def pytest_xdist_auto_num_workers(config):
    """One more than there are cores: every third test waits for a browser."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    outputs.reset()
