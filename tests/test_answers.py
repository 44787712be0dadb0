"""The answers page: each question names its thread, unless it is about this site, and leads into the site."""

import re

import pytest

from tools import LANGUAGES, ROOT, citations, pages

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
def test_all_29_questions_are_answered(language):
    found = len(questions(language))
    assert found == 29, f"docs/{language}/answers.md has {found} questions with an id, not 29"


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


def names(language: str) -> list[tuple[str, str, list[str]]]:
    """(name, key of its work, pages of this site) of every row of the table of names that collide."""
    body = next(body for _, id, body in questions(language) if id == "ask-names")
    rows = [line.strip("| ").split("|") for line in body.splitlines() if line.startswith("|")][2:]
    found = []
    for first, _, *here in rows:
        name = re.search(r'"?\b[a-zA-Z-]*(?:PE|proportional)\b', first)
        key, pages_here = re.search(r"\[@(\w+)\]", first), re.findall(r"\(([^)]+)\)", "".join(here))
        found.append((name[0].strip('"'), key[1], pages_here))
    return found


def one_letter_apart(one: str, other: str) -> bool:
    """Whether two names are the same, but for one letter at most, when capitals do not count."""
    one, other = sorted((one.lower(), other.lower()), key=len)
    cuts = [other[:k] + other[k + 1 :] for k in range(len(other))]
    if len(one) == len(other):
        return one == other or any(one[:k] + one[k + 1 :] == cut for k, cut in enumerate(cuts))
    return one in cuts


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_in_the_table_can_be_taken_for_another_one_there(language):
    rows = names(language)
    assert [(name, key, here) for name, key, here in rows] == names("en"), "the two languages have other rows"
    assert len({(name, key) for name, key, _ in rows}) == len(rows) >= 15
    for place, (name, _, _) in enumerate(rows):
        others = [other for at, (other, _, _) in enumerate(rows) if at != place]
        assert any(one_letter_apart(name, other) for other in others), f"{name} collides with no other"


def test_two_names_are_told_apart_by_more_than_a_letter_or_not():
    assert one_letter_apart("DroPE", "DRoPE") and one_letter_apart("DoPE", "DroPE") and one_letter_apart("HoPE", "FoPE")
    assert not one_letter_apart("DroPE", "HoPE") and not one_letter_apart("YaRN", "RoPE")


def test_every_row_of_the_table_of_names_leads_to_its_work():
    works = citations.bibliography()
    without = [key for _, key, _ in names("en") if not citations.address(works[key])]
    assert not without, f"no address is known for {without}"
