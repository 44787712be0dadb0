"""English and Korean hold the same: pages, ids, fences, figures, links. A stale translation is named."""

import re

import pytest

from tools import ROOT, languages, pages

ENGLISH = pages.markdown("en")
LABS = pages.labs("en")
HANGUL = re.compile("[가-힣]")

# Korean terms have one form on this site; these are forms of the same terms that must not creep in.
NOT_OUR_TERMS = {
    "포지셔널": "위치",
    "포지션": "위치",
    "토크나이즈": "토큰화",
    "컨텍스트 윈도우": "컨텍스트 윈도",
    "파라메터": "파라미터",
    "매개변수": "파라미터",
    "연결하기": "이어붙이기",
    "정현파": "사인파",
    "내적곱": "내적",
    "캐쉬": "캐시",
    "경사도": "그래디언트",
    "기울기 벡터": "그래디언트",
}


def test_both_languages_have_the_same_pages():
    def tree(language):
        folder = ROOT / "docs" / language
        return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}

    english, korean = tree("en"), tree("ko")
    assert not english - korean, f"no Korean page for {sorted(english - korean)}"
    assert not korean - english, f"no English page for {sorted(korean - english)}"


@pytest.mark.parametrize("english", ENGLISH, ids=pages.name)
def test_a_korean_page_has_what_its_english_page_has(english):
    korean = pages.twin(english)
    found = languages.differing(english.read_text("utf-8"), korean.read_text("utf-8"))
    assert not found, f"{pages.name(korean)} differs from {pages.name(english)} in its {', '.join(found)}"


@pytest.mark.parametrize("english", [*ENGLISH, *LABS], ids=pages.name)
def test_no_translation_is_stale(english):
    korean = pages.twin(english)
    assert languages.recorded(korean) == languages.fingerprint(english), (
        f"{pages.name(korean)} is stale: {pages.name(english)} has changed since it was translated. "
        f"Bring it up to date, then run: python -m tools.languages {pages.name(korean)}"
    )


@pytest.mark.parametrize("path", [*ENGLISH, *map(pages.twin, ENGLISH)], ids=pages.name)
def test_every_heading_has_an_id_of_its_own(path):
    headings = pages.headings(path.read_text("utf-8"))
    missing = [heading.text for heading in headings if heading.id is None]
    assert not missing, f"{pages.name(path)}: write {{ #id }} behind {missing}"
    ids = [heading.id for heading in headings]
    assert len(ids) == len(set(ids)), f"{pages.name(path)}: an id stands twice in {sorted(ids)}"
    assert [heading.level for heading in headings].count(1) == 1, f"{pages.name(path)} needs one heading of level 1"


@pytest.mark.parametrize("path", map(pages.twin, ENGLISH), ids=pages.name)
def test_korean_pages_are_in_korean(path):
    text = pages.prose(path.read_text("utf-8"))
    for paragraph in re.split(r"\n\s*\n", text):
        words = re.sub(r"\[@[^\]]*\]|<[^>]*>|\[[^\]]*\]", "", paragraph)
        if len(re.findall(r"[A-Za-z]{3,}", words)) > 12:
            assert HANGUL.search(words), (
                f"{pages.name(path)}: a paragraph is not translated:\n{paragraph.strip()[:200]}"
            )
    text = re.sub(r"^다른 이름:.*?\{ \.also \}", "", text, flags=re.MULTILINE | re.DOTALL)  # names used elsewhere
    wrong = {term: right for term, right in NOT_OUR_TERMS.items() if term in text}
    assert not wrong, f"{pages.name(path)} uses other terms than the notation page (found: write): {wrong}"


def _cells(path, kind):
    cells = re.split(r"^# %%", path.read_text("utf-8"), flags=re.MULTILINE)[1:]
    return [cell for cell in cells if cell.startswith(" [markdown]") == (kind == "markdown")]


@pytest.mark.parametrize("english", LABS, ids=pages.name)
def test_a_korean_lab_runs_the_same_code_under_the_same_headings(english):
    korean = pages.twin(english)
    assert _cells(english, "code") == _cells(korean, "code"), f"the code of {pages.name(korean)} differs"

    def anchors(path):
        text = "".join(_cells(path, "markdown"))
        return re.findall(r'<a id="([\w-]+)">', text), [
            len(level) for level in re.findall(r"^# (#+) ", text, re.MULTILINE)
        ]

    assert anchors(english) == anchors(korean), f"the headings of {pages.name(korean)} differ"


def test_a_removed_korean_heading_is_noticed():
    english = "# A { #a }\n\n## B { #b }\n"
    korean = "# 가 { #a }\n"
    assert languages.differing(english, korean) == ["heading ids and levels"]


def test_the_hook_of_a_commit_says_what_a_page_lacks():
    korean = ROOT / "docs/ko/notation.md"
    assert languages.behind(korean) == languages.behind(pages.twin(korean, "en")) == []
    [said] = languages.behind(korean, korean.read_text("utf-8").replace("## ", "### ", 1))
    assert said == "docs/ko/notation.md differs from docs/en/notation.md in its heading ids and levels"


def test_the_fingerprint_changes_with_the_words_and_not_with_the_fences(tmp_path):
    page = tmp_path / "page.md"

    def fingerprint(text):
        page.write_text(text, encoding="utf-8")
        return languages.fingerprint(page)

    first = fingerprint("# A\n\nwords\n\n```text\n1\n```\n")
    assert first == fingerprint("# A\n\nwords\n\n```text\n2\n```\n")
    assert first != fingerprint("# A\n\nother words\n\n```text\n1\n```\n")
