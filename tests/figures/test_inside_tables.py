"""The spectrum finds a wave where there is one, and the tables have the bands that inside-a-learned-table.md names."""

import numpy as np
import pytest

from snippets.figures.measured import inside_tables


def test_a_wave_of_8_tokens_is_found_at_8_tokens():
    m = np.arange(64)[:, None]
    waves, share = inside_tables.spectrum(np.sin(2 * np.pi * m / 8 + np.arange(4)))
    assert waves[share.argmax()] == 8 and share.max() > 0.999


def test_shares_add_up_to_one_and_do_not_depend_on_the_mean():
    table = np.random.default_rng(0).standard_normal((64, 8))
    waves, share = inside_tables.spectrum(table)
    assert np.isclose(share.sum(), 1) and np.allclose(share, inside_tables.spectrum(table + 5)[1])
    assert waves[0] == 64 and waves[-1] == 2


def test_minilm_has_a_band_below_eight_tokens_and_a_gap_above_it():
    waves, share = inside_tables.spectrum(inside_tables.tables()["minilm"])
    band = share[(waves >= 4) & (waves < 8)].sum()
    gap = share[(waves >= 8) & (waves < 16)].sum()
    assert band > 5 * gap


def test_likeness_by_distance_is_one_at_zero():
    for table in inside_tables.tables().values():
        assert np.isclose(inside_tables.by_distance(table)[0], 1)


@pytest.mark.parametrize("shape", [(63, 4), (64,), (0, 4)])
def test_a_table_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match="even number of rows, got shape"):
        inside_tables.spectrum(np.zeros(shape))
