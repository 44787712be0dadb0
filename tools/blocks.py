"""What may be wider than a screen, and code: as a page shows it, so that nothing has to wait for a script."""

import re

_OUTPUT = re.compile(r'<div class="((?:[^"]* )?(?:language-text|lab-output)(?: [^"]*)?)"')
_SHORT = re.compile(r"<code>(?=[^<]{1,24}</code>)")

_PLAIN = re.compile(r'<span class="[nwpo]">([^<]*)</span>')  # names and signs, which look like all code
_FILE = re.compile(r'<span class="filename">(snippets/[\w/]+\.py)</span>')
_DOWNLOAD = {"en": "Download", "ko": "내려받기"}


def downloads(html: str, language: str, up: str) -> str:
    """``html`` where the name of a file that a page shows is followed by a link to it; ``up`` leads to the root."""
    return _FILE.sub(rf'<span class="filename">\1<a href="{up}\1" download>{_DOWNLOAD[language]}</a></span>', html)


def dress(html: str) -> str:
    """``html`` whose blocks, figures and formulas the keyboard can scroll and whose outputs have no copy button.

    A short piece of code in a sentence is not broken between two lines.
    """
    html = _PLAIN.sub(r"\1", html)
    html = re.sub(r"(<pre>(?:<span></span>)?<code)(?=[ >])", r'\1 tabindex="0"', html)
    html = re.sub(r'(<figure\b[^>]* class="figure"[^>]*>\s*<p)>', r'\1 tabindex="0">', html)
    html = html.replace('<span class="katex-display">', '<span class="katex-display" tabindex="0">')
    html = _OUTPUT.sub(r'<div class="\1 no-copy"', html)
    return _SHORT.sub('<code class="short">', html)
