"""The answers page: each question names its thread, unless it is about this site, and leads into the site."""

import re

import pytest

from tools import LANGUAGES, ROOT, pages

ABOUT_THIS_SITE = {"ask-snippets"}  # asked here, so there is no thread
LINK = re.compile(r"\[([^\]]+)\]\((https://[^)]+)\)")


def address(thread: str) -> str | None:
    """Where a thread of that name is, or None if it is no name of a thread."""
    if match := re.fullmatch(r"([\w.-]+/[\w.-]+)#(\d+)", thread):
        return rf"https://github\.com/{re.escape(match[1])}/(issues|pull)/{match[2]}"
    if match := re.fullmatch(r"(AI|Data Science) Stack Exchange (\d+)|Cross Validated (\d+)", thread):
        host = {"AI": "ai", "Data Science": "datascience", None: "stats"}[match[1]]
        return rf"https://{host}\.stackexchange\.com/questions/{match[2] or match[3]}"
    return None


def questions(language: str) -> list[tuple[str, str, str]]:
    """(id, question, what follows) of every question."""
    text = (ROOT / f"docs/{language}/answers.md").read_text("utf-8")
    return re.findall(r"^## ([^\n]+?) \{ #([\w-]+) \}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)


EVERY = [(language, *question) for language in LANGUAGES for question in questions(language)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_28_questions_are_answered(language):
    found = len(questions(language))
    assert found == 28, f"docs/{language}/answers.md has {found} questions with an id, not 28"


@pytest.mark.parametrize(("language", "question", "id", "body"), EVERY, ids=[f"{one[0]}-{one[2]}" for one in EVERY])
def test_an_answer_is_short_names_its_thread_and_leads_into_the_site(language, question, id, body):
    answer = body.strip().split("\n\n")[0]
    sentences = len(re.findall(r"[.?](?=\s|$)", pages.prose(answer)))
    assert 2 <= sentences <= 5, f"{language}, {id}: {sentences} sentences before anything else"
    threads = [(" ".join(thread.split()), where) for thread, where in LINK.findall(body)]
    assert threads or id in ABOUT_THIS_SITE, f"{language}, {id} names no thread"
    for thread, where in threads:
        assert address(thread), f"{language}, {id}: {thread} does not name a thread"
        assert re.fullmatch(address(thread), where), f"{language}, {id}: {where} is not the address of {thread}"
    inside = [link.split("#") for link in re.findall(r"\]\(([\w/-]+\.md#[\w-]+)\)", body)]
    assert inside, f"{language}, {id} leads nowhere on this site"
    for page, section in inside:
        path = ROOT / "docs" / language / page
        assert path.is_file(), f"{language}, {id} links to {page}, which does not exist"
        ids = re.findall(r"\{ #([\w-]+)", path.read_text("utf-8"))
        assert section in ids, f"{language}, {id} links to {page}#{section}, which does not exist"
