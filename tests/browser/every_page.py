"""Every page in a real browser: nothing foreign, nothing broken, nothing out of place."""

import functools
import gzip
from pathlib import Path
from types import SimpleNamespace

import pytest
from faults import OF_COLOURS, faults
from visits import SHIFT, dark, lay_out_all, left_out, load_lazy_images, visit

from conftest import DESKTOP, PHONE

BROKEN = "[...document.images].filter(image => !image.naturalWidth).map(image => image.src)"
UNSIZED = "[...document.querySelectorAll('article img:not([width][height])')].map(image => image.src)"
WIDE = """[...document.querySelectorAll('article *')]
  .filter(e => e.getBoundingClientRect().right > 361 &&
    !e.closest('pre, .md-typeset__scrollwrap, .md-typeset__table, .highlight, .katex, .katex-display'))
  .map(e => e.outerHTML.slice(0, 120)).slice(0, 5)"""

# What figures show on a phone: each narrow, of one palette, and no wider than its column. Live ones draw themselves.
FIGURES = """[...document.querySelectorAll('.figure > p img')].filter(e => e.checkVisibility()).map(image => ({
  file: image.currentSrc.split(/[/#]/).findLast(part => part.endsWith('.svg')) ?? 'nothing of ' + image.src,
  beyond: image.getBoundingClientRect().right - image.closest('.figure').parentElement.getBoundingClientRect().right
}))"""


@functools.cache
def weight(file: Path) -> int:
    """Bytes of a file as a host sends it."""
    return len(file.read_bytes() if file.suffix in {".woff2", ".png"} else gzip.compress(file.read_bytes()))


def look(page, server, address) -> SimpleNamespace:
    """All there is to see on a page: on a phone, then on a desktop, light and dark, each time as on a first visit."""
    seen = SimpleNamespace(address=address)
    cache = page.context.new_cdp_session(page)
    cache.send("Network.clearBrowserCache")
    page.set_viewport_size(PHONE)
    seen.said, seen.asked = visit(page, server + address)
    load_lazy_images(page)
    seen.broken = page.evaluate(BROKEN)
    seen.unsized = page.evaluate(UNSIZED)
    seen.shift_on_a_phone = page.evaluate(SHIFT)
    lay_out_all(page)
    seen.figures_on_a_phone = page.evaluate(FIGURES)
    seen.width, seen.wide = page.evaluate("document.documentElement.scrollWidth"), page.evaluate(WIDE)
    page.goto("about:blank")  # a page that is made wider asks for its wide drawings
    page.set_viewport_size(DESKTOP)
    cache.send("Network.clearBrowserCache")
    _, asked = visit(page, server + address)
    seen.asked_at_first = [url for url in asked if url.startswith(server)]
    seen.shift = page.evaluate(SHIFT)
    lay_out_all(page)
    seen.left_out = left_out(page)
    seen.light = faults(page)
    dark(page)
    seen.dark = faults(page, OF_COLOURS)
    return seen


class EveryPage:
    """What is asked of every page: each page is looked at once."""

    @pytest.fixture(scope="class")
    def seen(self, used, server, request):
        with used() as page:
            return look(page, server, request.param)

    def test_a_page_loads_clean(self, seen, server):
        assert not seen.said, f"the console says: {seen.said}"
        foreign = [url for url in seen.asked if not url.startswith((server, "data:", "blob:"))]
        assert not foreign, f"requests to another host: {foreign}"
        assert not seen.broken, f"broken images: {seen.broken}"

    def test_a_page_is_light(self, seen, server, site):
        asked = seen.asked_at_first
        assert len(asked) <= 22, f"{len(asked)} requests: {asked}"
        paths = [site / url[len(server) :].split("?")[0].split("#")[0] for url in dict.fromkeys(asked)]
        total = sum(weight(path / "index.html" if path.is_dir() else path) for path in paths)
        budget = 220_000 if seen.address.startswith("ko/") else 150_000
        assert total <= budget, f"{total} bytes gz, the budget is {budget}"

    def test_the_theme_has_no_rule_for_a_page_that_the_style_leaves_out(self, seen):
        assert not seen.left_out, f"tools/styles.py leaves out rules that this page needs: {seen.left_out}"

    def test_a_page_stands_still_while_it_loads(self, seen):
        assert not seen.unsized, f"images whose size is not known before they come: {seen.unsized}"
        assert seen.shift <= 0.05, f"what came moved the page by {seen.shift:.3f}"
        assert seen.shift_on_a_phone <= 0.05, f"what came moved the page by {seen.shift_on_a_phone:.3f} on a phone"

    def test_no_page_scrolls_sideways_on_a_phone(self, seen):
        assert seen.width <= 360, f"the page is {seen.width} px wide; {seen.wide}"

    def test_a_phone_shows_narrow_drawings_in_their_column(self, seen):
        wrong = [one for one in seen.figures_on_a_phone if "narrow-light" not in one["file"] or one["beyond"] > 1]
        assert not wrong, f"wide, of the other palette or beyond the column: {wrong}"

    def test_axe_finds_no_serious_fault_and_no_landmark_twice_in_the_light(self, seen):
        assert not seen.light, "\n".join(seen.light)

    def test_axe_finds_no_serious_fault_and_no_landmark_twice_in_the_dark(self, seen):
        assert not seen.dark, "\n".join(seen.dark)
