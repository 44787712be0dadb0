"""The timeline tells what docs/references.bib tells, leaves no scheme out, and can be read on a phone."""

from itertools import combinations

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from snippets.figures import style
from snippets.figures.schemes import timeline
from tools import citations

ENTRIES = citations.bibliography()
LISTED = [event for lane in timeline.LANES.values() for event in lane]
NO_SCHEMES = {"token", "position", "random", "concatenated_split"}


def arxiv_month(key):
    """(year, month) of the first version, which an arXiv number begins with; None where there is no number."""
    number = ENTRIES[key].fields.get("eprint")
    return number and (2000 + int(number[:2]), int(number[2:4]))


@pytest.mark.parametrize(("name", "year", "month", "key"), [*LISTED, *timeline.MODELS], ids=lambda value: str(value))
def test_an_event_has_the_date_of_its_work(name, year, month, key):
    first, shown = arxiv_month(key), int(ENTRIES[key].fields["year"])
    assert 1 <= month <= 12
    assert (year, month) == (first or (shown, month)), f"{name}: {key} appeared in {first or shown}"
    assert 0 <= shown - year <= 1, f"{name}: the venue of {key} is of {shown}, more than a year after {year}"


def test_every_scheme_of_the_site_stands_in_one_lane():
    names = [name for name, *_ in LISTED]
    assert sorted(names) == sorted(set(style.MARKS) - NO_SCHEMES)


def test_rows_follow_the_dates_and_stay_in_their_year():
    of_scheme, of_model, of_year = timeline.rows()
    dates = {name: (year, month) for name, year, month, _ in LISTED}
    in_order = sorted(of_scheme, key=of_scheme.get)
    assert [dates[name] for name in in_order] == sorted(dates.values())
    assert len(set(of_scheme.values())) == len(of_scheme) and len(set(of_model.values())) == len(of_model)
    assert all(of_scheme[name] in of_year[year] for name, year, *_ in LISTED)
    assert all(of_model[name] in of_year[year] for name, year, *_ in timeline.MODELS)
    assert list(of_model) == sorted(of_model, key=of_model.get)


def test_labels_are_large_and_do_not_touch():
    with style.palette("light"):
        figure = timeline.draw()
        renderer = FigureCanvasAgg(figure).get_renderer()
        figure.draw(renderer)
        texts = [text for text in figure.axes[0].texts if text.get_text()]
        assert all(text.get_fontsize() >= 14 for text in texts)
        upright = [text for text in texts if not text.get_rotation()]
        boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in upright]
    touching = [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]
    assert not touching, touching
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 for _, box in boxes)
