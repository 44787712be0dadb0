"""Math is set while the site is built: KaTeX runs here, and no reader's browser needs a script."""

import atexit
import re
from functools import cache as forever
from functools import lru_cache
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

from mkdocs.exceptions import PluginError
from py_mini_racer import JSEvalException, MiniRacer

from tools import ROOT, cache, find

ARITHMATEX = re.compile(
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

_ANNOTATION = re.compile(r"<annotation\b.*?</annotation>", re.DOTALL)  # the TeX once more, which nobody is shown


_KATEX = ROOT / "tools/katex/katex.min.js"
_known: dict[tuple[str, bool], str] = {}  # every formula that has been set


@lru_cache(maxsize=1)
def _katex() -> MiniRacer:
    engine = MiniRacer()
    atexit.register(engine.close)  # closed only when Python itself goes down, it may wait for ever
    engine.eval(_KATEX.read_text(encoding="utf-8"))
    return engine


def recall(page: str) -> None:
    """Know the formulas of a page as an earlier build set them: KaTeX takes longer to start than to set a page."""
    for tex, display, html in cache.known(f"formulas/{page}", _made_by()) or ():
        _known[tex, display] = html


def keep(html: str, page: str) -> None:
    """Keep the formulas of a page, whose ``html`` they have not been set in, for ``recall``."""
    used = sorted({named(match) for match in ARITHMATEX.finditer(html)})
    formulas = [[*one, render(*one)] for one in used]
    if formulas != (cache.known(f"formulas/{page}", _made_by()) or []):
        cache.keep(f"formulas/{page}", _made_by(), formulas)


def _made_by() -> str:
    return cache.key([_KATEX, Path(__file__).resolve()], ("mini-racer",))


def named(match: re.Match) -> tuple[str, bool]:
    """The TeX of a formula, and whether it is displayed."""
    return unescape(match["tex"]).strip(), match["open"] == "["


def render(tex: str, display: bool = False) -> str:
    """HTML and MathML of one formula. Raises ValueError that names the formula when TeX is bad."""
    if (tex, display) not in _known:
        _known[tex, display] = _set(tex, display)
    return _known[tex, display]


def _set(tex: str, display: bool) -> str:
    options = {"displayMode": display, "throwOnError": True, "strict": "error", "output": "htmlAndMathml"}
    try:
        return _ANNOTATION.sub("", _katex().call("katex.renderToString", tex, options))
    except JSEvalException as error:
        reason = str(error).split("ParseError: ")[-1].split("\n")[0]
        raise ValueError(f"bad TeX in the formula {tex!r}: {reason}") from error


_MATH = re.compile(r"<math\b.*?</math>", re.DOTALL)
_SPACED = re.compile(r"[=+−±·×<>≤≥≈≠∈∼→↦⇒]")
_ACCENTS = {"~", "ˉ", "‾", "^", "⏟", "→"}


@forever
def words(tex: str, display: bool = False) -> str:
    """A formula as one would type it: ``W_q x``, ``10000^(−2i/d)``, ``√(k/d)``. Raises as ``render`` does."""
    math = find(_MATH, render(tex, display))[0]
    tree = ElementTree.fromstring(math.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', ""))
    text = re.sub(r"(^|[(\[{,;=·<>≤≥]) *− ", r"\1−", " ".join(_typed(tree).split()))
    return re.sub(r"(?<=[,;=·<>≤≥])−", " −", re.sub(r" +(?=[,;)\]])|(?<=[(\[]) +", "", text))


def _typed(node) -> str:
    """One element of MathML."""
    tag, inside = node.tag, list(node)
    text = (node.text or "").translate({ord("⋅"): "·", ord("∣"): "|", 0x2061: " ", 0x2063: None})
    if tag == "annotation":
        return ""
    if tag == "mspace":
        return " " if node.get("width", "").rstrip("em") > "0.2" else ""
    if tag in {"msub", "munder"}:
        return _typed(inside[0]) + _below(inside[1])
    if tag in {"msup", "mover"}:
        return _typed(inside[0]) + _above(inside[1])
    if tag in {"msubsup", "munderover"}:
        return _typed(inside[0]) + _below(inside[1]) + _above(inside[2])
    if tag == "mfrac":
        return "/".join(_one_thing(_typed(part)) for part in inside)
    if tag == "msqrt":
        return "√" + _one_thing(_side_by_side(map(_typed, inside)))
    if tag == "mtable":
        return "; ".join(" ".join(map(_typed, row)) for row in inside)
    if inside:
        return _side_by_side(map(_typed, inside))
    if tag == "mo":
        return f" {text} " if _SPACED.fullmatch(text) else text + " " * (text in {",", ";"})
    return f" {text}" if tag == "mi" and len(text) > 1 else text


def _side_by_side(parts) -> str:
    """``W_q`` and ``x`` are ``W_q x``."""
    text = ""
    for part in parts:
        text += " " * bool(re.search(r"[_^]\w+$|ᵀ$", text) and re.match(r"[^\W\d]|√", part)) + part
    return text


def _below(node) -> str:
    text = _typed(node).strip()
    return "" if text in _ACCENTS else "_" + _one_thing(text)


def _above(node) -> str:
    text = _typed(node).strip()
    return "" if text in _ACCENTS else {"′": "′", "⊤": "ᵀ"}.get(text, "^" + _one_thing(text))


def _one_thing(text: str) -> str:
    """In brackets if it is more than a name or a number."""
    text = text.strip()
    return text if re.fullmatch(r"√?(\d[\d.]*|[^\W\d]\w*)|\([^()]*\)", text) else f"({text})"


def typeset(html: str, page: str) -> tuple[str, list[str]]:
    """``html`` with every formula set, and the font files that the first view needs.

    Bad TeX stops the build by name.
    A short formula and the comma or the Korean particle behind it stay on one line.
    """

    def one(match: re.Match) -> str:
        try:
            formula = render(*named(match))
        except ValueError as error:
            raise PluginError(f"{page}: {error}") from error
        together = formula + match["after"]
        return f'<span class="together">{together}</span>' if match["after"] and len(match["tex"]) <= 20 else together

    html, found = ARITHMATEX.subn(one, html)
    own = {font for font, mark in _OWN_FONTS.items() if re.search(mark, html)}
    return html, [f"KaTeX_{font}" for font in ("Main-Regular", "Math-Italic", *sorted(own))] if found else []
