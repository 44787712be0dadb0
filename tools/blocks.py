"""What may be wider than a screen, and code: as a page shows it, so that nothing has to wait for a script."""

import re

_OUTPUT = re.compile(r'<div class="((?:[^"]* )?(?:language-text|lab-output)(?: [^"]*)?)"')
_SHORT = re.compile(r"<code>(?=[^<]{1,24}</code>)")


def dress(html: str) -> str:
    """``html`` whose blocks, figures and formulas the keyboard can scroll and whose outputs have no copy button.

    A short piece of code in a sentence is not broken between two lines.
    """
    html = re.sub(r"(<pre>(?:<span></span>)?<code)(?=[ >])", r'\1 tabindex="0"', html)
    html = re.sub(r'(<figure\b[^>]* class="figure"[^>]*>\s*<p)>', r'\1 tabindex="0">', html)
    html = html.replace('<span class="katex-display">', '<span class="katex-display" tabindex="0">')
    html = _OUTPUT.sub(r'<div class="\1 no-copy"', html)
    return _SHORT.sub('<code class="short">', html)
