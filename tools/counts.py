"""What the site holds, counted by the build. The home page shows it with one line, ``<!-- counts -->``."""

from tools import LANGUAGES, ROOT, claims, drawings, pages

PLACE = "<!-- counts -->"
WORDS = {
    "en": (
        "**{schemes}** [schemes](schemes/index.md)",
        "**{claims}** [claims](claims.md) checked, **{false}** of them false",
        "**{blocks}** blocks of code that run",
        "**{figures}** figures drawn by code",
        "**{languages}** languages",
    ),
    "ko": (
        "[인코딩 방식](schemes/index.md) **{schemes}**가지",
        "검증한 [주장](claims.md) **{claims}**개, 그중 거짓 **{false}**개",
        "실행되는 코드 블록 **{blocks}**개",
        "코드로 그린 그림 **{figures}**장",
        "언어 **{languages}**개",
    ),
}


def counts(language: str) -> dict[str, int]:
    """How much there is of each kind on the pages of a language."""
    texts = [path.read_text("utf-8") for path in pages.markdown(language)]
    ledger = claims.entries((ROOT / "docs" / language / "claims.md").read_text("utf-8"))
    return {
        "schemes": len([path for path in (ROOT / "snippets/schemes").glob("*.py") if path.stem != "__init__"]),
        "claims": len(ledger),
        "false": sum(entry.verdict == "false" for entry in ledger),
        "blocks": sum(fence.runnable for text in texts for fence in pages.fences(text)),
        "figures": len(drawings.names()),
        "languages": len(LANGUAGES),
    }


def listing(language: str) -> str:
    """The counts as a list, in Markdown."""
    found = counts(language)
    rows = "\n".join(f"* {row.format(**found)}" for row in WORDS[language])
    return f'<div class="counts" markdown="block">\n{rows}\n</div>'
