"""Labs: notebooks that are run beside the build, shown in the site's own look and offered for download.

What a lab prints and draws is found out once for both languages, whose code is the same, and kept. mkdocs-jupyter
renders a lab with JupyterLab's style sheet and a loader for a remote script. Here its page is reduced to what a reader
needs: text, code with a copy button, and output, which stays folded away with the text behind it until the reader, who
is asked to guess, opens it.
"""

import importlib
import io
import json
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from html import escape
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from bs4 import BeautifulSoup, Comment
from mkdocs.exceptions import PluginError
from mkdocs.structure.toc import get_toc
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from traitlets.config import Config

from tools import ROOT, cache, drawings, end_with_parent, pages, palettes
from tools.repository import colab

_DOWNLOAD = {"en": "Download the notebook", "ko": "노트북 내려받기"}
_COLAB = {"en": "Open in Colab", "ko": "Colab에서 열기"}
_GUESS = {"en": "Guess first, then look", "ko": "먼저 예측해 보고 확인하기"}
_HEADING = re.compile("^h[1-6]$")
_PACKAGES = ("ipython", "matplotlib", "matplotlib-inline", "numpy", "torch")


def is_lab(source: str) -> bool:
    """Whether a source path, from the folder of its language, is a lab."""
    return source.startswith("labs/") and source.endswith(".py")


def notebook(path: Path) -> str:
    """The lab as an ``.ipynb`` file that runs alone: same text every time it is built."""
    key = cache.key([path, Path(__file__).resolve()], ("jupytext", "nbformat"))
    kind, language = "notebooks", path.relative_to(ROOT / "docs").parts[0]
    return cache.remembered(f"{kind}/{language}/{path.stem}", lambda: key, lambda: _notebook(path))


def _notebook(path: Path) -> str:
    book: Any = jupytext.read(path)
    for number, cell in enumerate(book.cells):
        cell["id"] = f"cell-{number}"
    book.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return nbformat.writes(book, version=nbformat.NO_CONVERT) + "\n"


def downloads(language: str) -> dict[str, str]:
    """Every lab's notebook by its address in the site."""
    return {f"labs/{path.stem}.ipynb": notebook(path) for path in pages.labs(language)}


def code(path: Path) -> list[str]:
    """The source of each code cell."""
    cells = json.loads(notebook(path))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def name(path: Path) -> str:
    """Under what the output of a lab is kept: by its code, which is the same in both languages."""
    return f"labs/{path.stem}-{cache.key([], (), *code(path))[:8]}"


def key(path: Path) -> str:
    """A hash of everything that the output of a lab comes from."""
    look = [Path(__file__).resolve(), *map(Path, (drawings.__file__, palettes.__file__)), drawings.FOLDER / "style.py"]
    return cache.key(look, _PACKAGES, *code(path))


def outputs(path: Path) -> list[list[dict]]:
    """For each code cell of a lab what it printed, ``{"text": ...}``, and drew, ``{"light": ..., "dark": ...}``."""
    return cache.remembered(name(path), lambda: key(path), lambda: _run(path))


def _run(path: Path) -> list[list[dict]]:
    """Run each cell as a notebook does, in a process of its own. Raises PluginError with the traceback if one fails."""
    way = "fork" if sys.platform == "linux" else "spawn"  # a fork need not import torch once more
    with ProcessPoolExecutor(1, mp_context=get_context(way), initializer=end_with_parent) as pool:
        return pool.submit(_run_here, path).result()


def _run_here(path: Path) -> list[list[dict]]:
    import matplotlib
    from IPython.core.interactiveshell import InteractiveShell
    from matplotlib_inline.backend_inline import configure_inline_support

    shell, found = InteractiveShell.instance(config=_settings(), colors="nocolor"), []
    shell.display_pub.publish = lambda data, *_, **__: found[-1].append(_kept(data))
    shell.displayhook.write_format_data = lambda format_dict, md_dict=None: found[-1].append(_kept(format_dict))
    shell.displayhook.write_output_prompt = lambda: None
    matplotlib.use("module://matplotlib_inline.backend_inline")
    configure_inline_support(shell, matplotlib.get_backend())
    for source in code(path):
        found.append([])
        with redirect_stdout(_Printed(found)), redirect_stderr(_Printed(found)):
            result = shell.run_cell(source, store_history=True)
        if not result.success:
            raise PluginError(f"{pages.name(path)}: a cell fails:\n{found[-1][-1]['text']}")
    return found


def _settings() -> Config:
    """How a lab draws for the site: SVG in the light palette. A reader's notebook draws as it always does."""
    import matplotlib

    style, before = importlib.import_module("snippets.figures.style"), dict(matplotlib.rcParams)
    with style.palette("light"):
        look = {
            name: getattr(value, "value", value) for name, value in matplotlib.rcParams.items() if value != before[name]
        }
    look.pop("axes.grid")  # it would lie over pictures
    settings = Config()
    settings.InlineBackend.figure_formats = {"svg"}
    settings.InlineBackend.print_figure_kwargs = {
        "bbox_inches": "tight",
        "metadata": {"Date": None, "Creator": None},
    }
    settings.InlineBackend.rc = look
    settings.HistoryManager.enabled = False
    return settings


class _Printed(io.StringIO):
    """Adds what is written to the output of the last cell."""

    def __init__(self, found: list[list[dict]]):
        super().__init__()
        self.found = found

    def write(self, text: str) -> int:
        last = self.found[-1]
        if last and "text" in last[-1]:
            last[-1]["text"] += text
        elif text:
            last.append({"text": text})
        return len(text)


def _kept(data: dict) -> dict[str, str]:
    """One output, by its media types."""
    if svg := data.get("image/svg+xml"):
        svg = drawings.tidy(svg)
        return {"light": svg, "dark": palettes.marks_darkened(svg)}
    return {"text": data["text/plain"]}


def clean(html: str, page, language: str, outputs: list[list[dict]] | None) -> tuple[str, dict[str, str]]:
    """Rendered notebook -> the site's own markup with ``outputs``, and its drawings by their address in the site.

    The page's table of contents follows the headings' ids.
    """
    soup, pictures = BeautifulSoup(html, "html.parser"), {}
    parts, folded, told, waiting = [], [], [], iter(outputs or ())
    for cell in soup.select(".jp-Notebook > .jp-Cell"):
        if "jp-MarkdownCell" in cell["class"]:
            told += _told(cell)
            text = cell.select(".jp-RenderedMarkdown")[0]
            if text.find(_HEADING):
                parts, folded = [*parts, *_fold(folded, language)], []
            (folded or parts).append("".join(str(node) for node in text.contents))
        else:
            source = cell.select(".highlight-ipynb pre")[0].get_text()
            shown = _shown(source, next(waiting, None), page.file.src_uri, told, pictures)
            code = highlight(source, PythonLexer(), HtmlFormatter(cssclass="highlight", wrapcode=True))
            parts, folded, told = [*parts, *_fold(folded, language), code], shown, []
    html, tokens = _headings("\n".join([*parts, *_fold(folded, language)]), page.file.src_uri)
    page.toc = get_toc(tokens)
    file = page.file.src_uri.removeprefix("labs/").removesuffix(".py")
    link = f'<p><a class="md-button" href="../{file}.ipynb" download>{_DOWNLOAD[language]}</a></p>'
    return html.replace("</h1>", f"</h1>\n{link}", 1), pictures


def with_colab(html: str, source: str, language: str, repository: str) -> str:
    """The page of a lab with a link that opens its notebook in Colab, if its repository is on GitHub; or as it is."""
    address = colab(repository, f"{'' if language == 'en' else language + '/'}{Path(source).stem}.ipynb")
    if not address:
        return html
    link = f' <a class="md-button" href="{escape(address)}">{_COLAB[language]}</a>'
    return re.sub(r'(<p><a class="md-button"[^>]* download[^>]*>[^<]*</a>)', rf"\g<1>{link}", html, count=1)


def _fold(shown: list[str], language: str) -> list[str]:
    """What a cell shows and the text that explains it, as one piece that the reader opens; none if it shows nothing."""
    inside = "\n".join(shown)
    return [f'<details class="guess"><summary>{_GUESS[language]}</summary>\n{inside}\n</details>'] if shown else []


def _told(cell) -> list[str]:
    """What the comments of a text say of the figures that the next cell draws; the page does not show them."""
    found = [text for text in cell.find_all(string=lambda text: isinstance(text, Comment)) if "figure:" in text]
    return [comment.extract().strip().removeprefix("figure:").strip() for comment in found]


def _shown(source: str, outputs: list[dict] | None, page: str, told: list[str], pictures: dict[str, str]) -> list[str]:
    """What a code cell printed and drew; its drawings, in both palettes, are added to ``pictures``.

    While the site is served a cell may not have been run yet: it has no ``outputs``.
    """
    drawn = [output for output in outputs or () if "light" in output]
    if outputs is not None and len(drawn) != len(told):
        raise PluginError(
            f"{page}: a cell draws {len(drawn)} figures, but the text before it has {len(told)} lines "
            f"`<!-- figure: what it shows -->`:\n{source}"
        )
    parts, alts = [], iter(told)
    for output in [{"text": "…"}] if outputs is None else outputs:
        if "light" in output:
            name = f"{page.removesuffix('.py')}-{len(pictures) // 2 + 1}"
            pictures |= {f"{name}-{palette}.svg": output[palette] for palette in palettes.NAMES}
            parts.append(_figure(f"../{Path(name).name}", next(alts), *drawings.size(output["light"])))
        elif text := output["text"].strip("\n").rstrip():
            parts.append(f'<div class="lab-output"><pre><code>{escape(text)}</code></pre></div>')
    return parts


def _figure(address: str, alt: str, width: int, height: int) -> str:
    """A figure as other pages have it, in both palettes."""
    images = "\n".join(
        f'<img alt="{escape(alt)}" src="{address}-{palette}.svg#only-{palette}" '
        f'width="{width}" height="{height}" loading="lazy">'
        for palette in palettes.NAMES
    )
    return f'<figure id="figure-{address.rpartition("-")[2]}" class="figure"><p>{images}</p></figure>'


def _headings(html: str, source: str) -> tuple[str, list]:
    """A heading takes its id from the ``<a id="...">`` above it, so that both languages share ids."""
    soup, tokens = BeautifulSoup(html, "html.parser"), []
    for heading in soup.find_all(_HEADING):
        for link in heading.select(".anchor-link"):
            link.decompose()
        anchor = heading.find_previous("a", id=True)
        if anchor is None or anchor.get_text():
            raise PluginError(f'{source}: the heading {heading.get_text()!r} has no line <a id="..."></a> above it')
        heading["id"] = anchor["id"]
        around = anchor.parent
        anchor.decompose()
        if around and around.name == "p" and not around.get_text(strip=True):
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
