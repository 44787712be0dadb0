"""The built site and a real browser, each made once for the whole run."""

import functools
import json
import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from filelock import FileLock

from tools import LANGUAGES, ROOT, pages

CHROMIUM_FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking "
    "--disable-component-update --disable-sync --no-first-run"
)
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
PATIENCE = 120_000  # milliseconds: no test asserts a time, and a machine may have other things to do


def build(root: Path, site: Path, *options: str, **addresses: str) -> subprocess.CompletedProcess:
    """``mkdocs build`` as the README says it, never quietly: a quiet build hides warnings from strict.

    ``addresses`` are SITE_URL and REPO_URL; what the shell of the tests says of them does not count.
    """
    environment = {name: value for name, value in os.environ.items() if name not in {"SITE_URL", "REPO_URL"}}
    command = [sys.executable, "-m", "mkdocs", "build", *options, "-d", str(site)]
    return subprocess.run(command, cwd=root, env=environment | addresses, capture_output=True, text=True)


def addresses(language: str) -> list[str]:
    """Every page of one language by its address in the site."""
    found = []
    for path in [*pages.markdown(language), *pages.labs(language)]:
        stem = path.relative_to(ROOT / "docs" / language).with_suffix("").as_posix()
        stem = stem.removesuffix("index").rstrip("/")
        found.append(("" if language == "en" else "ko/") + (stem + "/" if stem else ""))
    return sorted(found)


ADDRESSES = [address for language in LANGUAGES for address in addresses(language)]


@pytest.fixture(autouse=True)
def same_snippets():
    """What draws a figure imports snippets anew; the next test finds those that its own file imported."""
    before = _snippets()
    yield
    if any(sys.modules.get(name) is not module for name, module in before.items()):
        for name in _snippets():
            del sys.modules[name]
        sys.modules.update(before)


def _snippets() -> dict:
    return {name: module for name, module in sys.modules.items() if name.split(".")[0] == "snippets"}


@pytest.fixture(scope="session")
def site(tmp_path_factory, worker_id) -> Path:
    """The site, built once, strictly, in both languages, whatever the number of processes that test it."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared if worker_id == "master" else shared.parent
    folder, built = shared / "site", shared / "site-built"
    with FileLock(shared / "site.lock"):
        if not built.is_file():
            result = build(ROOT, folder)
            built.write_text(f"{result.returncode}\n{result.stdout[-3000:]}\n{result.stderr[-5000:]}", encoding="utf-8")
    code, said = built.read_text("utf-8").split("\n", 1)
    assert code == "0", f"mkdocs build failed:\n{said}"
    return folder


@pytest.fixture(scope="session")
def soups(site) -> dict[str, BeautifulSoup]:
    """Every page of the built site, read once, by its address."""
    return {a: BeautifulSoup((site / a / "index.html").read_text("utf-8"), "html.parser") for a in ADDRESSES}


_SMALL = """\
INHERIT: {parent}
docs_dir: docs/{language}
theme: {{custom_dir: {theme}}}
nav: [index.md, Words: [chapters/why-add.md]]
hooks: [hooks.py]
plugins: [search]
watch: []
"""
_CHAPTER = """\
# Why? { #why }

Other words.

## A heading that answers in a whole sentence { #whole data-toc-label="In short" }

### Another that has a label of its own { #part data-toc-label="A part" }

## As it is { #as-it-is }
"""
REPOSITORY = "https://github.com/somebody/positions"


@pytest.fixture(scope="session")
def small_sites(tmp_path_factory) -> dict[str, Path]:
    """Two pages in both languages with this site's theme: one build that knows its addresses, one that does not."""
    folder = tmp_path_factory.mktemp("small")
    hooks = f"import sys\n\nsys.path.insert(0, {str(ROOT)!r})\n"
    hooks += "from tools.hooks import _dressed, on_page_context, on_post_page, on_post_template, on_template_context\n"
    hooks += "from tools.search import take_over as on_config\nfrom mkdocs.structure.files import File\n\n\n"
    hooks += "def on_files(files, config):\n"
    hooks += "    for address in ('feed.xml', 'changelog/index.html'):  # each page leads to them\n"
    hooks += "        files.append(File.generated(config, address, content='<html></html>'))\n\n\n"
    hooks += "def on_page_content(html, page, config, files):\n"
    hooks += "    return _dressed(html, page, config.theme['language'])[0]\n"
    (folder / "hooks.py").write_text(hooks, encoding="utf-8")
    for language, name in (("en", "mkdocs.yml"), ("ko", "mkdocs.ko.yml")):
        docs = folder / "docs" / language
        shutil.copytree(ROOT / "docs/assets", docs / "assets")
        (docs / "chapters").mkdir()
        (docs / "index.md").write_text("# Home\n\nWords.\n", encoding="utf-8")
        (docs / "chapters/why-add.md").write_text(_CHAPTER, encoding="utf-8")
        text = _SMALL.format(parent=ROOT / name, language=language, theme=ROOT / "tools/theme")
        (folder / name).write_text(text, encoding="utf-8")
    known = {"SITE_URL": "https://positions.example/pos/", "REPO_URL": REPOSITORY}
    sites = {}
    for kind, addresses in (("known", known), ("unknown", {})):
        sites[kind] = folder / kind / "pos"
        for name, under in (("mkdocs.yml", ""), ("mkdocs.ko.yml", "ko/")):
            if addresses:
                addresses = {**addresses, "SITE_URL": known["SITE_URL"] + under}
            result = build(folder, sites[kind] / under, "-f", name, **addresses)
            assert result.returncode == 0, result.stderr[-3000:]
    return sites


class _Host(SimpleHTTPRequestHandler):
    """Shows the page "not found" of the folder ``pos``, if there is one, as hosts of built sites do.

    A host may send the policy of the pages with each of them: with it they may not be framed by others either.
    """

    policy = ""

    def log_message(self, *_):
        pass

    def end_headers(self):
        if self.policy and self.path.partition("?")[0].endswith(("/", ".html", ".js")):
            self.send_header("Content-Security-Policy", f"{self.policy}; frame-ancestors 'none'")
        super().end_headers()

    def send_error(self, code, *rest, **more):
        pages = [Path(self.directory) / under / "404.html" for under in ("pos/ko", "pos")]
        page = next((p for p in pages if p.is_file() and f"/{p.parent.name}/" in self.path), None)
        if code != 404 or page is None:
            return super().send_error(code, *rest, **more)
        self.send_response(404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page.read_bytes())


@contextmanager
def hosted(folder: Path, policy: str = ""):
    """``folder`` behind an address of this machine, its pages and scripts with a Content-Security-Policy."""
    host = type("Host", (_Host,), {"policy": policy})
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(host, directory=str(folder)))
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_port}/"
    httpd.shutdown()


def policy(page: Path) -> str:
    """The Content-Security-Policy that a page says of itself."""
    soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
    return soup.select_one('meta[http-equiv="Content-Security-Policy"]')["content"]


@pytest.fixture(scope="session")
def server(site) -> str:
    """The built site behind an address of this machine, with the policy of its pages as a header too."""
    with hosted(site, policy(site / "index.html")) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    """Chromium, driven by Playwright. Without one the browser tests are skipped, but never under CI."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    executable = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if executable is None:
        message = f"no browser found: install Chromium or set CHROMIUM to its path (looked for {', '.join(names)})"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS.split())
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def used(browser, server):
    """The page of a context with some options, lent to one test after another, each of which finds it as new.

    A new page costs the browser as much as a visit does. Another page of the context, which stays where it is, keeps
    what was fetched and compiled.
    """
    free = {}

    @contextmanager
    def used(**options):
        key = json.dumps(options, sort_keys=True)
        options = {"viewport": DESKTOP, "reduced_motion": "reduce", "color_scheme": "light", **options}
        if key in free:
            page = free.pop(key)
        else:
            context = browser.new_context(**options)
            context.set_default_timeout(PATIENCE)
            context.new_page().goto(server + "assets/logo.svg")
            page = context.new_page()
        heard, on = [], page.on
        page.on = lambda event, handler: heard.append((event, handler)) or on(event, handler)
        yield page
        page.on = on
        for event, handler in heard:
            page.remove_listener(event, handler)
        page.unroute_all(behavior="ignoreErrors")
        page.evaluate("try { sessionStorage.clear() } catch {}")
        page.goto("about:blank")
        page.context.pages[0].evaluate("localStorage.clear()")
        page.set_viewport_size(options["viewport"])
        page.emulate_media(media="null", **{name: options[name] for name in ("reduced_motion", "color_scheme")})
        page.mouse.move(0, 0)
        free[key] = page

    return used


@pytest.fixture
def page(used, request):
    """A page without animations that remembers nothing; ``indirect`` parameters set its context."""
    with used(**getattr(request, "param", {})) as page:
        yield page
