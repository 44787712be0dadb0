import pytest
from every_page import EveryPage

from conftest import addresses


@pytest.mark.parametrize("seen", addresses("en"), indirect=True)
class TestEnglishPages(EveryPage):
    """Every English page in a real browser."""
