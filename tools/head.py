"""What the head of a page says about it, for search engines and for whoever a link is sent to."""

import re

from bs4 import BeautifulSoup

LONGEST = 200  # characters of a description, unless one sentence is longer

_FIRST = (r'<p class="(?:[^"]* )?lead"', r'<p class="(?:[^"]* )?answer"', r'<p(?! class="also"|><a class="md-button")[ >]')


def description(html: str, meta: dict, title: str) -> str:
    """One or two sentences: what the page's front matter says, or the start of its lead, answer or first paragraph."""
    if meta.get("description"):
        return meta["description"]
    if meta.get("summary"):
        summary = meta["summary"]
        return f"{title}: {summary}" + ("" if summary.endswith(".") else ".")
    body = html.partition("</h1>")[2]
    found = next(filter(None, (re.search(start + r".*?</p>", body, re.DOTALL) for start in _FIRST)), None)
    return _short(_text(found.group())) if found else ""


def _text(html: str) -> str:
    """A paragraph without citations and with each formula once."""
    soup = BeautifulSoup(html, "html.parser")
    for part in soup.select(".cite, .citation, .katex-html, annotation"):
        part.decompose()
    text = re.sub(r"\s+", " ", soup.get_text()).strip()
    return re.sub(r" ?\([;, ]*\)", "", text)


def _short(text: str) -> str:
    sentences = re.split(r"(?<=[.?!]) ", text)
    while len(sentences) > 1 and len(" ".join(sentences)) > LONGEST:
        sentences.pop()
    return " ".join(sentences).rstrip(":")
