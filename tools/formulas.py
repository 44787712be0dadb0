"""Math is set while the site is built: KaTeX runs here, and no reader's browser needs a script."""

import re
from functools import cache, lru_cache
from html import unescape

from mkdocs.exceptions import PluginError
from py_mini_racer import JSEvalException, MiniRacer

from tools import ROOT

_ARITHMATEX = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\\(?P<open>[(\[])(?P<tex>.*?)\\[)\]]</(?P=tag)>(?P<after>[^\s<]{0,12})',
    re.DOTALL,
)


@lru_cache(maxsize=1)
def _katex() -> MiniRacer:
    engine = MiniRacer()
    engine.eval((ROOT / "tools/katex/katex.min.js").read_text(encoding="utf-8"))
    return engine


@cache
def render(tex: str, display: bool = False) -> str:
    """HTML and MathML of one formula. Raises ValueError that names the formula when TeX is bad."""
    options = {"displayMode": display, "throwOnError": True, "strict": "error", "output": "htmlAndMathml"}
    try:
        return _katex().call("katex.renderToString", tex, options)
    except JSEvalException as error:
        reason = str(error).split("ParseError: ")[-1].split("\n")[0]
        raise ValueError(f"bad TeX in the formula {tex!r}: {reason}") from error


def typeset(html: str, page: str) -> tuple[str, bool]:
    """``html`` with every formula set, and whether there was one. Bad TeX stops the build by name.

    A short formula and the comma or the Korean particle behind it stay on one line.
    """
    found = False

    def one(match: re.Match) -> str:
        nonlocal found
        found = True
        try:
            formula = render(unescape(match["tex"]).strip(), match["open"] == "[")
        except ValueError as error:
            raise PluginError(f"{page}: {error}") from error
        together = formula + match["after"]
        return f'<span class="together">{together}</span>' if match["after"] and len(match["tex"]) <= 20 else together

    return _ARITHMATEX.sub(one, html), found
