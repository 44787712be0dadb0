"""What a slow connection does to pages."""

import re
from contextlib import suppress

import pytest
from faults import faults
from playwright.sync_api import Error
from visits import CHAPTER, PAINTED, SHIFT, lay_out_all, wait_until

from conftest import DESKTOP, PHONE

LATE = {"scripts": re.compile(r"/(bundle|site|search)[^/]*\.js$"), "fonts": re.compile(r"\.woff2$")}


@pytest.mark.parametrize("page", [{"viewport": v} for v in (DESKTOP, PHONE)], indirect=True, ids=["desktop", "phone"])
@pytest.mark.parametrize(
    "address",
    ["", "ko/", CHAPTER, "ko/" + CHAPTER, "schemes/", "schemes/fire/", "claims/", "ko/labs/cut-a-text/", "404.html"],
)
def test_what_comes_late_moves_nothing_and_locks_nobody_out(page, server, address):
    held = {kind: [] for kind in LATE}

    def hold(kind):
        return lambda route: held[kind].append(route) if kind in held else route.continue_()

    for kind, pattern in LATE.items():
        page.route(pattern, hold(kind))
    page.goto(server + address, wait_until="commit")
    page.locator(".md-copyright").wait_for(state="attached")
    wait_until(page, "[...document.querySelectorAll('[rel=stylesheet]')].every(link => link.sheet)")
    page.wait_for_timeout(200)
    told = [f"before the theme's script runs: {one}" for one in faults(page)]
    assert held["scripts"] and (held["fonts"] or address.startswith("ko/")), f"nothing was late: {held}"
    for kind in LATE:
        for route in held.pop(kind):
            with suppress(Error):  # a preload that nobody waits for any more
                route.continue_()
            page.wait_for_timeout(50)
        if kind == "scripts":
            page.wait_for_load_state("domcontentloaded")
    page.wait_for_load_state()
    page.evaluate(PAINTED)
    shift = page.evaluate(SHIFT)
    lay_out_all(page)
    told += [f"at the end: {one}" for one in faults(page)]
    assert not told, "\n".join(told)
    assert shift <= 0.02, f"what came late moved the page by {shift:.3f}"
