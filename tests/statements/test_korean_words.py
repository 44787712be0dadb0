"""Words that the Korean pages gave up stay away: every page keeps one word for one thing."""

import re

import pytest

from tools import pages

NOT_HERE = {  # what must not stand in Korean prose: what to write instead
    r"(?<![가-힣])늘인": "늘린",
    r"까닭": "이유",
    r"행렬 곱(?![하셈])": "행렬곱",
    r"열지도": "히트맵",
    r"여기서 알 수 없는 것": "이 결과의 한계.",
    r"보여 ?주지 않는 것": "이 결과의 한계.",
    r"\d %": "the number and % without a space",
    r"\d 내트": "the number and 내트 without a space",
    r"분의 \d+\s?내트": "a decimal, such as 0.1내트",
    r"회전수": "바퀴 수",
    r"번갈아 짝[짓지]": "번갈아 놓기",
    r"번갈아 나[누눈눠]": "번갈아 놓기",
    r"절반씩 나[누눈눠]": "반씩 놓기",
    r"묶인 (?:출력|가중치|행렬)|묶은 (?:출력|가중치|행렬)": "가중치를 공유하는(weight tying)",
    r"어텐션을 (?:줍|주[는고며]|준(?!비))": "어텐션합니다",
    r"학습(?:한|하는) 표(?![가-힣]*현)": "학습된 표",
    r"쓰인 행(?![가-힣])": "사용된 행",
    r"윈도우(?!라고도|, )": "윈도",
    r"미세조정": "미세 조정",
    r"경사(?!도)": "전환 구간",
    r"스킴": "방식",
    r"크로스 어텐션": "교차 어텐션",
    r"텐서 병렬화": "텐서 병렬",
    r"오토캐스트": "autocast",
    r"동영상": "비디오",
    r"저희": "우리",
    r"보여 주지 않": "알 수 없습니다",
    r"(?<![가-힣\d])행 \d+(?![\d개열])": "0번 행",
    r"(?:Llama [34]|SmolLM3|Gemma [34])은(?![가-힣])": "는 after the number",
    r"\[@[^\]]*, (?:[Tt]ables?|[Ff]igures?|[Ee]quations?|Eq\.|[Aa]ppendix|[Aa]bstract|Theorem|Proposition|ch\.) ?": (
        "the locator in Korean: 표, 그림, 식, 부록, 초록, 정리, 명제, 장"
    ),
}


def read_aloud(path) -> str:
    """What a reader meets in Korean: front matter (it feeds tables) and prose."""
    text = path.read_text("utf-8")
    return pages.front_matter(text)[0] + "\n" + pages.prose(text)


def given_up(text: str) -> list[str]:
    found = []
    for pattern, instead in NOT_HERE.items():
        if hit := re.search(pattern, text):
            around = " ".join(text[max(0, hit.start() - 12) : hit.end() + 12].split())
            found.append(f"“{hit.group()}” in “{around}” (write: {instead})")
    return found


@pytest.mark.parametrize("path", pages.markdown("ko"), ids=pages.name)
def test_a_korean_page_uses_no_word_that_was_given_up(path):
    found = given_up(read_aloud(path))
    assert not found, f"{pages.name(path)} says what the Korean pages gave up: {'; '.join(found)}"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("8192로 늘인 모델", "오늘인 것처럼, 8192로 늘린 모델"),
        ("그 까닭은 행렬 곱입니다", "그 이유는 행렬곱입니다. 행렬 곱하기"),
        ("0.63 %, 0.1 내트, 10분의 1 내트", "0.63%, 0.1내트"),
        ("쌍의 회전수, 번갈아 짝짓기, 절반씩 나눈 배열", "쌍의 바퀴 수, 번갈아 놓기, 반씩 놓기"),
        ("앞 토큰에 어텐션을 주는 헤드", "앞 토큰에 어텐션하는 헤드"),
        ("크로스 어텐션의 표는 행 0부터", "교차 어텐션의 표는 0번 행부터, 행 64개"),
        ("Llama 3은 8K로 [@dubey2024, Table 1]", "Llama 3는 8K로 [@dubey2024, 표 1]"),
    ],
)
def test_the_patterns_catch_the_wrong_word_and_let_the_right_one_pass(wrong, right):
    assert given_up(wrong), f"“{wrong}” holds a word that was given up, and no pattern finds it"
    assert not given_up(right), f"“{right}” is right Korean, and a pattern refuses it: {given_up(right)}"
