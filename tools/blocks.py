"""What may be wider than a screen, and code: as a page shows it, so that nothing has to wait for a script."""

import re
from pathlib import PurePosixPath

from mkdocs.exceptions import PluginError

_OUTPUT = re.compile(r'<div class="((?:[^"]* )?(?:language-text|lab-output)(?: [^"]*)?)"')
_SHORT = re.compile(r"<code>(?=[^<]{1,24}</code>)")

_PLAIN = re.compile(r'<span class="[nwpo]">([^<]*)</span>')  # names and signs, which look like all code
_FILE = re.compile(r'<span class="filename">(snippets/[\w/]+\.py)</span>')
_TABLE = re.compile(r"<table>(.*?)</table>", re.DOTALL)
_SCROLLED = (
    r'<div class="md-typeset__scrollwrap"><div class="md-typeset__table"><table class="plain">\1</table></div></div>'
)
_RUNS = re.compile(r'<div class="language-python highlight">(?=<pre>)')
_WORDS = {
    "en": {
        "file": "One file",
        "label": "One file: block {}",
        "clone": "needs a clone",
        "reads": "It reads ",
        "uses": "It uses the package ",
    },
    "ko": {
        "file": "한 파일로",
        "label": "한 파일로: 블록 {}",
        "clone": "저장소가 필요합니다",
        "reads": "읽는 파일: ",
        "uses": "쓰는 패키지: ",
    },
}
_DOWNLOAD = {"en": "Download", "ko": "내려받기"}


def downloads(html: str, language: str, up: str) -> str:
    """``html`` where the name of a file that a page shows is followed by a link to it; ``up`` leads to the root."""
    return _FILE.sub(rf'<span class="filename">\1<a href="{up}\1" download>{_DOWNLOAD[language]}</a></span>', html)


def one_file(html: str, page: str, language: str, up: str, offers: list[tuple[str | None, str | None]]) -> str:
    """``html`` where a block is followed by a link to it as one file, or by a note that it needs a clone.

    offers: for each block that runs, in order, the address of its file, and why it needs a clone. page: its path.
    """
    places = [*_RUNS.finditer(html)]
    if len(places) != len(offers):
        raise PluginError(f"{page}: {len(offers)} blocks run, but the page shows {len(places)} that might")
    stem, words = PurePosixPath(page.removesuffix("index.md") or "home").stem, _WORDS[language]
    for number, (place, (address, why)) in reversed([*enumerate(zip(places, offers, strict=True), 1)]):
        offer = ""
        if why:
            title = words["reads" if "/" in why else "uses"] + why
            offer = f'<span class="one-file" title="{title}">{words["clone"]}</span>'
        elif address:
            name = f'download="{stem}-{number}.py" aria-label="{words["label"].format(number)}"'
            offer = f'<a class="one-file" href="{up}{address}" {name}>{words["file"]}</a>'
        html = html[: place.end()] + offer + html[place.end() :]
    return html


def dress(html: str) -> str:
    """``html`` whose blocks and formulas the keyboard can scroll and whose outputs have no copy button.

    A short piece of code in a sentence is not broken between two lines. What a block does not show is a note. A table
    stands in what scrolls it, which the theme's script would make otherwise, and the page would be laid out again.
    """
    html = _TABLE.sub(_SCROLLED, html)
    html = _PLAIN.sub(r"\1", html)
    html = re.sub(r"(<pre>(?:<span></span>)?<code)(?=[ >])", r'\1 tabindex="0"', html)
    html = html.replace('<span class="katex-display">', '<span class="katex-display" tabindex="0">')
    html = html.replace('<p class="limits">', '<p class="limits" role="note">')
    html = _OUTPUT.sub(r'<div class="\1 no-copy"', html)
    return _SHORT.sub('<code class="short">', html)
