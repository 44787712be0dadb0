"""What the build adds to a chapter: how much there is to read, below its title; at its end its claims and the way on.

How long a text takes is counted by its words (in Korean by its characters, without spaces): all that is no code and no
formula. Blocks and formulas take as long as they take.
"""

import re
from pathlib import Path

import yaml
from mkdocs.exceptions import PluginError

from tools import ROOT, claims, figures, languages, pages

PER_MINUTE = {"en": 220, "ko": 500}
WORDS = {
    "en": {
        "number": "Chapter {} of {}",
        "minutes": "{} minutes to read <small>({:,} words, {} a minute)</small>",
        "figures": ("{} figure", "{} figures"),
        "blocks": ("{} block that runs", "{} blocks that run"),
        "next": "Next",
        "schemes": "[Look up a scheme](../schemes/index.md)",
        "about schemes": "Each scheme on a page of its own: what it does, what it costs, and a file to copy.",
    },
    "ko": {
        "number": "전체 {1}장 중 {0}장",
        "minutes": "읽는 데 약 {}분 <small>({:,}자, 1분에 {}자)</small>",
        "figures": ("그림 {}개", "그림 {}개"),
        "blocks": ("실행되는 블록 {}개", "실행되는 블록 {}개"),
        "next": "다음 글",
        "schemes": "[인코딩 방식 찾아보기](../schemes/index.md)",
        "about schemes": "방식마다 한 페이지에 무엇을 하는지, 비용이 얼마인지, 그대로 쓸 수 있는 파일을 실었습니다.",
    },
}

_TITLE = re.compile(r"^# .+$", re.MULTILINE)
_CLAIMS = re.compile(r"^## [^\n]*\{ #claims\b[^\n]*\}\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_CLAIM = re.compile(r"\]\(\.\./claims\.md#claim-(\d+)\)")


def is_chapter(source: str) -> bool:
    """Whether a source path, from the folder of its language, is a chapter."""
    return source.startswith("chapters/") and source.endswith(".md")


def reads(page: Path) -> set[Path]:
    """The pages whose words a chapter shows: the ledger and what comes next."""
    if page.parent.name != "chapters":
        return set()
    following = _following(page)
    return {page.parent.parent / "claims.md", *([following[1]] if following else [])}


def _following(page: Path) -> tuple[str, Path] | None:
    """Title and file of the chapter after this one."""
    folder = page.parent.parent
    chapters = [(title, folder / f"{address.rstrip('/')}.md") for title, address in languages.chapters(folder.name)]
    files = [file for _, file in chapters]
    place = files.index(page) + 1 if page in files else len(files)
    return chapters[place] if place < len(files) else None


def dress(markdown: str, source: str, language: str) -> str:
    """The Markdown of a chapter with what the build adds to it."""
    facts = " <span>·</span> ".join(_facts(markdown, source, language))
    markdown = with_verdicts(markdown, source, language)
    markdown = _TITLE.sub(lambda title: f"{title[0]}\n\n{facts}\n{{ .facts }}", markdown, count=1)
    return f"{markdown.rstrip()}\n\n{_next(source, language)}\n"


def with_verdicts(markdown: str, source: str, language: str) -> str:
    """The Markdown of a chapter whose claims say their verdicts."""
    return _CLAIMS.sub(lambda section: _with_verdicts(section, source, language), markdown)


def number(source: str, language: str) -> tuple[int | None, int]:
    """The number that the navigation gives a chapter, None if it gives it none; how many have one."""
    numbers = {
        address: int(found[1])
        for title, address in languages.chapters(language)
        if (found := re.match(r"(\d+) · ", title))
    }
    return numbers.get(source.removesuffix(".md") + "/"), len(numbers)


def minutes(text: str, language: str) -> tuple[int, int]:
    """How long a page takes to read, and the words (Korean: characters) that this is counted by."""
    said = pages.prose(text)
    count = len(re.findall(r"\S*\w\S*", said)) if language == "en" else len(re.sub(r"\s", "", said))
    return max(1, round(count / PER_MINUTE[language])), count


def _facts(markdown: str, source: str, language: str) -> list[str]:
    words, (own, last) = WORDS[language], number(source, language)
    counts = {
        "figures": len(figures.shown(markdown)),
        "blocks": sum(fence.runnable for fence in pages.fences(markdown)),
    }
    return [
        *([words["number"].format(own, last)] if own else []),
        words["minutes"].format(*minutes(markdown, language), PER_MINUTE[language]),
        *(words[what][count != 1].format(count) for what, count in counts.items() if count),
    ]


def _with_verdicts(section: re.Match, source: str, language: str) -> str:
    """The section on claims, where what links to the ledger is a list of claims as they are said, with verdicts."""
    ledger = (ROOT / "docs" / language / "claims.md").read_text("utf-8")
    entries = {entry.number: entry for entry in claims.entries(ledger)}
    rows, kept = [], []
    for part in re.split(r"\n{2,}", section[1].strip()):
        numbers = [int(claim) for claim in _CLAIM.findall(part)]
        if missing := sorted({*numbers} - entries.keys()):
            raise PluginError(f"{source}: the ledger has no claim {missing[0]}")
        rows += [_row(entries[claim], language) for claim in numbers]
        kept += [] if numbers else [part]
    heading = section[0].partition("\n")[0]
    listed = '<div class="verdicts" markdown="block">\n' + "\n".join(rows) + "\n</div>"
    return "\n\n".join([heading, *([listed] if rows else []), *kept]) + "\n\n"


def _row(entry: claims.Entry, language: str) -> str:
    return f"* {claims.badge(str(entry.verdict), language)} [{entry.text}](../claims.md#claim-{entry.number})"


def _next(source: str, language: str) -> str:
    """A card that leads to the next chapter, or from the last one to the schemes."""
    words, following = WORDS[language], _following(ROOT / "docs" / language / source)
    link, about = words["schemes"], words["about schemes"]
    if following:
        title, file = following
        about = (yaml.safe_load(pages.front_matter(file.read_text("utf-8"))[0]) or {}).get("description")
        if not about:
            raise PluginError(f"{pages.name(file)}: it needs a line `description: ...` for the page before")
        link = f"[{title}]({file.name})"
    return f'<div class="next" markdown="block">\n{words["next"]}\n\n**{link}**\n\n{about}\n</div>'
