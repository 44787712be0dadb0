"""What the head of a page says about it, for search engines and for whoever a link is sent to."""

import re
from html import escape

from bs4 import BeautifulSoup

LONGEST = 200  # characters of a description, unless one sentence is longer

_FIRST = (
    r'<p class="(?:[^"]* )?lead"',
    r'<p class="(?:[^"]* )?answer"',
    r'<p(?! class="(?:also|facts)"|><a class="md-button")[ >]',
)


def description(html: str, meta: dict, title: str) -> str:
    """What a page is about, for an attribute of HTML, in one or two sentences.

    They are what its front matter says, or the start of its lead, of its first answer or of its first paragraph.
    """
    if meta.get("summary"):
        said = f"{title}: {meta['summary'].rstrip('.')}."
    else:
        body = html.partition("</h1>")[2]
        found = next(filter(None, (re.search(start + r".*?</p>", body, re.DOTALL) for start in _FIRST)), None)
        said = _short(_text(found.group())) if found else ""
    return escape(meta.get("description") or said)


def _text(html: str) -> str:
    """A paragraph without citations and with each formula once."""
    soup = BeautifulSoup(html, "html.parser")
    for part in soup.find_all(class_=["cite", "citation", "katex-html"]) + soup.find_all("annotation"):
        part.decompose()
    text = re.sub(r"\s+", " ", soup.get_text()).strip()
    return re.sub(r" ?\([;, ]*\)", "", text)


def _short(text: str) -> str:
    sentences = re.split(r"(?<=[.?!]) ", text)
    while len(sentences) > 1 and len(" ".join(sentences)) > LONGEST:
        sentences.pop()
    return " ".join(sentences).rstrip(":")
