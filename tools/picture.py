"""``python -m tools.picture``: the README's picture, taken of the built home page with Chromium."""

import functools
import shutil
import tempfile
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from mkdocs.commands.build import build
from mkdocs.config import load_config
from playwright.sync_api import sync_playwright

from tools import ROOT, command


def main() -> None:
    command("picture", __doc__).parse_args()
    with tempfile.TemporaryDirectory() as site, sync_playwright() as playwright:
        config = load_config(str(ROOT / "mkdocs.yml"), site_dir=site)
        config.plugins.on_startup(command="build", dirty=False)
        build(config)
        server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(SimpleHTTPRequestHandler, directory=site))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        page = chromium.new_page(viewport={"width": 1280, "height": 960}, color_scheme="light")
        page.goto(f"http://127.0.0.1:{server.server_port}/", wait_until="networkidle")
        page.screenshot(path=str(Path(ROOT) / "docs/assets/readme.png"))
        server.shutdown()


if __name__ == "__main__":
    main()
