import pytest
from every_page import EveryPage

from conftest import addresses


@pytest.mark.parametrize("seen", addresses("ko"), indirect=True)
class TestKoreanPages(EveryPage):
    """Every Korean page in a real browser."""
