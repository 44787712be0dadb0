"""The built site and a real browser, each made once for the whole run."""

import functools
import os
import shutil
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from filelock import FileLock

from tools import LANGUAGES, ROOT, pages

CHROMIUM_FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking "
    "--disable-component-update --disable-sync --no-first-run"
)


def build(root: Path, site: Path) -> subprocess.CompletedProcess:
    """``mkdocs build`` as the README says it, never quietly: a quiet build hides warnings from strict."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "-d", str(site)], cwd=root, capture_output=True, text=True
    )


def addresses(language: str) -> list[str]:
    """Every page of one language by its address in the site."""
    found = []
    for path in [*pages.markdown(language), *pages.labs(language)]:
        stem = path.relative_to(ROOT / "docs" / language).with_suffix("").as_posix()
        stem = stem.removesuffix("index").rstrip("/")
        found.append(("" if language == "en" else "ko/") + (stem + "/" if stem else ""))
    return sorted(found)


ADDRESSES = [address for language in LANGUAGES for address in addresses(language)]


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


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def server(site) -> str:
    """The built site behind an address of this machine."""
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(site)))
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_port}/"
    httpd.shutdown()


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
