"""What the build and the tests need beyond MkDocs; the site's readers need none of it."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("en", "ko")


def write_whole(path: Path, text: str) -> None:
    """Write ``text`` so that another process sees the file as it was or as it will be, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
