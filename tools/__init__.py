"""What the build and the tests need beyond MkDocs; the site's readers need none of it."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("en", "ko")
