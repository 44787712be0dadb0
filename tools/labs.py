"""Labs: notebooks that the build executes, shown in the site's own look and offered for download.

mkdocs-jupyter runs a lab and renders it with JupyterLab's style sheet and a loader for a remote
script. Here its page is reduced to what a reader needs: text, code with a copy button, output.
"""

import hashlib
import os
import re
from base64 import b64decode
from html import escape
from importlib.metadata import version
from pathlib import Path

import jupytext
import matplotlib
import nbformat
from bs4 import BeautifulSoup, Comment
from mkdocs.exceptions import PluginError
from mkdocs.structure.toc import get_toc
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from snippets.figures import style
from tools import ROOT, figures, pages, write_whole

_DOWNLOAD = {"en": "Download the notebook", "ko": "노트북 내려받기"}
_SETTINGS = """\
# Written by tools/labs.py: how a lab draws while the site is built. A reader's notebook draws as it always does.
c.InlineBackend.figure_formats = {{"svg"}}
c.InlineBackend.print_figure_kwargs = {{"bbox_inches": "tight", "metadata": {{"Date": None, "Creator": None}}}}
c.InlineBackend.rc = {rc!r}
c.HistoryManager.enabled = False
c.IPKernelApp.log_level = "ERROR"
"""


def is_lab(source: str) -> bool:
    """Whether a source path, from the folder of its language, is a lab."""
    return source.startswith("labs/") and source.endswith(".py")


def notebook(path: Path) -> str:
    """The lab as an ``.ipynb`` file that runs alone: same text every time it is built."""
    book = jupytext.read(path)
    for number, cell in enumerate(book.cells):
        cell["id"] = f"cell-{number}"
    book.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return nbformat.writes(book, version=nbformat.NO_CONVERT) + "\n"


def downloads(language: str) -> dict[str, str]:
    """Every lab's notebook by its address in the site."""
    return {f"labs/{path.stem}.ipynb": notebook(path) for path in pages.labs(language)}


def prepare(config) -> None:
    """Let labs draw SVG in the site's light palette; their stored output belongs to these settings."""
    before = dict(matplotlib.rcParams)
    with style.palette("light"):
        look = {
            name: getattr(value, "value", value) for name, value in matplotlib.rcParams.items() if value != before[name]
        }
    look.pop("axes.grid")  # it would lie over pictures
    settings = _SETTINGS.format(rc=look)
    folder = ROOT / ".cache/ipython"
    write_whole(folder / "profile_default/ipython_kernel_config.py", settings)
    os.environ["IPYTHONDIR"] = str(folder)
    key = hashlib.sha256(f"{settings}{version('matplotlib')}".encode()).hexdigest()[:12]
    plugin = config.plugins["mkdocs-jupyter"].config
    plugin["cache_dir"] = f".cache/labs/{config.theme['language']}-{key}"


def clean(html: str, page, language: str) -> tuple[str, dict[str, str]]:
    """Rendered notebook -> the site's own markup, and its drawings by their address in the site.

    The page's table of contents follows the headings' ids.
    """
    soup, pictures = BeautifulSoup(html, "html.parser"), {}
    parts, told = [], []
    for cell in soup.select(".jp-Notebook > .jp-Cell"):
        if "jp-MarkdownCell" in cell["class"]:
            told += _told(cell)
            parts.append("".join(str(node) for node in cell.select_one(".jp-RenderedMarkdown").contents))
        else:
            parts.append(_code(cell, page.file.src_uri, told, pictures))
            told = []
    html, tokens = _headings("\n".join(parts), page.file.src_uri)
    page.toc = get_toc(tokens)
    file = page.file.src_uri.removeprefix("labs/").removesuffix(".py")
    link = f'<p><a class="md-button" href="../{file}.ipynb" download>{_DOWNLOAD[language]}</a></p>'
    return html.replace("</h1>", f"</h1>\n{link}", 1), pictures


def _told(cell) -> list[str]:
    """What the comments of a text say of the figures that the next cell draws; the page does not show them."""
    found = [text for text in cell.find_all(string=lambda text: isinstance(text, Comment)) if "figure:" in text]
    return [comment.extract().strip().removeprefix("figure:").strip() for comment in found]


def _code(cell, page: str, told: list[str], pictures: dict[str, str]) -> str:
    """A code cell and what it printed and drew; its drawings, in both palettes, are added to ``pictures``."""
    source = cell.select_one(".highlight-ipynb pre").get_text()
    drawn = cell.select(".jp-OutputArea-output img")
    if len(drawn) != len(told):
        raise PluginError(
            f"{page}: a cell draws {len(drawn)} figures, but the text before it has {len(told)} lines "
            f"`<!-- figure: what it shows -->`:\n{source}"
        )
    parts = [highlight(source, PythonLexer(), HtmlFormatter(cssclass="highlight", wrapcode=True))]
    alts = iter(told)
    for output in cell.select(".jp-OutputArea-output"):
        if image := output.find("img"):
            svg = figures.tidy(b64decode(image["src"].partition("base64,")[2]).decode())
            name = f"{page.removesuffix('.py')}-{len(pictures) // 2 + 1}"
            pictures[f"{name}-light.svg"], pictures[f"{name}-dark.svg"] = svg, _darkened(svg)
            parts.append(_figure(f"../{Path(name).name}", next(alts), *figures.size(svg)))
        elif text := output.get_text().strip("\n").rstrip():
            parts.append(f'<div class="lab-output"><pre><code>{escape(text)}</code></pre></div>')
    return "\n".join(parts)


def _figure(address: str, alt: str, width: int, height: int) -> str:
    """A figure as other pages have it, in both palettes."""
    images = "\n".join(
        f'<img alt="{escape(alt)}" src="{address}-{palette}.svg#only-{palette}" '
        f'width="{width}" height="{height}" loading="lazy">'
        for palette in figures.PALETTES
    )
    return f'<figure class="figure"><p>{images}</p></figure>'


def _darkened(svg: str) -> str:
    """A drawing in the light palette's colours, in those of the dark one."""
    light, dark = (style.PALETTES[name] for name in ("light", "dark"))
    colours = {mark.light: mark.dark for mark in style.MARKS.values()} | {light[name]: dark[name] for name in light}
    return re.sub(r"#[0-9a-f]{6}\b", lambda colour: colours.get(colour[0], colour[0]), svg)


def _headings(html: str, source: str) -> tuple[str, list[dict]]:
    """A heading takes its id from the ``<a id="...">`` above it, so that both languages share ids."""
    soup, tokens = BeautifulSoup(html, "html.parser"), []
    for heading in soup.find_all(re.compile("^h[1-6]$")):
        for link in heading.select(".anchor-link"):
            link.decompose()
        anchor = heading.find_previous("a", id=True)
        if anchor is None or anchor.get_text():
            raise PluginError(f'{source}: the heading {heading.get_text()!r} has no line <a id="..."></a> above it')
        heading["id"] = anchor["id"]
        around = anchor.parent
        anchor.decompose()
        if around.name == "p" and not around.get_text(strip=True):
            around.decompose()
        level, name = int(heading.name[1]), heading.get_text().strip()
        token = {"level": level, "id": heading["id"], "name": name, "html": name, "data-toc-label": "", "children": []}
        parents = tokens
        while parents and parents[-1]["level"] < level:
            parents = parents[-1]["children"]
        parents.append(token)
        if level > 1:
            mark = soup.new_tag("a", attrs={"class": "headerlink", "href": f"#{heading['id']}"})
            mark.string = "¶"
            heading.append(mark)
    return str(soup), tokens
