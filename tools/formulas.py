"""Math is set while the site is built: KaTeX runs here, and no reader's browser needs a script."""

import atexit
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

# A tall bracket, a sum or a blackboard letter is a glyph of a font of its own, which must be there from the start.
_OWN_FONTS = {
    "AMS-Regular": r"mathbb",
    "Caligraphic-Regular": r"mathcal",
    "Size1-Regular": r"small-op|delimsizing size1|delim-size1",
    "Size2-Regular": r"large-op|delimsizing size2",
    "Size3-Regular": r"delimsizing size3",
    "Size4-Regular": r"delimsizing size4|delim-size4",
}


@lru_cache(maxsize=1)
def _katex() -> MiniRacer:
    engine = MiniRacer()
    atexit.register(engine.close)  # closed only when Python itself goes down, it may wait for ever
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


def typeset(html: str, page: str) -> tuple[str, list[str]]:
    """``html`` with every formula set, and the font files that the first view needs.

    Bad TeX stops the build by name.
    A short formula and the comma or the Korean particle behind it stay on one line.
    """

    def one(match: re.Match) -> str:
        try:
            formula = render(unescape(match["tex"]).strip(), match["open"] == "[")
        except ValueError as error:
            raise PluginError(f"{page}: {error}") from error
        together = formula + match["after"]
        return f'<span class="together">{together}</span>' if match["after"] and len(match["tex"]) <= 20 else together

    html, found = _ARITHMATEX.subn(one, html)
    own = {font for font, mark in _OWN_FONTS.items() if re.search(mark, html)}
    return html, [f"KaTeX_{font}" for font in ("Main-Regular", "Math-Italic", *sorted(own))] if found else []
