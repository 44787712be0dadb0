"""``python -m tools.offline site``: what ``mkdocs build`` made, once more for readers without a network.

A zip holds the whole site and opens from disk: its links lead to files, and it searches. A PDF of each language holds
every page in the order of the navigation, behind a table of contents. Chromium prints it: the one that CHROMIUM names,
or the one that is found. They go into ``site/offline``.
"""

import functools
import json
import os
import posixpath
import re
import shutil
import sys
import threading
import zipfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from html import escape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag
from mkdocs.utils.yaml import yaml_load

from tools import LANGUAGES, ROOT, command, figures

NAME = "how-models-know-position"
FOLDER = "offline"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_NOT_ZIPPED = re.compile(rf"^{FOLDER}/|(?:^|/)(?:404\.html|sitemap\.xml(?:\.gz)?)$|\.map$")
_LINK = re.compile(r'(<a\b[^>]*?\shref="|<link\b[^>]*?\shref=")(?![\w+.-]+:|//|#|\?)([^"?#]*)(?=["?#])')
_STYLE = re.compile(r'<link rel="stylesheet" href="([^"]+)"')
_CANONICAL = re.compile(r'<link rel="canonical" href="([^"]+)"')
_PAGE_SETUP = """
  .book > section { break-before: page; }
  .book > :is(.front, .contents) { break-before: auto; }
  .book .contents ul { list-style: none; margin-left: 0; columns: 2; }
  .book .contents h2 { break-after: avoid; }
  .book .contents li { break-inside: avoid; margin-left: 0; }
  .book .hero, .book .cards { display: block; }
"""
_FURNITURE = (
    ".sections, .headerlink, .one-file, .filename a, .reference-note, .next, .md-button, .open, .large, script, form, "
    "fieldset, .matrix-filter, .about, .source, source, .atlas tr.more, #config-reader, img[src$='#only-dark']"
)
_WORDS = {"en": {"contents": "Contents"}, "ko": {"contents": "차례"}}


def write_zip(site: Path, file: Path) -> None:
    """The site as a zip whose pages work from disk; the same bytes for the same site."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for address, content in sorted(_for_disk(site)):
            entry = zipfile.ZipInfo(f"{NAME}/{address}", (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content)


def _for_disk(site: Path) -> Iterator[tuple[str, bytes]]:
    """Address and content of every file of the zip.

    A page from disk may fetch nothing and start no worker from a file. So the index of search and its worker are
    scripts, too, which ``assets/js/search.js`` loads.
    """
    for path in site.rglob("*"):
        address = path.relative_to(site).as_posix()
        if not path.is_file() or _NOT_ZIPPED.search(address):
            continue
        content = path.read_bytes()
        if address.endswith(".html"):
            content = _with_files(content.decode()).encode()
        if address.endswith("search/search_index.json"):
            yield address.removesuffix("on"), b"var __index = " + content
            worker = (path.parents[1] / "assets/js/search-worker.js").read_text("utf-8")
            yield (
                posixpath.join(posixpath.dirname(address), "worker.js"),
                f"var __worker = {json.dumps(worker)}".encode(),
            )
        else:
            yield address, content


def _with_files(html: str) -> str:
    """A page whose links lead to files, not to folders, and which says that it is of a zip, without a link to it.

    A policy for pages of a host would forbid the worker of search.
    """

    def one(link: re.Match) -> str:
        path = link[2]
        return link[1] + (posixpath.join(path, "index.html").removeprefix("./") if _is_folder(path) else path)

    html = re.sub(
        r'<meta http-equiv="Content-Security-Policy"[^>]*>|<div class="offline">.*?</div>', "", html, flags=re.DOTALL
    )
    return _LINK.sub(one, html.replace("<html ", "<html data-offline ", 1))


class Book:
    """All pages of one language as one page: a title, contents, then each page in the order of the navigation."""

    def __init__(self, site: Path, language: str, root: Path = ROOT):
        with (root / ("mkdocs.yml" if language == "en" else f"mkdocs.{language}.yml")).open(encoding="utf-8") as file:
            settings = yaml_load(file)
        self.site, self.language, self.under = site, language, "" if language == "en" else f"{language}/"
        self.title, self.about = settings["site_name"], settings["site_description"]
        self.rights = settings.get("copyright", "")
        self.nav = settings["nav"]
        self.styles: dict[str, None] = {}
        self.home, self.figures = "", 0  # the address of the site, if the build knew it; figures so far
        addresses = [self.under + _url(source) for source in _sources(self.nav)]
        self.articles = {address: self._read(address) for address in addresses}
        self.ids = {address: {e["id"] for e in article.select("[id]")} for address, article in self.articles.items()}

    def _read(self, address: str) -> Tag:
        """The article of a page without furniture."""
        path = self.site / address / "index.html"
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing: run `mkdocs build -d {self.site}` first")
        html = path.read_text("utf-8")
        head = html.partition("</head>")[0]
        self.styles |= {_joined(address, style): None for style in _STYLE.findall(head)}
        if address == self.under and (known := _CANONICAL.search(head)):
            self.home = known[1].removesuffix(self.under)
        article = BeautifulSoup(html[html.index("<article") : html.index("</article>")], "html.parser").select(
            "article"
        )[0]
        for element in article.select(_FURNITURE):
            element.decompose()
        return article

    def html(self) -> str:
        """The whole book; its addresses are relative to the root of the site."""
        links = "".join(f'<link rel="stylesheet" href="{style}">' for style in self.styles)
        pages = "".join(map(self._page, self.articles))
        return (
            f'<!doctype html><html lang="{self.language}"><head><meta charset="utf-8">'
            f"<title>{escape(self.title)}</title>{links}<style>{_PAGE_SETUP}</style></head>"
            '<body data-md-color-scheme="default" data-md-color-primary="custom" data-md-color-accent="custom">'
            f'<main class="md-typeset book">{self._front()}{pages}</main></body></html>'
        )

    def _front(self) -> str:
        where = f'<p><a href="{escape(self.home)}">{escape(self.home)}</a></p>' if self.home else ""
        return (
            f'<section class="front"><h1>{escape(self.title)}</h1><p>{escape(self.about)}</p>{where}'
            f'<p>{escape(self.rights)}</p></section><section class="contents">'
            f"<h1>{_WORDS[self.language]['contents']}</h1>{self._listed(self.nav, 2)}</section>"
        )

    def _listed(self, entries: list, level: int) -> str:
        """The navigation as lists of links, each part below its heading."""
        parts = []
        for entry in entries:
            for title, target in entry.items() if isinstance(entry, dict) else [("", entry)]:
                if isinstance(target, list):
                    parts.append(f"<h{level}>{escape(title)}</h{level}>{self._listed(target, level + 1)}\n")
                    continue
                address = self.under + _url(target)
                name = title or self.articles[address].select("h1")[0].get_text()
                parts.append(f'<ul><li><a href="#{_id(address)}">{escape(name)}</a></li></ul>')
        return "".join(parts).replace("</ul><ul>", "")

    def _page(self, address: str) -> str:
        """The article of a page, its ids and links made those of the book."""
        article = self.articles[address]
        for folded in article.select("details"):
            folded["open"] = ""
        for number in article.select("figcaption .number"):
            self.figures += 1
            number.string = figures.WORDS[self.language]["figure"].format(self.figures)
        for image in article.select("img"):
            image["src"] = _joined(address, str(image["src"]))
            del image["loading"]
        for link in article.select("a[href]"):
            self._lead(link, address)
        for element in article.select("[id]"):
            element["id"] = _id(address, str(element["id"]))
        return f'<section id="{_id(address)}">{article.decode_contents()}</section>'

    def _lead(self, link, address: str) -> None:
        """Let a link lead into the book, else to the site if its address is known, else nowhere."""
        parts = urlsplit(str(link["href"]))
        if parts.scheme or parts.netloc:
            return
        there = _joined(address, parts.path) if parts.path else address
        id_ = unquote(parts.fragment).split("?")[0]
        if there in self.articles:
            link["href"] = f"#{_id(there, id_ if id_ in self.ids[there] else '')}"
        elif self.home:
            link["href"] = self.home + _joined(address, parts.path)
        else:
            link.unwrap()


def _id(address: str, id_: str = "") -> str:
    """What an id of a page is called in the book, and the page itself."""
    return "--".join(filter(None, (address.strip("/").replace("/", "-") or "home", id_)))


def _is_folder(path: str) -> bool:
    return path.endswith("/") or posixpath.basename(path) in (".", "..")


def _joined(address: str, path: str) -> str:
    """The address that a page at ``address`` calls ``path``; that of a folder ends in a slash, or is empty."""
    joined = posixpath.normpath(posixpath.join(address, path)).removeprefix(".")
    return joined + ("/" if _is_folder(path) and joined else "")


def _url(source: str) -> str:
    """The address of a page by its source, below its language."""
    stem = re.sub(r"\.(?:md|py)$", "", source)
    return "" if stem == "index" else f"{stem.removesuffix('/index')}/"


def _sources(entries: list) -> Iterator[str]:
    for entry in entries:
        for target in entry.values() if isinstance(entry, dict) else [entry]:
            if isinstance(target, list):
                yield from _sources(target)
            else:
                yield target


def browser() -> str:
    """The path of Chromium. Raises FileNotFoundError if there is none."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        raise FileNotFoundError(f"no browser prints the PDF: set CHROMIUM, or install one of {', '.join(_BROWSERS)}")
    return found


def print_book(site: Path, html: str, chromium) -> bytes:
    """The PDF of a book of ``site``, printed by ``chromium``, a browser of Playwright."""
    footer = (
        '<div style="width: 100%; text-align: center; font: 8px sans-serif;"><span class="pageNumber"></span></div>'
    )
    with _served(site) as address:
        page = chromium.new_page(color_scheme="light", java_script_enabled=False)
        page.route(f"{address}book.html", lambda route: route.fulfill(body=html, content_type="text/html"))
        page.goto(f"{address}book.html", wait_until="load", timeout=600_000)
        shape = {"format": "A4", "print_background": True, "display_header_footer": True, "header_template": "<p></p>"}
        printed = page.pdf(**shape, footer_template=footer, outline=True, tagged=True)
        page.close()
    return printed


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format, *args):
        pass


@contextmanager
def _served(site: Path) -> Generator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()


def main() -> None:
    parser = command("offline", __doc__)
    parser.add_argument("site", type=Path, help="the folder that `mkdocs build` wrote")
    site = parser.parse_args().site
    if not (site / "index.html").is_file():
        sys.exit(f"{site} holds no built site: run `mkdocs build -d {site}` first")
    from playwright.sync_api import sync_playwright

    folder = site / FOLDER
    folder.mkdir(exist_ok=True)
    write_zip(site, folder / f"{NAME}.zip")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser(), args=["--no-sandbox", "--disable-gpu"])
        for language in LANGUAGES:
            (folder / f"{NAME}-{language}.pdf").write_bytes(print_book(site, Book(site, language).html(), chromium))
        chromium.close()
    for file in sorted(folder.iterdir()):
        print(f"{file}  {file.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
