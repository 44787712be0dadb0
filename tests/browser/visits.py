"""Visits to pages, as quick as the browser is: nobody waits longer than for what is still to come."""

import re
import time

from playwright.sync_api import Error

from conftest import PATIENCE
from tools import styles

CHAPTER = "chapters/why-add/"

# Letters have their fonts and have been laid out and painted with them.
PAINTED = """async () => {
  await document.fonts.ready
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame)
}"""

# Layout shift as browsers report it, without shifts that follow a reader's own input.
SHIFT = """() => {
  const observer = new PerformanceObserver(() => {})
  observer.observe({type: "layout-shift", buffered: true})
  return observer.takeRecords().filter(one => !one.hadRecentInput).reduce((sum, one) => sum + one.value, 0)
}"""

# What the theme says of something, whatever state or part of it is meant.
LEFT_OUT = [
    re.sub(r"::?(?:after|before|hover|focus(-within|-visible)?|active|target|checked|-\w[\w-]+)", ":not(_)", one)
    for one in styles.absent()
]


def visit(page, address):
    """Open an address and wait until all has come; what the console said and which requests went where."""
    said, asked, coming = [], [], set()
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))

    def ask(request):
        if request.is_navigation_request():
            asked.clear()  # what the page before still asked for is not of this visit
        asked.append(request.url)

    page.on("request", ask)
    page.on("response", lambda r: said.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.on("request", lambda request: coming.add(request))
    page.on("requestfinished", lambda request: coming.discard(request))
    page.on("requestfailed", lambda request: coming.discard(request))
    page.goto(address)
    page.evaluate(PAINTED)
    until(page, lambda: not coming, lambda: f"{address} waits for {[request.url for request in coming]}")
    page.evaluate(PAINTED)
    return said, asked


def until(page, seen, lacks):
    """Until ``seen()``, however long a busy machine takes. ``lacks()`` says what does not come."""
    end = time.monotonic() + PATIENCE / 1000
    while not seen():
        assert time.monotonic() < end, lacks()
        page.wait_for_timeout(20)


def wait_until(page, expression, arg=None, timeout=PATIENCE):
    """Until ``expression`` is true. ``wait_for_function`` has the page evaluate text, which its policy refuses."""
    end = time.monotonic() + timeout / 1000
    while True:
        try:
            if page.evaluate(expression, arg):
                return
        except Error as error:
            if "context was destroyed" not in str(error):  # the page has just been left for another
                raise
        assert time.monotonic() < end, f"this does not become true: {expression} ({arg})"
        page.wait_for_timeout(20)


def scroll_through(page):
    """Down the whole page as a reader does, so that what is lazy comes; what comes may make the page longer."""
    seen = 0
    while seen < page.evaluate("document.documentElement.scrollHeight"):
        page.evaluate("y => { scrollTo(0, y) }", seen)
        page.wait_for_timeout(30)
        seen += 600


def left_out(page) -> list[str]:
    """Selectors that match something here, and whose rules tools/styles.py leaves out."""
    return page.evaluate("all => all.filter(one => document.querySelector(one))", LEFT_OUT)


def add_style(page, css):
    """One more sheet, made as a script makes it: the policy of the site refuses a style that is written into a page."""
    page.evaluate(
        "css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); document.adoptedStyleSheets.push(sheet) }",
        css,
    )


def lay_out_all(page):
    """Near and far: what is far from the screen is not laid out otherwise, and cannot be judged."""
    add_style(page, "* { content-visibility: visible !important }")


def load_lazy_images(page):
    page.evaluate("document.querySelectorAll('img[loading=lazy]').forEach(image => { image.loading = 'eager' })")
    wait_until(page, "[...document.images].every(image => image.complete)")
    page.evaluate(PAINTED)


def dark(page):
    page.locator('label[for="__palette_1"]').click()
    assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"


def shown(page, selector) -> list[str]:
    """The classes of the elements that can be seen."""
    return page.locator(selector).evaluate_all(
        "all => all.filter(e => e.checkVisibility({visibilityProperty: true}) && e.getBoundingClientRect().height)"
        ".map(e => e.className)"
    )
