"""What stands around the content of a page."""

import re
from pathlib import Path

from tools import styles

_INDENT = re.compile(r"\s*\n\s*")


def without_indents(html: str) -> str:
    """A page whose frame is not indented, which is a third of what the frame weighs; its article stays as it is."""
    before, mark, rest = html.partition("<article")
    article, end, after = rest.rpartition("</article>")
    return _INDENT.sub("\n", before) + mark + article + end + _INDENT.sub("\n", after)


def as_loaded(path: Path) -> str:
    """A style sheet or a script of ``docs/assets`` as readers load it; the site's own sheet begins with the theme's."""
    if path == styles.KATEX:
        return styles.trimmed(path.read_text("utf-8"))
    own = without_comments(path.read_text("utf-8"), path.suffix)
    return styles.theme(own) + own if path.name == "site.css" else own


def without_comments(text: str, suffix: str) -> str:
    """A style sheet or a script of our own without what only its writers read; what licences say stays."""
    if suffix == ".css":
        text = re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"/\*(?!!).*?\*/", "", text, flags=re.DOTALL))
        return re.sub(r"(?<=[{;])([\w-]+): ", r"\1:", text)
    return re.sub(r"^\s*//.*\n", "", text, flags=re.MULTILINE)
