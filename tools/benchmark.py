"""``python -m tools.benchmark [--against REV]``: how long things take, here and now. Tests never assert a time.

With another revision both are measured in turn, so that a busy minute meets both, and the ratio of the medians is
printed. The other one is checked out into a folder of its own, with an environment of its own if its requirements
differ. ``--keep FILE`` adds to what the file holds: what takes hours can be measured in parts.
"""

import gzip
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import defaultdict
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

from tools import ROOT, command, find

CHAPTER, LAB = "chapters/why-add/", "labs/cut-a-text/"
PORT = 8765


class Tree:
    """A checkout and the Python that runs it."""

    def __init__(self, root: Path, python: str):
        self.root, self.python = root, python
        self.site = Path(tempfile.mkdtemp(prefix="benchmark-"))

    def start(self, *command: str, **options) -> subprocess.Popen:
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen([self.python, "-m", *command], cwd=self.root, **quiet | options)

    def build(self) -> float:
        """Seconds that ``mkdocs build`` takes, as a user runs it."""
        before = time.perf_counter()
        if self.start("mkdocs", "build", "-d", str(self.site)).wait():
            raise RuntimeError(f"mkdocs build failed in {self.root}")
        return time.perf_counter() - before

    def forget(self) -> None:
        shutil.rmtree(self.root / ".cache", ignore_errors=True)


def cold(tree: Tree) -> dict[str, float]:
    tree.forget()
    with peak_memory() as peak:
        seconds = tree.build()
    return {"cold build, s": seconds, "peak memory of the cold build, MB": peak[0]}


def warm(tree: Tree) -> dict[str, float]:
    tree.build()  # or the edit of the last round would be taken back in this one
    seconds = tree.build()
    with edited(tree.root / "docs/en/chapters/why-add.md", lambda text, mark: f"{text}\n\n{mark}\n"):
        return {"warm build, s": seconds, "warm build after an edit of a chapter, s": tree.build()}


def serve(tree: Tree) -> dict[str, float]:
    tree.forget()
    start = time.perf_counter()
    with served(tree):
        return {"mkdocs serve in a fresh clone until chapter 1 is there, s": time.perf_counter() - start}


def edits(tree: Tree) -> dict[str, float]:
    """From saving a file to the moment a running ``mkdocs serve`` answers with the change."""
    tree.build()
    lab, found = tree.root / "docs/en/labs/cut-a-text.py", {}
    changes = {
        "edit of a page to visible, s": ("notation/", tree.root / "docs/en/notation.md", lambda t, m: f"{t}\n{m}\n"),
        "edit of a lab's text to visible, s": (LAB, lab, lambda t, m: f"{t}\n\n# %% [markdown]\n# {m}\n"),
        "edit of a lab's code to its output, s": (
            LAB,
            lab,
            lambda t, m: f"{t}\n\n# %%\nprint('{m[:9]}' + '{m[9:]}')\n",
        ),
    }
    with served(tree):
        time.sleep(2)  # until the server has nothing left to do
        for name, (address, path, change) in changes.items():
            with edited(path, change) as mark:
                start = time.perf_counter()
                while mark not in fetch(address):
                    if time.perf_counter() - start > 300:
                        raise TimeoutError(f"{path} was changed, but {address} did not show it within 300 s")
                    time.sleep(0.05)
                found[name] = time.perf_counter() - start
            while mark in fetch(address):
                time.sleep(0.2)
            time.sleep(2)  # until the server has nothing left to do
    return found


def tests(tree: Tree) -> dict[str, float]:
    """The README's command, from a cold cache, as CI runs it."""
    tree.forget()
    start = time.perf_counter()
    process = tree.start("pytest", "-q", env=os.environ | {"CI": "true"}, stdout=subprocess.PIPE, text=True)
    said = process.communicate()[0]
    seconds = time.perf_counter() - start
    if process.returncode:
        raise RuntimeError(f"pytest failed in {tree.root}:\n{said[-3000:]}")
    return {"whole test command, s": seconds, "tests": int(re.findall(r"(\d+) passed", said)[-1])}


def phone(tree: Tree) -> dict[str, float]:
    """Chapter 1 on a phone whose processor is four times slower: until it has loaded, drawn and answers."""
    if not (tree.site / "index.html").is_file():
        tree.build()
    with hosted(tree.site) as host, browser() as chromium:
        context = chromium.new_context(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
        page = context.new_page()
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
        start = time.perf_counter()
        page.goto(host + CHAPTER, wait_until="load")
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return {"chapter 1 on a phone, until it answers, s": time.perf_counter() - start}


BLOCKS = """
import time
from tools import outputs, pages
slowest = 0
for path in pages.markdown("en"):
    for fence in pages.fences(path.read_text("utf-8")):
        if fence.runnable:
            start = time.perf_counter()
            outputs.run(fence.body)
            slowest = max(slowest, time.perf_counter() - start)
print(slowest)
"""


def blocks(tree: Tree) -> dict[str, float]:
    """The slowest runnable block of the English pages."""
    run = subprocess.run([tree.python, "-c", BLOCKS], cwd=tree.root, check=True, capture_output=True, text=True)
    return {"slowest runnable block, s": float(run.stdout.splitlines()[-1])}


def weight(tree: Tree) -> dict[str, float]:
    """What each page asks for, gz, fonts and pictures as they are."""
    if not (tree.site / "index.html").is_file():
        tree.build()
    found = {}
    with hosted(tree.site) as host, browser() as chromium:
        for path in sorted(tree.site.rglob("index.html")):
            address, asked = path.parent.relative_to(tree.site).as_posix().removeprefix("."), set()
            page = chromium.new_page()
            page.on("request", lambda request, asked=asked: asked.add(request.url.split("?")[0].split("#")[0]))
            page.goto(f"{host}{address}/" if address else host, wait_until="networkidle")
            page.close()
            files = [tree.site / url.removeprefix(host) for url in asked if url.startswith(host)]
            files = [file / "index.html" if file.is_dir() else file for file in files]
            found[f"kB of /{address}"] = sum(map(compressed, files)) / 1000
    return found


FRAMES = """seconds => new Promise(done => {
  const times = [], start = performance.now()
  const next = now => { times.push(now); now - start < 1000 * seconds ? requestAnimationFrame(next) : done(times) }
  requestAnimationFrame(next)
})"""


def live(tree: Tree) -> dict[str, float]:
    """Of each live figure: bytes, and frames lost while a slider is dragged, on a CPU four times slower."""
    if not (tree.site / "index.html").is_file():
        tree.build()
    found = {"kB gz of kit.js": compressed(tree.site / "assets/live/kit.js") / 1000}
    shown = {
        name: path.parent.relative_to(tree.site).as_posix().removeprefix(".")
        for path in sorted(tree.site.rglob("index.html"))
        if not path.is_relative_to(tree.site / "ko")
        for name in re.findall(r'<figure[^>]* data-live="(\w+)"', path.read_text("utf-8"))
    }
    with hosted(tree.site) as host, browser() as chromium:
        for name, address in shown.items():
            files = [tree.site / f"assets/live/{name}{suffix}" for suffix in (".js", ".json")]
            for file in filter(Path.is_file, files):
                found[f"kB gz of {file.name}"] = compressed(file) / 1000
            page = chromium.new_page(viewport={"width": 1280, "height": 900})
            page.goto(f"{host}{address}/#figure-{name}?")
            figure = page.locator(f"#figure-{name}")
            figure.locator(".live svg").wait_for()
            sliders = figure.locator("input[type=range]")
            if sliders.count():
                slow = page.context.new_cdp_session(page)
                slow.send("Emulation.setCPUThrottlingRate", {"rate": 4})
                found[f"frames lost by {name} at rest, %"] = _lost(page, None)
                found[f"frames lost by {name} while dragged, %"] = _lost(page, sliders.last)
            page.close()
    return found


def _lost(page, slider) -> float:
    """Percent of the frames of two seconds that were not shown, while the slider is dragged if there is one."""
    page.evaluate(f"() => {{ window.frames_seen = ({FRAMES})(2) }}")
    if slider:
        box = slider.bounding_box()
        page.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
        page.mouse.down()
        for step in range(120):
            there = 8 + (box["width"] - 16) * (1 - abs(1 - step / 60))
            page.mouse.move(box["x"] + there, box["y"] + box["height"] / 2)
        page.mouse.up()
    times = page.evaluate("window.frames_seen")
    gaps = [round((later - sooner) * 60 / 1000) for sooner, later in pairwise(times)]
    return 100 * (1 - len(gaps) / sum(gaps))


MEASURES = {function.__name__: function for function in (cold, warm, serve, edits, phone, live, blocks, weight, tests)}


@contextmanager
def edited(path: Path, change):
    """A file with a mark of its own in it, and then as it was."""
    before, mark = path.read_text(encoding="utf-8"), f"benchmark-{time.time_ns()}"
    path.write_text(change(before, mark), encoding="utf-8")
    try:
        yield mark
    finally:
        path.write_text(before, encoding="utf-8")


@contextmanager
def served(tree: Tree):
    """``mkdocs serve``, from when it shows chapter 1."""
    process = tree.start("mkdocs", "serve", "-a", f"127.0.0.1:{PORT}")
    try:
        while "</html>" not in fetch(CHAPTER):
            if process.poll() is not None:
                raise RuntimeError(f"mkdocs serve ended in {tree.root}")
            time.sleep(0.1)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def fetch(address: str) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/{address}", timeout=60) as answer:
            return answer.read().decode()
    except OSError:
        return ""


@contextmanager
def hosted(folder: Path):
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format, *args):
            pass

    host = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=host.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{host.server_port}/"
    host.shutdown()


@contextmanager
def browser():
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    executable = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)))
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])


@contextmanager
def peak_memory():
    """The most MB that the processes started meanwhile hold together; what they share is counted once. Linux only."""
    peak, over = [0.0], threading.Event()

    def look():
        while not over.wait(0.3):
            peak[0] = max(peak[0], sum(map(_proportional, _descendants(os.getpid()))) / 1000)

    watcher = threading.Thread(target=look)
    watcher.start()
    yield peak
    over.set()
    watcher.join()


def _descendants(pid: int) -> list[int]:
    parents = defaultdict(list)
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(status.read_text().rpartition(")")[2].split()[1])].append(int(status.parent.name))
        except OSError:
            continue  # it has ended
    found, waiting = [], [pid]
    while waiting:
        waiting += (children := parents[waiting.pop()])
        found += children
    return found


def _proportional(pid: int) -> int:
    """kB of a process, with its share of what several hold."""
    try:
        return int(find(r"(?m)^Pss: +(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text())[1])
    except (OSError, LookupError):
        return 0


def compressed(path: Path) -> int:
    data = path.read_bytes()
    return len(data) if path.suffix in {".woff2", ".png"} else len(gzip.compress(data))


@contextmanager
def other(revision: str):
    """Another revision, in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="benchmark-"))
    root = folder / "tree"
    subprocess.run(["git", "worktree", "add", "--detach", str(root), revision], cwd=ROOT, check=True)
    python = sys.executable
    try:
        if (root / "requirements.txt").read_text() != (ROOT / "requirements.txt").read_text():
            subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
            python = str(folder / "venv/bin/python")
            subprocess.run([python, "-m", "pip", "install", "-q", "-r", str(root / "requirements.txt")], check=True)
        yield Tree(root, python)
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", str(root)], cwd=ROOT, check=True)
        shutil.rmtree(folder)


def quartiles(values: list[float]) -> str:
    if len(values) < 2:
        return f"{values[0]:.2f}"
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def table(results: dict[str, dict[str, list[float]]], names: list[str]) -> str:
    """One row a thing measured: the median of each revision, its quartiles, and the ratio of the medians."""
    here, *there = names
    lines = [f"| what | {' | '.join([*reversed(there), here])} | ratio |", "|---" * (len(names) + 2) + "|"]
    for what, values in results[here].items():
        cells = [quartiles(results[name][what]) for name in [*reversed(there), here] if results[name].get(what)]
        base = results[there[0]].get(what) if there else None
        ratio = f"{statistics.median(values) / statistics.median(base):.3f}" if base else ""
        lines.append(f"| {what} | {' | '.join(cells)} | {ratio} |")
    return "\n".join(lines)


def measure(trees: dict[str, Tree], names: list[str], repeats: int, keep: Path | None) -> dict:
    results = {name: defaultdict(list) for name in trees}
    if keep and keep.is_file():
        for name, values in json.loads(keep.read_text()).items():
            results.setdefault(name, defaultdict(list)).update(values)
    for name in names:
        for _ in range(repeats):
            for label, tree in trees.items():
                for what, value in MEASURES[name](tree).items():
                    results[label][what].append(value)
                    print(f"{label}: {what}: {value:.2f}", file=sys.stderr, flush=True)
                if keep:
                    keep.write_text(json.dumps(results, indent=1))
    return results


def main() -> None:
    parser = command("benchmark", __doc__)
    parser.add_argument("--against", metavar="REV", help="measure this revision too, in turn")
    parser.add_argument("--repeats", type=int, default=3, metavar="N")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="add to what this file holds")
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=f"of {', '.join(MEASURES)}; all if none")
    said = parser.parse_args()
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # or a shell's background job would hand on that it is ignored
    if unknown := set(said.measures) - MEASURES.keys():
        parser.error(f"no measure is called {', '.join(sorted(unknown))}; there are {', '.join(MEASURES)}")
    here = {"here": Tree(ROOT, sys.executable)}
    names = said.measures or [*MEASURES]
    if said.against:
        with other(said.against) as tree:
            results = measure({said.against: tree} | here, names, said.repeats, said.keep)
        print(table(results, ["here", said.against]))
    else:
        print(table(measure(here, names, said.repeats, said.keep), ["here"]))


if __name__ == "__main__":
    main()
