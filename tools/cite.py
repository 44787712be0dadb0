"""How a page is cited: as BibTeX and as CSL-JSON, with what ``CITATION.cff`` says of authors, version and date."""

import json
import re
from functools import lru_cache
from html import unescape

import yaml

from tools import ROOT

FILE = ROOT / "CITATION.cff"

_SPECIAL = re.compile(r"[&%$#_{}]")


def about() -> dict[str, str]:
    """Author, version and date of the site."""
    return _about(FILE.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _about(changed: int) -> dict[str, str]:
    said = yaml.safe_load(FILE.read_text("utf-8"))
    author = " and ".join(one.get("name") or f"{one['given-names']} {one['family-names']}" for one in said["authors"])
    return {"author": author, "version": said["version"], "date": str(said["date-released"])}


def of(page, config) -> dict[str, str]:
    """What a page shows: its version, and itself in both forms. It has an address where the build knows SITE_URL."""
    site, home = config.site_name, page.is_homepage
    title = site if home else unescape(next(iter(page.toc)).title)
    key = "-".join(["positions", *re.findall(r"[\w-]+", page.url)])
    made = about()
    return {
        "version": made["version"],
        "bibtex": bibtex(key, title, "" if home else site, page.canonical_url or "", **made),
        "csl": csl(key, title, "" if home else site, page.canonical_url or "", config.theme["language"], **made),
    }


def bibtex(key: str, title: str, site: str, url: str, author: str, version: str, date: str) -> str:
    """A page as ``@misc``, which every style of BibTeX has."""
    year, month, _ = date.split("-")
    fields = {
        "author": f"{{{_escaped(author)}}}",
        "title": f"{{{_escaped(title)}}}",
        "howpublished": _escaped(site),
        "year": year,
        "month": str(int(month)),
        "note": f"Version {version}",
        "url": url,
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
    return f"@misc{{{key},\n{lines}\n}}"


def csl(key: str, title: str, site: str, url: str, language: str, author: str, version: str, date: str) -> str:
    """A page as one item of CSL-JSON, which Zotero and pandoc read."""
    item = {
        "id": key,
        "type": "webpage",
        "title": title,
        "container-title": site,
        "author": [{"literal": author}],
        "issued": {"date-parts": [[int(part) for part in date.split("-")]]},
        "version": version,
        "language": language,
        "URL": url,
    }
    return json.dumps([{name: value for name, value in item.items() if value}], ensure_ascii=False)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda sign: "\\" + sign[0], text)
