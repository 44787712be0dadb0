"""While the site is served, an edit renders the pages it touches, and the site stays what a build would make."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from functools import partial
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tools import LANGUAGES, ROOT, figures, labs, one_file, pages, serve

FIGURE = "snippets/figures/schemes/learned.py"
LISTING = ("index.md", "references.md", "schemes/index.md")  # pages that show something of all pages
EN, KO = (ROOT / "docs" / language for language in LANGUAGES)


def test_a_page_touches_itself_and_the_pages_that_list_it():
    for folder in EN, KO:
        page = folder / "answers.md"
        assert serve.touched({page}) == {page, *(folder / name for name in LISTING)}


def test_the_notation_page_touches_the_pages_that_explain_its_letters():
    for folder in EN, KO:
        page, explaining = folder / "notation.md", [*folder.glob("chapters/*.md"), *folder.glob("schemes/*.md")]
        assert serve.touched({page}) == {page, *explaining, *(folder / name for name in LISTING)}


def test_a_snippet_touches_the_pages_that_embed_it_in_both_languages():
    snippet = ROOT / "snippets/schemes/learned.py"
    assert serve.touched({snippet}) == {EN / "schemes/learned.md", KO / "schemes/learned.md"}


@pytest.mark.parametrize("source", [FIGURE, "snippets/data/minilm.npz", "docs/assets/logo.svg", "snippets/live/kit.js"])
def test_what_only_a_drawing_shows_touches_no_page_before_it_is_drawn(source):
    assert serve.touched({ROOT / source}) == set()


def test_a_drawing_touches_the_pages_that_show_it():
    every = [*pages.markdown("en"), *pages.markdown("ko")]
    showing = {page for page in every if "learned" in figures.shown(page.read_text("utf-8"))}
    assert showing and serve.touched(set(), {"figures/learned"}) == showing
    assert serve.touched(set(), {"schemes"}) == {p for folder in (EN, KO) for p in (folder / "schemes").glob("*.md")}


def test_a_lab_touches_its_own_page_and_its_output_both_languages():
    ours, theirs = (folder / "labs/cut-a-text.py" for folder in (EN, KO))
    assert serve.touched({ours}) == {ours, *(EN / name for name in LISTING)}
    assert serve.touched(set(), {labs.name(ours)}) == {ours, theirs}


@pytest.mark.parametrize(
    "file",
    [
        "mkdocs.yml",
        "mkdocs.ko.yml",
        "docs/references.bib",
        "docs/ko/changelog.md",
        "CITATION.cff",
        "tools/hooks.py",
        "tools/theme/main.html",
    ],
)
def test_what_any_page_may_show_is_a_build_of_everything(file):
    assert (ROOT / file).is_file() and serve.touched({ROOT / file, EN / "notation.md"}) is None


def test_a_new_file_is_a_build_of_everything_until_one_succeeds(monkeypatch):
    before, built = serve.saved(), []

    def everything():
        built.append(1)
        if len(built) == 1:
            raise ValueError("planted")

    monkeypatch.setattr(serve.workshop, "late", dict)
    rebuild = serve.Rebuild(everything)
    monkeypatch.setattr(serve, "saved", lambda: before | {EN / "new.md": 1})
    with pytest.raises(ValueError, match="planted"):
        rebuild()
    monkeypatch.setattr(serve, "saved", lambda: before)
    rebuild()
    assert len(built) == 2, "the new file is gone again, but the build that failed left half a site"
    rebuild()
    assert len(built) == 2


def test_browsers_load_again_when_something_has_changed_and_then_alone(monkeypatch):
    built, before, kept = SimpleNamespace(write=lambda _: None, render=lambda _: True), serve.saved(), []
    monkeypatch.setattr(serve.workshop, "late", dict)
    monkeypatch.setitem(serve.BUILT, "ko", built)
    rebuild = serve.Rebuild(None, nothing=lambda: kept.append(1))
    monkeypatch.setattr(serve, "saved", lambda: before)
    rebuild()
    assert kept, "nothing has changed, but a reader's page would be loaded again"
    monkeypatch.setattr(serve, "saved", lambda: before | {EN / "notation.md": 1})
    rebuild()
    assert len(kept) == 1, "a page has changed, and its reader would not see it"


def test_an_edit_does_not_wait_for_the_korean_site_that_another_process_builds(monkeypatch):
    rendered, asked, before = [], [], serve.saved()
    built = SimpleNamespace(
        write=lambda _: None, offer=lambda _: None, render=lambda todo: rendered.append(todo) or True
    )
    monkeypatch.setattr(serve.workshop, "late", dict)
    monkeypatch.setattr(serve, "BUILT", {"en": built})
    said = {name: partial(asked.append, name) for name in ("everything", "korean", "wait")}
    rebuild = serve.Rebuild(**said)
    monkeypatch.setattr(serve, "saved", lambda: before | {EN / "notation.md": 1})
    rebuild()
    assert rendered and asked == ["korean"], "English readers wait for it"
    monkeypatch.setattr(serve, "saved", lambda: before | {EN / "new.md": 1})
    rebuild()
    assert asked[1:] == ["korean", "wait", "everything"], (
        "a build of everything empties the folder that it is written to"
    )


NAV = """nav:
  - index.md
  - schemes/learned.md
  - references.md

"""
BLOCK = "from snippets.schemes.learned import LearnedPositions\n\nprint(LearnedPositions(2, 2))\n"
PAGES = {
    "index.md": (
        f"# Home {{ #home }}\n\nSee [the file](schemes/learned.md#file) and [@vaswani2017].\n\n```python\n{BLOCK}```\n"
    ),
    "changelog.md": "# Changes { #changelog }\n\n## 24 November 2026 { #v2026-11-24 }\n\n* A start.\n",
    "references.md": "# References { #references }\n\n<!-- references -->\n",
    "schemes/learned.md": (
        "---\nsummary: a table\nwork: none\nmodels: GPT-2\n---\n\n# Learned { #learned }\n\n$x_m$\n\n"
        '![what it shows](../assets/figures/learned.svg "a caption")\n\n## The file { #file }\n\n'
        '```python title="snippets/schemes/learned.py"\n--8<-- "snippets/schemes/learned.py"\n```\n'
    ),
}


CARDS = ("assets/og/en/schemes-learned.png", "ko/assets/og/ko/schemes-learned.png")


class Served:
    """A repository of three pages in two languages with the tools of this one, served as a writer would."""

    def __init__(self, folder):
        self.root, self.temporary, self.log = folder / "repository", folder / "temporary", folder / "log.txt"
        self.temporary.mkdir()
        skipped = shutil.ignore_patterns("__pycache__", "results")
        for name in ("tools", "snippets", "docs/assets"):
            shutil.copytree(ROOT / name, self.root / name, ignore=skipped)
        for figure in (self.root / "snippets/figures").glob("*/*.py"):
            if figure.stem not in ("learned", "timeline", "gallery_distance"):  # years and curves of the schemes
                figure.unlink()
        for path in (self.root / "snippets/live").iterdir():
            if path.stem not in ("kit", "live", "clock_hands"):
                path.unlink()
        for kept in (
            "schemes.json",
            "figures/learned-*",
            "figures/gallery_distance-*",
            "live/clock_hands.json",
            "live/marks.json",
        ):
            for path in (ROOT / ".cache").glob(kept):
                copy = self.root / path.relative_to(ROOT)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, copy)
        shutil.copy(ROOT / "docs/references.bib", self.root / "docs")
        shutil.copy(ROOT / "CITATION.cff", self.root)
        for name in ("mkdocs.yml", "mkdocs.ko.yml"):
            text = re.sub(r"^nav:\n.*?\n\n", NAV, (ROOT / name).read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
            (self.root / name).write_text(text, encoding="utf-8")
        for language in LANGUAGES:
            for name, text in PAGES.items():
                page = self.root / "docs" / language / name
                page.parent.mkdir(parents=True, exist_ok=True)
                page.write_text(text, encoding="utf-8")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        command = [sys.executable, "-m", "mkdocs", "serve", "-a", self.address]
        environment = os.environ | {"TMPDIR": str(self.temporary)}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, cwd=self.root, env=environment, stdout=log, stderr=log)
        self.wait(lambda: "Serving on" in self.said())
        self.korean = self.asked_for("ko/")  # before it is built
        self.site = next(self.temporary.glob("mkdocs_*"))

    def asked_for(self, address: str) -> str:
        """What the server answers; nothing if it has no such page, or does not listen yet."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                with urlopen(f"http://{self.address}/{address}", timeout=60) as answer:
                    return answer.read().decode()
            except HTTPError:
                return ""
            except OSError:
                time.sleep(0.05)
        return ""

    def said(self) -> str:
        return self.log.read_text("utf-8")

    def read(self, address: str) -> str:
        """A file of the site; nothing while it is not there, as in a build of everything."""
        path = self.site / address
        return path.read_text("utf-8") if path.is_file() else ""

    def wait(self, seen, lacks=lambda: "") -> None:
        """Until ``seen()``; the limit is for a server that hangs. ``lacks()`` says what is not as it should be."""
        end = time.monotonic() + 120
        while not seen():
            goes_on = self.process.poll() is None and time.monotonic() < end
            assert goes_on, f"{lacks()}\nthe server said:\n{self.said()[-4000:]}"
            time.sleep(0.05)

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.root / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def builds(self) -> int:
        """How often everything was built, of both languages."""
        return self.said().count("Building documentation...")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    served = Served(tmp_path_factory.mktemp("served"))
    yield served
    served.process.terminate()
    served.process.wait()


def test_a_korean_page_that_is_asked_for_before_it_is_built_comes_when_it_is(served):
    assert '<html lang="ko"' in served.korean, "the server has not waited for the Korean site"


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("docs/en/schemes/learned.md", "$x_m$", "$\\frac{1}{$", "bad TeX in the formula"),
        ("docs/ko/index.md", "See", "[@nobody2000] See", "[@nobody2000] is cited, but"),
        ("docs/en/schemes/learned.md", "{ #file }", "{ #another }", "does not contain an anchor '#file'"),
        (FIGURE, "def draw", "raise ValueError('planted')\n\n\ndef draw", "ValueError: planted"),
    ],
    ids=["TeX", "citation", "anchor", "figure"],
)
def test_an_error_is_said_and_mended(served, file, old, new, says):
    mark = f"mended-{abs(hash(says))}"
    served.edit(file, old, new)
    served.wait(lambda: says in served.said())
    served.edit(file, new, old)
    served.edit("docs/en/index.md", "See", f"See {mark}")
    served.wait(lambda: mark in served.read("index.html"))


def test_edits_show_and_the_site_is_the_one_that_a_build_makes(served, tmp_path):
    before = served.read("assets/figures/learned-dark.svg")
    served.edit("snippets/schemes/learned.py", '"""', '"""mark-snippet ')
    for address in ("schemes/learned/index.html", "snippets/schemes/learned.py"):
        served.wait(lambda address=address: "mark-snippet" in served.read(address))
        served.wait(lambda address=address: "mark-snippet" in served.read(f"ko/{address}"))
    one = one_file.address(BLOCK)
    served.edit("snippets/schemes/learned.py", "class LearnedPositions", "# mark-source\nclass LearnedPositions")
    served.wait(lambda: "mark-source" in served.read(one))
    for language in LANGUAGES:
        served.edit(f"docs/{language}/index.md", "print(", "print(3, ")
    other = one_file.address(BLOCK.replace("print(", "print(3, "))
    served.wait(lambda: other in served.read("index.html") and other in served.read("ko/index.html"))
    served.wait(lambda: "mark-source" in served.read(other) and not served.read(one))  # maybe at the next look
    served.edit(FIGURE, "height=3.3", "height=4.1")
    served.wait(lambda: served.read("assets/figures/learned-dark.svg") != before)
    served.wait(
        lambda: served.read("ko/assets/figures/learned-light.svg") == served.read("assets/figures/learned-light.svg")
    )
    for sheet in ("claims", "site"):
        served.edit(f"docs/assets/css/{sheet}.css", "{", "{ --mark-asset: 1;")
        served.wait(lambda sheet=sheet: "mark-asset" in served.read(f"ko/assets/css/{sheet}.css"))

    served.edit("snippets/live/kit.js", "//", "// mark-script")
    served.wait(lambda: "mark-script" in served.read("assets/live/kit.js"))
    served.edit("snippets/live/live.css", "/*", "/* mark-style")
    served.wait(lambda: "mark-style" in served.read("assets/live/marks.css"))

    served.edit("docs/en/index.md", "See", "Look at the mark-en of")
    served.wait(lambda: "mark-en" in served.read("index.html"))
    served.edit("docs/ko/index.md", "[@vaswani2017]", "[@press2022]")
    served.wait(lambda: "press2022" in served.read("ko/index.html"))
    served.wait(lambda: 'id="press2022"' in served.read("ko/references/index.html"))
    assert served.builds() == 1, "an edit built everything"

    same_as_a_build(served, tmp_path / "site")

    served.edit("docs/en/schemes/learned.md", "# Learned {", "# Learned mark-title {")
    served.wait(lambda: "mark-title" in served.read("index.html"))
    assert served.builds() == 2, "a title in the navigation needs a build of everything"


def same_as_a_build(served, site) -> None:
    served.wait(lambda: served.said().rstrip().endswith("Reloading browsers"))
    environment = os.environ | {"SITE_URL": f"http://{served.address}/"}
    command = [sys.executable, "-m", "mkdocs", "build", "-d", str(site)]
    subprocess.run(command, cwd=served.root, env=environment, check=True, capture_output=True)
    assert all((site / card).is_file() for card in CARDS), "no cards"

    def different() -> list[str]:
        one, other = (
            {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
            for folder in (served.site, site)
        )
        return [address for address in one | other if one.get(address) != other.get(address)]

    served.wait(lambda: not different(), different)  # what is made beside the server comes when it is made
