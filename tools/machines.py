"""What the site offers to machines besides its pages: ``llms.txt``, the claims as JSON-LD, and its data with schemas.

``llms.txt`` is what https://llmstxt.org describes: what the site is, then its pages, whose Markdown ``tools/twins.py``
makes. It holds whole addresses if the build knows its own, and else relative ones.
"""

import json
import re
from collections.abc import Iterator
from html import unescape

from tools import LANGUAGES, ROOT, citations, claims, results, twins

WORDS = {
    "en": {
        "about": "Each page is listed with its Markdown: code that runs, with what it printed, and links to figures. "
        "Code and data are under the MIT licence, text and figures under CC BY 4.0.",
        "pages": "To look things up",
        "data": "Data",
        "results": "the measured numbers of all experiments, a line each",
        "atlas": "how each model family of transformers knows positions",
        "schema": "what stands in {}",
        "other": "this site in Korean",
    },
    "ko": {
        "about": "각 페이지의 마크다운 문서를 실었습니다. 실행되는 코드와 그 출력, 그림 링크가 들어 있습니다. "
        "코드와 데이터는 MIT, 글과 그림은 CC BY 4.0 라이선스를 따릅니다.",
        "pages": "찾아보기",
        "data": "데이터",
        "results": "모든 실험에서 측정한 수치, 한 줄에 하나씩",
        "atlas": "transformers의 모델 계열마다 위치를 아는 방법",
        "schema": "{}의 형식",
        "other": "이 사이트의 영어판",
    },
}
INDEX = "llms.txt"
ATLAS = ROOT / "snippets/data/atlas.json", ROOT / "snippets/data/atlas.schema.json"
_RATINGS = {"false": 1, "caveat": 2, "true": 3}
_PARAGRAPH = r"((?:(?!\n\n).)*)\n\{ \.%s \}"


def files() -> dict[str, str]:
    """The data of the site and their schemas, by address."""
    found = {"measured/results.csv": results.table(), "measured/results.schema.json": results.schema()}
    return found | {f"atlas/{path.name}": path.read_text("utf-8") for path in ATLAS}


def llms(config, files) -> str:
    """The text of ``llms.txt``, when every page has been read."""
    language, root = config.theme["language"], config.site_url or ""
    words, sections = WORDS[language], {}
    shown = [*_in_nav(config.nav, words["pages"])]
    beside = {file.src_uri for file in files.documentation_pages()} - {source for *_, source in shown}
    for section, title, source in [*shown, *((words["pages"], None, source) for source in sorted(beside))]:
        page = files.get_file_from_path(source).page
        said = unescape(page.meta.get("description") or "")
        line = f"- [{title or page.title}]({root}{page.url}{twins.NAME})"
        sections.setdefault(section, []).append(f"{line}: {said}" if said else line)
    sections.setdefault(words["pages"], sections.pop(words["pages"], []))  # last
    data = [("measured/results.csv", words["results"]), ("measured/results.schema.json", "results.csv")]
    data += [("atlas/atlas.json", words["atlas"]), ("atlas/atlas.schema.json", "atlas.json")]
    sections[words["data"]] = [
        f"- [{address.rpartition('/')[2]}]({root}{address}): "
        + (words["schema"].format(said) if "schema" in address else said)
        for address, said in data
    ]
    other = next(other for other in config.extra["languages"] if other["lang"] != language)
    up = f"{root}{other['lang']}/" if language == LANGUAGES[0] else (root.removesuffix(f"{language}/") or "../")
    sections["Optional"] = [f"- [{other['name']}]({up}llms.txt): {words['other']}"]  # the name has a meaning there
    listed = [f"## {section}\n\n" + "\n".join(lines) for section, lines in sections.items()]
    return "\n\n".join([f"# {config.site_name}", f"> {config.site_description}", words["about"], *listed]) + "\n"


def _in_nav(entries: list, section: str, top: bool = True) -> Iterator[tuple[str, str | None, str]]:
    """Section, title (None where the page says it) and source of each page; ``section`` is that of pages at the top."""
    for entry in entries:
        for title, target in entry.items() if isinstance(entry, dict) else [(None, entry)]:
            if isinstance(target, list):
                yield from _in_nav(target, str(title) if top else section, top=False)
            else:
                yield section, title, target


def ledger(markdown: str, language: str, site_name: str) -> str:
    """The claims of a page's Markdown as a block of JSON-LD: said where, what verdict, which works.

    Addresses are relative to the page, as JSON-LD allows, so that it need not know where it will be.
    """
    works = citations.bibliography()
    reviews = []
    for entry in claims.entries(markdown):
        said = re.search(_PARAGRAPH % "said", entry.body, re.DOTALL)
        appears = re.findall(r"\]\((https?://[^()\s]+)\)", said[1] if said else "")
        sources = filter(None, (citations.address(works[key]) for key in citations.cited(entry.body)))
        verdict = str(entry.verdict)
        reviews.append(
            {
                "@type": "ClaimReview",
                "@id": f"#claim-{entry.number}",
                "url": f"#claim-{entry.number}",
                "claimReviewed": _plain(entry.text),
                "itemReviewed": {"@type": "Claim", "appearance": appears},
                "reviewRating": {
                    "@type": "Rating",
                    "ratingValue": _RATINGS[verdict],
                    "worstRating": min(_RATINGS.values()),
                    "bestRating": max(_RATINGS.values()),
                    "alternateName": claims.WORDS[language][verdict],
                },
                "citation": list(sources),
                "author": {"@id": "#publisher"},
                "inLanguage": language,
            }
        )
    publisher = {"@type": "Organization", "@id": "#publisher", "name": site_name}
    graph = {"@context": "https://schema.org", "@graph": [publisher, *reviews]}
    text = json.dumps(graph, ensure_ascii=False, separators=(",", ":")).replace("<", r"\u003c")
    return f'<script type="application/ld+json">{text}</script>'


def _plain(text: str) -> str:
    """A claim without marks of Markdown; formulas as they are typed."""
    return re.sub(r"[`*$]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text))
