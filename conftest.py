"""Every test and every block of a page starts from the same state, as in a process of its own."""

import pytest

from tools import outputs


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    outputs.reset()
