"""The styles of the theme and of KaTeX without the rules of what this site has not: tabs in the text, a blog, ...

The theme's stands before the site's own in one sheet, since every page needs both. ``tests/browser`` says if a page has
what is left out here after all. The theme knows its tables by having no class; then a browser looks at all that is
below an element whose classes change, so they have one here: ``tools/blocks.py``.
"""

import re
from pathlib import Path

import material

from tools import ROOT, find

KATEX = ROOT / "docs/assets/katex/katex.min.css"
FOLDER = Path(material.__file__).parent / "templates/assets/stylesheets"

# What a selector names that matches nothing here.
ABSENT = {
    "a language written from right to left": r"\[dir=rtl\]",
    "a palette of the theme's": r"\[data-md-color-(?:primary|accent)=",
    "a rule about every element, which docs/assets/js/site.js makes": r"\[data-md-color-switching\]",
    "tabs in the text": r"\.tabbed-",
    "admonitions": r"\.admonition|details\.(?!quote)|\.(?!quote)[a-z]+>summary",
    "annotations and tooltips": r"\.md-(?:annotation|tooltip|clipboard)|\[data-md-copying\]",
    "consent, and what readers say of a page": r"\.md-(?:consent|feedback)",
    "versions, and a menu of languages": r"\.md-(?:version|select)",
    "a banner, a path, a bar of progress": r"\.md-(?:banner|path|progress)",
    "a blog, tags, the status of a page": (
        r"\.md-(?:post|author|pagination|profile|meta|pin|draft|social|tag|status|(?:content|sidebar)--post)"
    ),
    "what the host of the repository says": r"\.md-(?:source-file|source__fact|source__repository--|content__button)",
    "contents within the navigation": r"\.md-(?:nav--integrated|header--lifted)",
    "what a word that is searched for may become": r"\.md-search__suggest",
    "marks of Markdown": (
        r"\.(?:task-list|footnote|critic|keys|emojione|twemoji|gemoji|mermaid|md-input|tasklist|inline(?![\w-]))"
    ),
    "numbers before lines of code": r"\.(?:highlighttable|linenos|linenodiv)|\[data-linenos\]",
    "letters of formulas": (
        r"\.(?:text|math)(?:it|sf|tt|bold|frak|scr)|\.mathbf|\.textbf|\.boldsymbol|\.mainrm|"
        r"KaTeX_(?:Fraktur|SansSerif|Script|Typewriter|Main-(?:Bold|Italic)|Math-Bold|Caligraphic-Bold)"
    ),
    "sizes of formulas but those of indices": r"\.reset-size(?![36]\.size[1-4]\b)",
    "frames, strokes, numbers and diagrams in formulas": (
        r"\.(?:angl|boxpad|cancel|cd-|eqn-num|fbox|fcolorbox|leqno|fleqn|halfarrow|katex-(?:sout|rule|tag|version|hdash)|"
        r"mml-eqn|mtr-glue|reflectbox|vertical-separator|x-arrow-pad)"
    ),
    "what others bring": r"\.giscus|__comments|\[role=columnheader\]|#gh-|\[data-preview\]|mjx-",
}
# What only such rules read, by the beginning of its name.
UNREAD = (
    r"--md-(?:admonition-icon--(?!note\b|quote\b)|annotation|clipboard|footnotes|mermaid|path|post|progress|source|status|tabbed|"
    r"tag|tasklist|typeset-table-sort|version|warning)"
)
_ABSENT = re.compile("|".join(ABSENT.values()))
_UNREAD = re.compile(UNREAD + r"""[\w-]*:(?:[^;{}'"]|'[^']*'|"[^"]*")*;?""")
_NEGATION = re.compile(r":not\([^()]*\)")
_RULE = re.compile(r"([^{};]+)\{([^{}]*)\}")
_EMPTY = re.compile(r"@media[^{}]*\{\}|/\*#.*?\*/\s*")


def theme(own: str) -> str:
    """The theme's style without what the palettes of our ``own`` sheet, which comes after it, say again."""
    said = "|".join(sorted(re.findall(r"(--md-[\w-]+):", find(r"\[data-md-color-scheme\]\{[^}]*\}", own)[0])))
    return re.sub(rf"(?:{said}):[^;{{}}]*;?", "", "".join(map(trimmed, texts()[:2])))


def trimmed(css: str) -> str:
    """A style sheet, written without white space, without rules of what is absent and properties that nothing reads."""

    def one(rule: re.Match) -> str:
        if rule[1] == "@font-face":
            return "" if is_absent(rule[2]) else rule[0]
        kept = ",".join(selector for selector in rule[1].split(",") if not is_absent(selector))
        declared = _UNREAD.sub("", rule[2])
        return f"{kept}{{{declared}}}" if kept and declared else ""

    return _EMPTY.sub("", _RULE.sub(one, css)).replace("table:not([class])", "table.plain")


def absent() -> list[str]:
    """Every selector that is left out."""
    rules = (rule[1] for css in texts() for rule in _RULE.finditer(css))
    return sorted({selector for rule in rules for selector in rule.split(",") if is_absent(selector)})


def is_absent(selector: str) -> bool:
    return bool(_ABSENT.search(_NEGATION.sub("", selector)))


def texts() -> list[str]:
    """The two sheets of the theme, and KaTeX's."""
    theirs = [next(FOLDER.glob(f"{name}.*.min.css")) for name in ("main", "palette")]
    return [path.read_text("utf-8") for path in (*theirs, KATEX)]
