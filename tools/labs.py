"""Labs: notebooks that the build executes, shown in the site's own look and offered for download.

mkdocs-jupyter runs a lab and renders it with JupyterLab's style sheet and a loader for a remote
script. Here its page is reduced to what a reader needs: text, code with a copy button, output.
"""

import re
from base64 import b64decode
from html import escape
from pathlib import Path

import jupytext
import nbformat
from bs4 import BeautifulSoup
from mkdocs.exceptions import PluginError
from mkdocs.structure.toc import get_toc
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from tools import pages

_DOWNLOAD = {"en": "Download the notebook", "ko": "노트북 내려받기"}
_FIGURE = re.compile(r"^# Figure: (.+)$", re.MULTILINE)


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


def clean(html: str, page, language: str) -> tuple[str, dict[str, bytes]]:
    """Rendered notebook -> the site's own markup, and its pictures by their address in the site.

    The page's table of contents follows the headings' ids.
    """
    soup, pictures = BeautifulSoup(html, "html.parser"), {}
    parts = []
    for cell in soup.select(".jp-Notebook > .jp-Cell"):
        if "jp-MarkdownCell" in cell["class"]:
            parts.append("".join(str(node) for node in cell.select_one(".jp-RenderedMarkdown").contents))
        else:
            parts.append(_code(cell, page.file.src_uri, pictures))
    html, tokens = _headings("\n".join(parts), page.file.src_uri)
    page.toc = get_toc(tokens)
    file = page.file.src_uri.removeprefix("labs/").removesuffix(".py")
    link = f'<p><a class="md-button" href="../{file}.ipynb" download>{_DOWNLOAD[language]}</a></p>'
    return html.replace("</h1>", f"</h1>\n{link}", 1), pictures


def _code(cell, page: str, pictures: dict[str, bytes]) -> str:
    source = cell.select_one(".highlight-ipynb pre").get_text()
    parts = [highlight(source, PythonLexer(), HtmlFormatter(cssclass="highlight", wrapcode=True))]
    for output in cell.select(".jp-OutputArea-output"):
        image = output.find("img")
        if image:
            told = _FIGURE.search(source)
            if not told:
                raise PluginError(f"{page}: a cell that draws needs a line `# Figure: what it shows`:\n{source}")
            png = b64decode(image["src"].partition("base64,")[2])
            width, height = (int.from_bytes(png[k : k + 4]) for k in (16, 20))  # of the PNG header
            name = f"{page.removesuffix('.py')}-{len(pictures) + 1}.png"
            pictures[name] = png
            size = f'width="{width}" height="{height}" loading="lazy"'
            parts.append(f'<p class="lab-figure"><img alt="{escape(told[1])}" src="../{Path(name).name}" {size}></p>')
        elif text := output.get_text().strip("\n").rstrip():
            parts.append(f'<div class="lab-output"><pre><code>{escape(text)}</code></pre></div>')
    return "\n".join(parts)


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
