"""``python -m tools.benchmark``: the budget table, measured here and now. Tests never assert a time; this prints them.

What the browser counts (requests, layout shift, axe) is asserted by tests/browser; here are bytes and seconds.
"""

import gzip
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from tools import LANGUAGES, ROOT, outputs, pages


def build(site: Path) -> float:
    """Seconds that ``mkdocs build`` takes, both languages, as a user runs it."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "-d", str(site)], cwd=ROOT, check=True, capture_output=True
    )
    return time.perf_counter() - start


def compressed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes()))


@contextmanager
def put_back(path: Path):
    before = path.read_text(encoding="utf-8")
    try:
        yield before
    finally:
        path.write_text(before, encoding="utf-8")


def seconds_to_visible(url: str, path: Path, change) -> float:
    """From saving ``path`` to the moment a running ``mkdocs serve`` answers with the change."""
    with put_back(path) as before:
        mark = f"benchmark-{time.time_ns()}"
        path.write_text(change(before, mark), encoding="utf-8")
        start = time.perf_counter()
        while mark not in fetch(url):
            if time.perf_counter() - start > 60:
                raise TimeoutError(f"{path} was changed, but {url} did not show it within 60 s")
            time.sleep(0.05)
        seen = time.perf_counter() - start
    while mark in fetch(url):
        time.sleep(0.1)
    return seen


def fetch(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.read().decode()
    except OSError:
        return ""


def edits() -> dict[str, float]:
    """Seconds from an edit to the page showing it: an English page, a Korean page, a snippet."""
    base = "http://127.0.0.1:8765/"
    command = [sys.executable, "-m", "mkdocs", "serve", "-a", "127.0.0.1:8765"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while "<html" not in fetch(base):
            time.sleep(0.2)
        last_line = lambda text, mark: f"{text}\n{mark}\n"  # noqa: E731
        comment = lambda text, mark: f"{text}# {mark}\n"  # noqa: E731
        return {
            "edit to visible, English page": seconds_to_visible(
                base + "notation/", ROOT / "docs/en/notation.md", last_line
            ),
            "edit to visible, Korean page": seconds_to_visible(
                base + "ko/notation/", ROOT / "docs/ko/notation.md", last_line
            ),
            "edit to visible, snippet": seconds_to_visible(
                base + "schemes/learned/", ROOT / "snippets/schemes/learned.py", comment
            ),
        }
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    count = sum(len(pages.markdown(language)) + len(pages.labs(language)) for language in LANGUAGES)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        cache, aside = ROOT / ".cache", Path(folder) / "cache"
        if cache.exists():
            shutil.move(cache, aside)
        rows.append(("build, cold (figures drawn, labs run)", f"{build(site):.1f} s", ""))
        shutil.rmtree(aside, ignore_errors=True)
        warm = min(build(site) for _ in range(3))
        start = min(_startup() for _ in range(3))
        rows.append((f"build, warm, {count} pages", f"{warm:.1f} s", ""))
        rows.append(("build, warm, a page (without start-up of Python)", f"{(warm - start) / count:.3f} s", "0.15 s"))
        for lab in site.glob("labs/*/index.html"):
            rows.append((f"notebook page, HTML gz ({lab.parent.name})", f"{compressed(lab) / 1000:.1f} kB", "40 kB"))
        own = sum(compressed(path) for path in site.glob("assets/js/**/*.js"))
        rows.append(("own JavaScript, gz", f"{own / 1000:.1f} kB", "15 kB"))
    rows += [(name, f"{seconds:.2f} s", "1.5 s") for name, seconds in edits().items()]
    times = []
    for path in pages.markdown("en"):
        for fence in pages.fences(path.read_text(encoding="utf-8")):
            if fence.runnable:
                before = time.perf_counter()
                outputs.run(fence.body)
                times.append((time.perf_counter() - before, f"{pages.name(path)}, line {fence.line}"))
    slowest, where = max(times)
    rows.append((f"runnable blocks: {len(times)}, slowest ({where})", f"{slowest:.2f} s", "2 s"))
    width = max(len(name) for name, *_ in rows)
    for name, measured, budget in rows:
        print(f"{name:{width}}  {measured:>9}  {budget:>7}")


def _startup() -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import mkdocs.commands.build, mkdocs_jupyter.plugin"], cwd=ROOT, check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
